"""One PostgreSQL server: its data, its address on the loopback network, its process."""

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from modules.rehearsal.database import binaries, parameters
from modules.rehearsal.database.leftovers import release_shared_memory
from modules.rehearsal.lifecycle import RehearsalError

ADMINISTRATOR = "rdsadmin"
"""The superuser that RDS keeps for itself."""
_STOP_SECONDS = 10
_START_ATTEMPTS = 5


@dataclass
class Server:
    """A server that is made by `make` or as the copy of another one, and then started.

    Attributes:
        folder: everything of it, for its life: `data` and, beside it, its configuration and its log.
        address: it listens here only.
        zone: the Availability Zone in which it stands.
        password: the administrator's.
    """

    folder: Path
    address: str
    port: int
    zone: str
    password: str
    _process: "subprocess.Popen[bytes] | None" = None
    _connection: "psycopg.Connection[Any] | None" = field(default=None, repr=False)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgresql.log"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def connection_string(self, database: str, application: str) -> str:
        """Without the password, since PostgreSQL logs what it follows."""
        return (
            f"host={self.address} port={self.port} user={ADMINISTRATOR} dbname={database} "
            f"application_name={application} connect_timeout=3 sslmode=disable gssencmode=disable"
        )

    def make(self) -> None:
        """Makes an empty database cluster. RDS sorts by en_US.UTF-8, this one by bytes: the wheel brings no locale."""
        self._make_folder()
        password_file = self.folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        binaries.hand_over(password_file)
        try:
            binaries.run(
                binaries.program("initdb"),
                f"--pgdata={self.data}",
                f"--username={ADMINISTRATOR}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                # MiB: a segment goes to the backups every few minutes, mostly empty.
                "--wal-segsize=1",
                "--no-sync",
                folder=self.folder,
            )
        finally:
            password_file.unlink()

    def copy(self, source: "Server") -> None:
        """Makes the server as a standby of another one, from a copy of its data."""
        self._make_folder()
        binaries.run(
            binaries.program("pg_basebackup"),
            f"--pgdata={self.data}",
            f"--dbname={source.connection_string('postgres', 'pg_basebackup')}",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-sync",
            folder=self.folder,
            password=source.password,
        )
        signal_file = self.data / "standby.signal"
        signal_file.touch()
        binaries.hand_over(signal_file)

    def back_up(self, target: Path) -> None:
        """Copies the data of the running server; the WAL that the copy needs is in the archive when this returns."""
        binaries.run(
            binaries.program("pg_basebackup"),
            f"--pgdata={target}",
            f"--dbname={self.connection_string('postgres', 'rdsbackup')}",
            "--wal-method=none",
            "--checkpoint=fast",
            "--no-sync",
            folder=self.folder,
            password=self.password,
        )

    def restore(self, backup: Path, *, password: str, recovery: Mapping[str, str]) -> None:
        """Makes the server from a copy of another one's data; its first start replays WAL.

        Args:
            password: the administrator's, at the time of the copy.
            recovery: what PostgreSQL is told of that, until `end_recovery`.
        """
        self._make_folder()
        binaries.run("cp", "-a", backup, self.data, folder=self.folder)
        self.password = password
        signal_file = self.data / "recovery.signal"
        signal_file.touch()
        binaries.hand_over(signal_file)
        # PostgreSQL's own place for what overrides the configuration.
        (self.data / "postgresql.auto.conf").write_text(parameters.configuration(recovery))

    def end_recovery(self) -> None:
        """Copies of the server would recover to the same moment again."""
        (self.data / "postgresql.auto.conf").write_text("")

    def configure(
        self,
        settings: Mapping[str, str],
        *,
        trust_iam: bool,
        archive_command: str = "",
        follows: str | None = None,
        synchronous: str = "",
    ) -> None:
        """Writes the configuration for the next start or reload.

        Args:
            trust_iam: whoever is in rds_iam, and no administrator, logs in with whatever token it shows.
            archive_command: what keeps a WAL segment; without one, nothing does.
            follows: the connection string to the server that is followed, for a standby; both have one password.
            synchronous: PostgreSQL's synchronous_standby_names.
        """
        own = {
            "data_directory": str(self.data),
            "hba_file": str(self.folder / "pg_hba.conf"),
            "ident_file": str(self.data / "pg_ident.conf"),
            "listen_addresses": self.address,
            "port": str(self.port),
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "wal_level": "replica",
            "wal_keep_size": "256MB",
            # Also the standby, since it alone may have a segment when the primary is lost.
            "archive_mode": "always",
            "archive_command": archive_command or "true",
            "hot_standby": "on",
            # In the data folder, and gone with it, also after a kill.
            "dynamic_shared_memory_type": "mmap",
            # Processes are killed here, machines are not: what was written to the kernel stays.
            "fsync": "off",
            "primary_conninfo": f"{follows} passfile={self.folder / 'pgpass'}" if follows else "",
            "synchronous_standby_names": synchronous,
        }
        access = [
            f"host all,replication {ADMINISTRATOR} 127.0.0.0/8 scram-sha-256",
            "host all +rds_superuser 127.0.0.0/8 scram-sha-256",
            *(["host all +rds_iam 127.0.0.0/8 trust"] if trust_iam else []),
            "host all all 127.0.0.0/8 scram-sha-256",
        ]
        for name, text in (
            ("postgresql.conf", parameters.configuration({**settings, **own})),
            ("pg_hba.conf", "\n".join(access) + "\n"),
            ("pgpass", f"*:*:*:*:{self.password}\n"),
        ):
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_text(text)
            binaries.hand_over(path)

    def start(self, timeout_seconds: float = 60) -> None:
        """Starts it and returns when it answers.

        Raises:
            RehearsalError: it does not; with the end of its log.
        """
        for _ in range(_START_ATTEMPTS):
            # In its own session, so that nobody's Ctrl-C reaches it.
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    binaries.command(
                        binaries.program("postgres"), "-c", f"config_file={self.folder / 'postgresql.conf'}"
                    ),
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            deadline = time.monotonic() + timeout_seconds
            while self.running() and time.monotonic() < deadline:
                with contextlib.suppress(psycopg.Error):
                    self.query("SELECT 1")
                    return
                time.sleep(0.05)
            # The clients' processes of a server that was killed outlive it for a moment and hold its memory.
            if "pre-existing shared memory block" not in self._end_of_log():
                break
            time.sleep(0.5)
        raise RehearsalError(f"PostgreSQL in {self.folder} did not start:\n{self._end_of_log()}")

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def reload(self) -> None:
        if self._process is not None and self.running():
            self._process.send_signal(signal.SIGHUP)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: sessions are ended, then data is written out; SIGQUIT: like a power cut."""
        self._disconnect()
        if self._process is None:
            return
        for signal_number in (how, signal.SIGQUIT, signal.SIGKILL):
            if self._process.poll() is not None:
                break
            self._process.send_signal(signal_number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        self._process = None

    def remove(self) -> None:
        """Ends it and deletes its data."""
        self.stop(signal.SIGQUIT)
        release_shared_memory(self.data / "postmaster.pid")
        shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """As the administrator.

        Raises:
            psycopg.Error: the server is away, or refuses the statement.
        """
        if database != "postgres":
            with self._connect(database) as connection:
                return _rows(connection, statement)
        if self._connection is None or self._connection.closed:
            self._connection = self._connect(database)
        try:
            return _rows(self._connection, statement)
        except psycopg.OperationalError:
            self._disconnect()
            raise

    def verifier(self, user: str, password: str) -> str:
        """What PostgreSQL keeps of a password, so that the password itself is in no statement and in no log."""
        self.query("SELECT 1")
        assert self._connection is not None
        return self._connection.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256").decode()

    def _connect(self, database: str) -> "psycopg.Connection[Any]":
        address = self.connection_string(database, ADMINISTRATOR)
        return psycopg.connect(address, password=self.password, autocommit=True)

    def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _make_folder(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        binaries.hand_over(self.folder)

    def _end_of_log(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
        return ""


def _rows(connection: "psycopg.Connection[Any]", statement: str) -> list[tuple[Any, ...]]:
    # Statements are made of our own names and of quoted ones.
    cursor = connection.execute(statement)
    return cursor.fetchall() if cursor.description else []
