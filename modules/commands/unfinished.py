"""The page that a deployment leaves which ended halfway."""

import json
import os
import time
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from modules.commands.archive import RUNS, run_file
from modules.commands.errors import CommandError
from modules.commands.notebook import PAGE
from modules.commands.provenance import provenance, told
from modules.commands.session import ROOT, Session
from modules.commands.state import bucket_exists, lock_of, state_exists
from modules.commands.summary import make_arguments
from modules.environment_file import shown
from modules.operations.apply_progress import ApplyProgress
from modules.operations.unfinished import Unfinished, page
from modules.target import state_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def leave_page(s3: "S3Client", session: Session, progress: ApplyProgress, error: str, *, since: float) -> str | None:
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
