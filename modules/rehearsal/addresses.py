"""Addresses on the loopback network for what has an address in a VPC: nothing of a rehearsal listens elsewhere."""

import random
import socket
import threading
from dataclasses import dataclass, field

from modules.rehearsal.lifecycle import RehearsalError

_GUARD_PORT = 4999
_TRIES = 50


@dataclass
class Addresses:
    """Hands out addresses of 127.<octet>.0.0/16, which no other rehearsal on the machine uses meanwhile.

    With an address of its own, a task or a database listens on the very port that is deployed.
    """

    octet: int
    _guard: socket.socket
    _taken: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @staticmethod
    def claim(choose: random.Random) -> "Addresses":
        """
        Raises:
            RehearsalError: the machine does not let a program listen on 127.0.0.0/8.
        """
        for _ in range(_TRIES):
            octet = choose.randint(64, 254)
            guard = socket.socket()
            try:
                guard.bind((f"127.{octet}.255.254", _GUARD_PORT))
            except OSError:
                guard.close()
            else:
                return Addresses(octet, guard)
        raise RehearsalError("no program may listen on addresses of 127.0.0.0/8 here, as the rehearsal's tasks do")

    def of(self, resource: str) -> str:
        """The address of a resource, by its ARN or another name of its own; the same as long as it is not released."""
        with self._lock:
            if resource not in self._taken:
                taken = set(self._taken.values())
                candidates = (f"127.{self.octet}.{third}.{fourth}" for third in range(256) for fourth in range(1, 254))
                self._taken[resource] = next(address for address in candidates if address not in taken)
            return self._taken[resource]

    def release(self, resource: str) -> None:
        with self._lock:
            self._taken.pop(resource, None)

    def close(self) -> None:
        self._guard.close()
