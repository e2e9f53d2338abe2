"""The VPC: addresses, ways out, and ways to AWS's own services."""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modules.settings.base import RetentionDays, Settings

SubnetId = Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")]
InterfaceEndpoint = Literal[
    "bedrock-runtime", "ecr.api", "ecr.dkr", "kms", "logs", "monitoring", "secretsmanager", "ssmmessages", "sts"
]


class FlowLogs(Settings):
    retention_days: RetentionDays = 30


class ExistingNetwork(Settings):
    """A VPC that somebody else looks after: its routes, NAT gateways, flow logs and S3 endpoint are theirs."""

    vpc_id: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]{8,17}$")]
    public_subnet_ids: tuple[SubnetId, ...] = ()
    """For the load balancer, one for each availability zone; none with an internal one."""
    private_subnet_ids: tuple[SubnetId, ...]
    """For the tasks, one for each availability zone."""
    isolated_subnet_ids: tuple[SubnetId, ...] = ()
    """For database and cache, one for each availability zone; without them they are in the private subnets."""


class Network(Settings):
    existing: ExistingNetwork | None = None
    """Use this VPC instead of making one; the CIDRs, NAT gateways and flow logs below then have no effect."""
    vpc_cidr: IPv4Network = IPv4Network("10.0.0.0/16")
    public_subnet_cidrs: tuple[IPv4Network, ...] = (IPv4Network("10.0.1.0/24"), IPv4Network("10.0.2.0/24"))
    """One for each availability zone, in the zones' order: load balancer and NAT gateways."""
    private_subnet_cidrs: tuple[IPv4Network, ...] = (IPv4Network("10.0.11.0/24"), IPv4Network("10.0.12.0/24"))
    """One for each availability zone, in the zones' order: tasks."""
    isolated_subnet_cidrs: tuple[IPv4Network, ...] = (IPv4Network("10.0.21.0/24"), IPv4Network("10.0.22.0/24"))
    """One for each availability zone, in the zones' order, with no way out: database and cache. Without any, they are
    in the private subnets."""
    nat_gateways: Literal["none", "single", "per_zone"] = "per_zone"
    """With `single`, losing the first zone takes the other zone's way to the LLM providers with it; with `none`,
    everything that the tasks reach needs an interface endpoint."""
    flow_logs: FlowLogs | None = FlowLogs()
    """Record of every accepted and refused connection in the VPC."""
    interface_endpoints: frozenset[InterfaceEndpoint] = frozenset()
    """AWS services that are reached inside the VPC instead of through NAT; each costs by the hour and zone. S3 always
    is, through a gateway endpoint that costs nothing."""

    @model_validator(mode="after")
    def an_existing_network_excludes_what_makes_one(self) -> Self:
        own = ("vpc_cidr", "public_subnet_cidrs", "private_subnet_cidrs", "isolated_subnet_cidrs", "nat_gateways")
        stated = [name for name in own if getattr(self, name) != type(self).model_fields[name].default]
        if self.existing and stated:
            raise ValueError(f"existing and {', '.join(stated)} exclude each other: the VPC has its own")
        return self
