"""The balancer's own process: takes its configuration from the control plane and reports what happened."""

import asyncio
import json
import ssl
import time
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from modules.rehearsal.balancer.checks import Checker
from modules.rehearsal.balancer.configuration import Configuration, Listener, LoadBalancer, Reply, Report
from modules.rehearsal.balancer.measurements import Measurements
from modules.rehearsal.balancer.proxy import Proxy
from modules.rehearsal.balancer.targets import RunningGroup
from modules.rehearsal.certificates import CertificateAuthority

_HEADER_BYTES = 16_384
"""Elastic Load Balancing's limit for a request line and for a header."""


_HANDSHAKE_SECONDS = 10
"""A client without a TLS session after so long has failed to get one."""


class _Server(web.Server):
    """aiohttp's low-level server, which counts the connections of clients."""

    def __init__(self, proxy: Proxy, measurements: Measurements, balancer: LoadBalancer) -> None:
        super().__init__(
            proxy.answer,
            handler_cancellation=True,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=balancer.idle_timeout_seconds,
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
        )
        self._measurements = measurements
        self._balancer = balancer.arn
        self._accepted: dict[web.RequestHandler, float] = {}

    def __call__(self) -> web.RequestHandler:
        handler = super().__call__()
        self._accepted[handler] = time.monotonic()
        return handler

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """With TLS: after the handshake."""
        del self._accepted[handler]
        self._measurements.count("NewConnectionCount", self._balancer)
        super().connection_made(handler, transport)

    def count_failed_handshakes(self) -> None:
        late = time.monotonic() - _HANDSHAKE_SECONDS - 1
        for handler in [handler for handler, accepted in self._accepted.items() if accepted < late]:
            del self._accepted[handler]
            self._measurements.count("NewConnectionCount", self._balancer)
            self._measurements.count("ClientTLSNegotiationErrorCount", self._balancer)


class _Listening:
    """One open listener; `place` is what it cannot change without being opened again."""

    def __init__(self, proxy: Proxy, server: _Server, place: tuple[object, ...]) -> None:
        self.proxy = proxy
        self.server = server
        self.place = place
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        self._socket: asyncio.Server | None = None

    async def open(self, address: str, port: int, context: ssl.SSLContext | None) -> None:
        """
        Raises:
            OSError: somebody else listens there.
        """
        await self._runner.setup()
        self._socket = await asyncio.get_running_loop().create_server(
            self.server,
            address,
            port,
            ssl=context,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if context else None,
            backlog=4096,
            reuse_address=True,
        )

    async def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        await self._runner.cleanup()


class BalancerProcess:
    def __init__(self, directory: Path, endpoint: str, interval_seconds: float) -> None:
        """
        Args:
            directory: for the certificate authority.
            endpoint: where it reports; the reply is the configuration.
        """
        self._directory = directory
        self._endpoint = endpoint
        self._interval_seconds = interval_seconds
        self._version = ""
        self._configuration = Configuration()
        self._measurements = Measurements()
        self._groups: dict[str, RunningGroup] = {}
        self._checkers: dict[str, Checker] = {}
        self._listening: dict[str, _Listening] = {}
        self._problems: dict[str, str] = {}

    async def run(self, leave: asyncio.Event) -> None:
        following = asyncio.get_running_loop().create_task(self._follow())
        leaving = asyncio.get_running_loop().create_task(leave.wait())
        # The control plane may be the one that ends: then nobody answers a report that is under way.
        await asyncio.wait((following, leaving), return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await self._apply(Configuration())

    async def _follow(self) -> None:
        async with ClientSession(timeout=ClientTimeout(total=30)) as control_plane:
            while True:
                await self._report(control_plane)
                await asyncio.sleep(self._interval_seconds)

    async def _report(self, control_plane: ClientSession) -> None:
        for listening in self._listening.values():
            listening.server.count_failed_handshakes()
        measured = self._measurements.take()
        report = Report(
            version=self._version,
            health={
                arn: {name: target.health for name, target in group.targets.items()}
                for arn, group in self._groups.items()
            },
            counts=measured.as_counts(),
            times=measured.as_times(),
            problems=tuple(self._problems.values()),
        )
        try:
            async with control_plane.post(self._endpoint, data=report.model_dump_json()) as answer:
                answer.raise_for_status()
                reply = Reply.model_validate(json.loads(await answer.read()))
        except (ClientError, TimeoutError):
            # It goes on with what it has, and says later what happened meanwhile.
            self._measurements.put_back(measured)
            return
        if reply.configuration is not None:
            await self._apply(reply.configuration)
            self._version = reply.version
        elif self._problems:
            await self._open_listeners()

    async def _apply(self, configuration: Configuration) -> None:
        self._configuration = configuration
        balancers = {balancer.arn: balancer for balancer in configuration.load_balancers}
        wanted = {group.arn: group for group in configuration.target_groups}
        for arn in self._groups.keys() - wanted.keys():
            await self._checkers.pop(arn).close()
            await self._groups.pop(arn).close()
        for arn, group in wanted.items():
            running = self._groups.setdefault(arn, RunningGroup(group))
            balancer = balancers[group.load_balancer]
            await running.configure(
                group,
                shifted=balancer.shifted_zones,
                cut=configuration.cut_zones,
                idle_timeout_seconds=balancer.idle_timeout_seconds,
            )
            if arn not in self._checkers:
                self._checkers[arn] = Checker(running)
        await self._open_listeners()

    async def _open_listeners(self) -> None:
        self._problems.clear()
        wanted = {
            listener.arn: (balancer, listener)
            for balancer in self._configuration.load_balancers
            for listener in balancer.listeners
        }
        for arn in self._listening.keys() - wanted.keys():
            await self._listening.pop(arn).close()
        for arn, (balancer, listener) in wanted.items():
            place = (balancer.address, listener.bound_port, listener.domains, balancer.idle_timeout_seconds)
            listening = self._listening.get(arn)
            try:
                if listening is not None and listening.place != place:
                    await self._listening.pop(arn).close()
                    listening = None
                if listening is None:
                    self._listening[arn] = await self._open(balancer, listener, place)
                else:
                    listening.proxy.configure(balancer, listener, self._configuration.connect_timeout_seconds)
            except (OSError, ValueError) as error:
                self._problems[arn] = f"the listener {balancer.address}:{listener.bound_port} is not served: {error}"

    async def _open(self, balancer: LoadBalancer, listener: Listener, place: tuple[object, ...]) -> _Listening:
        proxy = Proxy(
            balancer,
            listener,
            groups=self._groups,
            measurements=self._measurements,
            connect_timeout_seconds=self._configuration.connect_timeout_seconds,
        )
        context = None
        if listener.domains is not None:
            context = CertificateAuthority(self._directory).context(listener.domains, balancer.address)
        listening = _Listening(proxy, _Server(proxy, self._measurements, balancer), place)
        try:
            await listening.open(balancer.address, listener.bound_port, context)
        except OSError:
            await listening.close()
            raise
        return listening
