"""The dashboard: are users hurt, is redundancy lost, what is full, from top to bottom."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from constructs import Construct

from modules.architecture import aws
from modules.architecture.alarms import Alarms
from modules.architecture.metrics import (
    PERIOD_SECONDS,
    LoadBalancerMetrics,
    Metric,
    ServiceMetrics,
    Watched,
    cache_metric,
    database_metric,
    nat_gateway_metric,
    overhead_metric,
)
from modules.planning.thresholds import connections_threshold, free_storage_threshold_bytes, service_cpu_threshold
from modules.settings import Environment

Widget = dict[str, Any]

COLUMNS = 24
"""Amazon CloudWatch, "Dashboard body structure and syntax": a dashboard is 24 units wide."""
GRAPH_HEIGHT = 6
HEADING_HEIGHT = 2
ALARMS_HEIGHT = 4


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What there is to look at; identifiers are Terraform expressions."""

    load_balancer: LoadBalancerMetrics
    service: ServiceMetrics
    database: str
    replica: str | None
    cache_members: Sequence[str]
    nat_gateways: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Lines by label, and the thresholds of their alarms."""

    title: str
    lines: Mapping[str, Watched]
    thresholds: Mapping[str, float] = field(default_factory=dict)


class Dashboard(Construct):
    """One page for whoever is woken at night; a graph is there only for what the environment has."""

    def __init__(
        self, scope: Construct, id_: str, *, name: str, alarms: Alarms, environment: Environment, sources: Sources
    ) -> None:
        super().__init__(scope, id_)
        page = _Page(region=environment.region)
        page.heading(
            "Are users hurt?",
            "Requests, errors and waiting at the load balancer. The wait includes the LLM's own time; LiteLLM's share "
            "is its overhead.",
        )
        page.alarms("Users", alarms.arns("users hurt"))
        page.graphs(_users(environment, sources))
        page.heading(
            "Is redundancy lost?", "Users may not notice yet: the next loss of the same kind is what hurts them."
        )
        page.alarms("Redundancy", alarms.arns("redundancy lost"))
        page.graphs(_redundancy(environment, sources))
        page.heading("What is full?", "Where the next hour's trouble comes from, against the alarms' thresholds.")
        page.alarms("Filling up, and causes", alarms.arns("filling up", "cause"))
        page.graphs(_filling(environment, sources))
        aws.cloudwatch_dashboard.CloudwatchDashboard(
            self, "this", dashboard_name=name, dashboard_body=json.dumps({"widgets": page.widgets})
        )


def _users(environment: Environment, sources: Sources) -> list[Graph]:
    balancer, thresholds = sources.load_balancer, environment.alarms
    graphs = [
        Graph(
            title="Requests a minute, by answer",
            lines={
                "requests": balancer.of_the_balancer("RequestCount"),
                "4xx": balancer.of_the_balancer("HTTPCode_Target_4XX_Count"),
                "5xx of LiteLLM": balancer.of_the_balancer("HTTPCode_Target_5XX_Count"),
                "5xx of the load balancer": balancer.of_the_balancer("HTTPCode_ELB_5XX_Count"),
            },
        ),
        Graph(
            title="5xx answers (%)",
            lines={"5xx": balancer.server_error_percent},
            thresholds={"error-rate": thresholds.error_percent},
        ),
        Graph(
            title="Wait for an answer (s)",
            lines={percentile: balancer.latency.with_statistic(percentile) for percentile in ("p50", "p95", "p99")},
            thresholds={"latency, p95": thresholds.latency_p95_milliseconds / 1000},
        ),
    ]
    if environment.litellm.overhead_metric:
        graphs.append(
            Graph(
                title="LiteLLM's overhead (ms)",
                lines={
                    percentile: overhead_metric(environment.name, percentile) for percentile in ("p50", "p95", "p99")
                },
                thresholds={"overhead, p95": thresholds.overhead_p95_milliseconds},
            )
        )
    return graphs


def _redundancy(environment: Environment, sources: Sources) -> list[Graph]:
    balancer, service = sources.load_balancer, sources.service
    graphs = [
        Graph(
            title="Healthy tasks, by zone",
            lines={
                zone: balancer.of_the_targets("HealthyHostCount", "Minimum", zone=zone)
                for zone in environment.availability_zones
            },
            thresholds={"healthy-targets, of all zones": environment.alarms.healthy_targets},
        ),
        Graph(
            title="Tasks wanted and running",
            lines={
                "wanted": service.of_container_insights("DesiredTaskCount", "Maximum"),
                "running": service.of_container_insights("RunningTaskCount", "Minimum"),
                "pending": service.of_container_insights("PendingTaskCount", "Maximum"),
            },
        ),
    ]
    if sources.replica:
        graphs.append(
            Graph(
                title="Replica's lag (s)",
                lines={"lag": database_metric(sources.replica, "ReplicaLag", "Maximum")},
            )
        )
    if len(sources.cache_members) > 1:
        graphs.append(
            Graph(
                title="Cache replicas' lag (s)",
                lines={
                    f"node {number:03}": cache_metric(member, "ReplicationLag", "Maximum")
                    for number, member in enumerate(sources.cache_members, start=1)
                },
            )
        )
    return graphs


def _filling(environment: Environment, sources: Sources) -> list[Graph]:
    service, thresholds, database = sources.service, environment.alarms, environment.database
    autoscaling = environment.service.autoscaling
    instances = {"database": sources.database} | ({"replica": sources.replica} if sources.replica else {})

    def of_instances(name: str, statistic: str) -> dict[str, Watched]:
        return {which: database_metric(identifier, name, statistic) for which, identifier in instances.items()}

    grows = database.maximum_storage_gib is not None
    graphs = [
        Graph(
            title="Tasks' CPU (%)",
            lines={
                "average": service.of_ecs("CPUUtilization", "Average"),
                "highest": service.of_ecs("CPUUtilization", "Maximum"),
            },
            thresholds={
                "service-cpu": service_cpu_threshold(autoscaling.scale_out_above_percent if autoscaling else None)
            }
            | (
                {"scale-out": autoscaling.scale_out_above_percent, "scale-in": autoscaling.scale_in_below_percent}
                if autoscaling
                else {}
            ),
        ),
        Graph(
            title="Tasks' memory (%)",
            lines={
                "average": service.of_ecs("MemoryUtilization", "Average"),
                "highest": service.of_ecs("MemoryUtilization", "Maximum"),
            },
            thresholds={"service-memory": thresholds.memory_percent},
        ),
        Graph(
            title="Database connections",
            lines=of_instances("DatabaseConnections", "Maximum"),
            thresholds={
                "database-connections": connections_threshold(
                    database.parameters.max_connections, thresholds.database_connections_percent
                ),
                "max_connections": database.parameters.max_connections,
            },
        ),
        Graph(
            title="Database CPU (%)",
            lines=of_instances("CPUUtilization", "Average"),
            thresholds={"database-cpu": thresholds.database_cpu_percent},
        ),
        Graph(
            title="Database storage left (bytes)",
            lines=of_instances("FreeStorageSpace", "Minimum"),
            thresholds={
                "database-storage": free_storage_threshold_bytes(
                    database.storage_gib, thresholds.storage_free_percent, grows=grows
                )
            },
        ),
        Graph(title="Database memory left (bytes)", lines=of_instances("FreeableMemory", "Minimum")),
    ]
    if sources.cache_members:
        graphs.append(
            Graph(
                title="Cache memory (%)",
                lines={
                    f"node {number:03}": cache_metric(member, "DatabaseMemoryUsagePercentage", "Maximum")
                    for number, member in enumerate(sources.cache_members, start=1)
                },
                thresholds={"cache-memory": thresholds.memory_percent},
            )
        )
    if sources.nat_gateways:
        graphs.append(
            Graph(
                title="NAT: connections without a port",
                lines={
                    zone: nat_gateway_metric(gateway, "ErrorPortAllocation")
                    for zone, gateway in sources.nat_gateways.items()
                },
            )
        )
    return graphs


class _Page:
    """Widgets from top to bottom, in rows that fill the width."""

    def __init__(self, *, region: str) -> None:
        self.widgets: list[Widget] = []
        self._region = region
        self._bottom = 0

    def heading(self, title: str, text: str) -> None:
        self._row([("text", {"markdown": f"## {title}\n{text}"})], HEADING_HEIGHT)

    def alarms(self, title: str, arns: Sequence[str]) -> None:
        self._row([("alarm", {"title": title, "alarms": list(arns)})], ALARMS_HEIGHT)

    def graphs(self, graphs: Sequence[Graph], columns: int = 4) -> None:
        for start in range(0, len(graphs), columns):
            row = graphs[start : start + columns]
            self._row([("metric", self._properties(graph)) for graph in row], GRAPH_HEIGHT)

    def _row(self, widgets: Sequence[tuple[str, Widget]], height: int) -> None:
        width = COLUMNS // len(widgets)
        self.widgets += [
            {
                "type": type_,
                "x": number * width,
                "y": self._bottom,
                "width": width,
                "height": height,
                "properties": properties,
            }
            for number, (type_, properties) in enumerate(widgets)
        ]
        self._bottom += height

    def _properties(self, graph: Graph) -> Widget:
        return {
            "title": graph.title,
            "view": "timeSeries",
            "region": self._region,
            "period": PERIOD_SECONDS,
            "metrics": [entry for label, watched in graph.lines.items() for entry in _line(label, watched)],
            "yAxis": {"left": {"min": 0}},
            **(
                {
                    "annotations": {
                        "horizontal": [{"label": label, "value": value} for label, value in graph.thresholds.items()]
                    }
                }
                if graph.thresholds
                else {}
            ),
        }


def _line(label: str, watched: Watched) -> list[list[object]]:
    """A line as the dashboard's JSON has it: namespace, name, dimensions in pairs, then how it is drawn."""
    if isinstance(watched, Metric):
        return [[*_address(watched), {"label": label, "stat": watched.statistic}]]
    parts: list[list[object]] = [
        [*_address(metric), {"id": id_, "stat": metric.statistic, "visible": False}]
        for id_, metric in watched.metrics.items()
    ]
    return [[{"expression": watched.formula, "label": label, "id": "watched"}], *parts]


def _address(metric: Metric) -> list[str]:
    pairs = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *pairs]
