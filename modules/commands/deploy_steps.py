"""The steps of the deploy runbook, in the order of its cells; `make deploy` takes the same ones at once."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from IPython.core.getipython import get_ipython

from modules import run_order
from modules.commands.bootstrap import deploy_stacks
from modules.commands.errors import CommandError
from modules.commands.plan import reviewed
from modules.commands.preflight import checks
from modules.commands.serving import wait_until_tasks_serve
from modules.commands.session import Session, enter, open_session
from modules.commands.smoke import smoke_of
from modules.commands.terraform_plan import apply_plan, save_plan
from modules.commands.unfinished import leaving_a_page
from modules.operations.apply_progress import operations
from modules.operations.consent import Ask, require
from modules.operations.examination.checklist import failed
from modules.operations.examination.finding import Finding, examine
from modules.operations.outputs import Outputs, read_outputs
from modules.operations.review.review import Review
from modules.operations.table import Table
from modules.runbook import NotSetUpError
from modules.target import STATE_STACK, state_key

Found = Mapping[str, Sequence[Finding]]


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """
    Attributes:
        operations: how many Terraform counts.
        folder: that holds it for the apply, and is gone with this object: a plan has secrets in it.
    """

    review: Review
    operations: int
    folder: "tempfile.TemporaryDirectory[str]" = field(repr=False)

    @property
    def file(self) -> Path:
        return Path(self.folder.name) / "plan"


def begin(environment: str, variables: Mapping[str, str] = os.environ) -> Session:
    """From here on, the notebook's cells run from top to bottom. A rehearsal is started where none runs.

    Raises:
        NotSetUpError: `make` has not set this process up.
        SettingsError, CommandError, RehearsalError: a person has to mend something.
    """
    if "DEPLOY_TARGET" not in variables:
        raise NotSetUpError("DEPLOY_TARGET is not set: open the notebook with 'make lab'")
    session = open_session(variables["DEPLOY_TARGET"], environment, variables)
    enter(session, "deploy")
    run_order.enforce(get_ipython())
    return session


def preflight(session: Session) -> Found:
    return examine(checks(session, boto3.Session(), datetime.now(UTC)))


def demand(found: Found, what: str) -> None:
    """
    Args:
        what: is impossible or wrong otherwise: "do not deploy".

    Raises:
        CommandError: something is bad.
    """
    if wrong := failed(found):
        raise CommandError(f"{what}: see {', '.join(wrong)} above, with what to do about it")


def rules(session: Session) -> Table:
    """What the rules warn of; an error would have stopped the session's beginning."""
    warnings = session.prepared.warnings
    return Table(
        title=f"{len(warnings)} warnings of the rules" if warnings else "The rules have nothing to say",
        columns=("rule", "warning"),
        rows=[(one.rule, one.message) for one in warnings],
    )


def deploy_states(session: Session, ask: Ask) -> None:
    """Makes the bucket of the states where there is none, and brings it up to date.

    Raises:
        NotConfirmedError: on AWS, nobody typed the environment's name.
        CommandError: it failed.
    """
    require(session, f"This makes the bucket {session.target.state_bucket}, or brings it up to date, for", ask)
    deploy_stacks(boto3.client("s3"), session, [STATE_STACK], approved=True)


def plan(session: Session) -> SavedPlan:
    """
    Raises:
        CommandError: the stack cannot be synthesized, planned or reviewed.
    """
    folder = tempfile.TemporaryDirectory(prefix="plan-")
    content = save_plan(session, Path(folder.name) / "plan")
    return SavedPlan(review=reviewed(content, session), operations=operations(content), folder=folder)


def apply(session: Session, saved: SavedPlan, ask: Ask) -> None:
    """Applies just what was planned, and waits until the tasks serve; does nothing where nothing is to change.

    Raises:
        NotConfirmedError: on AWS, nobody typed the environment's name.
        CommandError: it failed, or something was changed since the plan; a page says what exists and how to go on.
    """
    if saved.review.planned.empty:
        print("Nothing is to change.")
        return
    dangers = ", its dangers included," if saved.review.dangers else ""
    require(session, f"This carries the plan out{dangers} on", ask)
    with leaving_a_page(boto3.client("s3"), session, planned=saved.operations) as progress:
        apply_plan(session, saved.file, progress.read)
        wait_until_tasks_serve(session, outputs(session))


def migrations(session: Session) -> Table:
    """The tasks that an apply has to see end well before the service rolls, as the state remembers them."""
    target = session.target
    saved = boto3.client("s3").get_object(Bucket=target.state_bucket, Key=state_key(session.name))
    state = json.loads(saved["Body"].read())
    return Table(
        title="Steps that ended well before the service took new tasks",
        columns=("step", "ran"),
        rows=[
            (f"{resource['type']}.{resource['name']}", definition.rpartition("/")[2])
            for resource in state["resources"]
            for instance in resource["instances"]
            if (definition := _task_definition(instance))
        ],
    )


async def smoke(session: Session, model: str) -> Found:
    """
    Args:
        model: that two short questions are put to.
    """
    return await smoke_of(session, model)


def outputs(session: Session) -> Outputs:
    return read_outputs(boto3.client("s3"), session.target, session.name)


def shown_outputs(session: Session) -> Table:
    """Names and addresses; no secret values."""
    return Table(
        title=f"Outputs of {session.description}",
        columns=("output", "value"),
        rows=[
            (name, ", ".join(value) if isinstance(value, dict) else str(value))
            for name, value in outputs(session)
            if value is not None
        ],
    )


def _task_definition(instance: Mapping[str, Any]) -> str:
    """That a step of the apply ran (modules/architecture/gated_task.py); empty for every other resource."""
    triggers = instance["attributes"].get("triggers_replace")
    value = triggers.get("value") if isinstance(triggers, dict) else None
    return str(value.get("task_definition", "")) if isinstance(value, dict) else ""
