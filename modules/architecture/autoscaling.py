"""Autoscaling of the service: on its average CPU in steps of one task, on requests for each task, and by the clock."""

from cdktf import DataResource, TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws
from modules.architecture.alarms import Alarms, Comparison
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.metrics import ServiceMetrics
from modules.architecture.service import Service
from modules.settings import Autoscaling as AutoscalingSettings, Schedule


class Autoscaling(Construct):
    """One task more while the CPU is above the upper threshold, one less while it is below the lower one."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        alarms: Alarms,
        load_balancer: LoadBalancer,
        service: Service,
        settings: AutoscalingSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self._alarms = alarms
        self._service = service
        self._scope_of_alarms = Construct(self, "alarm")
        self._settings = settings
        # A target that is made anew takes its policies and scheduled actions along (Application Auto Scaling API,
        # DeregisterScalableTarget): they are made anew with it.
        self._anew = self._when_bounds_change() if settings.schedules else None
        self._target = aws.appautoscaling_target.AppautoscalingTarget(
            self,
            "this",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{service.cluster_name}/{service.service_name}",
            min_capacity=settings.minimum_tasks,
            max_capacity=settings.maximum_tasks,
            # Between two moments of a schedule its bounds are the right ones; a plan must not set them back. Bounds
            # that a person changes are applied all the same.
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["min_capacity", "max_capacity"], replace_triggered_by=self._anew.replace_triggered_by
            )
            if self._anew
            else None,
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
        if settings.requests_per_task_per_minute:
            self._keep_requests_below(settings.requests_per_task_per_minute, load_balancer)
        for schedule in settings.schedules:
            self._at(schedule)

    def _when_bounds_change(self) -> TerraformResourceLifecycle:
        settings = self._settings
        bounds = DataResource(
            self, "bounds", input={"minimum_tasks": settings.minimum_tasks, "maximum_tasks": settings.maximum_tasks}
        )
        # In JSON Terraform takes an address here, no expression.
        address = f"{bounds.terraform_resource_type}.{bounds.friendly_unique_id}"
        return TerraformResourceLifecycle(replace_triggered_by=[address])

    def _step(
        self,
        id_: str,
        *,
        adjustment: int,
        cooldown_seconds: int,
        comparison: Comparison,
        threshold: int,
        description: str,
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
            lifecycle=self._anew,
            step_scaling_policy_configuration=(
                aws.appautoscaling_policy.AppautoscalingPolicyStepScalingPolicyConfiguration(
                    adjustment_type="ChangeInCapacity",
                    cooldown=cooldown_seconds,
                    metric_aggregation_type="Average",
                    step_adjustment=[step(scaling_adjustment=adjustment, **outward)],
                )
            ),
        )
        self._alarms.add(
            self._scope_of_alarms,
            id_,
            meaning="capacity",
            description=description,
            watched=ServiceMetrics(cluster=self._service.cluster_name, service=self._service.service_name).of_ecs(
                "CPUUtilization", "Average"
            ),
            comparison=comparison,
            threshold=threshold,
            minutes=self._settings.evaluation_minutes,
            missing="missing",
            actions=[policy.arn],
        )

    def _keep_requests_below(self, requests_per_minute: int, load_balancer: LoadBalancer) -> None:
        """Adds tasks alone: CPU alone removes them, so that the two do not work against each other's reading."""
        policy = aws.appautoscaling_policy
        tracking = policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration
        metric = policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification
        policy.AppautoscalingPolicy(
            self,
            "requests",
            name=f"{self._name}-requests",
            policy_type="TargetTrackingScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            lifecycle=self._anew,
            target_tracking_scaling_policy_configuration=tracking(
                target_value=requests_per_minute,
                disable_scale_in=True,
                scale_out_cooldown=self._settings.scale_out_cooldown_seconds,
                predefined_metric_specification=metric(
                    predefined_metric_type="ALBRequestCountPerTarget",
                    resource_label=f"{load_balancer.arn_suffix}/{load_balancer.target_group_arn_suffix}",
                ),
            ),
        )

    def _at(self, schedule: Schedule) -> None:
        aws.appautoscaling_scheduled_action.AppautoscalingScheduledAction(
            self,
            f"at_{schedule.name}",
            name=f"{self._name}-{schedule.name}",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            lifecycle=self._anew,
            schedule=f"cron({schedule.cron})",
            timezone=schedule.timezone,
            scalable_target_action=(
                aws.appautoscaling_scheduled_action.AppautoscalingScheduledActionScalableTargetAction(
                    min_capacity=str(schedule.minimum_tasks), max_capacity=str(schedule.maximum_tasks)
                )
            ),
        )
