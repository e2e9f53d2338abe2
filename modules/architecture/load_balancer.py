"""The Application Load Balancer: listeners, target group, health check, and the name it answers under."""

from constructs import Construct

from modules.architecture import aws
from modules.architecture.certificate import IssuedCertificate
from modules.architecture.network import Network
from modules.settings import LoadBalancer as LoadBalancerSettings

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


class LoadBalancer(Construct):
    """An internet-facing load balancer over all zones: HTTPS with a redirect, or HTTP where that was chosen.

    Attributes:
        endpoint: URL that clients call.
        listener: the listener that forwards to the target group; a service has to wait for it.
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
    ) -> None:
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
            internal=False,
            subnets=network.public_subnet_ids,
            security_groups=[self.security_group.id],
            idle_timeout=settings.idle_timeout_seconds,
            drop_invalid_header_fields=True,
            enable_deletion_protection=settings.deletion_protection,
        )
        self.arn = balancer.arn
        self.arn_suffix = balancer.arn_suffix
        health = settings.health_check
        target_group = aws.lb_target_group.LbTargetGroup(
            self,
            "target_group",
            name=name,
            target_type="ip",
            protocol="HTTP",
            port=target_port,
            vpc_id=network.vpc_id,
            deregistration_delay=str(settings.deregistration_delay_seconds),
            load_balancing_algorithm_type=settings.algorithm,
            health_check=aws.lb_target_group.LbTargetGroupHealthCheck(
                path=health.path,
                port="traffic-port",
                protocol="HTTP",
                matcher="200",
                interval=health.interval_seconds,
                timeout=health.timeout_seconds,
                healthy_threshold=health.healthy_threshold,
                unhealthy_threshold=health.unhealthy_threshold,
            ),
        )
        self.target_group_arn = target_group.arn
        self.target_group_arn_suffix = target_group.arn_suffix
        forward = aws.lb_listener.LbListenerDefaultAction(type="forward", target_group_arn=target_group.arn)
        if settings.encrypted:
            self.listener = self._https_listener(forward)
            self._http_listener(
                aws.lb_listener.LbListenerDefaultAction(
                    type="redirect",
                    redirect=aws.lb_listener.LbListenerDefaultActionRedirect(
                        port="443", protocol="HTTPS", status_code="HTTP_301"
                    ),
                )
            )
            self.endpoint = f"https://{settings.domain.name if settings.domain else balancer.dns_name}"
        else:
            self.listener = self._http_listener(forward)
            self.endpoint = f"http://{balancer.dns_name}"
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
        aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
            self,
            "to_targets",
            security_group_id=self.security_group.id,
            description="Requests and health checks to the tasks",
            referenced_security_group_id=targets.id,
            ip_protocol="tcp",
            from_port=self._target_port,
            to_port=self._target_port,
        )

    def _https_listener(self, action: aws.lb_listener.LbListenerDefaultAction) -> aws.lb_listener.LbListener:
        certificate_arn = self._settings.certificate_arn
        if self._settings.domain:
            self._issued_certificate = IssuedCertificate(self, "certificate", domain=self._settings.domain)
            certificate_arn = self._issued_certificate.arn
        self._allow_clients_to(443)
        return aws.lb_listener.LbListener(
            self,
            "https",
            load_balancer_arn=self.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_action=[action],
        )

    def _http_listener(self, action: aws.lb_listener.LbListenerDefaultAction) -> aws.lb_listener.LbListener:
        self._allow_clients_to(80)
        return aws.lb_listener.LbListener(
            self, "http", load_balancer_arn=self.arn, port=80, protocol="HTTP", default_action=[action]
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
