"""The deployed LiteLLM, as whoever asks it something reaches it."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from modules.operations.deployment import Deployment


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """
    Attributes:
        key: shown to nobody.
        address: host and port to connect to instead of the endpoint's own, which no DNS knows on a rehearsal.
        ca_file: whose certificates are trusted, instead of the public authorities'.
    """

    endpoint: str
    key: str
    address: tuple[str, int] | None = None
    ca_file: Path | None = None

    def __repr__(self) -> str:
        return f"Gateway({self.endpoint})"


def find_gateway(deployment: Deployment) -> Gateway:
    """With the master key, which it reads from its secret."""
    outputs, status = deployment.outputs, deployment.rehearsal_status
    secrets = deployment.session.client("secretsmanager")
    key = secrets.get_secret_value(SecretId=outputs.master_key_secret)["SecretString"]
    for way in status["parts"]["balancer"]["https"] if status else ():
        if way["endpoint"] == outputs.endpoint:
            host, _, port = way["address"].rpartition(":")
            return Gateway(
                endpoint=outputs.endpoint,
                key=key,
                address=(host, int(port)),
                ca_file=Path(way["certificate_authority"]),
            )
    return Gateway(endpoint=outputs.endpoint, key=key)


def connector(gateway: Gateway) -> aiohttp.TCPConnector:
    """As many connections as there are requests in flight."""
    return aiohttp.TCPConnector(
        limit=0,
        # The load balancer may move to another address meanwhile.
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
