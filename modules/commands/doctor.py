"""`make doctor`: what is deployed against what is meant to be; nothing is changed."""

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3

from modules.commands.errors import CommandError
from modules.commands.session import Session
from modules.commands.state import lock_of
from modules.commands.terraform_plan import plan_of, versions_of
from modules.commands.terraform_provider import PROVIDER, VERSION
from modules.operations.doctor import backups, certificates, quotas, secrets, state, unmanaged, versions
from modules.operations.doctor.drift import Plan, drift
from modules.operations.examination.finding import Examination, Finding, examine, fine
from modules.operations.examination.shown import shown
from modules.operations.outputs import Outputs, read_outputs
from modules.target import STATE_STACK, state_key

WIDEST = 120


def doctor(session: Session) -> None:
    """Examines the deployment and says what to do.

    Raises:
        NotDeployedError: there is nothing to examine.
        CommandError: something is bad.
    """
    aws = boto3.Session()
    outputs = read_outputs(aws.client("s3"), session.target, session.name)
    print(f"Examining {session.description}; nothing is changed. Terraform's plan takes a moment ...", flush=True)
    plan = plan_of(session)
    examined = examine(examinations(session, aws, outputs, plan, versions_of(session), datetime.now(UTC)))
    print()
    print(shown(examined, min(WIDEST, shutil.get_terminal_size((WIDEST, 0)).columns)))
    worst = [name for name, found in examined.items() if any(one.severity == "bad" for one in found)]
    if worst:
        raise CommandError(f"{session.description} is not as it should be: {', '.join(worst)}")


def examinations(
    session: Session, aws: boto3.Session, outputs: Outputs, plan: Plan, tools: Mapping[str, Any], now: datetime
) -> dict[str, Examination]:
    """Each by its name.

    Args:
        tools: what `terraform version -json` says.
    """
    environment, target = session.prepared.environment, session.target
    ecs, ec2, rds, s3 = aws.client("ecs"), aws.client("ec2"), aws.client("rds"), aws.client("s3")
    elbv2, acm = aws.client("elbv2"), aws.client("acm")

    def locks() -> Iterator[Finding]:
        held = [lock for stack in (STATE_STACK, session.name) if (lock := lock_of(s3, target, stack))]
        for lock in held:
            yield state.lock(lock.stack, lock.holder, datetime.fromisoformat(lock.created), now)
        if not held:
            yield fine("nobody holds the lock of a state")

    def tool_versions() -> Iterator[Finding]:
        written = json.loads(s3.get_object(Bucket=target.state_bucket, Key=state_key(session.name))["Body"].read())
        yield versions.terraform(tools["terraform_version"], written["terraform_version"])
        yield versions.provider(tools["provider_selections"][PROVIDER], VERSION)

    made: dict[str, Examination] = {
        "drift": partial(drift, plan),
        "security groups": partial(unmanaged.security_group_rules, ec2, plan),
        "roles": partial(unmanaged.role_policies, aws.client("iam"), plan),
        "state": partial(state.bucket, s3, target.state_bucket),
        "locks": locks,
        "tools": tool_versions,
        "LiteLLM": partial(versions.litellm, ecs, outputs, environment),
        "database": partial(versions.database, rds, outputs, environment),
        "database's version": lambda: [versions.offered(rds, outputs)],
        "maintenance": partial(versions.maintenance, rds, outputs),
        "certificates": partial(certificates.load_balancer, ecs, elbv2, acm, outputs, now),
        "database's certificate": lambda: [certificates.database(rds, outputs, now)],
        "secrets": partial(secrets.ages, aws.client("secretsmanager"), outputs, environment, now),
        "backups": partial(backups.restorable, rds, outputs, now),
        "quotas": partial(quotas.account, aws.client("service-quotas"), ec2, environment),
        "addresses": partial(quotas.free_addresses, ecs, ec2, outputs, environment),
    }
    if environment.cache:
        group = f"{environment.name}-litellm"
        made["cache"] = partial(versions.cache, aws.client("elasticache"), group, environment.cache)
    if copy_region := session.prepared.state_copy_region:
        made["state's copy"] = partial(
            state.bucket, aws.client("s3", region_name=copy_region), target.state_bucket_copy
        )
    if environment.second_region:
        region = environment.second_region.region
        made["backups' copy"] = lambda: [
            backups.copied(aws.client("rds", region_name=region), outputs.database, region, now)
        ]
    return made
