"""CloudWatch metrics and arithmetic on them, stated once for the alarm and for the dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass

PERIOD_SECONDS = 60
"""The shortest at which the load balancer, ECS, RDS and ElastiCache report."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One series: `statistic` is CloudWatch's name (Sum, Average, Maximum, ...) or a percentile such as p95."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str

    def with_statistic(self, statistic: str) -> "Metric":
        return Metric(namespace=self.namespace, name=self.name, dimensions=self.dimensions, statistic=statistic)


@dataclass(frozen=True, kw_only=True)
class Expression:
    """Metric math on series under the names that the formula uses."""

    formula: str
    metrics: Mapping[str, Metric]


Watched = Metric | Expression


@dataclass(frozen=True, kw_only=True)
class LoadBalancerMetrics:
    """Amazon's "CloudWatch metrics for your Application Load Balancer": counts are reported when they are not zero."""

    load_balancer: str
    """Suffixes of the ARNs, as the metrics' dimensions want them."""
    target_group: str

    def of_the_balancer(self, name: str, statistic: str = "Sum") -> Metric:
        return Metric(
            namespace="AWS/ApplicationELB",
            name=name,
            dimensions={"LoadBalancer": self.load_balancer},
            statistic=statistic,
        )

    def of_the_targets(self, name: str, statistic: str, *, zone: str | None = None) -> Metric:
        dimensions = {"LoadBalancer": self.load_balancer, "TargetGroup": self.target_group}
        return Metric(
            namespace="AWS/ApplicationELB",
            name=name,
            dimensions=dimensions | ({"AvailabilityZone": zone} if zone else {}),
            statistic=statistic,
        )

    @property
    def latency(self) -> Metric:
        """Seconds until a task began to answer, the LLM's own time included."""
        return self.of_the_balancer("TargetResponseTime", "p95")

    @property
    def server_error_percent(self) -> Expression:
        """5xx answers among all. `RequestCount` leaves out the requests for which no target was found, which are
        answered with 503: they are added, or an outage of every task would look like no traffic."""
        return Expression(
            formula="IF(FILL(requests, 0) + FILL(rejected, 0) > 0, "
            "100 * (FILL(balancer, 0) + FILL(targets, 0)) / (FILL(requests, 0) + FILL(rejected, 0)), 0)",
            metrics={
                "requests": self.of_the_balancer("RequestCount"),
                "rejected": self.of_the_balancer("HTTPCode_ELB_503_Count"),
                "balancer": self.of_the_balancer("HTTPCode_ELB_5XX_Count"),
                "targets": self.of_the_balancer("HTTPCode_Target_5XX_Count"),
            },
        )

    def client_error_percent(self, *, least_requests: int) -> Expression:
        """4xx answers of LiteLLM among all, in minutes with enough requests for a share to mean something."""
        return Expression(
            formula=f"IF(FILL(requests, 0) > {least_requests}, 100 * FILL(errors, 0) / requests, 0)",
            metrics={
                "requests": self.of_the_balancer("RequestCount"),
                "errors": self.of_the_balancer("HTTPCode_Target_4XX_Count"),
            },
        )

    def tls_error_percent(self, *, least_connections: int) -> Expression:
        """Clients without a TLS session among new connections; scanners on the internet always make some."""
        return Expression(
            formula=f"IF(FILL(connections, 0) > {least_connections}, 100 * FILL(errors, 0) / connections, 0)",
            metrics={
                "connections": self.of_the_balancer("NewConnectionCount"),
                "errors": self.of_the_balancer("ClientTLSNegotiationErrorCount"),
            },
        )


@dataclass(frozen=True, kw_only=True)
class ServiceMetrics:
    cluster: str
    service: str

    def of_ecs(self, name: str, statistic: str) -> Metric:
        return Metric(namespace="AWS/ECS", name=name, dimensions=self._dimensions, statistic=statistic)

    def of_container_insights(self, name: str, statistic: str) -> Metric:
        """Amazon CloudWatch User Guide, "Amazon ECS Container Insights metrics": there without enhanced observability
        too."""
        return Metric(namespace="ECS/ContainerInsights", name=name, dimensions=self._dimensions, statistic=statistic)

    @property
    def missing_tasks(self) -> Expression:
        return Expression(
            formula="wanted - running",
            metrics={
                "wanted": self.of_container_insights("DesiredTaskCount", "Maximum"),
                "running": self.of_container_insights("RunningTaskCount", "Minimum"),
            },
        )

    @property
    def _dimensions(self) -> dict[str, str]:
        return {"ClusterName": self.cluster, "ServiceName": self.service}


def database_metric(identifier: str, name: str, statistic: str) -> Metric:
    return Metric(namespace="AWS/RDS", name=name, dimensions={"DBInstanceIdentifier": identifier}, statistic=statistic)


def cache_metric(member: str, name: str, statistic: str) -> Metric:
    """Of one node of the replication group: the group as a whole has no metrics."""
    return Metric(namespace="AWS/ElastiCache", name=name, dimensions={"CacheClusterId": member}, statistic=statistic)


def nat_gateway_metric(gateway_id: str, name: str) -> Metric:
    return Metric(namespace="AWS/NATGateway", name=name, dimensions={"NatGatewayId": gateway_id}, statistic="Sum")


def overhead_metric(environment: str, statistic: str) -> Metric:
    """LiteLLM's own share of a request's time in milliseconds, which its containers report from real requests."""
    return Metric(
        namespace="LiteLLM",
        name="OverheadMilliseconds",
        dimensions={"Environment": environment},
        statistic=statistic,
    )


def event_rule_metric(rule: str) -> Metric:
    return Metric(namespace="AWS/Events", name="TriggeredRules", dimensions={"RuleName": rule}, statistic="Sum")
