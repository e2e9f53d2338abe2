"""Every choice that an environment makes, typed, with its default and its unit.

An environment is one YAML file in `environments/` that states only what differs from the defaults here; it is read
by `modules/environment_file.py`. Checks of one value or of close neighbours stand beside them; checks across the tree
are in `modules/rules.py`.
"""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from modules.target import STATE_STACK

Count = Annotated[int, Field(strict=True, ge=1)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Flag = Annotated[bool, Field(strict=True)]


class Settings(BaseModel):
    """A slice of the settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


RetentionDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 3653]
"""Amazon CloudWatch Logs API, PutRetentionPolicy."""


class FlowLogs(Settings):
    retention_days: RetentionDays = 30


class Network(Settings):
    vpc_cidr: IPv4Network = IPv4Network("10.0.0.0/16")
    public_subnet_cidrs: tuple[IPv4Network, ...] = (IPv4Network("10.0.1.0/24"), IPv4Network("10.0.2.0/24"))
    """One for each availability zone, in the zones' order."""
    private_subnet_cidrs: tuple[IPv4Network, ...] = (IPv4Network("10.0.11.0/24"), IPv4Network("10.0.12.0/24"))
    """One for each availability zone, in the zones' order: tasks and database."""
    nat_gateways: Literal["single", "per_zone"] = "per_zone"
    """With `single`, losing the first zone takes the other zone's way to the LLM providers with it."""
    flow_logs: FlowLogs | None = FlowLogs()
    """Record of every accepted and refused connection in the VPC."""
    interface_endpoints: frozenset[
        Literal["ecr.api", "ecr.dkr", "kms", "logs", "monitoring", "secretsmanager", "ssmmessages", "sts"]
    ] = frozenset()
    """AWS services that are reached inside the VPC instead of through NAT; each costs by the hour and zone. S3 always
    is, through a gateway endpoint that costs nothing."""


class Domain(Settings):
    name: Annotated[str, Field(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$")]
    """Name under which the gateway answers; its certificate is issued and validated through DNS."""
    hosted_zone: Annotated[str, Field(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$")]
    """Existing public Route 53 zone that the name is in."""

    @model_validator(mode="after")
    def name_is_in_the_zone(self) -> Self:
        if self.name != self.hosted_zone and not self.name.endswith(f".{self.hosted_zone}"):
            raise ValueError(f"name {self.name} is not in the hosted zone {self.hosted_zone}")
        return self


class TargetHealthCheck(Settings):
    """Limits: Elastic Load Balancing API, CreateTargetGroup."""

    path: Annotated[str, Field(pattern=r"^/")] = "/health/liveliness"
    """Liveliness asks the process; readiness asks the database as well (see the rule `readiness_kill`)."""
    interval_seconds: Annotated[int, Field(strict=True, ge=5, le=300)] = 10
    timeout_seconds: Annotated[int, Field(strict=True, ge=2, le=120)] = 5
    healthy_threshold: Annotated[int, Field(strict=True, ge=2, le=10)] = 2
    unhealthy_threshold: Annotated[int, Field(strict=True, ge=2, le=10)] = 2

    @model_validator(mode="after")
    def timeout_is_below_the_interval(self) -> Self:
        if self.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"timeout_seconds {self.timeout_seconds} must be below interval_seconds {self.interval_seconds}"
            )
        return self


class LoadBalancer(Settings):
    """Limits: Elastic Load Balancing API, ModifyLoadBalancerAttributes and ModifyTargetGroupAttributes."""

    certificate_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:acm:")] | None = None
    """Certificate that exists already; excludes `domain`."""
    domain: Domain | None = None
    """Domain for which a certificate is issued; excludes `certificate_arn`."""
    allow_plaintext: Flag = False
    """Serve keys and prompts over HTTP, unencrypted, when there is neither certificate nor domain."""
    ingress_cidrs: Annotated[tuple[IPv4Network, ...], Field(min_length=1)] = (IPv4Network("0.0.0.0/0"),)
    idle_timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=4000)] = 600
    """Silence on a connection after which the load balancer cuts it: an LLM may think for minutes."""
    deregistration_delay_seconds: Annotated[int, Field(strict=True, ge=0, le=3600)] = 120
    algorithm: Literal["round_robin", "least_outstanding_requests"] = "least_outstanding_requests"
    deletion_protection: Flag = True
    health_check: TargetHealthCheck = TargetHealthCheck()

    @model_validator(mode="after")
    def one_certificate(self) -> Self:
        if self.certificate_arn and self.domain:
            raise ValueError("certificate_arn and domain exclude each other: keep one")
        return self

    @property
    def encrypted(self) -> bool:
        return self.certificate_arn is not None or self.domain is not None


class ContainerHealthCheck(Settings):
    """Limits: Amazon ECS API, HealthCheck."""

    path: Annotated[str, Field(pattern=r"^/")] = "/health/liveliness"
    interval_seconds: Annotated[int, Field(strict=True, ge=5, le=300)] = 30
    timeout_seconds: Annotated[int, Field(strict=True, ge=2, le=60)] = 5
    retries: Annotated[int, Field(strict=True, ge=1, le=10)] = 3
    start_period_seconds: Annotated[int, Field(strict=True, ge=0, le=300)] = 120
    """LiteLLM imports for seconds and may wait for a database migration before it listens."""


class RollingDeployment(Settings):
    """How ECS replaces tasks; Amazon ECS API, DeploymentConfiguration."""

    minimum_healthy_percent: Percent = 100
    maximum_percent: Annotated[int, Field(strict=True, ge=101, le=200)] = 150
    """Share of the wanted tasks that may run during a deployment: each extra task opens its pool of connections."""
    wait_until_steady: Flag = True
    """Terraform waits for the rollout, so that a rollback fails the deployment instead of passing unseen."""


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


class Service(Settings):
    image: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:\d+)?/[a-z0-9._/-]+$")] = "ghcr.io/berriai/litellm-database"
    """Repository of the image, without a tag."""
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] = "1.106.2"
    """LiteLLM's version: the image's tag, and the Python package that the rehearsal runs (Pipfile)."""
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    """Pins the image's content as well; a tag alone can be moved by whoever owns the registry."""
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 4000
    cpu_units: Annotated[int, Field(strict=True, ge=256, le=16384)] = 4096
    """1,024 units are one vCPU."""
    memory_mib: Annotated[int, Field(strict=True, ge=512, le=122880)] = 8192
    workers: Count = 4
    """Server processes in a task."""
    desired_tasks: Count = 4
    stop_timeout_seconds: Annotated[int, Field(strict=True, ge=2)] = 120
    """Between SIGTERM and SIGKILL; the rule `timeout_chain` holds it to Fargate's limit."""
    health_check_grace_period_seconds: Annotated[int, Field(strict=True, ge=0)] = 120
    health_check: ContainerHealthCheck = ContainerHealthCheck()
    deployment: RollingDeployment = RollingDeployment()
    autoscaling: Autoscaling | None = Autoscaling()

    @property
    def image_reference(self) -> str:
        return f"{self.image}:v{self.version}" + (f"@{self.digest}" if self.digest else "")

    @property
    def maximum_tasks(self) -> int:
        """Wanted tasks at the most, without those that a deployment adds."""
        return max(self.desired_tasks, self.autoscaling.maximum_tasks if self.autoscaling else 0)


