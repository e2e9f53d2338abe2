"""Which rule of a listener answers a request, as Elastic Load Balancing compares them."""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from modules.rehearsal.balancer.configuration import Action, Condition, Rule


@dataclass(frozen=True, slots=True)
class Request:
    """What conditions look at."""

    method: str
    path: str
    """As sent, still percent-encoded: so it is compared on AWS too."""
    query: str
    host: str
    """Without the port."""
    client: str
    headers: Mapping[str, str]
    """Names in any case."""


Match = Callable[[Request], bool]


def router(rules: Sequence[Rule]) -> Callable[[Request], Action]:
    """The action of the first rule whose conditions all hold; the last rule has none."""
    compiled = [(tuple(_match(condition) for condition in rule.conditions), rule.action) for rule in rules]

    def route(request: Request) -> Action:
        for matches, action in compiled:
            for match in matches:
                if not match(request):
                    break
            else:
                return action
        raise LookupError("a listener without a default action")

    return route


def _match(condition: Condition) -> Match:
    values = condition.values
    match condition.field:
        case "path-pattern":
            path_matches = _pattern(values).fullmatch
            return lambda request: path_matches(request.path) is not None
        case "host-header":
            host_matches = _pattern(values, re.IGNORECASE).fullmatch
            return lambda request: host_matches(request.host) is not None
        case "http-header":
            header, header_matches = condition.header, _pattern(values, re.IGNORECASE).fullmatch
            return lambda request: header_matches(request.headers.get(header, "")) is not None
        case "http-request-method":
            return lambda request: request.method in values
        case "source-ip":
            networks = [ipaddress.ip_network(value, strict=False) for value in values]

            @lru_cache(maxsize=10_000)
            def contains(client: str) -> bool:
                address = ipaddress.ip_address(client)
                return any(address in network for network in networks)

            return lambda request: contains(request.client)
        case "query-string":
            wanted = [(_pattern([k]) if k else None, _pattern([v])) for k, v in condition.query]

            def query_matches(request: Request) -> bool:
                sent = parse_qsl(request.query, keep_blank_values=True)
                return any(
                    (key is None or key.fullmatch(name)) and value.fullmatch(given)
                    for name, given in sent
                    for key, value in wanted
                )

            return query_matches
    raise ValueError(f"the rehearsal's balancer does not know rule conditions on {condition.field}")


def _pattern(values: Sequence[str], flags: int = 0) -> re.Pattern[str]:
    """`*` stands for any characters, `?` for exactly one."""
    alternatives = (re.escape(value).replace(r"\*", ".*").replace(r"\?", ".") for value in values)
    return re.compile("|".join(alternatives), flags | re.DOTALL)


def location(action: Action, request: Request, *, protocol: str, port: int, ports: Mapping[int, int]) -> str:
    """Where a redirect leads.

    Args:
        protocol: http or https, of the listener; `port` the listener's as deployed.
        ports: where each deployed port really listens.
    """
    filled = action.location
    for name, value in {
        "protocol": protocol,
        "host": request.host,
        "port": str(port),
        "path": request.path.removeprefix("/"),
        "query": request.query,
    }.items():
        filled = filled.replace(f"#{{{name}}}", value)
    match = re.fullmatch(r"(https?)://([^/:]+):(\d+)(/.*)", filled, re.IGNORECASE | re.DOTALL)
    if not match:
        return filled
    scheme, host, wanted_port, rest = match.groups()
    return f"{scheme.lower()}://{host}:{ports.get(int(wanted_port), int(wanted_port))}{rest.removesuffix('?')}"
