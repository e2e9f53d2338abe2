"""`make plan`: what a deployment would change, reviewed; nothing is changed."""

import json
import os
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from modules.commands.cdktf import run_cdktf
from modules.commands.errors import CommandError
from modules.commands.session import ROOT, Session, enter, open_session
from modules.commands.state import bucket_exists
from modules.commands.terraform_plan import SYNTHESIZED, plan_of, shown_plan
from modules.environment_file import ENVIRONMENTS, shown
from modules.operations.review.markdown import markdown
from modules.operations.review.page import page
from modules.operations.review.plan_json import PlanError
from modules.operations.review.record import record
from modules.operations.review.review import Review
from modules.operations.review.terminal import lines
from modules.plan_review import review_of

REVIEWS = ROOT / ".reviews"


def plan(session: Session) -> int:
    """Shows Terraform's plan, and then its review, which is kept in `.reviews` as well.

    Returns:
        With GATE=yes 0 for no changes, 2 for changes and 3 for dangerous ones; else 0.
    """
    gate = gated(os.environ)
    s3 = boto3.client("s3")
    print(f"Planning {session.description}", flush=True)
    with tempfile.TemporaryDirectory() as empty:
        # Without a state bucket nothing is deployed: an empty local state says the same.
        variables = {} if bucket_exists(s3, session.target) else {"DEPLOY_LOCAL_STATES": empty}
        # cdktf leaves it behind; it may hold secrets.
        file = SYNTHESIZED / "stacks" / session.name / "plan"
        try:
            run_cdktf(["diff", session.name], interactive=False, variables=variables)
            content = shown_plan(session, file)
        finally:
            file.unlink(missing_ok=True)
    found = reviewed(content, session)
    print("\n" + "\n".join(lines(found)))
    files = keep(found, session.name, REVIEWS, now=time.time())
    if not found.planned.empty:
        print(f"The review: {shown(files[1])}, and {shown(files[0])} for a pull request")
    return found.exit_code if gate else 0


def gated(variables: Mapping[str, str]) -> bool:
    """Whether a pipeline asks for the exit codes; a person would read each of them as an error of `make`'s.

    Raises:
        CommandError: GATE says neither.
    """
    stated = variables.get("GATE") or "no"
    if stated not in ("yes", "no"):
        raise CommandError(f"GATE is {stated!r}; allowed: yes (exit codes 0, 2 and 3 for a pipeline), no")
    return stated == "yes"


def plan_now(environment: str, variables: Mapping[str, str] = os.environ) -> Review:
    """The review of a new plan, for a notebook that `make` has set up.

    Raises:
        CommandError, SettingsError, RehearsalError: a person has to mend something.
    """
    session = open_session(variables.get("DEPLOY_TARGET", "rehearsal"), environment, variables, start=False)
    enter(session, "plan")
    return reviewed(plan_of(session), session)


def keep(review: Review, environment: str, folder: Path, *, now: float) -> tuple[Path, Path, Path]:
    """Writes the review as Markdown, as HTML and as JSON; the names sort by time."""
    folder.mkdir(exist_ok=True)
    base = folder / f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{environment}"
    files = base.with_suffix(".md"), base.with_suffix(".html"), base.with_suffix(".json")
    for file, content in zip(
        files, (markdown(review), page(review), json.dumps(record(review), indent=2) + "\n"), strict=True
    ):
        file.write_text(content)
    return files


def reviewed(content: dict[str, Any], session: Session) -> Review:
    """
    Args:
        content: of a plan of the session's, as `terraform show -json` prints it.

    Raises:
        CommandError: it cannot be reviewed.
    """
    try:
        return review_of(
            content,
            session.prepared,
            subject=session.description,
            directory=Path(os.environ.get("DEPLOY_ENVIRONMENTS_DIRECTORY", ENVIRONMENTS)),
            stack_file=SYNTHESIZED / "stacks" / session.name / "cdk.tf.json",
            today=datetime.now(UTC).date(),
        )
    except PlanError as error:
        raise CommandError(str(error)) from None
