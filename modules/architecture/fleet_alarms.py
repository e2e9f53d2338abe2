"""Alarms on the service's tasks."""

from constructs import Construct

from modules.architecture.alarms import Alarms
from modules.architecture.metrics import ServiceMetrics, overhead_metric
from modules.architecture.service import Service
from modules.planning.thresholds import service_cpu_threshold
from modules.settings import Environment

MINUTES_TO_START_TASKS = 10
"""Several steps of autoscaling in a row, each with two to three minutes until its task serves (operations.md, section
2)."""


class FleetAlarms(Construct):
    """Missing tasks, memory and CPU, autoscaling at its end, and LiteLLM's own share of the time."""

    def __init__(
        self, scope: Construct, id_: str, *, alarms: Alarms, service: Service, environment: Environment
    ) -> None:
        super().__init__(scope, id_)
        settings, autoscaling = environment.alarms, environment.service.autoscaling
        metrics = ServiceMetrics(cluster=service.cluster_name, service=service.service_name)
        alarms.add(
            self,
            "missing_tasks",
            meaning="redundancy lost",
            description=f"Fewer tasks than wanted have been running for {MINUTES_TO_START_TASKS} minutes",
            watched=metrics.missing_tasks,
            comparison="GreaterThanThreshold",
            threshold=0,
            minutes=MINUTES_TO_START_TASKS,
            missing="breaching",
        )
        alarms.add(
            self,
            "service_memory",
            meaning="filling up",
            description=f"A task uses more than {settings.memory_percent} % of its memory",
            watched=metrics.of_ecs("MemoryUtilization", "Maximum"),
            comparison="GreaterThanThreshold",
            threshold=settings.memory_percent,
            minutes=5,
            missing="missing",
        )
        cpu = service_cpu_threshold(autoscaling.scale_out_above_percent if autoscaling else None)
        alarms.add(
            self,
            "service_cpu",
            meaning="filling up",
            description=f"The tasks use more than {cpu} % of their CPU, and more of them do not help in time",
            watched=metrics.of_ecs("CPUUtilization", "Average"),
            comparison="GreaterThanThreshold",
            threshold=cpu,
            minutes=10,
            missing="missing",
        )
        if autoscaling and autoscaling.most_tasks > autoscaling.fewest_tasks:
            alarms.add(
                self,
                "maximum_tasks",
                meaning="filling up",
                description=f"Autoscaling is at its maximum of {autoscaling.most_tasks} tasks",
                watched=metrics.of_container_insights("DesiredTaskCount", "Maximum"),
                comparison="GreaterThanOrEqualToThreshold",
                threshold=autoscaling.most_tasks,
                minutes=10,
                missing="missing",
            )
        if environment.litellm.overhead_metric:
            alarms.add(
                self,
                "overhead",
                meaning="users hurt",
                description=f"LiteLLM itself takes longer than {settings.overhead_p95_milliseconds} ms for one request "
                "in twenty",
                watched=overhead_metric(environment.name, "p95"),
                comparison="GreaterThanThreshold",
                threshold=settings.overhead_p95_milliseconds,
                minutes=5,
                missing="notBreaching",
            )
