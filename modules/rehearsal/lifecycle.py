"""Start, find and stop the one background process that is the rehearsal's control plane."""

import contextlib
import fcntl
import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from modules.rehearsal import processes
from modules.rehearsal.database import leftovers
from modules.rehearsal.tasks import orphans

HOST = "127.0.0.1"
ACCOUNT_ID = "123456789012"
IDENTITY_PATH = "/_rehearsal"
"""Answered by the server with its process id. The underscore keeps it apart from every possible bucket name."""
STATUS_PATH = f"{IDENTITY_PATH}/status"
CALLS_PATH = f"{IDENTITY_PATH}/calls"

_PROJECT = Path(__file__).resolve().parents[2]
_NO_ACCOUNT = Path(__file__).resolve().with_name("no-account.aws-config")
_START_SECONDS = 60
_STOP_SECONDS = 30
"""Databases end in order; a task gets no time of its own then."""
_children: dict[int, subprocess.Popen[bytes]] = {}


class RehearsalError(Exception):
    """Something that the person at the keyboard can put right; the message says how."""


@dataclass(frozen=True)
class Rehearsal:
    url: str
    pid: int
    log: Path
    started: float
    account_id: str = ACCOUNT_ID

    def environment(self, region: str) -> dict[str, str]:
        """What Terraform, boto3 and the AWS CLI need to work on the rehearsal and never on a real account.

        Laid over a person's own environment, it also neutralises what would win over it or leak beside it: profiles,
        session tokens, files with credentials, endpoints of single services and proxies.
        """
        no_proxy = ",".join(dict.fromkeys([*filter(None, os.environ.get("NO_PROXY", "").split(",")), HOST]))
        single_services = {name: self.url for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")}
        return single_services | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_SESSION_TOKEN": "",
            "AWS_PROFILE": "default",
            "AWS_DEFAULT_PROFILE": "default",
            "AWS_CONFIG_FILE": str(_NO_ACCOUNT),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_USE_FIPS_ENDPOINT": "",
            "AWS_USE_DUALSTACK_ENDPOINT": "",
            "NO_PROXY": no_proxy,
            "no_proxy": no_proxy,
        }


@dataclass(frozen=True)
class Record:
    """What a directory remembers of its rehearsal."""

    pid: int
    process_identity: str
    port: int
    started: float
    made_directory: bool

    @staticmethod
    def read(directory: Path) -> "Record | None":
        try:
            return Record(**json.loads(_record_file(directory).read_text()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, TypeError) as error:
            raise RehearsalError(
                f"{_record_file(directory)} is not readable ({error}): remove it, and stop the process "
                f"that {_log_file(directory)} names"
            ) from error

    def write(self, directory: Path) -> None:
        unfinished = _record_file(directory).with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(self), indent=2) + "\n")
        unfinished.rename(_record_file(directory))

    def alive(self) -> bool:
        return processes.identity(self.pid) == self.process_identity


def start(directory: Path, port: int | None = None) -> Rehearsal:
    """Starts the rehearsal of this directory in the background, or returns the one that runs."""
    directory = directory.resolve()
    with _alone_in(directory) as made_directory:
        if found := running(directory):
            if port is not None and found.url != _url(port):
                raise RehearsalError(
                    f"the rehearsal already runs at {found.url}, not on port {port}: "
                    f"stop it first, or leave REHEARSAL_PORT unset"
                )
            return found
        last = Record.read(directory)
        if last is not None:
            _end(last)
            made_directory = last.made_directory
        try:
            if port is not None:
                listening_socket(port).close()
            return _launch(directory, port, made_directory)
        except BaseException:
            if made_directory:
                # The log stays where the error says that it is; only an untouched directory goes.
                with contextlib.suppress(OSError):
                    directory.rmdir()
            raise


def running(directory: Path) -> Rehearsal | None:
    """The rehearsal of this directory, if its process lives and it is that process which answers."""
    directory = directory.resolve()
    record = Record.read(directory)
    if record is None or not record.alive() or _answering_pid(record.port) != record.pid:
        return None
    return Rehearsal(url=_url(record.port), pid=record.pid, log=_log_file(directory), started=record.started)


