"""The load balancer: who may reach it, how, and what it does with a request."""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modules.settings.base import Flag, RetentionDays, Settings

PathPattern = Annotated[str, Field(pattern=r"^/[\w.$/~\"'@:+&*?-]{0,127}$")]
"""Elastic Load Balancing, "Condition types for listener rules": path conditions."""


class Domain(Settings):
    name: Annotated[str, Field(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$")]
    """Name under which the gateway answers; its certificate is issued and validated through DNS."""
    hosted_zone: Annotated[str, Field(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$")]
    """Existing public Route 53 zone that the name is in."""

    @model_validator(mode="after")
    def name_is_in_the_zone(self) -> Self:
        if self.name != self.hosted_zone and not self.name.endswith(f".{self.hosted_zone}"):
            raise ValueError(f"name {self.name} is not in the hosted zone {self.hosted_zone}")
        return self


class TargetHealthCheck(Settings):
    """Limits: Elastic Load Balancing API, CreateTargetGroup."""

    path: Annotated[str, Field(pattern=r"^/")] = "/health/liveliness"
    """Liveliness asks the process; readiness asks the database as well (see the rule `readiness_kill`)."""
    interval_seconds: Annotated[int, Field(strict=True, ge=5, le=300)] = 10
    timeout_seconds: Annotated[int, Field(strict=True, ge=2, le=120)] = 5
    healthy_threshold: Annotated[int, Field(strict=True, ge=2, le=10)] = 2
    unhealthy_threshold: Annotated[int, Field(strict=True, ge=2, le=10)] = 2

    @model_validator(mode="after")
    def timeout_is_below_the_interval(self) -> Self:
        if self.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"timeout_seconds {self.timeout_seconds} must be below interval_seconds {self.interval_seconds}"
            )
        return self


class Firewall(Settings):
    """AWS WAF in front of the load balancer, with managed rules that prompts do not trip."""

    requests_per_client_in_5_minutes: Annotated[int, Field(strict=True, ge=10, le=2_000_000_000)] = 100_000
    """Requests of one address before it is blocked (AWS WAF API, RateBasedStatement); an address may stand for a whole
    company behind NAT."""
    log_retention_days: RetentionDays = 30


class LoadBalancer(Settings):
    """Limits: Elastic Load Balancing API, ModifyLoadBalancerAttributes and ModifyTargetGroupAttributes."""

    internal: Flag = False
    """Reached from inside the VPC, and from networks connected to it, alone."""
    certificate_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:acm:")] | None = None
    """Certificate that exists already; excludes `domain`."""
    domain: Domain | None = None
    """Domain for which a certificate is issued; excludes `certificate_arn`."""
    allow_plaintext: Flag = False
    """Serve keys and prompts over HTTP, unencrypted, when there is neither certificate nor domain."""
    redirect_http: Flag = True
    """With HTTPS: answer HTTP with a redirect instead of not listening. A client that is redirected has already sent
    its key in plain text."""
    strict_transport_security_seconds: Annotated[int, Field(strict=True, ge=0)] = 31_536_000
    """With HTTPS: how long browsers are told to use nothing else; 0 does not tell them."""
    ingress_cidrs: Annotated[tuple[IPv4Network, ...], Field(min_length=1)] = (IPv4Network("0.0.0.0/0"),)
    admin_cidrs: tuple[IPv4Network, ...] = ()
    """Addresses from which the admin page, key management and metrics are reached; nobody else's are let through."""
    open_paths: tuple[PathPattern, ...] = ()
    """Paths that everybody reaches beside the LLM API, such as a pass-through endpoint of your own; * and ? as in
    Elastic Load Balancing's path conditions."""
    firewall: Firewall | None = Firewall()
    access_logs: Flag = True
    """A line for each request and connection, in the logs' bucket."""
    zonal_shift: Flag = True
    """Lets an operator take a zone out of service (Amazon Application Recovery Controller)."""
    desync_mitigation: Literal["monitor", "defensive", "strictest"] = "defensive"
    """What happens to requests that proxies could read in two ways."""
    idle_timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=4000)] = 600
    """Silence on a connection after which the load balancer cuts it: an LLM may think for minutes."""
    deregistration_delay_seconds: Annotated[int, Field(strict=True, ge=0, le=3600)] = 120
    algorithm: Literal["round_robin", "least_outstanding_requests"] = "least_outstanding_requests"
    slow_start_seconds: Annotated[int, Field(strict=True, ge=30, le=900)] | Literal[0] = 0
    """Time in which a new task gets a growing share of requests; with `round_robin` alone."""
    deletion_protection: Flag = True
    health_check: TargetHealthCheck = TargetHealthCheck()

    @model_validator(mode="after")
    def one_certificate(self) -> Self:
        if self.certificate_arn and self.domain:
            raise ValueError("certificate_arn and domain exclude each other: keep one")
        return self

    @model_validator(mode="after")
    def slow_start_goes_with_round_robin(self) -> Self:
        if self.slow_start_seconds and self.algorithm != "round_robin":
            raise ValueError(f"slow_start_seconds needs algorithm round_robin; got {self.algorithm}")
        return self

    @property
    def encrypted(self) -> bool:
        return self.certificate_arn is not None or self.domain is not None

    @property
    def open_to_all(self) -> bool:
        """Whether every address is let in."""
        return any(cidr.prefixlen == 0 for cidr in self.ingress_cidrs)

    @property
    def admin_paths_open(self) -> bool:
        """Whether there is nobody that the admin paths are closed to."""
        return any(cidr.prefixlen == 0 for cidr in self.admin_cidrs)
