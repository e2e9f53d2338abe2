"""VPC endpoints: ways to AWS's own services that do not leave the VPC."""

from constructs import Construct

from modules.architecture import aws
from modules.architecture.network import Network

HTTPS_PORT = 443


class Endpoints(Construct):
    """S3 through the private route tables; the other services through an interface in each zone."""

    def __init__(
        self, scope: Construct, id_: str, *, name: str, region: str, network: Network, services: frozenset[str]
    ) -> None:
        super().__init__(scope, id_)
        aws.vpc_endpoint.VpcEndpoint(
            self,
            "s3",
            vpc_id=network.vpc_id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=network.private_route_table_ids,
            tags={"Name": f"{name}-s3"},
        )
        self._security_group = (
            network.security_group(self, name=f"{name}-endpoints", description="The tasks reach AWS services")
            if services
            else None
        )
        for service in sorted(services):
            aws.vpc_endpoint.VpcEndpoint(
                self,
                service.replace(".", "_"),
                vpc_id=network.vpc_id,
                service_name=f"com.amazonaws.{region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=network.private_subnet_ids,
                security_group_ids=[self._security_group.id] if self._security_group else None,
                tags={"Name": f"{name}-{service.replace('.', '-')}"},
            )

    def allow_from(self, clients: aws.security_group.SecurityGroup) -> None:
        """Let the clients in; their own way out over HTTPS is open already."""
        if self._security_group is None:
            return
        aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
            self,
            "from_clients",
            security_group_id=self._security_group.id,
            description="HTTPS from the tasks",
            referenced_security_group_id=clients.id,
            ip_protocol="tcp",
            from_port=HTTPS_PORT,
            to_port=HTTPS_PORT,
        )
