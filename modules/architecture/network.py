"""The VPC: public subnets for the load balancer and NAT, private ones for tasks and database."""

from constructs import Construct

from modules.architecture import aws
from modules.settings import Network as NetworkSettings

ANYWHERE = "0.0.0.0/0"


class Network(Construct):
    """A VPC with a public and a private subnet in each zone; private subnets reach out through NAT gateways."""

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
        gateway = aws.internet_gateway.InternetGateway(self, "internet_gateway", vpc_id=vpc.id, tags={"Name": name})
        public_table = self._route_table("public", name)
        aws.route.Route(
            self,
            "public_to_internet",
            route_table_id=public_table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )
        # Keyed by zone, not by position: taking one away must not renumber its neighbours.
        public = {
            zone: self._subnet("public", zone, str(cidr), public_table, name)
            for zone, cidr in zip(zones, settings.public_subnet_cidrs, strict=True)
        }
        self.nat_gateway_ids: dict[str, str] = {}
        nat_zones = zones if settings.nat_gateways == "per_zone" else zones[:1]
        private_tables = {zone: self._nat(zone, public[zone].id, gateway, name) for zone in nat_zones}
        private = {
            zone: self._subnet("private", zone, str(cidr), private_tables.get(zone, private_tables[zones[0]]), name)
            for zone, cidr in zip(zones, settings.private_subnet_cidrs, strict=True)
        }
        self.private_route_table_ids = [table.id for table in private_tables.values()]
        self.public_subnet_ids = [subnet.id for subnet in public.values()]
        self.private_subnet_ids = [subnet.id for subnet in private.values()]

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

    def _route_table(self, id_: str, name: str) -> aws.route_table.RouteTable:
        return aws.route_table.RouteTable(
            self, f"{id_}_routes", vpc_id=self.vpc_id, tags={"Name": f"{name}-{id_.replace('_', '-')}"}
        )

    def _subnet(
        self, kind: str, zone: str, cidr: str, table: aws.route_table.RouteTable, name: str
    ) -> aws.subnet.Subnet:
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
        return subnet

    def _nat(
        self, zone: str, public_subnet_id: str, gateway: aws.internet_gateway.InternetGateway, name: str
    ) -> aws.route_table.RouteTable:
        """A NAT gateway in the zone, and the route table of the private subnets that go out through it."""
        address = aws.eip.Eip(self, f"nat_{zone}_address", domain="vpc", tags={"Name": f"{name}-nat-{zone}"})
        nat = aws.nat_gateway.NatGateway(
            self,
            f"nat_{zone}",
            allocation_id=address.id,
            subnet_id=public_subnet_id,
            tags={"Name": f"{name}-{zone}"},
            depends_on=[gateway],
        )
        self.nat_gateway_ids[zone] = nat.id
        table = self._route_table(f"private_{zone}", name)
        aws.route.Route(
            self,
            f"private_{zone}_to_nat",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=nat.id,
        )
        return table
