"""The balancer's part in the control plane: tells its process what is deployed, and the API what the process saw."""

import contextlib
import functools
import hashlib
import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.rehearsal import metrics
from modules.rehearsal.addresses import Addresses
from modules.rehearsal.balancer import wanted
from modules.rehearsal.balancer.configuration import Configuration, Health, Reply, Report
from modules.rehearsal.balancer.metrics_minute import Minute
from modules.rehearsal.certificates import CA_FILE
from modules.rehearsal.child import Child
from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.gaps import arc_zonal_shift, elbv2
from modules.rehearsal.part import Part
from modules.rehearsal.settings import RehearsalSettings

_UNPRIVILEGED = 1024
_SHIFTED_BY = 8000
"""Port 80 is 8080 and port 443 is 8443 where a person may not listen below 1024."""
_METRICS_SECONDS = 60
_SILENT_SECONDS = 15
"""Without a report for so long, something is wrong with the process."""


class Balancer(Part):
    """
    Attributes:
        zonal_shifts: the zone that gets no traffic, by load balancer ARN, beside what was shifted through the API.
    """

    name = "balancer"

    def __init__(
        self,
        *,
        url: str,
        directory: Path,
        settings: RehearsalSettings,
        addresses: Addresses,
        loopback: Callable[[str, str], str | None],
    ) -> None:
        """
        Args:
            loopback: where the owner of a VPC's private IP address listens on this machine: (VPC id, IP address).
        """
        self.zonal_shifts: dict[str, str] = {}
        self._cut_zones: set[str] = set()
        self._directory = directory / self.name
        self._settings = settings
        self._addresses = addresses
        self._privileged = _may_listen_on(80, f"127.{addresses.octet}.255.253")
        self._machine = wanted.Machine(
            address_of=addresses.of, loopback=loopback, bound_port=self._bound_port, pace=settings.pace
        )
        # Also at the fastest pace the process sees a change within an interval of health checks.
        interval_seconds = min(0.5, max(settings.paced(5), 0.1))
        self._child = Child.of_module(
            "modules.rehearsal.balancer",
            [
                "--control-plane",
                url,
                "--directory",
                str(self._directory),
                "--interval-seconds",
                str(interval_seconds),
            ],
        )
        self._lock = threading.Lock()
        self._told = Configuration()
        self._report = Report(version="")
        self._reported = time.monotonic()
        self._misunderstood: str | None = None
        self._minute = Minute()
        self._minutes = metrics.Minutes(settings.paced(_METRICS_SECONDS))

    def start(self) -> None:
        elbv2.dns_name = self._dns_name
        elbv2.health = self._health
        elbv2.paced = self._settings.paced
        self._reported = time.monotonic()
        self._child.start()

    def stop(self) -> None:
        self._child.stop()
        elbv2.dns_name = elbv2.health = None
        shutil.rmtree(self._directory, ignore_errors=True)

    def failure(self) -> str | None:
        problems = [self._child.failure(), self._misunderstood, *self._report.problems]
        silent_seconds = time.monotonic() - self._reported
        if self._child.pid is not None and silent_seconds > _SILENT_SECONDS:
            problems.append(f"its process has not reported for {silent_seconds:.0f} s")
        return "; ".join(filter(None, problems)) or None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        report = Report.model_validate(request)
        try:
            configuration = wanted.configuration(self._machine, self._shifted(), set(self._cut_zones))
            self._misunderstood = None
        except Exception as error:
            self._misunderstood = f"what is deployed is not understood: {type(error).__name__}: {error}"
            raise
        version = hashlib.sha256(configuration.model_dump_json().encode()).hexdigest()
        finished = None
        with self._lock:
            self._minute.add(report, self._told)
            gone = {one.arn for one in self._told.load_balancers} - {one.arn for one in configuration.load_balancers}
            self._report, self._told, self._reported = report, configuration, time.monotonic()
            if minute := self._minutes.over():
                finished, self._minute = self._minute, Minute()
        for arn in gone:
            self._addresses.release(arn)
        if finished is not None:
            finished.put(functools.partial(metrics.put, timestamp=minute))
        return Reply(version=version, configuration=None if version == report.version else configuration).model_dump(
            mode="json"
        )

    def process_ids(self) -> list[int]:
        return self._child.process_ids()

    def status(self) -> dict[str, Any]:
        with self._lock:
            told, report = self._told, self._report
        return {
            **self._child.status(),
            "listeners": [
                f"{'http' if listener.domains is None else 'https'}://{balancer.address}:{listener.bound_port}"
                for balancer in told.load_balancers
                for listener in balancer.listeners
            ],
            "targets": {
                group.arn.rpartition(":")[2]: {
                    name: health.reason or health.state for name, health in report.health.get(group.arn, {}).items()
                }
                for group in told.target_groups
            },
            "zonal_shifts": self._shifted(),
            "cut_zones": sorted(self._cut_zones),
            "https": self._https(told),
        }

    def cut_zone(self, zone: str) -> None:
        """Cuts what runs on the zone's targets; from now on connections to them hang until they time out."""
        self._cut_zones.add(zone)

    def restore_zone(self, zone: str) -> None:
        self._cut_zones.discard(zone)

    def _shifted(self) -> dict[str, str]:
        with LOCK:
            return arc_zonal_shift.shifted_zones() | self.zonal_shifts

    def _health(self, target_group: str) -> dict[str, Health]:
        with self._lock:
            if self._child.pid is None:
                # Nobody checks at the moment.
                return {}
            return self._report.health.get(target_group, {})

    def _dns_name(self, load_balancer: str) -> str:
        address = self._addresses.of(load_balancer)
        return address if self._privileged else f"{address}:{self._bound_port(80)}"

    def _bound_port(self, port: int) -> int:
        return port if self._privileged or port >= _UNPRIVILEGED else _SHIFTED_BY + port

    def _https(self, told: Configuration) -> list[dict[str, str]]:
        """How to reach the names that no DNS knows here, and whose certificates no public authority has signed."""
        return [
            {
                "endpoint": f"https://{domain}{'' if listener.port == 443 else f':{listener.port}'}",
                "address": f"{balancer.address}:{listener.bound_port}",
                "certificate_authority": str(self._directory / CA_FILE),
            }
            for balancer in told.load_balancers
            for listener in balancer.listeners
            for domain in listener.domains or ()
        ]


def _may_listen_on(port: int, address: str) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        try:
            probe.bind((address, port))
        except PermissionError:
            return False
        except OSError:
            # Taken, so that somebody may.
            return True
    return True
