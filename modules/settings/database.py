"""The database: engine, size, protection, and who may log in."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modules.settings.base import Count, DailyWindow, Flag, Settings, WeeklyWindow

InstanceClass = Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")]


class DatabaseParameters(Settings):
    """PostgreSQL's parameters in human units; the construct converts them to the engine's."""

    max_connections: Annotated[int, Field(strict=True, ge=20, le=5000)]
    shared_buffers_mib: Count
    effective_cache_size_mib: Count
    maintenance_work_mem_mib: Count
    work_mem_mib: Count


class ReadReplica(Settings):
    """A second instance that LiteLLM reads from."""

    instance_class: InstanceClass | None = None
    """The primary's class unless stated."""


class Database(Settings):
    engine_version: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")] = "16"
    """A major version alone takes the newest minor version that RDS offers."""
    instance_class: InstanceClass = "db.r6g.large"
    storage_gib: Annotated[int, Field(strict=True, ge=20, le=65536)] = 100
    maximum_storage_gib: Annotated[int, Field(strict=True, ge=22, le=65536)] | None = 500
    """RDS grows the storage up to this as it fills; it never shrinks."""
    multi_az: Flag = True
    read_replica: ReadReplica | None = None
    backup_retention_days: Annotated[int, Field(strict=True, ge=1, le=35)] = 7
    backup_window: DailyWindow = "03:00-04:00"
    """UTC, at least half an hour."""
    maintenance_window: WeeklyWindow = "sun:04:30-sun:05:30"
    """UTC, at least half an hour, apart from the backup window."""
    deletion_protection: Flag = True
    final_snapshot: Flag = True
    """Take a last snapshot when the database is destroyed."""
    performance_insights_days: Literal[7, 31, 62, 93, 124, 155, 186, 217, 248, 279, 310, 341, 372, 731] | None = 7
    """Days for which RDS keeps what the database spent its time on; seven cost nothing."""
    enhanced_monitoring_seconds: Literal[1, 5, 10, 15, 30, 60] | None = 60
    """Interval of the operating system's metrics."""
    export_logs: Flag = True
    """PostgreSQL's log in CloudWatch Logs."""
    slow_query_milliseconds: Annotated[int, Field(strict=True, ge=0)] = 1000
    """Statements that take longer are written to PostgreSQL's log."""
    authentication: Literal["password", "iam"] = "password"
    """How LiteLLM logs in: with a password of its own, or with its task's role."""
    password_generation: Count = 1
    """One more makes a new password for LiteLLM, under its other user, while running tasks keep theirs."""
    reserved_connections: Annotated[int, Field(strict=True, ge=5)] = 15
    """Kept for RDS itself, migrations and a person with psql."""
    port: Annotated[int, Field(strict=True, ge=1150, le=65535)] = 5432
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = "litellm"
    username: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,54}$")] = "litellm"
    """The administrator; LiteLLM's own users are made from it: `litellm_a` and `litellm_b`, or `litellm_iam`."""
    administration_image: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:\d+)?/[a-z0-9._/-]+:[\w.-]+$")] = (
        "public.ecr.aws/docker/library/postgres:16-alpine"
    )
    """Has psql; a task of it makes LiteLLM's users."""
    parameters: DatabaseParameters = DatabaseParameters(
        max_connections=800,
        shared_buffers_mib=4096,
        effective_cache_size_mib=12288,
        maintenance_work_mem_mib=512,
        work_mem_mib=5,
    )

    @model_validator(mode="after")
    def storage_can_grow(self) -> Self:
        """RDS User Guide, "Managing capacity automatically with storage autoscaling": at least 10 % more."""
        if self.maximum_storage_gib is not None and self.maximum_storage_gib * 10 < self.storage_gib * 11:
            raise ValueError(
                f"maximum_storage_gib {self.maximum_storage_gib} must be at least 10 % above storage_gib "
                f"{self.storage_gib}: {-(-self.storage_gib * 11 // 10)} or more, or null"
            )
        return self

    @property
    def owner_role(self) -> str:
        """Owns all that LiteLLM creates, whichever of its users does; nobody logs in with it."""
        return f"{self.username}_owner"

    @property
    def litellm_users(self) -> tuple[str, ...]:
        """The users that LiteLLM can log in with: two with passwords, so that one keeps its own while the other's is
        renewed, or the one of its task's role."""
        suffixes = ("iam",) if self.authentication == "iam" else ("a", "b")
        return tuple(f"{self.username}_{suffix}" for suffix in suffixes)

    @property
    def litellm_user(self) -> str:
        """The user that new tasks log in with: with passwords, the two take turns from one generation to the next."""
        return self.litellm_users[(self.password_generation - 1) % len(self.litellm_users)]
