"""`python -m modules.rehearsal.database.endpoint`: an instance's address, with TLS, in front of its primary.

The wheel's PostgreSQL is built without TLS, so that TLS ends here. As long as this process is away, whoever connects is
refused; when it ends, every session is cut: as with an address whose server is gone.
"""

import argparse
import asyncio
import contextlib
import ssl
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from modules.rehearsal.relay import relay

# First messages of a session (PostgreSQL, "Message Formats").
_TLS_REQUEST, _GSS_REQUEST, _CANCEL_REQUEST = 80877103, 80877104, 80877102
_LONGEST_START = 10_000
_START_SECONDS = 60


@dataclass(frozen=True)
class Endpoint:
    """
    Attributes:
        target: address and port of the primary.
        force_tls: refuse a plain session, as `rds.force_ssl` does.
    """

    target: tuple[str, int]
    tls: ssl.SSLContext
    force_tls: bool

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                start = await self._start(reader, writer)
                if start is None:
                    return
                upstream_reader, upstream_writer = await asyncio.open_connection(*self.target)
            upstream_writer.write(start)
            await relay((reader, writer), (upstream_reader, upstream_writer))
        writer.close()

    async def _start(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """Agrees on TLS and returns the client's first message; None: it was refused."""
        encrypted = False
        while True:
            head = await reader.readexactly(8)
            length, code = struct.unpack("!ii", head)
            if not 8 <= length <= _LONGEST_START:
                writer.close()
                return None
            if code == _TLS_REQUEST and not encrypted:
                writer.write(b"S")
                await writer.start_tls(self.tls)
                encrypted = True
            elif code in (_GSS_REQUEST, _TLS_REQUEST):
                writer.write(b"N")
            else:
                start = head + await reader.readexactly(length - 8)
                if encrypted or not self.force_tls or code == _CANCEL_REQUEST:
                    return start
                writer.write(_refusal(start[8:], writer.get_extra_info("peername")[0]))
                await writer.drain()
                writer.close()
                return None


def _refusal(options: bytes, client: str) -> bytes:
    """PostgreSQL's answer where pg_hba.conf allows sessions with TLS only."""
    words = options.split(b"\0")
    given = dict(zip(words[::2], words[1::2], strict=False))
    user = given.get(b"user", b"").decode(errors="replace")
    database = given.get(b"database", b"").decode(errors="replace") or user
    message = f'no pg_hba.conf entry for host "{client}", user "{user}", database "{database}", no encryption'
    fields = {"S": "FATAL", "V": "FATAL", "C": "28000", "M": message}
    body = b"".join(f"{kind}{text}".encode() + b"\0" for kind, text in fields.items()) + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body


async def _listen(endpoint: Endpoint, address: str, port: int) -> None:
    server = await asyncio.start_server(endpoint.serve, address, port, backlog=512)
    sys.stdout.write("listens\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target", required=True, help="the primary's address; its port is the same")
    parser.add_argument("--certificate", type=Path, required=True, help="PEM file with certificate and key")
    parser.add_argument("--force-tls", action="store_true")
    chosen = parser.parse_args()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chosen.certificate)
    endpoint = Endpoint((chosen.target, chosen.port), tls, chosen.force_tls)
    asyncio.run(_listen(endpoint, chosen.address, chosen.port))


if __name__ == "__main__":
    main()
