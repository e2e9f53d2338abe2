"""The Fargate service: what a task is, how many there are, and how they are replaced."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modules.settings.base import Count, Flag, Percent, Settings


class ContainerHealthCheck(Settings):
    """Limits: Amazon ECS API, HealthCheck."""

    path: Annotated[str, Field(pattern=r"^/")] = "/health/liveliness"
    interval_seconds: Annotated[int, Field(strict=True, ge=5, le=300)] = 30
    timeout_seconds: Annotated[int, Field(strict=True, ge=2, le=60)] = 5
    retries: Annotated[int, Field(strict=True, ge=1, le=10)] = 3
    start_period_seconds: Annotated[int, Field(strict=True, ge=0, le=300)] = 120
    """LiteLLM imports for seconds before it listens."""


class RollingDeployment(Settings):
    """How ECS replaces tasks; Amazon ECS API, DeploymentConfiguration."""

    minimum_healthy_percent: Percent = 100
    maximum_percent: Annotated[int, Field(strict=True, ge=101, le=200)] = 150
    """Share of the wanted tasks that may run during a deployment: each extra task opens its pool of connections."""
    wait_until_steady: Flag = True
    """Terraform waits for the rollout, so that a rollback fails the deployment instead of passing unseen."""
    roll_back_on_alarms: Flag = True
    """Users' alarms that fire during a deployment roll it back, beside the circuit breaker."""


class Spot(Settings):
    """Fargate Spot: cheaper tasks that AWS takes back with two minutes' notice."""

    on_demand_tasks: Count = 2
    """Tasks that are always on demand, before the share counts."""
    percent: Annotated[int, Field(strict=True, ge=1, le=99)] = 50
    """Share of Spot among the tasks beyond those. Not all of them: ECS places no task with a provider of weight 0, the
    base included (Amazon ECS API, CapacityProviderStrategyItem)."""


class Schedule(Settings):
    """Other bounds of autoscaling from a moment on, such as more tasks before office hours."""

    name: Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$")]
    cron: Annotated[str, Field(pattern=r"^\S+ \S+ \S+ \S+ \S+ \S+$")]
    """Minute, hour, day of month, month, day of week, year (Application Auto Scaling API, PutScheduledAction)."""
    timezone: str = "Etc/UTC"
    minimum_tasks: Count
    maximum_tasks: Count

    @model_validator(mode="after")
    def bounds_are_in_order(self) -> Self:
        if self.minimum_tasks > self.maximum_tasks:
            raise ValueError(f"minimum_tasks {self.minimum_tasks} exceeds maximum_tasks {self.maximum_tasks}")
        return self


class Autoscaling(Settings):
    minimum_tasks: Count = 4
    maximum_tasks: Count = 12
    scale_out_above_percent: Percent = 70
    """Average CPU of the service above which a task is added."""
    scale_in_below_percent: Percent = 30
    """Average CPU of the service below which a task is removed."""
    evaluation_minutes: Count = 3
    """Minutes in a row for which the CPU has to be beyond its threshold."""
    scale_out_cooldown_seconds: Count = 60
    scale_in_cooldown_seconds: Count = 300
    requests_per_task_per_minute: Count | None = None
    """Tasks are added, too, to keep the load balancer's requests for each below this."""
    schedules: tuple[Schedule, ...] = ()

    @model_validator(mode="after")
    def bounds_are_in_order(self) -> Self:
        if self.minimum_tasks > self.maximum_tasks:
            raise ValueError(f"minimum_tasks {self.minimum_tasks} exceeds maximum_tasks {self.maximum_tasks}")
        if self.scale_in_below_percent >= self.scale_out_above_percent:
            raise ValueError(
                f"scale_in_below_percent {self.scale_in_below_percent} must be below "
                f"scale_out_above_percent {self.scale_out_above_percent}"
            )
        return self

    @model_validator(mode="after")
    def schedules_have_names_of_their_own(self) -> Self:
        names = [schedule.name for schedule in self.schedules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"schedules: the name {', '.join(twice)} is stated twice")
        return self

    @property
    def fewest_tasks(self) -> int:
        """Wanted tasks at the least, whatever the schedule."""
        return min([self.minimum_tasks, *(schedule.minimum_tasks for schedule in self.schedules)])

    @property
    def most_tasks(self) -> int:
        """Wanted tasks at the most, whatever the schedule."""
        return max([self.maximum_tasks, *(schedule.maximum_tasks for schedule in self.schedules)])


class Service(Settings):
    image: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:\d+)?/[a-z0-9._/-]+$")] = "ghcr.io/berriai/litellm-database"
    """Repository of the image, without a tag."""
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] = "1.106.2"
    """LiteLLM's version: the image's tag, and the Python package that the rehearsal runs (Pipfile)."""
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    """Pins the image's content as well; a tag alone can be moved by whoever owns the registry."""
    cpu_architecture: Literal["x86_64", "arm64"] = "x86_64"
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 4000
    cpu_units: Annotated[int, Field(strict=True, ge=256, le=16384)] = 4096
    """1,024 units are one vCPU."""
    memory_mib: Annotated[int, Field(strict=True, ge=512, le=122880)] = 8192
    workers: Count = 4
    """Server processes in a task."""
    desired_tasks: Count = 4
    spot: Spot | None = None
    ecs_exec: Flag = False
    """A shell in running tasks for operators, encrypted and logged; excludes `read_only_root_filesystem`."""
    read_only_root_filesystem: Flag = True
    """The image cannot be changed from inside; LiteLLM writes to a volume of its own below /tmp."""
    stop_timeout_seconds: Annotated[int, Field(strict=True, ge=2)] = 120
    """Between SIGTERM and SIGKILL; the rule `timeout_chain` holds it to Fargate's limit."""
    health_check_grace_period_seconds: Annotated[int, Field(strict=True, ge=0)] = 120
    migration_timeout_seconds: Count = 900
    """Longest wait for the task that brings the database to the version's schema, before the service rolls."""
    health_check: ContainerHealthCheck = ContainerHealthCheck()
    deployment: RollingDeployment = RollingDeployment()
    autoscaling: Autoscaling | None = Autoscaling()

    @property
    def image_reference(self) -> str:
        return f"{self.image}:v{self.version}" + (f"@{self.digest}" if self.digest else "")

    @property
    def maximum_tasks(self) -> int:
        """Wanted tasks at the most, without those that a deployment adds."""
        return max(self.desired_tasks, self.autoscaling.most_tasks if self.autoscaling else 0)

    @property
    def minimum_tasks(self) -> int:
        """Wanted tasks at the least."""
        return self.autoscaling.fewest_tasks if self.autoscaling else self.desired_tasks
