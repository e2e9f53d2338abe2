"""moto's backends for the parts of the data plane that live in its process."""

import threading
from collections.abc import Iterator
from typing import Any

from moto.core.base_backend import BackendDict

from modules.rehearsal.lifecycle import ACCOUNT_ID

LOCK = threading.RLock()
"""Held by every request to the API, and by whoever else looks into a backend or changes one. Never while waiting for a
process, the network or the clock."""


def backends(service: BackendDict[Any]) -> Iterator[Any]:
    """The service's backends of all regions that were used, e.g. `backends(moto.ecs.models.ecs_backends)`."""
    # A copy: regions are added as they are asked for.
    yield from list(service[ACCOUNT_ID].values())
