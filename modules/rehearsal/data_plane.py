"""What runs under the rehearsal's API: the LLM provider, database, cache, tasks, balancer, alarms."""

import os
import random
from pathlib import Path
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.elbv2.models import elbv2_backends

from modules.rehearsal.addresses import Addresses
from modules.rehearsal.alarms.follower import Alarms
from modules.rehearsal.balancer.part import Balancer
from modules.rehearsal.cache.part import Cache
from modules.rehearsal.control_plane import LOCK, backends
from modules.rehearsal.database.part import Database
from modules.rehearsal.faults.part import Faults
from modules.rehearsal.lifecycle import ACCOUNT_ID
from modules.rehearsal.part import Part
from modules.rehearsal.processes import memory_mib
from modules.rehearsal.settings import RehearsalSettings
from modules.rehearsal.tasks.part import Tasks
from modules.rehearsal.upstream.part import Upstream


class DataPlane:
    """Starts the parts, answers for them, and stops them in the opposite order.

    Attributes:
        parts: by their names.
    """

    def __init__(self, *, url: str, directory: Path, settings: RehearsalSettings) -> None:
        """
        Args:
            url: of the control plane.
            directory: a part keeps its files in a folder of its own name here, and removes it when it stops.
        """
        self.settings = settings
        self.addresses = Addresses.claim(random.Random())
        common: dict[str, Any] = {
            "url": url,
            "directory": directory,
            "settings": settings,
            "addresses": self.addresses,
        }
        upstream = Upstream(**common)
        database = Database(directory=directory, settings=settings, addresses=self.addresses)
        cache = Cache(directory=directory, settings=settings, addresses=self.addresses)
        tasks = Tasks(
            **common,
            upstream=lambda: upstream.url,
            authorities=cache.authorities,
            target_health=_target_health,
            alarm_state=_alarm_state,
        )
        balancer = Balancer(**common, loopback=tasks.loopback)
        alarms = Alarms(settings=settings)
        # The last to start is the first to stop: it mends what the others would otherwise end with.
        faults = Faults(settings=settings, tasks=tasks, others=[database, balancer], alarm_state=_alarm_state)
        parts: list[Part] = [upstream, database, cache, tasks, balancer, alarms, faults]
        self.parts: dict[str, Part] = {part.name: part for part in parts}

    def start(self) -> None:
        for part in self.parts.values():
            part.start()

    def stop(self) -> None:
        for part in reversed(self.parts.values()):
            part.stop()
        self.addresses.close()

    def status(self) -> dict[str, Any]:
        return {
            "settings": self.settings.model_dump(),
            "memory_mib": {
                "control plane": memory_mib([os.getpid()], and_children=False),
                **{name: memory_mib(part.process_ids()) for name, part in self.parts.items()},
            },
            "parts": {name: {"failure": part.failure(), **part.status()} for name, part in self.parts.items()},
        }


def _target_health(target_group: str, private_ip: str, port: int) -> str | None:
    """What DescribeTargetHealth answers of one target; None: there is no such target or group."""
    backend = elbv2_backends[ACCOUNT_ID][target_group.split(":")[3]]
    with LOCK:
        if target_group not in backend.target_groups:
            return None
        told = backend.describe_target_health(target_group, [{"Id": private_ip, "Port": port}])
    return next((one.status for one in told), None)


def _alarm_state(name: str) -> str:
    with LOCK:
        for backend in backends(cloudwatch_backends):
            if alarm := backend.alarms.get(name):
                return str(alarm.state_value)
    return "INSUFFICIENT_DATA"
