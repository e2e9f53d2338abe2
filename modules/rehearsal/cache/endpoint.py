"""`python -m modules.rehearsal.cache.endpoint`: a replication group's addresses, with TLS, in front of its nodes.

The wheel's Redis is built without TLS, so that TLS ends here.
"""

import argparse
import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from pathlib import Path

from modules.rehearsal.child import end_with
from modules.rehearsal.relay import relay


@dataclass(frozen=True)
class Route:
    """From an address of the group to one of a node; the port is the same."""

    source: str
    target: str
    port: int

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await relay((reader, writer), await asyncio.open_connection(self.target, self.port))
        writer.close()


async def _listen(routes: list[Route], tls: ssl.SSLContext | None) -> None:
    for route in routes:
        await asyncio.start_server(route.serve, route.source, route.port, backlog=512, ssl=tls)
    await asyncio.get_running_loop().create_future()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--route", nargs=2, action="append", required=True, metavar=("SOURCE", "TARGET"))
    parser.add_argument("--certificate", type=Path, help="PEM file with certificate and key; without it, no TLS")
    parser.add_argument("--parent", type=int, required=True, help="process id: ends with it")
    chosen = parser.parse_args()
    end_with(chosen.parent)
    tls = None
    if chosen.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(chosen.certificate)
    asyncio.run(_listen([Route(source, target, chosen.port) for source, target in chosen.route], tls))


if __name__ == "__main__":
    main()
