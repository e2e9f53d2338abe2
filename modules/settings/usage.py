"""What an environment is used for in a month: everything that costs money and that Terraform does not know.

One YAML file for each environment in `environments/usage/`. A quantity is a number, or three of them: low, typical,
high. The defaults are assumptions; each says where it comes from, and a file states what is known better.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from modules.settings.base import Settings

Scenario = Literal["low", "typical", "high"]
SCENARIOS: tuple[Scenario, ...] = ("low", "typical", "high")

_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Range(Settings):
    """A quantity in a quiet, a typical and a busy month."""

    low: _Amount
    typical: _Amount
    high: _Amount

    @model_validator(mode="before")
    @classmethod
    def a_number_stands_for_all_three(cls, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not 0 <= value < float("inf"):
                raise ValueError("it should be 0 or more")
            return {"low": value, "typical": value, "high": value}
        if not isinstance(value, dict | Range):
            raise ValueError("it should be a number, or a mapping of low, typical and high")
        return value

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if not self.low <= self.typical <= self.high:
            raise ValueError(f"low {self.low:g}, typical {self.typical:g}, high {self.high:g} should not decrease")
        return self

    def at(self, scenario: Scenario) -> float:
        """The quantity in one of the three months."""
        return {"low": self.low, "typical": self.typical, "high": self.high}[scenario]


def always(amount: float) -> Range:
    """The same quantity in every month."""
    return Range(low=amount, typical=amount, high=amount)


class Traffic(Settings):
    """Requests and their sizes, in decimal kB."""

    requests_per_second: Range = always(1)
    """Mean of the whole month, nights and weekends included: not the peak, which is the environment's `load`."""
    request_kb: Range = always(8)
    """A prompt with its history: some 4 bytes for a token."""
    response_kb: Range = Range(low=2, typical=20, high=60)
    """An answer of 300 tokens takes 2 kB at once, or 75 kB as a stream: some 250 bytes of JSON for each token."""
    requests_per_connection: Range = always(20)
    """How often a client uses a connection before it opens another."""
    connection_seconds: Range = always(60)
    path: Annotated[str, Field(pattern=r"^/")] = "/v1/chat/completions"
    """The requests' path: the load balancer charges for the rules that it has to go through before one fits."""
    providers_over_internet_percent: Range = always(100)
    """Share of requests whose LLM is reached over the internet; the others' is in the VPC or behind an endpoint."""


class Tasks(Settings):
    running: Range | None = None
    """Mean number of tasks. Without it: the minimum of autoscaling, the wanted number, and the maximum."""
    starts: Range = always(40)
    """Tasks that start in a month: deployments, autoscaling, maintenance. Each pulls the image."""
    image_gb: Range = always(0.7)
    """Compressed, as it is pulled."""
    deployments: Range = Range(low=1, typical=4, high=20)
    deployment_minutes: Range = always(10)
    """For which old and new tasks run side by side."""
    gated_task_minutes: Range = always(3)
    """Of each task that runs once before a deployment."""


class DatabaseUsage(Settings):
    storage_gb: Range | None = None
    """Where RDS lets it grow; without it what is allocated at first."""
    used_gb: Range = always(10)
    daily_change_gb: Range = always(0.5)
    """Of it, changed in a day: backups keep each day's changes, and a copy in another region receives them."""
    kb_per_request: Range = always(4)
    """Between a task and the database: spend logs in batches, keys that are not cached."""
    surplus_vcpu_hours: Range = always(0)
    """Of a burstable class beyond its baseline."""
    monitoring_sample_kb: Range = always(4)
    """One sample of Enhanced Monitoring."""
    log_mb_per_day: Range = always(20)
    """PostgreSQL's log: connections, slow statements, checkpoints."""


class CacheUsage(Settings):
    kb_per_request: Range = always(2)
    snapshot_gb: Range = always(0)
    """Beyond the one that each group has for nothing."""


