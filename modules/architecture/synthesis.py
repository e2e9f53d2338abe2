"""From a request to stacks: which environment, for which target, checked before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cdktf import Annotations, App

from modules.architecture.litellm_stack import LiteLLMStack
from modules.architecture.state_stack import StateStack
from modules.environment_file import ENVIRONMENTS, SettingsError
from modules.preparation import prepare
from modules.target import Target

REHEARSAL_ACCOUNT_ID = "123456789012"


class SynthesisError(Exception):
    """The request cannot be synthesized; the message is for the person who asked."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to synthesize.

    Attributes:
        local_states: directory for the stacks' states while the state bucket does not exist.
        import_state_bucket: adopt the state bucket instead of creating it; for a bootstrap that was interrupted.
    """

    environment: str = "benchmark"
    rehearsal: bool = True
    account_id: str = REHEARSAL_ACCOUNT_ID
    directory: Path = ENVIRONMENTS
    local_states: Path | None = None
    import_state_bucket: bool = False

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Self:
        """The request that the variables of `make env` state; each is optional.

        Raises:
            SynthesisError: the target is neither `rehearsal` nor `aws`, or it is `aws` and no account is stated.
        """
        target = variables.get("DEPLOY_TARGET", "rehearsal")
        if target not in ("rehearsal", "aws"):
            raise SynthesisError(f"DEPLOY_TARGET is {target!r}; allowed: 'rehearsal', 'aws'")
        rehearsal = target == "rehearsal"
        account_id = variables.get("DEPLOY_ACCOUNT_ID") or (REHEARSAL_ACCOUNT_ID if rehearsal else "")
        if not account_id:
            raise SynthesisError(
                "DEPLOY_TARGET is 'aws', but DEPLOY_ACCOUNT_ID is not set; run: eval \"$(make env TARGET=aws)\""
            )
        return cls(
            environment=variables.get("DEPLOY_ENVIRONMENT", "benchmark"),
            rehearsal=rehearsal,
            account_id=account_id,
            directory=Path(variables.get("DEPLOY_ENVIRONMENTS_DIRECTORY", ENVIRONMENTS)),
            local_states=Path(variables["DEPLOY_LOCAL_STATES"]) if variables.get("DEPLOY_LOCAL_STATES") else None,
            import_state_bucket=variables.get("DEPLOY_IMPORT_STATE_BUCKET") == "true",
        )


def synthesize(request: Request, outdir: str | None = None) -> None:
    """Writes the requested stacks to `outdir` (without one, to where cdktf wants them), or nothing.

    Raises:
        SynthesisError: the settings are wrong or a rule stops them.
    """
    try:
        prepared = prepare(request.environment, request.directory)
    except SettingsError as error:
        raise SynthesisError(str(error)) from None
    environment = prepared.environment
    target = Target(account_id=request.account_id, region=environment.region, rehearsal=request.rehearsal)
    app = App(outdir=outdir)
    StateStack(
        app,
        target=target,
        local_states=request.local_states,
        import_existing=request.import_state_bucket,
        copy_region=prepared.state_copy_region,
    )
    stack = LiteLLMStack(
        app,
        target=target,
        environment=environment,
        litellm_configuration=prepared.litellm_configuration,
        local_states=request.local_states,
    )
    for finding in prepared.warnings:
        Annotations.of(stack).add_warning(f"{finding.rule}: {finding.message}")
    app.synth()
