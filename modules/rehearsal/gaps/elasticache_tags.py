"""ElastiCache: what can carry tags, moto's own kinds and those that are added beside it."""

import re
from typing import Any

TAGGED = re.compile(
    "^arn:aws:elasticache:.*:(cluster|parametergroup|replicationgroup|snapshot|subnetgroup|user(group)?):"
)


def arn(backend: Any, kind: str, name: str) -> str:
    return f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:{kind}:{name}"