class LiteLLM(Settings):
    config_file: Annotated[str, Field(pattern=r"^[\w.-]+\.ya?ml$")] = "litellm.yaml"
    """LiteLLM's own configuration, beside the environment's file; what the settings decide is added to it."""
    request_timeout_seconds: Count = 600
    """Longest wait for an LLM."""
    keep_alive_seconds: Count = 620
    """Idle time after which a worker closes a connection; the load balancer must always be first."""
    graceful_shutdown_seconds: Count = 105
    """Time that a worker gives running requests after SIGTERM."""
    database_connection_pool: Literal["auto"] | Count = "auto"
    """Connections of one worker; `auto` takes the largest that fits `max_connections` at the worst moment."""
    database_pool_timeout_seconds: Count = 60
    log_level: Literal["ERROR", "INFO", "DEBUG"] = "ERROR"
    store_models_in_database: Flag = True


class DatabaseParameters(Settings):
    """PostgreSQL's parameters in human units; the construct converts them to the engine's."""

    max_connections: Annotated[int, Field(strict=True, ge=20, le=5000)]
    shared_buffers_mib: Count
    effective_cache_size_mib: Count
    maintenance_work_mem_mib: Count
    work_mem_mib: Count


class Database(Settings):
    engine_version: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")] = "16"
    """A major version alone takes the newest minor version that RDS offers."""
    instance_class: Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")] = "db.r6g.large"
    storage_gib: Annotated[int, Field(strict=True, ge=20, le=65536)] = 100
    multi_az: Flag = True
    backup_retention_days: Annotated[int, Field(strict=True, ge=1, le=35)] = 7
    deletion_protection: Flag = True
    final_snapshot: Flag = True
    """Take a last snapshot when the database is destroyed."""
    reserved_connections: Annotated[int, Field(strict=True, ge=5)] = 15
    """Kept for RDS itself, migrations and a person with psql."""
    port: Annotated[int, Field(strict=True, ge=1150, le=65535)] = 5432
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = "litellm"
    username: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = "litellm"
    parameters: DatabaseParameters = DatabaseParameters(
        max_connections=800,
        shared_buffers_mib=4096,
        effective_cache_size_mib=12288,
        maintenance_work_mem_mib=512,
        work_mem_mib=5,
    )


class Secrets(Settings):
    recovery_window_days: Annotated[int, Field(strict=True, ge=7, le=30)] | Literal[0] = 30
    """Days in which a destroyed secret can be restored; 0 deletes at once, so that its name is free again."""


class Logs(Settings):
    retention_days: RetentionDays = 30


class Objectives(Settings):
    """Recovery time objectives; defaults from the source's table of recovery objectives."""

    task_failure_seconds: Count = 120
    zone_failure_seconds: Count = 60
    database_failure_seconds: Count = 120


class Environment(Settings):
    """All settings of one deployment."""

    name: Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=16)]
    """Prefix of every resource's name, and the key of the state: lower-case letters, digits and single hyphens."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] = "us-east-1"
    availability_zones: tuple[str, ...] = ("us-east-1a", "us-east-1b")
    tags: dict[str, str] = Field(default_factory=dict)
    """Added to every resource beside the project's own."""
    network: Network = Network()
    load_balancer: LoadBalancer = LoadBalancer()
    service: Service = Service()
    litellm: LiteLLM = LiteLLM()
    database: Database = Database()
    secrets: Secrets = Secrets()
    logs: Logs = Logs()
    objectives: Objectives = Objectives()

    @field_validator("name")
    @classmethod
    def name_is_free(cls, name: str) -> str:
        if name == STATE_STACK:
            raise ValueError("that is the name of the stack that holds the states; take another")
        if f"{name}-".startswith("internal-"):
            raise ValueError("Elastic Load Balancing keeps names that begin with 'internal-' for itself; take another")
        return name
