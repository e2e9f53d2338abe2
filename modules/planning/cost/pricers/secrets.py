"""Secrets Manager and KMS."""

from modules.planning.cost.lines import Component
from modules.planning.cost.month import Charged, Month
from modules.planning.cost.terraform_json import Resource


def secret(secret: Resource, month: Month) -> Charged:
    yield from month.charge(secret, Component.SECRETS, "secret", "secrets.secret", month.months, "one secret")
    for replica in secret.blocks("replica"):
        region = replica["region"]
        yield from month.charge(
            secret,
            Component.SECRETS,
            f"copy in {region}",
            "secrets.secret",
            month.months,
            f"one secret in {region}",
            region=region,
        )
    starts, each = month.at(month.usage.tasks.starts), month.at(month.usage.keys.secret_reads_per_task)
    yield from month.charge(
        secret,
        Component.SECRETS,
        "reads",
        "secrets.request",
        starts * each * month.months,
        f"{starts:g} tasks that start, {each:g} reads each",
    )


def key(key: Resource, month: Month) -> Charged:
    yield from month.charge(key, Component.SECRETS, "key", "kms.key", month.months, "one key of ours")
    rotations = min(2, month.at(month.usage.keys.rotations)) if key.get("enable_key_rotation", False) else 0
    yield from month.charge(
        key,
        Component.SECRETS,
        "rotated key material",
        "kms.key",
        rotations * month.months,
        f"rotated {rotations:g} times so far; a third rotation costs nothing",
    )
    requests = month.at(month.usage.keys.kms_requests)
    yield from month.charge(
        key,
        Component.SECRETS,
        "requests",
        "kms.request",
        requests * month.months,
        f"{requests:,.0f} requests, as the usage states",
    )
