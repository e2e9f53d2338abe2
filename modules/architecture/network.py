"""The network: one that is made here, or one that somebody else looks after."""

from constructs import Construct

from modules.architecture import aws
from modules.architecture.security_groups import ANYWHERE
from modules.settings import ExistingNetwork as ExistingNetworkSettings, Network as NetworkSettings


class Network(Construct):
    """What the other constructs need of a VPC, whoever made it.

    Attributes:
        private_subnet_ids: where the tasks are.
        data_subnet_ids: where database and cache are.
        private_route_table_ids: tables that may be given routes; none in somebody else's VPC.
        reaches_internet: whether the private subnets have a way out.
        nat_gateway_ids: by zone.
        nat_addresses: by zone, with which the private subnets' requests arrive on the internet; none in somebody else's
            VPC, which are not known.
        own_subnet_ids: the private and data subnets by zone; none in somebody else's VPC, whose subnets others use too.
    """

    vpc_id: str
    public_subnet_ids: list[str]
    private_subnet_ids: list[str]
    data_subnet_ids: list[str]
    private_route_table_ids: list[str]
    reaches_internet: bool
    nat_gateway_ids: dict[str, str]
    nat_addresses: dict[str, str]
    own_subnet_ids: dict[str, list[str]]

    def security_group(self, scope: Construct, *, name: str, description: str) -> aws.security_group.SecurityGroup:
        """A security group that allows nothing yet."""
        return aws.security_group.SecurityGroup(
            scope,
            "security_group",
            name=name,
            description=description,
            vpc_id=self.vpc_id,
            revoke_rules_on_delete=True,
            tags={"Name": name},
        )


class ExistingNetwork(Network):
    """A VPC of somebody else: nothing of it is made or changed here, and its private subnets reach the internet."""

    def __init__(self, scope: Construct, id_: str, *, settings: ExistingNetworkSettings) -> None:
        super().__init__(scope, id_)
        self.vpc_id = settings.vpc_id
        self.public_subnet_ids = list(settings.public_subnet_ids)
        self.private_subnet_ids = list(settings.private_subnet_ids)
        self.data_subnet_ids = list(settings.isolated_subnet_ids or settings.private_subnet_ids)
        self.private_route_table_ids = []
        self.reaches_internet = True
        self.nat_gateway_ids = {}
        self.nat_addresses = {}
        self.own_subnet_ids = {}


class NewNetwork(Network):
    """A VPC with a public, a private and perhaps an isolated subnet in each zone.

    Private subnets reach out through NAT gateways or not at all; isolated ones never do.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, zones: tuple[str, ...], settings: NetworkSettings
    ) -> None:
        super().__init__(scope, id_)
        vpc = aws.vpc.Vpc(
            self,
            "this",
            cidr_block=str(settings.vpc_cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
        )
        self.vpc_id = vpc.id
        # Whatever is started without a security group of its own gets this one: it allows nothing.
        aws.default_security_group.DefaultSecurityGroup(
            self, "default_security_group", vpc_id=vpc.id, tags={"Name": f"{name}-default-locked"}
        )
        # Keyed by zone, not by position: taking one away must not renumber its neighbours.
        public = self._public_subnets(zones, settings, name) if settings.public_subnet_cidrs else {}
        table_zones = zones if settings.nat_gateways == "per_zone" else zones[:1]
        private_tables = {zone: self._route_table(f"private_{zone}", name) for zone in table_zones}
        self.reaches_internet = settings.nat_gateways != "none"
        self.nat_addresses = {}
        self.nat_gateway_ids = (
            {zone: self._nat(zone, public[zone], table, name) for zone, table in private_tables.items()}
            if self.reaches_internet
            else {}
        )
        self.private_route_table_ids = [table.id for table in private_tables.values()]
        self.public_subnet_ids = list(public.values())
        self.private_subnet_ids = [
            self._subnet("private", zone, str(cidr), private_tables.get(zone, private_tables[zones[0]]), name)
            for zone, cidr in zip(zones, settings.private_subnet_cidrs, strict=True)
        ]
        self.data_subnet_ids = self.private_subnet_ids
        if settings.isolated_subnet_cidrs:
            isolated_table = self._route_table("isolated", name)
            self.data_subnet_ids = [
                self._subnet("isolated", zone, str(cidr), isolated_table, name)
                for zone, cidr in zip(zones, settings.isolated_subnet_cidrs, strict=True)
            ]
        self.own_subnet_ids = {
            zone: list(dict.fromkeys(ids))
            for zone, *ids in zip(zones, self.private_subnet_ids, self.data_subnet_ids, strict=True)
        }

    def _public_subnets(self, zones: tuple[str, ...], settings: NetworkSettings, name: str) -> dict[str, str]:
        """By zone; with the way to the internet that they share."""
        self._internet_gateway = aws.internet_gateway.InternetGateway(
            self, "internet_gateway", vpc_id=self.vpc_id, tags={"Name": name}
        )
        table = self._route_table("public", name)
        aws.route.Route(
            self,
            "public_to_internet",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=self._internet_gateway.id,
        )
        return {
            zone: self._subnet("public", zone, str(cidr), table, name)
            for zone, cidr in zip(zones, settings.public_subnet_cidrs, strict=True)
        }

    def _route_table(self, id_: str, name: str) -> aws.route_table.RouteTable:
        return aws.route_table.RouteTable(
            self, f"{id_}_routes", vpc_id=self.vpc_id, tags={"Name": f"{name}-{id_.replace('_', '-')}"}
        )

    def _subnet(self, kind: str, zone: str, cidr: str, table: aws.route_table.RouteTable, name: str) -> str:
        subnet = aws.subnet.Subnet(
            self,
            f"{kind}_{zone}",
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={"Name": f"{name}-{kind}-{zone}"},
        )
        aws.route_table_association.RouteTableAssociation(
            self, f"{kind}_{zone}_uses_routes", subnet_id=subnet.id, route_table_id=table.id
        )
        return subnet.id

    def _nat(self, zone: str, public_subnet_id: str, table: aws.route_table.RouteTable, name: str) -> str:
        """A NAT gateway in the zone, as the way out of the private subnets that use the route table."""
        address = aws.eip.Eip(self, f"nat_{zone}_address", domain="vpc", tags={"Name": f"{name}-nat-{zone}"})
        self.nat_addresses[zone] = address.public_ip
        nat = aws.nat_gateway.NatGateway(
            self,
            f"nat_{zone}",
            allocation_id=address.id,
            subnet_id=public_subnet_id,
            tags={"Name": f"{name}-{zone}"},
            depends_on=[self._internet_gateway],
        )
        aws.route.Route(
            self,
            f"private_{zone}_to_nat",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=nat.id,
        )
        return nat.id


def make_network(
    scope: Construct, id_: str, *, name: str, zones: tuple[str, ...], settings: NetworkSettings
) -> Network:
    """The VPC that the settings name, or one that is made as they say."""
    if settings.existing:
        return ExistingNetwork(scope, id_, settings=settings.existing)
    return NewNetwork(scope, id_, name=name, zones=zones, settings=settings)
