"""Who ran a notebook, when, and on what: what an archived run is worth afterwards."""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

OPERATOR = "DEPLOY_OPERATOR"


def provenance(variables: Mapping[str, str], *, now: float, root: Path) -> dict[str, str]:
    """
    Args:
        variables: a session's.
        now: seconds since the epoch.
        root: the checkout whose revision is named; "unknown" where git does not know it.
    """
    return {
        "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
        "operator": variables.get(OPERATOR, "unknown"),
        "target": variables.get("DEPLOY_TARGET", "none"),
        "account": variables.get("DEPLOY_ACCOUNT_ID", "none"),
        "region": variables.get("AWS_REGION", "none"),
        "environment": variables.get("DEPLOY_ENVIRONMENT", "none"),
        "revision": _revision(root),
    }


def told(run: Mapping[str, str]) -> str:
    """In a sentence."""
    return (
        f"Run by {run['operator']} at {run['time']}: environment {run['environment']}, target {run['target']}, "
        f"account {run['account']}, region {run['region']}, revision {run['revision']}."
    )


def _revision(root: Path) -> str:
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()
