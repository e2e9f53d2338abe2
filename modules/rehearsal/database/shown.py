"""What the API shows of an instance while it runs: written into moto's object, while its lock is held."""

from typing import Any

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.database import rds_events
from modules.rehearsal.database.postgres import Server


class Shown:
    def __init__(self, made_of: Any) -> None:
        """
        Args:
            made_of: moto's instance.
        """
        self._instance = made_of

    @property
    def status(self) -> str:
        return str(self._instance.status)

    @status.setter
    def status(self, status: str) -> None:
        with LOCK:
            # Who stops an instance or deletes it has the last word.
            if self._instance.status not in ("stopped", "deleting"):
                self._instance.status = status

    @property
    def zones(self) -> tuple[str, str | None]:
        """Where the primary is and where the standby is."""
        return self._instance.availability_zone, self._instance.secondary_availability_zone

    def place(self, primary: Server, standby: Server | None, *, multi_az: bool) -> None:
        """Shows the zones; they are swapped when the primary is where the standby was."""
        with LOCK:
            zone, secondary = self.zones
            if primary.zone != zone:
                secondary = zone
            elif secondary is None and standby is not None:
                secondary = standby.zone
            self._instance.availability_zone = primary.zone
            self._instance.secondary_availability_zone = secondary if multi_az else None

    def record(self, *event_ids: str, listed: bool = True) -> None:
        """RDS events, in this order."""
        for event_id in event_ids:
            rds_events.record(self._instance, event_id, listed=listed)