class LogUsage(Settings):
    bytes_per_request: Range = Range(low=20, typical=100, high=2000)
    """LiteLLM's own lines at log level ERROR: failures alone; at INFO some 2 kB for each request."""
    mb_per_task_per_day: Range = always(5)
    """What each task logs whatever its load: start, metrics in a line a minute for each worker."""
    kept_percent: Range = always(15)
    """Of the volume, after CloudWatch has compressed it; storage is charged for that."""
    scanned_gb: Range = Range(low=1, typical=20, high=200)
    """By queries."""
    flow_record_bytes: Range = always(110)
    flows_per_request: Range = Range(low=0.2, typical=1, high=3)
    """Records of the VPC's flow logs for each request: connections are reused, and each is told once a minute from
    both ends."""
    firewall_bytes_per_request: Range = Range(low=0, typical=2, high=20)
    """Blocked requests alone are logged, some 2 kB each: one in a thousand."""
    access_log_bytes: Range = always(600)
    """The load balancer's line for a request, and its share of one for the connection; a tenth once compressed."""


class MonitoringUsage(Settings):
    container_insights_metrics: Range = always(30)
    """Assumed number of series of one cluster with one service: cluster, service and task family (names in the Amazon
    CloudWatch User Guide, "Amazon ECS Container Insights metrics")."""
    container_insights_event_kb: Range = always(1)
    """One performance log event; a task and each container, service and cluster write one a minute."""
    notifications: Range = always(100)


class AuditUsage(Settings):
    management_events: Range = Range(low=50_000, typical=200_000, high=1_000_000)
    data_events: Range = Range(low=1_000, typical=10_000, high=100_000)
    event_kb: Range = always(1.5)


class KeyUsage(Settings):
    kms_requests: Range = Range(low=5_000, typical=50_000, high=500_000)
    """Of each key of ours."""
    rotations: Range = Range(low=0, typical=0, high=2)
    """Years that a key has been rotated for: the first two add a month's price each (AWS KMS pricing)."""
    secret_reads_per_task: Range = always(4)


class StorageUsage(Settings):
    other_objects_gb: Range = always(0.1)
    """Of each bucket: configuration, or Terraform's states with their versions."""
    writes: Range = always(1_000)
    """To each bucket."""
    reads: Range = always(10_000)


class LoadTestUsage(Settings):
    """Runs of Locust's master and workers as tasks; their requests are in the traffic."""

    runs: Range = Range(low=0, typical=4, high=20)
    tasks: Range = always(5)
    """Four workers and their master."""
    minutes: Range = always(10)
    """Of a run, starting and stopping included."""
    gb: Range = always(5)
    """Questions and answers of a run: 300,000 of the source's script."""
    log_gb: Range = always(0.1)
    """A line of some 250 bytes for each request."""


class Usage(Settings):
    """A month of one environment."""

    hours: Annotated[float, Field(ge=1, le=744)] = 730
    """Of the month, for which the environment is there; AWS's own calculator takes 730."""
    traffic: Traffic = Traffic()
    tasks: Tasks = Tasks()
    database: DatabaseUsage = DatabaseUsage()
    cache: CacheUsage = CacheUsage()
    logs: LogUsage = LogUsage()
    monitoring: MonitoringUsage = MonitoringUsage()
    audit: AuditUsage = AuditUsage()
    keys: KeyUsage = KeyUsage()
    storage: StorageUsage = StorageUsage()
    drills_of_each_kind: Range = Range(low=0, typical=1, high=4)
    load_tests: LoadTestUsage = LoadTestUsage()

    def with_requests_per_second(self, requests_per_second: float) -> "Usage":
        """The same month at another load, such as one out of the capacity model."""
        traffic = self.traffic.model_copy(update={"requests_per_second": always(requests_per_second)})
        return self.model_copy(update={"traffic": traffic})

    def with_tasks(self, count: float) -> "Usage":
        """The same month with that many tasks."""
        return self.model_copy(update={"tasks": self.tasks.model_copy(update={"running": always(count)})})
