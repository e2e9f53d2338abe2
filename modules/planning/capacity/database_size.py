"""The database class for a rate and for the connections of a fleet."""

from dataclasses import dataclass

from modules.planning.capacity.checks import positive
from modules.planning.database_classes import DatabaseClass, database_class

_CLASSES = ((1000, "db.m7g.large"), (5000, "db.m7g.xlarge"), (float("inf"), "db.m7g.2xlarge"))
"""LiteLLM, docs/proxy/db_sizing (2026-10), for AWS: up to 1,000 requests a second, up to 5,000, above. Its own table
of vCPUs asks for twice as many; the classes it names are taken, because AWS's are what can be ordered."""
_SIZES = ("db.m7g.large", "db.m7g.xlarge", "db.m7g.2xlarge", "db.m7g.4xlarge", "db.m7g.8xlarge")
READ_REPLICA_ABOVE_REQUESTS_PER_SECOND = 5000
"""The same page."""


@dataclass(frozen=True, kw_only=True)
class DatabaseAdvice:
    """
    Attributes:
        for_rate: class that LiteLLM names for the rate.
        name: the same, or the next larger one that RDS gives so many connections.
    """

    name: str
    for_rate: str
    shape: DatabaseClass
    connections: int
    read_replica: bool


def database_advice(requests_per_second: float, connections: int) -> DatabaseAdvice:
    """
    Args:
        connections: that the fleet opens at its worst moment, reserve included.

    Raises:
        ValueError: a number means nothing, or no class takes so many connections.
    """
    positive(requests_per_second=requests_per_second, connections=connections)
    for_rate = next(name for most, name in _CLASSES if requests_per_second <= most)
    name = class_for_connections(connections, at_least=for_rate)
    shape = database_class(name) if name else None
    if name is None or shape is None:
        raise ValueError(
            f"{connections} connections: RDS gives no class more than 5000 by itself; put a pooler (PgBouncer) in front"
        )
    return DatabaseAdvice(
        name=name,
        for_rate=for_rate,
        shape=shape,
        connections=connections,
        read_replica=requests_per_second > READ_REPLICA_ABOVE_REQUESTS_PER_SECOND,
    )


def class_for_connections(connections: int, at_least: str = _SIZES[0]) -> str | None:
    """The smallest class, from `at_least` on, that RDS gives so many connections by itself; None: there is none."""
    for name in _SIZES[_SIZES.index(at_least) :]:
        shape = database_class(name)
        if shape and shape.default_max_connections >= connections:
            return name
    return None


def smaller_than_advised(name: str, advice: DatabaseAdvice) -> str:
    """What an instance class has less of than the advised one; empty when nothing, or when its shape is not known."""
    shape = database_class(name)
    if shape is None:
        return ""
    parts = []
    if shape.vcpus < advice.shape.vcpus:
        parts.append(f"{shape.vcpus} of {advice.shape.vcpus} vCPUs")
    if shape.memory_mib < advice.shape.memory_mib:
        parts.append(f"{shape.memory_mib // 1024} of {advice.shape.memory_mib // 1024} GiB")
    if shape.default_max_connections < advice.connections:
        parts.append(f"{shape.default_max_connections} of {advice.connections} connections")
    return ", ".join(parts)
