"""`make teardown`."""

import boto3

from modules.commands.deploy import destroy, refuse_protected
from modules.commands.person import confirm
from modules.commands.runs import run_and_archive
from modules.commands.session import Session
from modules.commands.state import holds_resources
from modules.operations.teardown.promise import promise


def teardown(session: Session) -> None:
    """Says what is kept, destroys the environment, and verifies by the notebook that nothing else is left."""
    print(f"{promise(session.prepared.environment, session.target)}\n", flush=True)
    if holds_resources(boto3.client("s3"), session.target, session.name):
        refuse_protected(session)
        confirm(session, "This destroys")
    destroy(session)
    run_and_archive(session, "teardown", {"ENVIRONMENT": session.name, "DESTROYED": True})
