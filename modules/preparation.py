"""An environment that passed every check: the common start of synthesis and commands."""

from dataclasses import dataclass
from pathlib import Path

from modules.environment_file import ENVIRONMENTS, SettingsError, load, read_yaml
from modules.litellm_file import complete
from modules.rules import Finding, check, errors
from modules.settings import Environment


@dataclass(frozen=True, kw_only=True)
class Prepared:
    environment: Environment
    litellm_configuration: str
    """LiteLLM's YAML, complete."""
    warnings: list[Finding]


def prepare(name: str, directory: Path = ENVIRONMENTS) -> Prepared:
    """The environment `name`, with LiteLLM's file, checked.

    Raises:
        SettingsError: a file is wrong, or a rule stops it.
    """
    environment = load(name, directory)
    litellm_configuration = complete(read_yaml(directory / environment.litellm.config_file) or {}, environment)
    findings = check(environment)
    if stopping := errors(findings):
        raise SettingsError("\n".join(f"{name}: {finding}" for finding in stopping))
    return Prepared(environment=environment, litellm_configuration=litellm_configuration, warnings=findings)
