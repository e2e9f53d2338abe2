"""The page that a deployment leaves which ended halfway."""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from modules.commands.archive import RUNS, run_file
from modules.commands.errors import CommandError
from modules.commands.notebook import PAGE
from modules.commands.provenance import provenance, told
from modules.commands.session import ROOT, Session
from modules.commands.state import bucket_exists, lock_of, state_exists
from modules.commands.summary import faults, make_arguments
from modules.environment_file import shown
from modules.operations.apply_progress import ApplyProgress
from modules.operations.unfinished import Unfinished, page
from modules.target import state_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@contextlib.contextmanager
def leaving_a_page(s3: "S3Client", session: Session, *, planned: int = 0) -> Iterator[ApplyProgress]:
    """A deployment within it, which tells the progress what Terraform says, leaves a page when it fails.

    Args:
        planned: operations, where Terraform applies a saved plan and says no more how many there are.

    Raises:
        CommandError: the deployment's own, which now says what is wrong with the rehearsal and where the page is.
    """
    progress, since = ApplyProgress(time.monotonic, planned), time.time()
    try:
        yield progress
    except CommandError as error:
        page = _leave_page(s3, session, progress, str(error), since=since)
        raise CommandError("\n".join([str(error), *faults(session), *([page] if page else [])])) from error


def _leave_page(s3: "S3Client", session: Session, progress: ApplyProgress, error: str, *, since: float) -> str | None:
    """Writes it to where runs are kept, and says where; None when nothing was changed.

    Args:
        since: when the deployment began, in seconds since the epoch.
    """
    state, saved_at, locked_by, unknown = None, 0.0, None, ""
    try:
        state, saved_at = _state(s3, session)
        lock = lock_of(s3, session.target, session.name)
        locked_by = lock.holder if lock else None
    except (CommandError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as not_told:
        # Credentials that ended in the middle of the apply are why there is a page.
        unknown = str(not_told)
    if progress.began is None and saved_at < since:
        return None
    unfinished = Unfinished(
        description=session.description,
        error=error,
        progress=progress,
        state=state,
        state_unknown=unknown,
        make_arguments=make_arguments(session),
        locked_by=locked_by,
    )
    now = time.time()
    file = run_file(RUNS, "deploy-unfinished", environment=session.name, now=now).with_suffix(".html")
    file.parent.mkdir(exist_ok=True)
    run = told(provenance(os.environ, now=now, root=ROOT))
    file.write_text(PAGE.substitute(title=f"Unfinished: {session.name}", body=page(unfinished), run=run))
    return f"what exists now, and how to go on: {shown(file)}"


def _state(s3: "S3Client", session: Session) -> tuple[dict[str, Any] | None, float]:
    """With the moment at which it was saved, in seconds since the epoch."""
    target = session.target
    if not (bucket_exists(s3, target) and state_exists(s3, target, session.name)):
        return None, 0
    found = s3.get_object(Bucket=target.state_bucket, Key=state_key(session.name))
    state: dict[str, Any] = json.loads(found["Body"].read())
    return state, found["LastModified"].timestamp()
