"""`make preflight`: whether a deployment can begin; nothing is changed."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import boto3

from modules.commands.errors import CommandError
from modules.commands.session import Session
from modules.commands.state import bucket_exists, holds_resources, lock_of
from modules.operations.doctor import backups, quotas, state
from modules.operations.examination.checklist import failed
from modules.operations.examination.finding import Examination, Finding, bad, examine, fine
from modules.operations.examination.shown import shown
from modules.operations.outputs import NotDeployedError, Outputs, read_outputs
from modules.operations.preflight import account, image, network
from modules.target import STATE_STACK

WIDEST = 120


def preflight(session: Session) -> None:
    """
    Raises:
        CommandError: something has to be mended before a deployment.
    """
    print(f"Before a deployment of {session.description}; nothing is changed", flush=True)
    found = examine(checks(session, boto3.Session(), datetime.now(UTC)))
    print(shown(found, min(WIDEST, shutil.get_terminal_size((WIDEST, 0)).columns)))
    if wrong := failed(found):
        raise CommandError(f"not ready to deploy {session.description}: {', '.join(wrong)}")


def checks(session: Session, aws: boto3.Session, now: datetime) -> dict[str, Examination]:
    """Each by its name. To be called after `enter`."""
    environment, target = session.prepared.environment, session.target
    sts, ec2, s3 = aws.client("sts"), aws.client("ec2"), aws.client("s3")
    try:
        outputs: Outputs | None = read_outputs(s3, target, session.name)
        condition = "is deployed there, and is changed"
    except NotDeployedError:
        outputs = None
        begun = holds_resources(s3, target, session.name)
        condition = "is there in part, and is completed" if begun else "is new there"

    def states() -> Iterator[Finding]:
        if bucket_exists(s3, target):
            for seen in state.bucket(s3, target.state_bucket):
                # A deployment begins with the bucket.
                yield replace(seen, severity="warning") if seen.severity == "bad" else seen
        else:
            yield fine(f"the first deployment makes the bucket {target.state_bucket}")

    def locks() -> Iterator[Finding]:
        held = [lock for stack in (STATE_STACK, session.name) if (lock := lock_of(s3, target, stack))]
        for lock in held:
            seen = state.lock(lock.stack, lock.holder, datetime.fromisoformat(lock.created), now)
            yield bad(seen.what, "wait for that run to end; if it was killed, 'make unlock' removes its lock")
        if not held:
            yield fine("nobody holds the lock of a state")

    def ways_back() -> Iterator[Finding]:
        if outputs is None:
            yield fine("does not apply: there is nothing yet to go back to")
        else:
            yield from backups.restorable(aws.client("rds"), outputs, now)

    if outputs:
        addresses: Examination = partial(quotas.free_addresses, aws.client("ecs"), ec2, outputs, environment)
    else:
        addresses = partial(network.addresses, ec2, environment)
    return {
        "credentials": partial(account.credentials, sts, target),
        "account": partial(account.account, sts, target, environment=session.name, condition=condition),
        "region": partial(account.region, ec2, environment),
        "quotas": partial(quotas.account, aws.client("service-quotas"), ec2, environment),
        "addresses": addresses,
        "certificate": partial(network.certificate, aws.client("acm"), aws.client("route53"), environment),
        "image": partial(
            image.image, environment.service.image_reference, image.ask_registry, rehearsal=target.rehearsal
        ),
        "state": states,
        "locks": locks,
        "backups": ways_back,
    }
