"""The cache that LiteLLM's workers share."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modules.settings.base import DailyWindow, Settings, WeeklyWindow


class Cache(Settings):
    """A replication group, encrypted at rest and in transit; LiteLLM logs in with its task's role."""

    engine: Literal["valkey", "redis"] = "valkey"
    engine_version: Annotated[str, Field(pattern=r"^\d+\.\d+$")] = "8.0"
    node_type: Annotated[str, Field(pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$")] = "cache.t4g.small"
    nodes: Annotated[int, Field(strict=True, ge=1, le=6)] = 2
    """The primary and its replicas; two or more are spread over the zones and fail over by themselves."""
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 6379
    snapshot_retention_days: Annotated[int, Field(strict=True, ge=0, le=35)] = 1
    snapshot_window: DailyWindow = "03:00-04:00"
    """UTC, at least an hour."""
    maintenance_window: WeeklyWindow = "sun:06:00-sun:07:00"
    """UTC, at least an hour, apart from the snapshot window."""

    @model_validator(mode="after")
    def version_is_the_engines(self) -> Self:
        major = int(self.engine_version.split(".")[0])
        allowed = {"valkey": (7, 8), "redis": (7,)}[self.engine]
        if major not in allowed:
            raise ValueError(
                f"engine_version {self.engine_version} is not one of {self.engine}: it starts with "
                f"{' or '.join(str(number) for number in allowed)} (roles log in from 7.0 on)"
            )
        return self
