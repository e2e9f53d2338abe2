"""Health checks: each target of a group at the group's interval, each check on a connection of its own."""

import asyncio
import contextlib

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from modules.rehearsal.balancer.health import FAILED, TIMEOUT, code_mismatch, matches
from modules.rehearsal.balancer.targets import RunningGroup, RunningTarget

_AT_ONCE = 4
"""Checks of one target that wait for their answer."""


class Checker:
    """Checks all targets of one group until it is closed."""

    def __init__(self, group: RunningGroup) -> None:
        self._group = group
        self._session = ClientSession(
            connector=TCPConnector(limit=0, force_close=True),
            headers={"User-Agent": "ELB-HealthChecker/2.0"},
            skip_auto_headers=("Accept", "Accept-Encoding"),
        )
        self._due: dict[RunningTarget, float] = {}
        self._checks: dict[asyncio.Task[None], RunningTarget] = {}
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        for task in (self._task, *self._checks):
            task.cancel()
        await asyncio.gather(self._task, *self._checks, return_exceptions=True)
        await self._session.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            check = self._group.wanted.health_check
            present = [one for one in self._group.targets.values() if not one.target.draining and check.enabled]
            now = loop.time()
            self._due = {one: self._due.get(one, now) for one in present}
            for one, due in self._due.items():
                if due > now:
                    continue
                # An answer's delay does not delay the next check.
                self._due[one] = max(due + check.interval_seconds, now)
                if sum(checked is one for checked in self._checks.values()) < _AT_ONCE:
                    task = loop.create_task(self._check(one))
                    self._checks[task] = one
                    task.add_done_callback(self._checks.pop)
            await asyncio.sleep(min(0.1, check.interval_seconds / 4))

    async def _check(self, one: RunningTarget) -> None:
        check = self._group.wanted.health_check
        problem: tuple[str, str] | None
        try:
            async with asyncio.timeout(check.timeout_seconds):
                status = await self._status(one)
            problem = None if matches(check.matcher, status) else code_mismatch(status)
        except TimeoutError:
            problem = TIMEOUT
        except (ClientError, OSError):
            problem = FAILED
        was = one.judgement.health
        if problem is None:
            one.judgement.passed(check)
        else:
            one.judgement.failed(check, *problem)
        if one.judgement.health.state != was.state:
            one.healthy_since = asyncio.get_running_loop().time()
            self._group.choose_usable()

    async def _status(self, one: RunningTarget) -> int:
        if not one.reachable:
            await asyncio.Event().wait()
        check, target = self._group.wanted.health_check, one.target
        port = check.port or target.port
        async with self._session.get(
            f"http://{target.address}:{port}{check.path}",
            headers={"Host": f"{target.id}:{port}"},
            allow_redirects=False,
            # The check's own timeout ends it.
            timeout=ClientTimeout(total=None),
        ) as answer:
            with contextlib.suppress(ClientError):
                await answer.read()
            return answer.status
