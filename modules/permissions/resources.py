"""Which resources a policy names: those that carry the environment's name, where a resource has a name at all."""

import re

from modules.permissions.calls import ENVIRONMENT
from modules.permissions.reference import Action

ACCOUNT, ANY = "ACCOUNT", "*"
"""`ACCOUNT` and `ENVIRONMENT` are to be replaced before a policy is used; a region is any, as a condition holds it."""
_NAME = f"{ENVIRONMENT}-litellm"
STATES = f"litellm-terraform-state-{ACCOUNT}-*"
NAMED: dict[str, tuple[str, ...]] = {
    "application-autoscaling": (f"arn:aws:application-autoscaling:*:{ACCOUNT}:scalable-target/*",),
    "budgets": (f"arn:aws:budgets::{ACCOUNT}:budget/{_NAME}*",),
    "cloudtrail": (f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/{_NAME}*",),
    "cloudwatch": (
        f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:{_NAME}*",
        f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{_NAME}*",
    ),
    "ec2": (f"arn:aws:ec2:*:{ACCOUNT}:*",),
    "ecs": (f"arn:aws:ecs:*:{ACCOUNT}:*/{_NAME}*",),
    "elasticache": (f"arn:aws:elasticache:*:{ACCOUNT}:*:{_NAME}*",),
    "elasticloadbalancing": (f"arn:aws:elasticloadbalancing:*:{ACCOUNT}:*/{_NAME}*",),
    "events": (f"arn:aws:events:*:{ACCOUNT}:rule/{_NAME}*",),
    "firehose": (f"arn:aws:firehose:*:{ACCOUNT}:deliverystream/{_NAME}*",),
    "fis": (f"arn:aws:fis:*:{ACCOUNT}:*",),
    "iam:role": (f"arn:aws:iam::{ACCOUNT}:role/{_NAME}*", f"arn:aws:iam::{ACCOUNT}:role/litellm-state-copy-*"),
    "kms:alias": (f"arn:aws:kms:*:{ACCOUNT}:alias/{_NAME}/*",),
    "kms:key": (f"arn:aws:kms:*:{ACCOUNT}:key/*",),
    "logs": (f"arn:aws:logs:*:{ACCOUNT}:log-group:*{_NAME}*",),
    "rds": (
        f"arn:aws:rds:*:{ACCOUNT}:*:{_NAME}*",
        # Names that AWS gives: option groups of its own, and backups.
        f"arn:aws:rds:*:{ACCOUNT}:og:default*",
        f"arn:aws:rds:*:{ACCOUNT}:auto-backup:*",
    ),
    "s3:bucket": (f"arn:aws:s3:::{_NAME}-*", f"arn:aws:s3:::{STATES}"),
    "s3:object": (f"arn:aws:s3:::{_NAME}-*/*", f"arn:aws:s3:::{STATES}/*"),
    "secretsmanager": (f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:{_NAME}/*",),
    "sns": (f"arn:aws:sns:*:{ACCOUNT}:{_NAME}*",),
    "wafv2:managedruleset": (f"arn:aws:wafv2:*:{ACCOUNT}:*/managedruleset/*/*",),
    "wafv2:webacl": (f"arn:aws:wafv2:*:{ACCOUNT}:*/webacl/{_NAME}*/*",),
}
"""By the service of the ARN, alone or with the type of the resource; the shapes are those of the reference's
templates. Resources of EC2, and keys, have no name in their ARN."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def resources_of(action: Action) -> tuple[str, ...]:
    """ARN patterns of an action; `*` for one that cannot be restricted.

    All types that a call may name: it is refused without one that it does name. Of an action on resources of many
    services, such as a firewall's, those of the architecture alone.
    """
    named = {pattern for type_, arn in action.resources.items() for pattern in _named(type_, arn)}
    found = named or {_VARIABLE.sub(_fixed, template) for template in action.resources.values()}
    return tuple(sorted(found)) or (ANY,)


def _named(type_: str, template: str) -> tuple[str, ...]:
    service = template.split(":")[2]
    return NAMED.get(f"{service}:{type_.rstrip('/')}") or NAMED.get(service, ())


def _fixed(variable: re.Match[str]) -> str:
    return {"Partition": "aws", "Account": ACCOUNT}.get(variable.group(1), ANY)
