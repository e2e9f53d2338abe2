"""Which ways into and out of security groups a plan opens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

from modules.operations.review.concern import Concern, Kind
from modules.operations.review.plan_json import UNKNOWN, Change, Json, Planned

PRIVATE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7"))
)
"""RFC 1918, 6598, 1122 and 4193: nobody on the internet has such an address."""
ALL = "-1"
ANYWHERE = ("0.0.0.0/0", "::/0")
Direction = Literal["in", "out"]
RULES: dict[str, Direction] = {
    "aws_vpc_security_group_ingress_rule": "in",
    "aws_vpc_security_group_egress_rule": "out",
}
WAYS: dict[Direction, str] = {"in": "into", "out": "out of"}
SOURCES = ("cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "prefix_list_id")


@dataclass(frozen=True)
class Opening:
    """One source on a range of ports of a group; both ends of the range are open."""

    group: str
    direction: Direction
    protocol: str
    first: int
    last: int
    source: str

    def __str__(self) -> str:
        ports = "every port" if self.protocol == ALL else f"{self.protocol} {self.first}"
        ports += f" to {self.last}" if self.last != self.first and self.protocol != ALL else ""
        return f"{ports} {'from' if self.direction == 'in' else 'to'} {self.source}"

    @property
    def public(self) -> bool:
        """Whether the source is more than an address that is nobody's on the internet."""
        if "/" not in self.source:
            return False
        network = ip_network(self.source, strict=False)
        return not any(_inside(str(network), str(private)) for private in PRIVATE)

    def within(self, other: "Opening") -> bool:
        """Whether whoever gets through here gets through the other as well."""
        return (
            (self.group, self.direction) == (other.group, other.direction)
            and (other.protocol == ALL or (self.protocol == other.protocol and _covers(other, self)))
            and (self.source == other.source or _inside(self.source, other.source))
        )


def opened(planned: Planned) -> Iterator[Concern]:
    """Ways in and out that nothing open so far contains."""
    before = [one for change in (*planned.changes, *planned.kept) for one in openings(change, change.before)]
    for change in planned.changes:
        own = list(openings(change, change.before))
        for one in openings(change, change.after):
            # A group that is made anew has no name yet: its rules are compared with what they were.
            known = before if one.group != UNKNOWN else [_in_group(UNKNOWN, old) for old in own]
            if any(one.within(old) for old in known):
                continue
            new_group = one.group == UNKNOWN and not own
            if new_group and one.source not in ANYWHERE:
                continue
            yield Concern(
                kind=Kind.OPENED,
                address=change.address,
                what=f"a way {WAYS[one.direction]} {'a new' if new_group else 'a'} security group",
                before=", ".join(map(str, own)) or "closed",
                after=str(one),
                dangerous=one.direction == "in" and one.public and not new_group,
            )


def openings(change: Change, values: Json) -> Iterator[Opening]:
    """Those that the resource's values make."""
    if change.type in RULES and values:
        yield from _of(values, str(values.get("security_group_id")), RULES[change.type], _sources(values))
    elif change.type == "aws_security_group_rule" and values:
        direction: Direction = "in" if values.get("type") == "ingress" else "out"
        yield from _of(values, str(values.get("security_group_id")), direction, _inline_sources(values))
    elif change.type in ("aws_security_group", "aws_default_security_group"):
        inline: tuple[tuple[str, Direction], ...] = (("ingress", "in"), ("egress", "out"))
        for attribute, direction in inline:
            blocks = values.get(attribute)
            for block in blocks if isinstance(blocks, list) else []:
                yield from _of(block, str(values.get("id", UNKNOWN)), direction, _inline_sources(block))


def _of(values: Json, group: str, direction: Direction, sources: Iterable[str]) -> Iterator[Opening]:
    protocol = str(values.get("ip_protocol") or values.get("protocol") or ALL)
    first, last = values.get("from_port"), values.get("to_port")
    for source in sources:
        yield Opening(
            group=group,
            direction=direction,
            protocol=protocol,
            first=first if isinstance(first, int) else 0,
            last=last if isinstance(last, int) else 65535,
            source=source,
        )


def _sources(values: Json) -> list[str]:
    return [str(values[name]) for name in SOURCES if values.get(name)]


def _inline_sources(values: Json) -> list[str]:
    several = ("cidr_blocks", "ipv6_cidr_blocks", "security_groups", "prefix_list_ids")
    found = [str(source) for name in several for source in values.get(name) or []]
    return found + [str(values[name]) for name in ("source_security_group_id",) if values.get(name)]


def _in_group(group: str, opening: Opening) -> Opening:
    return Opening(group, opening.direction, opening.protocol, opening.first, opening.last, opening.source)


def _covers(other: Opening, one: Opening) -> bool:
    return other.first <= one.first and one.last <= other.last


def _inside(source: str, other: str) -> bool:
    if "/" not in source or "/" not in other:
        return False
    inner, outer = ip_network(source, strict=False), ip_network(other, strict=False)
    if inner.version != outer.version:
        return False
    return inner.subnet_of(outer)  # type: ignore[arg-type]