def stop(directory: Path) -> bool:
    """Stops the rehearsal of this directory and removes what it left there; False when there was nothing to stop."""
    directory = directory.resolve()
    if not directory.is_dir():
        return False
    with _alone_in(directory):
        record = Record.read(directory)
        log = _log_file(directory)
        # A start that failed leaves its log for a person to read, and no record.
        ours = record.made_directory if record else log.exists()
        was_alive = record is not None and record.alive()
        if record is not None:
            _end(record)
        _clean(directory)
        log.unlink(missing_ok=True)
        _record_file(directory).unlink(missing_ok=True)
        if ours:
            with contextlib.suppress(OSError):
                directory.rmdir()
        return was_alive


def listening_socket(port: int | None, preferred: int | None = None) -> socket.socket:
    """A socket on the loopback interface: on the port that was asked for, else the preferred one, else any free one."""
    for candidate in [port] if port is not None else [preferred or 0, 0]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if candidate == port:
                raise RehearsalError(
                    f"port {port} on {HOST}, asked for by REHEARSAL_PORT or --port, cannot be used "
                    f"({(error.strerror or str(error)).lower()}): choose another with REHEARSAL_PORT=..., "
                    f"or unset it to let the rehearsal find a free one"
                ) from error
        else:
            return listener
    raise RehearsalError(f"no free port on {HOST}")


def _launch(directory: Path, port: int | None, made_directory: bool) -> Rehearsal:
    """The child says its address in one line on a pipe; an end of that pipe without a line is a death at start."""
    log = _log_file(directory)
    # The child must not follow a person's own AWS settings, should any library in it ask for them.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_PROJECT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "modules.rehearsal", "serve", "--directory", str(directory)]
    if port is not None:
        command += ["--port", str(port)]
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            cwd=directory,
            env=environment,
            start_new_session=True,
        )
    assert child.stdout is not None
    with child.stdout:
        ready, _, _ = select.select([child.stdout], [], [], _START_SECONDS)
        url = child.stdout.readline().decode().strip() if ready else ""
    process_identity = processes.identity(child.pid)
    if not url or process_identity is None:
        child.kill()
        child.wait()
        last_lines = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        raise RehearsalError(f"the rehearsal ended while it started; the end of its log, {log}:\n{last_lines}")
    _children[child.pid] = child
    Record(
        pid=child.pid,
        process_identity=process_identity,
        port=int(url.rpartition(":")[2]),
        started=time.time(),
        made_directory=made_directory,
    ).write(directory)
    found = running(directory)
    if found is None:
        raise RehearsalError(f"the rehearsal at {url} does not answer; its log: {log}")
    return found


def _end(record: Record) -> None:
    """SIGTERM, then SIGKILL, to exactly the process that was started; a child of ours is reaped too."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + _STOP_SECONDS
        if record.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(record.pid, signal_number)
        while record.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
    if child := _children.pop(record.pid, None):
        child.wait()


def _clean(directory: Path) -> None:
    """What a rehearsal that was killed has left running, and its files."""
    leftovers.clean(directory)
    orphans.clean(directory)
    for part in ("balancer", "cache"):
        shutil.rmtree(directory / part, ignore_errors=True)


@contextlib.contextmanager
def _alone_in(directory: Path) -> Iterator[bool]:
    """Holds the directory against a second start or stop; yields whether the directory was made for this.

    The lock is on the directory itself, so that nothing is left of it. A stop may remove the directory while
    another process waits for the lock: then the wait was for a directory that is gone, and starts again.
    """
    while True:
        made = not directory.exists()
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                still_there = os.path.samestat(os.fstat(descriptor), directory.stat())
            except FileNotFoundError:
                still_there = False
            if still_there:
                yield made
                return
        finally:
            os.close(descriptor)


def _answering_pid(port: int) -> int | None:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", IDENTITY_PATH)
        return int(json.loads(connection.getresponse().read())["pid"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"


def _record_file(directory: Path) -> Path:
    return directory / "rehearsal.json"


def _log_file(directory: Path) -> Path:
    return directory / "control-plane.log"
