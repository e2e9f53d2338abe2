"""One RDS instance, kept as the API wants it, in a thread of its own."""

import secrets
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any, NamedTuple

from modules.rehearsal.database import binaries, parameters, rds_events
from modules.rehearsal.database.backups import UPLOAD_SECONDS, Backups
from modules.rehearsal.database.contents import Contents
from modules.rehearsal.database.front import Front
from modules.rehearsal.database.measuring import Measuring
from modules.rehearsal.database.pair import Pair
from modules.rehearsal.database.postgres import Server
from modules.rehearsal.database.shown import Shown
from modules.rehearsal.database.wanted import Wanted
from modules.rehearsal.gaps.rds_restore import RestorePoint
from modules.rehearsal.lifecycle import RehearsalError
from modules.rehearsal.settings import RehearsalSettings

_LOOK_SECONDS = 0.1
_TEND_SECONDS = 0.5
_START_AGAIN_SECONDS = 30


class Surroundings(NamedTuple):
    """What the instances of a rehearsal share.

    Attributes:
        address: of a resource, by its name.
        cut_zones: whose network is gone.
        server_of: the primary of another instance, by its resource.
        backups_of: another instance's, by its resource.
    """

    settings: RehearsalSettings
    address: Callable[[str], str]
    cut_zones: Set[str]
    server_of: Callable[[str], Server | None]
    backups_of: Callable[[str], Backups | None]


