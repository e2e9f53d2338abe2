"""What an environment is held to, who is told, what is kept, and what it may cost."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modules.settings.base import Count, EmailAddress, Flag, Percent, Region, RetentionDays, Settings


class Load(Settings):
    """The traffic that the environment is meant for."""

    requests_per_second: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 100
    utilisation_limit_percent: Annotated[int, Field(strict=True, ge=1, le=100)] = 80
    """Share of the workers' capacity that this load may take, also when a zone is lost."""


class Objectives(Settings):
    """Recovery time objectives; defaults from the source's table of recovery objectives."""

    task_failure_seconds: Count = 120
    zone_failure_seconds: Count = 60
    database_failure_seconds: Count = 120


class Alarms(Settings):
    """Thresholds; the first six are the source's "Recommended Alarms"."""

    error_percent: Annotated[float, Field(gt=0, le=100)] = 1
    """5xx answers among all, of the load balancer and of LiteLLM."""
    latency_p95_milliseconds: Count = 30_000
    """Time to an answer, the LLM's own time included."""
    healthy_targets: Count = 2
    """Fewer healthy tasks than this."""
    database_cpu_percent: Percent = 80
    database_connections_percent: Percent = 90
    """Of `max_connections`."""
    memory_percent: Percent = 85
    storage_free_percent: Percent = 15
    """Of the database's storage. Where it grows by itself, at most half of the tenth at which RDS grows it."""
    overhead_p95_milliseconds: Count = 250
    """LiteLLM's own share of a request's time."""


class Notifications(Settings):
    emails: tuple[EmailAddress, ...] = ()
    """Each gets a mail to confirm first; none leaves the topic without listeners."""
    runbook_url: Annotated[str, Field(pattern=r"^\S+$")] = "docs/alarms.md"
    """Page whose sections are the alarms' names: a path in this repository, or where you publish it."""


class Budget(Settings):
    monthly_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    forecast_percent: Annotated[int, Field(strict=True, ge=1)] = 100
    """Notify when the month is forecast to end above this share."""
    actual_percent: Annotated[int, Field(strict=True, ge=1)] = 80
    """Notify when this share is spent."""


class Encryption(Settings):
    customer_keys: Flag = True
    """A KMS key of our own for each kind of data, rotated every year, instead of AWS's shared ones."""
    deletion_window_days: Annotated[int, Field(strict=True, ge=7, le=30)] = 30


class Secrets(Settings):
    recovery_window_days: Annotated[int, Field(strict=True, ge=7, le=30)] | Literal[0] = 30
    """Days in which a destroyed secret can be restored; 0 deletes at once, so that its name is free again."""
    master_key_generation: Count = 1
    """One more makes a new master key; every task is replaced, and takes it."""
    maximum_age_days: Count | None = 90
    """`make doctor` warns of a key or password that is older; null never does. The salt key may be of any age."""


class LogArchive(Settings):
    """LiteLLM's log lines in S3, after the log group has forgotten them."""

    cold_after_days: Annotated[int, Field(strict=True, ge=30)] = 90
    """Days until they move to cheaper storage (S3 Glacier Instant Retrieval)."""
    expire_after_days: Annotated[int, Field(strict=True, ge=31)] = 400

    @model_validator(mode="after")
    def cold_comes_first(self) -> Self:
        if self.cold_after_days >= self.expire_after_days:
            raise ValueError(
                f"cold_after_days {self.cold_after_days} must be below expire_after_days {self.expire_after_days}"
            )
        return self


class Logs(Settings):
    retention_days: RetentionDays = 30
    archive: LogArchive | None = LogArchive()


class AuditTrail(Settings):
    """CloudTrail: who did what to this account, kept tamper-evident."""

    expire_after_days: Annotated[int, Field(strict=True, ge=90)] = 400


class SecondRegion(Settings):
    """Copies far away: the database's backups, the secrets, and Terraform's state."""

    region: Region
    backup_retention_days: Annotated[int, Field(strict=True, ge=1, le=35)] = 7
