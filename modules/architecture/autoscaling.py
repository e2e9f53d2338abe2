"""Autoscaling of the service on its average CPU, in steps of one task."""

from constructs import Construct

from modules.architecture import aws
from modules.architecture.service import Service
from modules.settings import Autoscaling as AutoscalingSettings

PERIOD_SECONDS = 60


class Autoscaling(Construct):
    """One task more while the CPU is above the upper threshold, one less while it is below the lower one."""

    def __init__(
        self, scope: Construct, id_: str, *, name: str, service: Service, settings: AutoscalingSettings
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self._service = service
        self._settings = settings
        self._target = aws.appautoscaling_target.AppautoscalingTarget(
            self,
            "this",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{service.cluster_name}/{service.service_name}",
            min_capacity=settings.minimum_tasks,
            max_capacity=settings.maximum_tasks,
        )
        self._step(
            "scale_out",
            adjustment=1,
            cooldown_seconds=settings.scale_out_cooldown_seconds,
            comparison="GreaterThanThreshold",
            threshold=settings.scale_out_above_percent,
            description=f"Average CPU above {settings.scale_out_above_percent} %: add a task",
        )
        self._step(
            "scale_in",
            adjustment=-1,
            cooldown_seconds=settings.scale_in_cooldown_seconds,
            comparison="LessThanThreshold",
            threshold=settings.scale_in_below_percent,
            description=f"Average CPU below {settings.scale_in_below_percent} %: remove a task",
        )

    def _step(
        self, id_: str, *, adjustment: int, cooldown_seconds: int, comparison: str, threshold: int, description: str
    ) -> None:
        step = aws.appautoscaling_policy.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment
        # A step's interval counts from the alarm's threshold, and is open on the side away from it.
        outward = {"metric_interval_lower_bound": "0"} if adjustment > 0 else {"metric_interval_upper_bound": "0"}
        policy = aws.appautoscaling_policy.AppautoscalingPolicy(
            self,
            id_,
            name=f"{self._name}-{id_.replace('_', '-')}",
            policy_type="StepScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            step_scaling_policy_configuration=(
                aws.appautoscaling_policy.AppautoscalingPolicyStepScalingPolicyConfiguration(
                    adjustment_type="ChangeInCapacity",
                    cooldown=cooldown_seconds,
                    metric_aggregation_type="Average",
                    step_adjustment=[step(scaling_adjustment=adjustment, **outward)],
                )
            ),
        )
        aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            f"{id_}_alarm",
            alarm_name=f"{self._name}-{id_.replace('_', '-')}",
            alarm_description=description,
            namespace="AWS/ECS",
            metric_name="CPUUtilization",
            dimensions={"ClusterName": self._service.cluster_name, "ServiceName": self._service.service_name},
            statistic="Average",
            period=PERIOD_SECONDS,
            evaluation_periods=self._settings.evaluation_minutes,
            comparison_operator=comparison,
            threshold=threshold,
            treat_missing_data="missing",
            alarm_actions=[policy.arn],
        )
