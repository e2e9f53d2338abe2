"""WebSockets through the balancer: messages go both ways until one side closes."""

import asyncio
import contextlib

from aiohttp import (
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    WSCloseCode,
    WSMsgType,
    WSServerHandshakeError,
    web,
)
from multidict import CIMultiDict
from yarl import URL

_OF_ONE_CONNECTION = ("Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions", "Content-Length")


def is_websocket(request: web.BaseRequest) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


async def pass_messages(
    request: web.BaseRequest, session: ClientSession, url: URL, headers: "CIMultiDict[str]"
) -> web.StreamResponse:
    for name in _OF_ONE_CONNECTION:
        headers.popall(name, None)
    protocols = [one.strip() for one in headers.popall("Sec-WebSocket-Protocol", []) for one in one.split(",")]
    try:
        target = await session.ws_connect(url, headers=headers, protocols=protocols, max_msg_size=0)
    except WSServerHandshakeError as refusal:
        return web.Response(status=refusal.status)
    async with target:
        client = web.WebSocketResponse(protocols=[target.protocol] if target.protocol else [], max_msg_size=0)
        await client.prepare(request)
        async with asyncio.TaskGroup() as both:
            both.create_task(_copy(client, target))
            both.create_task(_copy(target, client))
    return client


async def _copy(
    source: ClientWebSocketResponse | web.WebSocketResponse, sink: ClientWebSocketResponse | web.WebSocketResponse
) -> None:
    # The end of one side, however it came, is told to the other.
    with contextlib.suppress(ClientError, OSError):
        async for message in source:
            if message.type == WSMsgType.TEXT:
                await sink.send_str(message.data)
            elif message.type == WSMsgType.BINARY:
                await sink.send_bytes(message.data)
        await sink.close(code=source.close_code or WSCloseCode.OK)
