"""RDS's metrics of an instance, once in every minute."""

import time
from datetime import datetime

import psycopg

from modules.rehearsal import metrics
from modules.rehearsal.database import measures
from modules.rehearsal.database.postgres import ADMINISTRATOR, Server
from modules.rehearsal.database.wanted import Wanted

_SESSIONS = (
    f"SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> '{ADMINISTRATOR}'"
)
_BYTES_PER_MIB = 2**20


class Measuring:
    """
    Attributes:
        connections: clients' sessions when it last looked.
    """

    def __init__(self, minute_seconds: float) -> None:
        self.connections = 0
        self._minutes = metrics.Minutes(minute_seconds)
        self._last: tuple[int, float, float] | None = None

    def measure(self, wanted: Wanted, primary: Server) -> None:
        """Counts sessions, and reports when a minute is over.

        CPUUtilization is the processor time of the primary's processes, out of the instance class's vCPUs.
        """
        try:
            self.connections = int(primary.query(_SESSIONS)[0][0])
        except psycopg.Error:
            return
        pid = primary.pid
        if pid is None:
            return
        now = time.monotonic()
        if self._last is None or self._last[0] != pid:
            self._last = (pid, now, measures.cpu_seconds(pid))
            return
        _, began, used_before = self._last
        minute = self._minutes.over()
        if minute is None:
            return
        used = measures.cpu_seconds(pid)
        self._last = (pid, now, used)
        free_storage = wanted.storage_gib * 2**30 - measures.folder_bytes(primary.data)
        _put(wanted, minute, "DatabaseConnections", self.connections, "Count")
        _put(
            wanted,
            minute,
            "CPUUtilization",
            100 * (used - used_before) / (now - began) / (wanted.vcpus or 1),
            "Percent",
        )
        _put(wanted, minute, "FreeStorageSpace", free_storage, "Bytes")
        if wanted.memory_mib is not None:
            free_memory = wanted.memory_mib - measures.memory_mib(pid)
            _put(wanted, minute, "FreeableMemory", free_memory * _BYTES_PER_MIB, "Bytes")

    def mib(self, *servers: Server | None) -> float:
        """RAM of the servers' processes."""
        pids = [server.pid for server in servers if server is not None]
        return round(sum(measures.memory_mib(pid) for pid in pids if pid is not None), 1)


def _put(wanted: Wanted, minute: datetime, name: str, value: float, unit: str) -> None:
    dimensions = {"DBInstanceIdentifier": wanted.identifier}
    metrics.put(wanted.region, "AWS/RDS", name, dimensions, [max(0.0, float(value))], unit, minute)
