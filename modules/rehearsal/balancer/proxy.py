"""Answers one listener's requests: by its rules, from its targets, as an Application Load Balancer does."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientTimeout,
    ConnectionTimeoutError,
    SocketTimeoutError,
    web,
)
from aiohttp.http import SERVER_SOFTWARE
from yarl import URL

from modules.rehearsal.balancer import routing
from modules.rehearsal.balancer.configuration import Action, Listener, LoadBalancer
from modules.rehearsal.balancer.forwarding import answer_headers, request_headers
from modules.rehearsal.balancer.measurements import Measurements
from modules.rehearsal.balancer.targets import RunningGroup
from modules.rehearsal.balancer.websockets import is_websocket, pass_messages

_REASONS = {
    400: "Bad Request",
    408: "Request Time-out",
    460: "Client Closed",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


class Proxy:
    """Its `answer` is the handler of aiohttp's low-level server: no routes, middlewares or access log in between."""

    def __init__(
        self,
        balancer: LoadBalancer,
        listener: Listener,
        *,
        groups: Mapping[str, RunningGroup],
        measurements: Measurements,
        connect_timeout_seconds: float,
    ) -> None:
        self._groups = groups
        self._measurements = measurements
        self._turns: dict[tuple[tuple[str, int], ...], int] = {}
        self.configure(balancer, listener, connect_timeout_seconds)

    def configure(self, balancer: LoadBalancer, listener: Listener, connect_timeout_seconds: float) -> None:
        self._balancer = balancer
        self._listener = listener
        self._route = routing.router(listener.rules)
        self._protocol = "http" if listener.domains is None else "https"
        self._port = str(listener.port)
        self._ports = {one.port: one.bound_port for one in balancer.listeners}
        self._connect_timeout_seconds = connect_timeout_seconds
        # A target that says nothing for this long has lost its request; how long the whole takes does not matter.
        self._timeout = ClientTimeout(
            total=None, sock_connect=connect_timeout_seconds, sock_read=balancer.idle_timeout_seconds
        )

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        sent = request.path_qs if request.raw_path.startswith("http") else request.raw_path
        if not sent.startswith("/"):
            return self._own(400)
        path, _, query = sent.partition("?")
        client = request.remote or "127.0.0.1"
        host = request.headers.get("Host", "").partition(":")[0]
        asked = routing.Request(request.method, path, query, host, client, request.headers)
        action = self._route(asked)
        if action.type == "forward":
            return await self._forward(request, action, sent, client)
        if action.type == "redirect":
            self._measurements.count("HTTP_Redirect_Count", self._balancer.arn)
            there = routing.location(
                action, asked, protocol=self._protocol, port=self._listener.port, ports=self._ports
            )
            return self._own(action.status, {"Location": there})
        if action.type == "fixed-response":
            self._measurements.count("HTTP_Fixed_Response_Count", self._balancer.arn)
            return self._own(action.status, {"Content-Type": action.content_type}, action.body)
        return self._own(503)

    async def _forward(self, request: web.BaseRequest, action: Action, sent: str, client: str) -> web.StreamResponse:
        group = self._choose(action)
        target = group.pick(asyncio.get_running_loop().time()) if group else None
        if group is None or target is None:
            return self._own(503)
        arn, group_arn, zone = self._balancer.arn, group.wanted.arn, target.target.zone
        self._measurements.count("RequestCount", arn, group_arn, zone)
        if group.fails_open:
            self._measurements.count("UnhealthyRoutingRequestCount", arn, group_arn, zone)
        headers = request_headers(
            request.headers.items(), self._balancer, client=client, protocol=self._protocol, port=self._port
        )
        task = request.task
        target.running.add(task)
        passing = _Passing(request, self._balancer.idle_timeout_seconds)
        try:
            if not target.reachable:
                await asyncio.sleep(self._connect_timeout_seconds)
                raise ConnectionTimeoutError
            url = URL(target.base + sent, encoded=True)
            if is_websocket(request):
                return await pass_messages(request, target.session, url, headers)
            # The event loop's own clock is too coarse for targets that answer within a millisecond.
            started = time.perf_counter()
            answer = await target.session.request(
                request.method,
                url,
                headers=headers,
                data=passing.body(),
                allow_redirects=False,
                timeout=self._timeout,
            )
            try:
                self._measurements.times[arn, group_arn, zone].append(time.perf_counter() - started)
                self._measurements.count(f"HTTPCode_Target_{answer.status // 100}XX_Count", arn, group_arn, zone)
                return await self._pass_on(answer, passing)
            finally:
                # Closes the connection unless the answer was read to its end.
                answer.release()
        except asyncio.CancelledError:
            if task not in target.severed:
                self._measurements.own_answer(460, arn)
                raise
            task.uncancel()
            return self._broken(passing, 502)
        except ConnectionTimeoutError:
            self._measurements.count("TargetConnectionErrorCount", arn, group_arn, zone)
            return self._broken(passing, 504)
        except ClientConnectorError:
            self._measurements.count("TargetConnectionErrorCount", arn, group_arn, zone)
            return self._broken(passing, 502)
        except SocketTimeoutError:
            return self._broken(passing, 504)
        except (ClientError, OSError):
            return self._broken(passing, 502)
        finally:
            target.running.discard(task)
            target.severed.discard(task)

    async def _pass_on(self, answer: ClientResponse, passing: "_Passing") -> web.StreamResponse:
        """Bytes go on as they come."""
        listener = self._listener
        response = _PassedOn(
            status=answer.status,
            reason=answer.reason,
            headers=answer_headers(
                answer.headers.items(), listener.response_headers, names_server=listener.names_server
            ),
        )
        passing.response = response
        writer = await response.prepare(passing.request)
        content = answer.content
        if content.is_eof():
            # All of a short answer is here: it goes on in one piece.
            await response.write_eof(content.read_nowait())
            return response
        assert writer is not None
        writer.send_headers()
        while chunk := await content.readany():
            await response.write(chunk)
        await response.write_eof()
        return response

    def _choose(self, action: Action) -> RunningGroup | None:
        """Groups take turns by their weights."""
        groups = action.target_groups
        if len(groups) == 1:
            return self._groups.get(groups[0][0])
        total = sum(weight for _, weight in groups)
        if not total:
            return None
        turn = self._turns[groups] = (self._turns.get(groups, -1) + 1) % total
        for arn, weight in groups:
            if turn < weight:
                return self._groups.get(arn)
            turn -= weight
        return None

    def _broken(self, passing: "_Passing", status: int) -> web.StreamResponse:
        """The target failed under the request: an error as long as none of its answer has gone on, else the end."""
        response = passing.response
        if response is None or not response.prepared:
            return self._own(408 if passing.client_is_idle else status)
        transport = passing.request.transport
        if transport is None or transport.is_closing():
            # It was the client that went away.
            self._measurements.own_answer(460, self._balancer.arn)
        else:
            transport.abort()
        return response

    def _own(
        self, status: int, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> web.StreamResponse:
        self._measurements.own_answer(status, self._balancer.arn)
        reason = _REASONS.get(status)
        if body is None:
            title = f"{status} {reason or web.Response(status=status).reason}"
            body = (
                f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
                f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
            )
        added = dict(self._listener.response_headers)
        server = {"Server": "awselb/2.0"} if self._listener.names_server else {}
        return _Own(
            status=status,
            reason=reason,
            body=body.encode(),
            headers={"Content-Type": "text/html", **server, **added, **(headers or {})},
        )


class _PassedOn(web.StreamResponse):
    """Keeps the headers until they are sent with the body, or are told to go on ahead of it; adds no server's name."""

    _send_headers_immediately = False

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        _drop_the_librarys_name(self)


class _Own(web.Response):
    """Answered by the load balancer itself."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        _drop_the_librarys_name(self)


def _drop_the_librarys_name(response: web.StreamResponse) -> None:
    if response.headers.get("Server") == SERVER_SOFTWARE:
        del response.headers["Server"]


class _Passing:
    """One request on its way.

    Attributes:
        response: what has been begun of the answer to the client.
        client_is_idle: the client stopped sending its body.
    """

    def __init__(self, request: web.BaseRequest, idle_timeout_seconds: float) -> None:
        self.request = request
        self.response: web.StreamResponse | None = None
        self.client_is_idle = False
        self._idle_timeout_seconds = idle_timeout_seconds

    def body(self) -> bytes | AsyncIterator[bytes] | None:
        if not self.request.body_exists:
            return None
        content = self.request.content
        if content.is_eof() and "Content-Length" in self.request.headers:
            return content.read_nowait()
        return self._chunks()

    async def _chunks(self) -> AsyncIterator[bytes]:
        if self.request.headers.get("Expect", "").lower() == "100-continue":
            # Like aiohttp's own answer: it is no part of the response's size.
            await self.request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.request.writer.output_size = 0
        while True:
            try:
                async with asyncio.timeout(self._idle_timeout_seconds):
                    chunk = await self.request.content.readany()
            except TimeoutError:
                self.client_is_idle = True
                raise
            if not chunk:
                return
            yield chunk
