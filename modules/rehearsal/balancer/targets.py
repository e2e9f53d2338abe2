"""The targets of a group: which of them gets the next request, and what runs on each."""

import asyncio
import random

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from modules.rehearsal.balancer.configuration import Health, Target, TargetGroup, key
from modules.rehearsal.balancer.health import DRAINING, NOT_CHECKED, Judgement

_HEADER_BYTES = 65_536
_NOT_OURS_TO_ADD = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class RunningTarget:
    """A registered target with its connections.

    Attributes:
        cut: it is in a zone that is cut off.
        running: the requests that it is answering.
        severed: those of them that are to end because the target is gone, not because of their client.
    """

    def __init__(self, target: Target, *, idle_timeout_seconds: float) -> None:
        self.target = target
        self.judgement = Judgement()
        self.healthy_since = 0.0
        self.slow_start_credit = 0.0
        self.cut = False
        self.running: set[asyncio.Task[None]] = set()
        self.severed: set[asyncio.Task[None]] = set()
        self.base = f"http://{target.address}:{target.port}"
        self._idle_timeout_seconds = idle_timeout_seconds
        self.session = self._new_session()

    @property
    def health(self) -> Health:
        return DRAINING if self.target.draining else self.judgement.health

    @property
    def reachable(self) -> bool:
        """False: what is sent to it vanishes, and no connection is refused either. What runs on a target whose address
        is gone goes on: its program may still be finishing it."""
        return self.target.address is not None and not self.cut

    def sever(self) -> None:
        """Cuts what runs on the target and its idle connections."""
        for task in self.running:
            self.severed.add(task)
            task.cancel()
        old, self.session = self.session, self._new_session()
        self._closing = asyncio.get_running_loop().create_task(old.close())

    async def close(self) -> None:
        self.sever()
        await self._closing
        await self.session.close()

    def _new_session(self) -> ClientSession:
        # A connection is never tried again with the same request: AWS answers 502 when a target closes a connection
        # under a request, and tells people to keep theirs open longer than its own idle timeout.
        session = ClientSession(
            connector=TCPConnector(limit=0, keepalive_timeout=self._idle_timeout_seconds),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_NOT_OURS_TO_ADD,
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
            timeout=ClientTimeout(total=None),
        )
        session._retry_connection = False
        return session


class RunningGroup:
    """A target group with the requests that run.

    Attributes:
        fails_open: too few targets are healthy: requests go to all of them.
    """

    def __init__(self, wanted: TargetGroup) -> None:
        self.wanted = wanted
        self.targets: dict[str, RunningTarget] = {}
        self.fails_open = False
        self._shifted: tuple[str, ...] = ()
        self._usable: list[RunningTarget] = []
        self._next = 0

    async def configure(
        self, wanted: TargetGroup, *, shifted: tuple[str, ...], cut: tuple[str, ...], idle_timeout_seconds: float
    ) -> None:
        self.wanted = wanted
        self._shifted = shifted
        kept = {}
        for target in wanted.targets:
            running = self.targets.pop(key(target), None)
            if running is not None and running.target.draining and not target.draining:
                # Registered anew.
                await running.close()
                running = None
            if running is None:
                running = RunningTarget(target, idle_timeout_seconds=idle_timeout_seconds)
            running.target = target
            if target.address is not None:
                running.base = f"http://{target.address}:{target.port}"
            if not wanted.health_check.enabled:
                running.judgement.health = NOT_CHECKED
            if target.zone in cut and not running.cut:
                running.sever()
            running.cut = target.zone in cut
            kept[key(target)] = running
        gone, self.targets = self.targets, kept
        for running in gone.values():
            await running.close()
        self.choose_usable()

    def choose_usable(self) -> None:
        """To be called when a target's health has changed."""
        registered = [
            running
            for running in self.targets.values()
            if not running.target.draining and running.target.zone not in self._shifted
        ]
        healthy = [running for running in registered if running.health.state == "healthy"]
        least = max(self.wanted.minimum_healthy_count, len(registered) * self.wanted.minimum_healthy_percent / 100)
        checked = self.wanted.health_check.enabled
        self.fails_open = checked and len(healthy) < least
        self._usable = healthy if checked and not self.fails_open else registered

    def pick(self, now: float) -> RunningTarget | None:
        usable = self._usable
        if not usable:
            return None
        algorithm = self.wanted.algorithm
        if algorithm == "weighted_random":
            return random.choice(usable)
        self._next += 1
        start = self._next % len(usable)
        if algorithm == "least_outstanding_requests":
            # Among equals the next in turn.
            return min(usable[start:] + usable[:start], key=lambda running: len(running.running))
        if not self.wanted.slow_start_seconds:
            return usable[start]
        for running in usable[start:] + usable[:start]:
            running.slow_start_credit += min((now - running.healthy_since) / self.wanted.slow_start_seconds, 1)
            if running.slow_start_credit >= 1:
                running.slow_start_credit = 0
                return running
        return usable[start]

    async def close(self) -> None:
        for running in self.targets.values():
            await running.close()
