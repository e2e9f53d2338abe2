"""Events that AWS's own services put on the default event bus."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from moto.events.models import events_backends

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.lifecycle import ACCOUNT_ID


def put(region: str, source: str, detail_type: str, resources: Sequence[str], detail: Mapping[str, Any]) -> None:
    """Delivers an event to the targets of every rule that matches it.

    Args:
        source: e.g. `aws.ecs`; PutEvents refuses such a source to everybody but AWS.
        resources: ARNs of what the event is about.
    """
    event = {
        "Source": source,
        "DetailType": detail_type,
        "Resources": list(resources),
        "Detail": json.dumps(detail, default=str),
    }
    with LOCK:
        events_backends[ACCOUNT_ID][region].put_events([event])
