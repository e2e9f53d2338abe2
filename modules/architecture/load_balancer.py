"""The Application Load Balancer: listeners, target group, health check, and the name it answers under."""

from cdktf import ITerraformDependable
from constructs import Construct

from modules.architecture import aws
from modules.architecture.certificate import IssuedCertificate
from modules.architecture.logs_bucket import LOAD_BALANCER_ACCESS, LOAD_BALANCER_CONNECTIONS
from modules.architecture.network import Network
from modules.architecture.open_paths import OpenPaths
from modules.architecture.security_groups import ANYWHERE, HTTPS_PORT, allow, owner
from modules.settings import LoadBalancer as LoadBalancerSettings

HTTP_PORT = 80
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


class LoadBalancer(Construct):
    """A load balancer over all zones, for the internet or inside the VPC: HTTPS, or HTTP where that was chosen.

    Attributes:
        endpoint: URL that clients call.
        listener: the listener that forwards to the target group.
        ready: what a service has to wait for: the listener, and the rules that close the admin paths.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        network: Network,
        settings: LoadBalancerSettings,
        target_port: int,
        logs_bucket: str | None,
    ) -> None:
        """
        Args:
            logs_bucket: name of the bucket for access and connection logs, once it lets Elastic Load Balancing write.
        """
        super().__init__(scope, id_)
        self._settings = settings
        self._target_port = target_port
        self.security_group = network.security_group(
            self, name=f"{name}-load-balancer", description="Clients reach the load balancer"
        )
        balancer = aws.lb.Lb(
            self,
            "this",
            name=name,
            load_balancer_type="application",
            internal=settings.internal,
            subnets=network.private_subnet_ids if settings.internal else network.public_subnet_ids,
            security_groups=[self.security_group.id],
            idle_timeout=settings.idle_timeout_seconds,
            drop_invalid_header_fields=True,
            desync_mitigation_mode=settings.desync_mitigation,
            preserve_host_header=False,
            xff_header_processing_mode="append",
            enable_zonal_shift=settings.zonal_shift,
            enable_deletion_protection=settings.deletion_protection,
            access_logs=aws.lb.LbAccessLogs(bucket=logs_bucket, prefix=LOAD_BALANCER_ACCESS, enabled=True)
            if logs_bucket
            else None,
            connection_logs=aws.lb.LbConnectionLogs(bucket=logs_bucket, prefix=LOAD_BALANCER_CONNECTIONS, enabled=True)
            if logs_bucket
            else None,
        )
        self.arn = balancer.arn
        self.arn_suffix = balancer.arn_suffix
        target_group = self._target_group(name, network)
        self.target_group_arn = target_group.arn
        self.target_group_arn_suffix = target_group.arn_suffix
        forward = aws.lb_listener.LbListenerDefaultAction(type="forward", target_group_arn=target_group.arn)
        if settings.encrypted:
            self.listener = self._https_listener(forward)
            if settings.redirect_http:
                self._http_listener(
                    aws.lb_listener.LbListenerDefaultAction(
                        type="redirect",
                        redirect=aws.lb_listener.LbListenerDefaultActionRedirect(
                            port=str(HTTPS_PORT), protocol="HTTPS", status_code="HTTP_301"
                        ),
                    )
                )
            self.endpoint = f"https://{settings.domain.name if settings.domain else balancer.dns_name}"
        else:
            self.listener = self._http_listener(forward)
            self.endpoint = f"http://{balancer.dns_name}"
        self.ready: list[ITerraformDependable] = [self.listener]
        if not settings.admin_paths_open:
            self.ready += OpenPaths(
                self,
                "open",
                listener_arn=self.listener.arn,
                target_group_arn=target_group.arn,
                settings=settings,
            ).rules
        if settings.domain:
            aws.route53_record.Route53Record(
                self,
                "name",
                zone_id=self._issued_certificate.zone_id,
                name=settings.domain.name,
                type="A",
                alias=aws.route53_record.Route53RecordAlias(
                    name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=True
                ),
            )

    def allow_to(self, targets: aws.security_group.SecurityGroup) -> None:
        """Let the load balancer reach the targets' port, and nothing else."""
        allow(
            self,
            f"to_{owner(targets)}",
            clients=self.security_group,
            servers=targets,
            port=self._target_port,
            what="Requests and health checks from the load balancer to the tasks",
        )

    def allow_from(self, clients: aws.security_group.SecurityGroup, network: Network) -> None:
        """Let clients in the private subnets call the endpoint: where it is on the internet, through the NAT gateways,
        which is how it sees them."""
        port = HTTPS_PORT if self._settings.encrypted else HTTP_PORT
        what = f"Requests of {owner(clients)} to the load balancer"
        if self._settings.internal:
            allow(
                self,
                f"from_{owner(clients)}",
                clients=clients,
                servers=self.security_group,
                port=port,
                what=what,
            )
            return
        if port == HTTP_PORT:
            # HTTPS to everywhere is what their image and their log come and go by.
            aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
                self,
                f"{owner(clients)}_out",
                security_group_id=clients.id,
                description=what,
                cidr_ipv4=ANYWHERE,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
            )
        if self._settings.open_to_all:
            return
        for zone, address in network.nat_addresses.items():
            aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
                self,
                f"{owner(clients)}_{zone}_in",
                security_group_id=self.security_group.id,
                description=f"{what}, from the NAT gateway in {zone}",
                cidr_ipv4=f"{address}/32",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
            )

    def _target_group(self, name: str, network: Network) -> aws.lb_target_group.LbTargetGroup:
        settings, health = self._settings, self._settings.health_check
        group = aws.lb_target_group
        return group.LbTargetGroup(
            self,
            "target_group",
            name=name,
            target_type="ip",
            protocol="HTTP",
            port=self._target_port,
            vpc_id=network.vpc_id,
            deregistration_delay=str(settings.deregistration_delay_seconds),
            load_balancing_algorithm_type=settings.algorithm,
            slow_start=settings.slow_start_seconds,
            health_check=group.LbTargetGroupHealthCheck(
                path=health.path,
                port="traffic-port",
                protocol="HTTP",
                matcher="200",
                interval=health.interval_seconds,
                timeout=health.timeout_seconds,
                healthy_threshold=health.healthy_threshold,
                unhealthy_threshold=health.unhealthy_threshold,
            ),
            # AWS's defaults, stated because a lost zone depends on them: one healthy task keeps its zone in DNS and in
            # rotation, and a zone without any is left out.
            target_group_health=group.LbTargetGroupTargetGroupHealth(
                dns_failover=group.LbTargetGroupTargetGroupHealthDnsFailover(
                    minimum_healthy_targets_count="1", minimum_healthy_targets_percentage="off"
                ),
                unhealthy_state_routing=group.LbTargetGroupTargetGroupHealthUnhealthyStateRouting(
                    minimum_healthy_targets_count=1, minimum_healthy_targets_percentage="off"
                ),
            ),
        )

    def _https_listener(self, action: aws.lb_listener.LbListenerDefaultAction) -> aws.lb_listener.LbListener:
        certificate_arn = self._settings.certificate_arn
        if self._settings.domain:
            self._issued_certificate = IssuedCertificate(self, "certificate", domain=self._settings.domain)
            certificate_arn = self._issued_certificate.arn
        self._allow_clients_to(HTTPS_PORT)
        strict_transport = self._settings.strict_transport_security_seconds
        return aws.lb_listener.LbListener(
            self,
            "https",
            load_balancer_arn=self.arn,
            port=HTTPS_PORT,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_action=[action],
            routing_http_response_strict_transport_security_header_value=f"max-age={strict_transport}"
            if strict_transport
            else None,
        )

    def _http_listener(self, action: aws.lb_listener.LbListenerDefaultAction) -> aws.lb_listener.LbListener:
        self._allow_clients_to(HTTP_PORT)
        return aws.lb_listener.LbListener(
            self, "http", load_balancer_arn=self.arn, port=HTTP_PORT, protocol="HTTP", default_action=[action]
        )

    def _allow_clients_to(self, port: int) -> None:
        for cidr in self._settings.ingress_cidrs:
            aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
                self,
                f"clients_{port}_{str(cidr).replace('.', '-').replace('/', '_')}",
                security_group_id=self.security_group.id,
                description=f"Clients to port {port}",
                cidr_ipv4=str(cidr),
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
            )
