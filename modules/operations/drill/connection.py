"""How the probe reaches its gateway."""

import socket
import ssl

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from modules.operations.drill.chat import Gateway


def connector(gateway: Gateway) -> aiohttp.TCPConnector:
    """As many connections as there are requests in flight."""
    return aiohttp.TCPConnector(
        limit=0,
        # The balancer may move to another address in the middle of a drill.
        use_dns_cache=False,
        resolver=_OneAddress(*gateway.address) if gateway.address else None,
        ssl=ssl.create_default_context(cafile=gateway.ca_file) if gateway.ca_file else True,
    )


class _OneAddress(AbstractResolver):
    """Every name is there; the certificate still has to be the endpoint's."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=self._host,
                port=self._port,
                family=socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass
