"""VPC endpoints: ways to AWS's own services that do not leave the VPC."""

import json
from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules.architecture import aws
from modules.architecture.network import Network
from modules.architecture.security_groups import ANYWHERE, HTTPS_PORT, allow, allow_https_out, owner
from modules.target import Target

Statement = dict[str, Any]


class Endpoints(Construct):
    """S3 through the private route tables; the other services through an interface in each zone.

    They let this account's own principals through, so that stolen keys of another account move no data out of the VPC.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, target: Target, network: Network, services: frozenset[str]
    ) -> None:
        super().__init__(scope, id_)
        self._network = network
        own_principals = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": target.account_id}},
        }
        self._s3 = (
            aws.vpc_endpoint.VpcEndpoint(
                self,
                "s3",
                vpc_id=network.vpc_id,
                service_name=f"com.amazonaws.{target.region}.s3",
                vpc_endpoint_type="Gateway",
                route_table_ids=network.private_route_table_ids,
                policy=_policy([own_principals, _image_layers(target.region)]),
                tags={"Name": f"{name}-s3"},
            )
            if network.private_route_table_ids
            else None
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
                service_name=f"com.amazonaws.{target.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=network.private_subnet_ids,
                security_group_ids=[self._security_group.id] if self._security_group else None,
                policy=_policy([own_principals]),
                tags={"Name": f"{name}-{service.replace('.', '-')}"},
            )

    def allow_from(self, clients: aws.security_group.SecurityGroup) -> None:
        """Let the clients call AWS, and LLM providers where there is a way out of the VPC."""
        if self._network.reaches_internet:
            allow_https_out(
                self,
                f"{owner(clients)}_to_internet",
                clients=clients,
                cidr=ANYWHERE,
                what="HTTPS to LLM providers, the image registry and AWS",
            )
        elif self._s3:
            allow_https_out(
                self,
                f"{owner(clients)}_to_s3",
                clients=clients,
                prefix_list_id=self._s3.prefix_list_id,
                what="HTTPS to S3",
            )
        if self._security_group:
            allow(
                self,
                f"{owner(clients)}_to_endpoints",
                clients=clients,
                servers=self._security_group,
                port=HTTPS_PORT,
                what="HTTPS from the tasks to AWS services",
            )


def _policy(statements: Sequence[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _image_layers(region: str) -> Statement:
    """ECR hands out signed links to its own bucket (Amazon ECR User Guide, "Amazon ECR interface VPC endpoints")."""
    return {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*",
    }
