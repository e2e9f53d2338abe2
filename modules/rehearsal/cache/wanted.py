"""What the API says that a replication group shall be: read out of moto, while its lock is held."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.elasticache.models import elasticache_backends

from modules.rehearsal.control_plane import backends

_RESERVED_PERCENT = "reserved-memory-percent"


@dataclass(frozen=True)
class User:
    """
    Attributes:
        rules: of Redis' ACL SETUSER.
        login: how the user shows who it is: password, iam or no-password-required.
    """

    rules: tuple[str, ...] = field(repr=False)
    login: str


@dataclass(frozen=True)
class Wanted:
    """
    Attributes:
        resource: a name that no other group ever has, even after this one.
        nodes: their ids, the primary's first.
        users: by the names with which they log in.
        parameters: of the parameter group, those that are set.
        memory_bytes: what a node has for data; None when moto does not know its type.
    """

    resource: str
    name: str
    region: str
    port: int
    tls: bool
    nodes: tuple[str, ...]
    users: Mapping[str, User]
    parameters: Mapping[str, str]
    memory_bytes: int | None


def groups() -> Iterator[tuple[Any, Wanted]]:
    """Every replication group of every region, moto's object and what is wanted of it."""
    for backend in backends(elasticache_backends):
        for group in list(backend.replication_groups.values()):
            if is_ours(group):
                yield group, _wanted(backend, group)


def is_ours(group: Any) -> bool:
    return bool(group.cluster_mode == "disabled")


def resource(group: Any) -> str:
    return f"{group.arn}@{group.replication_group_create_time.timestamp()}"


def _wanted(backend: Any, group: Any) -> Wanted:
    parameters = dict(backend.parameter_groups.get(group.cache_parameter_group_name, {}).get("parameters", {}))
    return Wanted(
        resource=resource(group),
        name=group.replication_group_id,
        region=backend.region_name,
        port=int(group.port),
        tls=bool(group.transit_encryption_enabled),
        nodes=tuple(group.member_clusters),
        users=_users(backend, group),
        parameters=parameters,
        memory_bytes=_memory_bytes(group.cache_node_type, float(parameters.get(_RESERVED_PERCENT, 25))),
    )


def _users(backend: Any, group: Any) -> dict[str, User]:
    """Those of the user groups, or the one that everybody is, with the AUTH token where there is one."""
    if group.user_group_ids:
        let_in = [user for user in backend.users.values() if set(user.user_group_ids) & set(group.user_group_ids)]
        return {"default": User(("off",), "password")} | {user.name: _user(user) for user in let_in}
    rules = ("on", "~*", "&*", "+@all")
    if not group.auth_tokens:
        return {"default": User((*rules, "nopass"), "no-password-required")}
    return {"default": User((*rules, *(f">{token}" for token in group.auth_tokens)), "password")}


def _user(user: Any) -> User:
    """For Redis, a user without a password may show any; so it does not look at the token of a role."""
    login = "no-password-required" if user.no_password_required else str(user.authentication_type)
    passwords = [f">{password}" for password in user.passwords] if login == "password" else ["nopass"]
    return User((*user.access_string.split(), *passwords), login)


def _memory_bytes(node_type: str, reserved_percent: float) -> int | None:
    """`maxmemory` less what the parameter group reserves (ElastiCache User Guide, "Managing reserved memory").

    What a node has of its EC2 type's memory is no plain share: this is within 3 % of the table in "Node-type specific
    parameters" (1.37 GiB of a t4g.small's 2, 26.32 of an r7g.xlarge's 32), and 8 % too much for a micro.
    """
    shape = INSTANCE_TYPES.get(node_type.removeprefix("cache."))
    if shape is None:
        return None
    mib = 0.825 * shape["MemoryInfo"]["SizeInMiB"] - 290
    return int(mib * 2**20 * (1 - reserved_percent / 100))
