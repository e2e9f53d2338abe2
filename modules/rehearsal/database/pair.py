"""An instance's servers: the primary, and the standby that has every acknowledged commit when it is Multi-AZ."""

import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

from modules.rehearsal.database.backups import Backups
from modules.rehearsal.database.postgres import Server

STANDBY = "standby"
_RECOVERY_SECONDS = 1800
_FOLLOWERS = f"SELECT sync_state, flush_lsn FROM pg_stat_replication WHERE application_name = '{STANDBY}'"


@dataclass
class Pair:
    """
    Attributes:
        folder: each server has a folder of its own in it.
        place: a new server's address in a zone.
        settings: of the parameter group, as both servers have them.
        archive_command: what keeps their WAL; empty: nothing does.
        synchronous: the standby has every commit that was acknowledged. Only then may it be promoted.
    """

    folder: Path
    port: int
    password: str = field(repr=False)
    place: Callable[[str], str]
    settings: Mapping[str, str] = field(default_factory=dict)
    trust_iam: bool = False
    archive_command: str = ""
    primary: Server | None = None
    standby: Server | None = None
    synchronous: bool = False
    _made: int = 0
    _caught_up_at: str | None = None
    _follows: str | None = None

    def create(self, zone: str) -> Server:
        """Makes and starts an empty primary."""
        server = self._new_server(zone)
        self.primary = server
        server.make()
        self.configure()
        server.start()
        return server

    def create_replica(self, zone: str, source: Server) -> Server:
        """Makes and starts a primary that follows another instance's, without making it wait."""
        server = self._new_server(zone, password=source.password)
        self.password = source.password
        self.primary = server
        server.copy(source)
        self.follow(source)
        server.start()
        return server

    def create_restored(self, zone: str, backups: Backups, moment: datetime) -> Server:
        """Makes and starts a primary with another instance's data, as they were at a moment."""
        server = self._new_server(zone)
        self.primary = server
        backups.restore(server, moment)
        self.password = server.password
        self.configure()
        server.start(_RECOVERY_SECONDS)
        server.end_recovery()
        return server

    def follow(self, source: Server | None) -> None:
        """Which server a read replica follows; None: it is nobody's replica any more."""
        follows = source.connection_string("postgres", "replica") if source else None
        if follows != self._follows and self.primary is not None:
            self._follows = follows
            if follows is None:
                self.primary.query("SELECT pg_promote()")
            self.configure()

    def configure(self) -> None:
        """Writes both servers' configuration, and lets them read it as far as they can without a restart."""
        if self.primary is not None:
            waits_for = STANDBY if self.standby is not None and self._caught_up_at is not None else ""
            self.primary.configure(
                self.settings,
                trust_iam=self.trust_iam,
                archive_command=self.archive_command,
                follows=self._follows,
                synchronous=waits_for,
            )
            self.primary.reload()
        if self.standby is not None and self.primary is not None:
            follows = self.primary.connection_string("postgres", STANDBY)
            self.standby.configure(
                self.settings, trust_iam=self.trust_iam, archive_command=self.archive_command, follows=follows
            )
            self.standby.reload()

    def add_standby(self, zone: str) -> None:
        """Copies the primary into another zone; it counts once it has caught up."""
        assert self.primary is not None
        server = self._new_server(zone)
        try:
            server.copy(self.primary)
            self.standby = server
            self.configure()
            server.start()
        except BaseException:
            self.standby = None
            server.remove()
            raise

    def drop_standby(self) -> None:
        """The primary no longer waits for it."""
        standby, self.standby = self.standby, None
        self._forget_standby()
        if standby is not None:
            standby.remove()

    def check_standby(self) -> None:
        """Lets the primary wait for a standby that streams, and go on alone without one, as RDS does."""
        if self.primary is None or self.standby is None:
            return
        try:
            found = self.primary.query(_FOLLOWERS)
        except psycopg.Error:
            return
        if not found:
            self._forget_standby()
            return
        state, flushed = found[0]
        if self._caught_up_at is None:
            if state == "async" and flushed is not None:
                self._caught_up_at = ""
                self.configure()
        elif not self.synchronous and state == "sync":
            # What was committed before the primary began to wait has to be there, too.
            if not self._caught_up_at:
                self._caught_up_at = str(self.primary.query("SELECT pg_current_wal_flush_lsn()")[0][0])
            reached = self.primary.query(f"SELECT '{flushed}'::pg_lsn >= '{self._caught_up_at}'::pg_lsn")
            self.synchronous = bool(reached[0][0])

    def promote(self) -> None:
        """The standby becomes the primary; the old one is cut off and its data deleted.

        Raises:
            psycopg.Error: the standby does not answer; the old primary is stopped then, its data kept.
        """
        assert self.primary is not None
        assert self.standby is not None
        old, new = self.primary, self.standby
        old.stop(signal.SIGQUIT)
        new.query("SELECT pg_promote(true, 60)")
        self.primary, self.standby = new, None
        self._caught_up_at, self.synchronous = None, False
        self.configure()
        old.remove()

    def restart(self) -> None:
        """Both servers, with the settings that they have; the standby catches up by itself."""
        if self.standby is not None and not self.standby.running():
            self.drop_standby()
        servers = [server for server in (self.primary, self.standby) if server is not None]
        for server in servers:
            server.stop()
        self.configure()
        for server in servers:
            server.start()

    def stop(self) -> None:
        for server in (self.primary, self.standby):
            if server is not None:
                server.stop()

    def remove(self) -> None:
        for server in (self.standby, self.primary):
            if server is not None:
                server.remove()
        self.primary = self.standby = self._caught_up_at = self._follows = None
        self.synchronous = False
        shutil.rmtree(self.folder, ignore_errors=True)

    def _forget_standby(self) -> None:
        if self.synchronous or self._caught_up_at is not None:
            self.synchronous, self._caught_up_at = False, None
            self.configure()

    def _new_server(self, zone: str, password: str | None = None) -> Server:
        self._made += 1
        return Server(
            folder=self.folder / str(self._made),
            address=self.place(zone),
            port=self.port,
            zone=zone,
            password=password or self.password,
        )