class Instance:
    """
    Attributes:
        wanted: set by whoever reads the API.
        addressed: what it has addresses for, by names.
        failure: what went wrong in the last look at it, for a person.
    """

    def __init__(self, made_of: Any, wanted: Wanted, folder: Path, surroundings: Surroundings) -> None:
        """
        Args:
            made_of: moto's instance.
        """
        self.wanted = wanted
        self.failure: str | None = None
        self._shown = Shown(made_of)
        self._surroundings = surroundings
        self.addressed = {wanted.endpoint}
        self._pair = Pair(
            folder=folder,
            port=wanted.port,
            password=secrets.token_urlsafe(24),
            place=self._place,
        )
        self._folder = folder
        self._endpoint = wanted.endpoint
        self._front = self._new_front()
        self.backups = Backups(folder / "backups", surroundings.settings.paced(UPLOAD_SECONDS))
        self._measuring = Measuring(surroundings.settings.paced(60))
        self._contents = Contents(self._pair)
        self._was_stopped = False
        self._reboot: bool | None = None
        self._tended = 0.0
        self._leave = threading.Event()
        self._deleted = False
        # The servers end with the thread that starts them: it lives as long as they do.
        self._thread = threading.Thread(target=self._run, name=f"database {wanted.identifier}", daemon=True)

    @property
    def primary(self) -> Server | None:
        return self._pair.primary

    def start(self) -> None:
        self._thread.start()

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def leave(self, *, deleted: bool) -> None:
        """Asks it to end its processes and delete its data."""
        self._deleted = deleted
        self._leave.set()

    def join(self) -> None:
        self._thread.join()

    def reboot(self, *, failover: bool) -> None:
        self._reboot = failover

    def process_ids(self) -> list[int]:
        pids = [self._front.pid, *(server.pid for server in (self._pair.primary, self._pair.standby) if server)]
        return [pid for pid in pids if pid is not None]

    def status(self) -> dict[str, Any]:
        primary, standby, wanted = self._pair.primary, self._pair.standby, self.wanted
        return {
            "state": self._shown.status,
            "failure": self.failure,
            "endpoint": f"{self._front.address}:{self._front.port}",
            "endpoint_open": self._front.is_open(),
            "zone": primary.zone if primary else None,
            "pid": primary.pid if primary else None,
            "standby_zone": standby.zone if standby else None,
            "standby_pid": standby.pid if standby else None,
            "standby_synchronous": self._pair.synchronous,
            "replica_of": wanted.source,
            "connections": self._measuring.connections,
            "mib": self._measuring.mib(primary, standby),
            "ignored_parameters": parameters.ignored(wanted.parameters, binaries.known_parameters()),
        }

    def _place(self, zone: str) -> str:
        name = f"{self.wanted.resource}/{zone}"
        self.addressed.add(name)
        return self._surroundings.address(name)

    def _new_front(self) -> Front:
        address = self._surroundings.address(self._endpoint)
        return Front(address, self.wanted.port, self._folder / f"{address}.pem")

    def _run(self) -> None:
        while not self._leave.is_set():
            try:
                self._step(self.wanted)
                self.failure = None
            except Exception as error:
                if self.failure is None:
                    traceback.print_exc(file=sys.stderr)
                self.failure = f"{type(error).__name__}: {error}"
                self._pause(error, self.wanted)
            self._leave.wait(_LOOK_SECONDS)
        self._front.close()
        self._pair.remove()
        if self._deleted:
            self._shown.record(rds_events.DELETED)

    def _pause(self, after: Exception, tried: Wanted) -> None:
        """A server that did not start does not start with the same parameters a second later."""
        until = time.monotonic() + (_START_AGAIN_SECONDS if isinstance(after, RehearsalError) else 1)
        while time.monotonic() < until and self.wanted.parameters == tried.parameters:
            if self._leave.wait(_LOOK_SECONDS):
                return

    def _step(self, wanted: Wanted) -> None:
        primary = self._pair.primary
        if not wanted.running:
            self._halt()
        elif primary is None:
            self._create(wanted)
        elif self._was_stopped:
            self._start_again(wanted)
        elif primary.zone in self._surroundings.cut_zones:
            self._lose_zone(primary)
        elif not primary.running():
            self._recover(wanted)
        elif wanted.endpoint != self._endpoint:
            self._move(wanted)
        elif self._reboot is not None:
            failover, self._reboot = self._reboot, None
            if failover:
                self._fail_over_on_request()
            else:
                self._restart(wanted, rds_events.SHUTDOWN, rds_events.RESTARTED)
        elif time.monotonic() - self._tended >= _TEND_SECONDS:
            self._tend(wanted, primary)
            self._tended = time.monotonic()

    def _create(self, wanted: Wanted) -> None:
        if wanted.zone in self._surroundings.cut_zones:
            return
        source = self._surroundings.server_of(wanted.source) if wanted.source else None
        if wanted.source and source is None:
            return
        try:
            self._tend_backups(wanted)
            self._create_servers(wanted, source)
        except BaseException:
            self._pair.remove()
            raise
        self._become_available()
        # moto lists the creation of everything but replicas by itself.
        self._shown.record(rds_events.CREATED, listed=wanted.source is not None)

    def _create_servers(self, wanted: Wanted, source: Server | None) -> None:
        self._contents.take_parameters(wanted)
        if source is not None:
            self._start_or_say(lambda: self._pair.create_replica(wanted.zone, source))
            self._contents.copied(wanted)
        elif wanted.restored_from is not None:
            self._restore(wanted, wanted.restored_from)
        else:
            self._start_or_say(lambda: self._pair.create(wanted.zone))
            self._contents.create(wanted)
        if wanted.multi_az:
            self._pair.add_standby(self._other_zone(wanted, wanted.zone))
            self._wait_for_standby()

    def _restore(self, wanted: Wanted, point: RestorePoint) -> None:
        backups = self._surroundings.backups_of(point.source)
        if backups is None:
            raise RehearsalError("the instance that it is to be restored from is gone, with its backups")
        self._start_or_say(lambda: self._pair.create_restored(wanted.zone, backups, point.moment))
        self._contents.copied(wanted)

    def _tend_backups(self, wanted: Wanted) -> None:
        """Begins to keep backups or ends it, with the servers' next configuration."""
        if not wanted.backs_up:
            self.backups.forget()
        else:
            self.backups.begin()
        archive_command = self.backups.archive_command if wanted.backs_up else ""
        if archive_command != self._pair.archive_command:
            self._pair.archive_command = archive_command
            self._pair.configure()

    def _tend(self, wanted: Wanted, primary: Server) -> None:
        """What changes while it runs."""
        source = self._surroundings.server_of(wanted.source) if wanted.source else None
        if self._contents.change(wanted, primary, source):
            self._shown.record(rds_events.PASSWORD_RESET)
        self._tend_standby(wanted, primary)
        self._front.open(primary.address, force_tls=parameters.forces_tls(wanted.parameters))
        self._measuring.measure(wanted, primary)
        self._tend_backups(wanted)
        if wanted.backs_up:
            self.backups.keep(primary)

    def _tend_standby(self, wanted: Wanted, primary: Server) -> None:
        standby, cut = self._pair.standby, self._surroundings.cut_zones
        other_zone = self._other_zone(wanted, primary.zone)
        if standby is not None and (not wanted.multi_az or not standby.running() or standby.zone in cut):
            self._pair.drop_standby()
            if not wanted.multi_az:
                self._shown.record(rds_events.SINGLE_AZ_FINISHED)
        elif standby is None and wanted.multi_az and other_zone not in cut:
            converted = self._shown.zones[1] is None
            if converted:
                self._shown.record(rds_events.MULTI_AZ_STARTED)
            self._pair.add_standby(other_zone)
            if converted:
                self._shown.record(rds_events.MULTI_AZ_FINISHED)
        self._pair.check_standby()
        self._shown.place(primary, self._pair.standby, multi_az=wanted.multi_az)

    def _recover(self, wanted: Wanted) -> None:
        """The primary's process is gone, and nobody asked for it."""
        if self._pair.synchronous and self._pair.standby is not None and self._pair.standby.running():
            self._fail_over()
        else:
            self._pair.drop_standby()
            self._restart(wanted, rds_events.RECOVERY_STARTED, rds_events.RESTARTED, rds_events.RECOVERY_COMPLETE)

    def _fail_over_on_request(self) -> None:
        if self._pair.synchronous:
            self._fail_over()
        else:
            self._shown.record(rds_events.FAILOVER_ABANDONED)
            self._become_available()

    def _fail_over(self) -> None:
        """The endpoint is away for as long as RDS takes, then leads to the former standby."""
        began = time.monotonic()
        self._shown.status = "rebooting"
        # Who asked for one in the meantime has it, whatever the reason.
        self._reboot = None
        self._shown.record(rds_events.FAILOVER_STARTED)
        self._front.close()
        self._pair.promote()
        self.backups.after_failover()
        settings = self._surroundings.settings
        self._leave.wait(max(0.0, settings.paced(settings.failover_seconds) - (time.monotonic() - began)))
        self._shown.record(rds_events.RESTARTED)
        self._become_available()
        self._shown.record(rds_events.FAILOVER_TO_STANDBY_COMPLETE, rds_events.FAILOVER_COMPLETED)

    def _restart(self, wanted: Wanted, first_event: str, *last_events: str) -> None:
        """With the parameters that waited for it."""
        self._shown.status = "rebooting"
        self._front.close()
        self._shown.record(first_event)
        self._contents.take_parameters(wanted)
        self._start_or_say(self._pair.restart)
        self._become_available()
        self._shown.record(*last_events)

    def _move(self, wanted: Wanted) -> None:
        """Another identifier is another endpoint, and a restart (RDS User Guide, "Renaming a DB instance")."""
        self._front.close()
        self.addressed = self.addressed - {self._endpoint} | {wanted.endpoint}
        self._endpoint = wanted.endpoint
        self._front = self._new_front()
        self._restart(wanted, rds_events.SHUTDOWN, rds_events.RESTARTED)

    def _lose_zone(self, primary: Server) -> None:
        """Nobody reaches the primary, so that it can acknowledge nothing: as good as stopped."""
        self._front.close()
        primary.stop(signal.SIGQUIT)
        standby = self._pair.standby
        if self._pair.synchronous and standby is not None and standby.zone not in self._surroundings.cut_zones:
            self._fail_over()

    def _halt(self) -> None:
        """StopDBInstance: processes end, storage stays."""
        if not self._was_stopped and self._pair.primary is not None:
            self._front.close()
            self._pair.drop_standby()
            self._pair.stop()
            self._was_stopped = True
            self._shown.record(rds_events.STOPPED)

    def _start_again(self, wanted: Wanted) -> None:
        self._contents.take_parameters(wanted)
        self._start_or_say(self._pair.restart)
        self._was_stopped = False
        self._become_available()
        self._shown.record(rds_events.STARTED)

    def _start_or_say(self, start: Callable[[], object]) -> None:
        """RDS shows `incompatible-parameters` when the database does not start with its group's values."""
        try:
            start()
        except RehearsalError:
            self._shown.status = "incompatible-parameters"
            raise

    def _wait_for_standby(self) -> None:
        while not self._pair.synchronous and not self._leave.wait(_LOOK_SECONDS):
            if self._pair.primary is None or not self._pair.primary.running():
                raise RehearsalError("the primary ended before its standby had caught up")
            self._pair.check_standby()

    def _other_zone(self, wanted: Wanted, zone: str) -> str:
        """Where the standby stands: where it stood last, or where the primary did."""
        zones = [*reversed(self._shown.zones), *wanted.zones]
        return next(str(candidate) for candidate in zones if candidate not in (None, zone))

    def _become_available(self) -> None:
        assert self._pair.primary is not None
        self._front.open(self._pair.primary.address, force_tls=parameters.forces_tls(self.wanted.parameters))
        self._shown.place(self._pair.primary, self._pair.standby, multi_az=self.wanted.multi_az)
        self._shown.status = "available"
