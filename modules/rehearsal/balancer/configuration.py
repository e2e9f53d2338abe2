"""What the control plane tells the balancer's process, and what that reports back; both travel as JSON."""

from pydantic import BaseModel, ConfigDict


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Told):
    """One condition of a rule, with Elastic Load Balancing's name of the field."""

    field: str
    values: tuple[str, ...] = ()
    header: str = ""
    """Of a condition on an HTTP header."""
    query: tuple[tuple[str | None, str], ...] = ()
    """Keys and values of a condition on the query string; a key of None matches a value under any key."""


class Action(_Told):
    """What a rule does: forward, redirect or fixed-response."""

    type: str
    target_groups: tuple[tuple[str, int], ...] = ()
    """ARNs and weights."""
    status: int = 0
    content_type: str = "text/plain"
    body: str = ""
    location: str = ""
    """Of a redirect, with Elastic Load Balancing's #{host} etc."""


class Rule(_Told):
    conditions: tuple[Condition, ...] = ()
    action: Action


class Listener(_Told):
    arn: str
    port: int
    """As deployed."""
    bound_port: int
    """Where it listens: another one than deployed where a person may not listen on ports below 1024."""
    domains: tuple[str, ...] | None = None
    """Of its certificates; None: HTTP without TLS."""
    response_headers: tuple[tuple[str, str], ...] = ()
    names_server: bool = True
    """Whether the load balancer's own answers say which server they are from."""
    rules: tuple[Rule, ...]
    """In the order in which they are compared; the last one is the default."""


class LoadBalancer(_Told):
    arn: str
    address: str
    idle_timeout_seconds: float = 60
    drop_invalid_header_fields: bool = False
    forwarded_for: str = "append"
    """append, preserve or remove."""
    shifted_zones: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()


class HealthCheck(_Told):
    """Times are paced already."""

    enabled: bool = True
    path: str = "/"
    port: int | None = None
    """None: the target's own."""
    matcher: str = "200"
    interval_seconds: float
    timeout_seconds: float
    healthy_threshold: int
    unhealthy_threshold: int
    initial_unhealthy_threshold: int
    """Of a target that was not healthy yet: so many checks that it has AWS's time for its program to start."""


class Target(_Told):
    id: str
    port: int
    zone: str
    address: str | None
    """Where it listens on this machine; None: nobody answers under the target's IP address."""
    draining: bool = False


class TargetGroup(_Told):
    arn: str
    load_balancer: str
    """The ARN of the only one that may forward to it."""
    algorithm: str = "round_robin"
    slow_start_seconds: float = 0
    minimum_healthy_count: int = 1
    """With fewer healthy targets, requests go to all."""
    minimum_healthy_percent: float = 0
    health_check: HealthCheck
    targets: tuple[Target, ...] = ()


class Configuration(_Told):
    load_balancers: tuple[LoadBalancer, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()
    cut_zones: tuple[str, ...] = ()
    connect_timeout_seconds: float = 10


class Health(_Told):
    """As DescribeTargetHealth tells it."""

    state: str
    reason: str | None = None
    description: str | None = None


class Count(_Told):
    """How often something happened since the last report. Empty: not at a target group, not in a zone."""

    load_balancer: str
    target_group: str = ""
    zone: str = ""
    metric: str
    count: int


class Times(_Told):
    """How long targets took to begin their answers since the last report."""

    load_balancer: str
    target_group: str
    zone: str
    seconds: tuple[float, ...]


class Report(_Told):
    version: str
    """Of the configuration that the process has; empty: none yet."""
    health: dict[str, dict[str, Health]] = {}
    """By target group, then by target, as `id:port`."""
    counts: tuple[Count, ...] = ()
    times: tuple[Times, ...] = ()
    problems: tuple[str, ...] = ()
    """What a person has to know: a listener that cannot listen."""


class Reply(_Told):
    version: str
    configuration: Configuration | None
    """None: the process has it already."""


def key(target: Target) -> str:
    return f"{target.id}:{target.port}"
