"""Asking the gateway with the former and the new master key, again and again, while a deployment rolls."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import aiohttp

from modules.operations.gateway import Gateway, connector
from modules.operations.rotation.evidence import Probe, WhichKey

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

INTERVAL_SECONDS = 1.0
TIMEOUT_SECONDS = 10.0
TIMES = 4
"""Requests with a key in a row: with both keys in turn, round robin would send the one to the same task each time."""
PATH = "/v1/models"
"""Needs a key, and asks no provider."""


class Watch:
    """A thread of its own: the deployment goes on beside it."""

    def __init__(
        self,
        gateway: Gateway,
        new_key: Callable[[], str | None],
        clock: Callable[[], float],
    ) -> None:
        """
        Args:
            gateway: with the former key.
            new_key: as soon as there is one.
        """
        self._gateway = gateway
        self._new_key = new_key
        self._clock = clock
        self._began = clock()
        self._over = threading.Event()
        self._probes: list[Probe] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask()), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> tuple[tuple[Probe, ...], float]:
        """All that was seen, and for how many seconds."""
        self._over.set()
        self._thread.join(2 * TIMEOUT_SECONDS)
        return tuple(self._probes), self._clock() - self._began

    async def _ask(self) -> None:
        async with aiohttp.ClientSession(connector=connector(self._gateway)) as session:
            new: str | None = None
            while not self._over.is_set():
                new = new or await asyncio.to_thread(self._new_key)
                keys: dict[WhichKey, str] = {"former": self._gateway.key}
                if new:
                    keys["new"] = new
                began = self._clock() - self._began
                for which, key in keys.items():
                    await asyncio.gather(*(self._once(session, which, key, began) for _ in range(TIMES)))
                await asyncio.to_thread(self._over.wait, INTERVAL_SECONDS)

    async def _once(self, session: aiohttp.ClientSession, which: WhichKey, key: str, began: float) -> None:
        status = await status_of(session, self._gateway, key)
        self._probes.append(Probe(seconds=began, key=which, status=status))


async def status_of(session: aiohttp.ClientSession, gateway: Gateway, key: str) -> int | None:
    """What HTTP says to this key; None: nothing answered."""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with session.get(
            f"{gateway.endpoint}{PATH}",
            headers={"Authorization": f"Bearer {key}"},
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        ) as response:
            return response.status
    return None


def newer_value(secrets: "SecretsManagerClient", secret: str, former_version: str) -> str | None:
    """The secret's value once another version is the current one."""
    found = secrets.get_secret_value(SecretId=secret)
    return found["SecretString"] if found["VersionId"] != former_version else None
