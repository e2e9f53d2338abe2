"""WebSockets through the balancer: messages go both ways until one side closes."""

import asyncio

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
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
    async with session.ws_connect(url, headers=headers, protocols=protocols, max_msg_size=0) as target:
        client = web.WebSocketResponse(
            protocols=[target.protocol] if target.protocol else [], max_msg_size=0, autoping=True
        )
        await client.prepare(request)
        async with asyncio.TaskGroup() as both:
            both.create_task(_copy(client, target))
            both.create_task(_copy(target, client))
    return client


async def _copy(
    source: ClientWebSocketResponse | web.WebSocketResponse, sink: ClientWebSocketResponse | web.WebSocketResponse
) -> None:
    async for message in source:
        if message.type == WSMsgType.TEXT:
            await sink.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await sink.send_bytes(message.data)
    await sink.close(code=source.close_code or 1000)
