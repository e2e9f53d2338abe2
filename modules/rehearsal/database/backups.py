"""An instance's automated backups: a copy of its data and all of its WAL since, as RDS keeps them for restores."""

import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from modules.rehearsal.database import binaries
from modules.rehearsal.database.postgres import Server
from modules.rehearsal.lifecycle import RehearsalError

UPLOAD_SECONDS = 300
"""RDS uploads transaction logs to S3 every five minutes, so that LatestRestorableTime is at most so far behind (RDS
User Guide, "Restoring a DB instance to a specified time")."""


@dataclass
class Backups:
    """One copy of the data at the beginning, and every WAL segment since: a rehearsal lives for hours, nothing expires.

    Attributes:
        folder: `data` and, beside it, `wal`, each segment compressed.
        upload_seconds: between two times at which what was written becomes restorable.
        earliest, latest: the times that it can be restored to; None until there are any.
    """

    folder: Path
    upload_seconds: float
    earliest: datetime | None = None
    latest: datetime | None = None
    _password: str = field(default="", repr=False)
    _uploaded: float = 0.0
    _uploading: tuple[datetime, Path] | None = None

    @property
    def archive_command(self) -> str:
        """What PostgreSQL runs for each segment; primary and standby have the same ones, whoever is first archives."""
        wal = self.folder / "wal"
        return f"test -f {wal}/%f.gz || (gzip -1 < %p > {wal}/%f.$$ && mv {wal}/%f.$$ {wal}/%f.gz)"

    def begin(self) -> None:
        """Makes room for the WAL, which comes once a server runs with the `archive_command`."""
        if not self.folder.exists():
            for folder in (self.folder, self.folder / "wal"):
                folder.mkdir(parents=True)
                binaries.hand_over(folder)

    def keep(self, primary: Server) -> None:
        """What is due: the copy of the data, and the upload of what was written since the last one.

        Raises:
            RehearsalError: the copy failed.
            psycopg.Error: the primary is away.
        """
        if self.earliest is None:
            self._copy(primary)
        if self._uploading is None and time.monotonic() - self._uploaded >= self.upload_seconds:
            asked = datetime.now(UTC)
            # A restore to a time needs a commit after it to stop at: RDS writes one of its own, too (rds_heartbeat).
            primary.query("SELECT pg_logical_emit_message(true, 'rds_heartbeat', '')")
            ((segment,),) = primary.query("SELECT pg_walfile_name(pg_switch_wal())")
            self._uploading = asked, self.folder / "wal" / f"{segment}.gz"
            self._uploaded = time.monotonic()
        if self._uploading is not None and self._uploading[1].exists():
            self.latest, self._uploading = self._uploading[0], None

    def after_failover(self) -> None:
        """The new primary writes other segments: what waits for one of the old primary's waits no longer."""
        self._uploading, self._uploaded = None, 0.0

    def forget(self) -> None:
        """Deletes all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.earliest = self.latest = self._uploading = None
        self._uploaded = 0.0

    def restore(self, server: Server, moment: datetime) -> None:
        """Makes a new server's data; once it has started, they are as this instance's were at a moment.

        Raises:
            RehearsalError: the moment is not within what can be restored.
        """
        if self.earliest is None or self.latest is None or not self.earliest <= moment <= self.latest:
            raise RehearsalError(f"{moment} is not between {self.earliest} and {self.latest}")
        recovery = {
            "restore_command": f"gunzip < {self.folder}/wal/%f.gz > %p",
            "recovery_target_time": moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00"),
            "recovery_target_action": "promote",
            # Nobody looks in before the data are as they shall be; and the source may have allowed more connections.
            "hot_standby": "off",
        }
        server.restore(self.folder / "data", password=self._password, recovery=recovery)

    def _copy(self, primary: Server) -> None:
        data = self.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        primary.back_up(data)
        self._password = primary.password
        self.earliest = datetime.now(UTC)
