"""Alarms on what users meet at the load balancer."""

from collections.abc import Sequence

from constructs import Construct

from modules.architecture.alarms import Alarms
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.metrics import LoadBalancerMetrics
from modules.settings import Alarms as AlarmsSettings

CLIENT_ERROR_PERCENT = 20
"""LiteLLM answers 401 to every key that it cannot look up, also when the database refuses its connection (LiteLLM issue
#34479); the keys of the last minute are remembered, all others fail at once."""
LEAST_REQUESTS_A_MINUTE = 60
TLS_ERROR_PERCENT = 10
LEAST_CONNECTIONS_A_MINUTE = 100
"""Below this, a public load balancer's scanners are most of its connections."""


class UserAlarms(Construct):
    """Errors, latency and lost targets: known from the load balancer alone, so that a deployment can wait for them.

    Attributes:
        rollback_alarm_names: alarms that a deployment of the service must not raise.
        stop_alarm_arns: alarms of users being hurt, which end a drill; those of lost redundancy are what it is for.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        alarms: Alarms,
        load_balancer: LoadBalancer,
        zones: Sequence[str],
        encrypted: bool,
        settings: AlarmsSettings,
    ) -> None:
        super().__init__(scope, id_)
        metrics = LoadBalancerMetrics(
            load_balancer=load_balancer.arn_suffix, target_group=load_balancer.target_group_arn_suffix
        )
        error_rate = alarms.add(
            self,
            "error_rate",
            meaning="users hurt",
            description=f"More than {settings.error_percent:g} % of the answers are 5xx",
            watched=metrics.server_error_percent,
            comparison="GreaterThanThreshold",
            threshold=settings.error_percent,
            minutes=3,
            out_of_minutes=5,
            missing="notBreaching",
        )
        alarms.add(
            self,
            "latency",
            meaning="users hurt",
            description=f"One request in twenty waits longer than {settings.latency_p95_milliseconds} ms",
            watched=metrics.latency,
            comparison="GreaterThanThreshold",
            threshold=settings.latency_p95_milliseconds / 1000,
            minutes=3,
            out_of_minutes=5,
            missing="notBreaching",
        )
        alarms.add(
            self,
            "healthy_targets",
            meaning="redundancy lost",
            description=f"Fewer than {settings.healthy_targets} tasks are healthy",
            watched=metrics.of_the_targets("HealthyHostCount", "Minimum"),
            comparison="LessThanThreshold",
            threshold=settings.healthy_targets,
            minutes=2,
            # Without any target there is nothing to count.
            missing="breaching",
        )
        unhealthy = [
            alarms.add(
                self,
                "unhealthy_targets",
                of=zone,
                meaning="redundancy lost",
                description=f"Tasks in {zone} fail the load balancer's health check",
                watched=metrics.of_the_targets("UnHealthyHostCount", "Maximum", zone=zone),
                comparison="GreaterThanThreshold",
                threshold=0,
                minutes=3,
                missing="notBreaching",
            )
            for zone in zones
        ]
        self.rollback_alarm_names = [error_rate, *unhealthy]
        alarms.add(
            self,
            "unhealthy_routing",
            meaning="users hurt",
            description="No task is healthy, and the load balancer sends requests to all of them",
            watched=metrics.of_the_targets("UnhealthyRoutingRequestCount", "Sum"),
            comparison="GreaterThanThreshold",
            threshold=0,
            minutes=1,
            missing="notBreaching",
        )
        alarms.add(
            self,
            "rejected_connections",
            meaning="users hurt",
            description="The load balancer is at its limit of connections and refuses clients",
            watched=metrics.of_the_balancer("RejectedConnectionCount"),
            comparison="GreaterThanThreshold",
            threshold=0,
            minutes=1,
            missing="notBreaching",
        )
        alarms.add(
            self,
            "client_errors",
            meaning="cause",
            description=f"More than {CLIENT_ERROR_PERCENT} % of LiteLLM's answers are 4xx: keys are refused",
            watched=metrics.client_error_percent(least_requests=LEAST_REQUESTS_A_MINUTE),
            comparison="GreaterThanThreshold",
            threshold=CLIENT_ERROR_PERCENT,
            minutes=5,
            missing="notBreaching",
        )
        if encrypted:
            alarms.add(
                self,
                "tls_errors",
                meaning="users hurt",
                description=f"More than {TLS_ERROR_PERCENT} % of new connections fail to agree on TLS",
                watched=metrics.tls_error_percent(least_connections=LEAST_CONNECTIONS_A_MINUTE),
                comparison="GreaterThanThreshold",
                threshold=TLS_ERROR_PERCENT,
                minutes=5,
                missing="notBreaching",
            )
        self.stop_alarm_arns = alarms.arns("users hurt")
