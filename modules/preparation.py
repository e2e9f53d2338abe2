"""An environment that passed every check: the common start of synthesis and commands."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modules.environment_file import ENVIRONMENTS, SettingsError, load, read_yaml, shown
from modules.litellm_file import complete
from modules.rules import Finding, check, errors
from modules.settings import Environment


@dataclass(frozen=True, kw_only=True)
class Prepared:
    environment: Environment
    litellm_configuration: str
    """LiteLLM's YAML, complete."""
    state_copy_region: str | None
    """Where the states of the environment's region are copied to."""
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
    return Prepared(
        environment=environment,
        litellm_configuration=litellm_configuration,
        state_copy_region=state_copy_region(environment.region, directory),
        warnings=findings,
    )


def state_copy_region(region: str, directory: Path) -> str | None:
    """The second region that any environment of the region states.

    All of them share one bucket of states, and its copy must not come and go with whichever is deployed.

    Raises:
        SettingsError: two environments state different ones.
    """
    stated = dict(_second_regions(region, directory))
    if len(stated) > 1:
        raise SettingsError(
            f"second_region.region: {' and '.join(f'{shown(path)} states {second}' for second, path in stated.items())}"
            f"; the environments of {region} share one bucket of Terraform states, which has one copy: state the same"
        )
    return next(iter(stated), None)


def _second_regions(region: str, directory: Path) -> Iterator[tuple[str, Path]]:
    """Second regions with a file that states each; a file that cannot be read is nobody's concern but its own."""
    for path in sorted(directory.glob("*.yaml")):
        try:
            content = read_yaml(path)
        except SettingsError:
            continue
        if not isinstance(content, dict) or "name" not in content:
            continue
        second = content.get("second_region")
        stated = second.get("region") if isinstance(second, dict) else None
        if isinstance(stated, str) and content.get("region", Environment.model_fields["region"].default) == region:
            yield stated, path
