"""Two connections as one: what comes in on either goes out on the other, until one of them ends."""

import asyncio
import contextlib
import ssl

_CHUNK_BYTES = 65536

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def relay(client: Connection, server: Connection) -> None:
    """Returns when either side has ended; the server's connection is closed then, the client's is its owner's."""
    pumps = [
        asyncio.create_task(_pump(client[0], server[1])),
        asyncio.create_task(_pump(server[0], client[1])),
    ]
    await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    for pump in pumps:
        pump.cancel()
    server[1].close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
