"""Who may talk to whom."""

from constructs import Construct

from modules.architecture import aws

HTTPS_PORT = 443
ANYWHERE = "0.0.0.0/0"


def allow(
    scope: Construct,
    id_: str,
    *,
    clients: aws.security_group.SecurityGroup,
    servers: aws.security_group.SecurityGroup,
    port: int,
    what: str,
) -> None:
    """Let the clients reach the servers on one port: a way out on one side, a way in on the other."""
    aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
        scope,
        f"{id_}_out",
        security_group_id=clients.id,
        description=what,
        referenced_security_group_id=servers.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )
    aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
        scope,
        f"{id_}_in",
        security_group_id=servers.id,
        description=what,
        referenced_security_group_id=clients.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )


def allow_https_out(
    scope: Construct,
    id_: str,
    *,
    clients: aws.security_group.SecurityGroup,
    what: str,
    cidr: str | None = None,
    prefix_list_id: str | None = None,
) -> None:
    """Let the clients call addresses that have no security group of ours."""
    aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
        scope,
        id_,
        security_group_id=clients.id,
        description=what,
        cidr_ipv4=cidr,
        prefix_list_id=prefix_list_id,
        ip_protocol="tcp",
        from_port=HTTPS_PORT,
        to_port=HTTPS_PORT,
    )


def owner(group: aws.security_group.SecurityGroup) -> str:
    """Name of the construct that the group belongs to, for ids that read `service_to_database`."""
    scope = group.node.scope
    return scope.node.id if scope else group.node.id
