"""How the rehearsal differs from AWS on purpose, set by the person who runs it."""

import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modules.rehearsal.lifecycle import RehearsalError

_PREFIX = "REHEARSAL_"


class RehearsalSettings(BaseModel):
    """Read from variables of the same names in upper case, with the prefix REHEARSAL_."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pace: float = Field(1, ge=1, le=100)
    """AWS's own waits are this many times shorter: health check intervals, a failover's duration, provisioning,
    metrics' periods. What a real program takes, such as a start of LiteLLM, is as long as it is, and so are the waits
    that are there for it: start period, grace period, stop timeout, a new target's first checks."""
    starts_at_once: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=64)
    """So many tasks start their program at a time; others stay PENDING. Each task has its own vCPUs on Fargate; more
    starts than this machine has cores would slow each other down until health checks give them up."""
    workers_per_task: int = Field(1, ge=1, le=64)
    """At most so many LiteLLM workers in a task, whatever its definition says: each takes some 350 MiB."""
    provisioning_seconds: float = Field(15, ge=0, le=600)
    """What AWS takes to find a place for a task, attach its network interface and pull its image (before `pace`)."""
    failover_seconds: float = Field(90, ge=1, le=600)
    """How long a database's failover keeps it away: 60 to 120 s on AWS (RDS User Guide, "Failover process"); before
    `pace`."""
    upstream_latency_milliseconds: float = Field(100, ge=0, le=60_000)
    """Median of the fake LLM provider's time to the first token."""
    upstream_latency_sigma: float = Field(0.3, ge=0, le=3)
    """Of the lognormal distribution around that median; 0: always the median."""
    upstream_error_percent: float = Field(0, ge=0, le=100)
    """Share of requests that the fake provider answers with 500."""
    upstream_tokens: int = Field(16, ge=1, le=10_000)
    upstream_milliseconds_per_token: float = Field(5, ge=0, le=10_000)

    @staticmethod
    def from_variables(variables: Mapping[str, str]) -> "RehearsalSettings":
        """
        Raises:
            RehearsalError: a variable holds what it cannot mean.
        """
        names = {f"{_PREFIX}{name.upper()}": name for name in RehearsalSettings.model_fields}
        given = {field: variables[name] for name, field in names.items() if variables.get(name)}
        try:
            return RehearsalSettings.model_validate(given)
        except ValidationError as error:
            problems = "; ".join(
                f"{_PREFIX}{str(problem['loc'][0]).upper()} is {problem['input']!r}: {problem['msg']}"
                for problem in error.errors()
            )
            raise RehearsalError(problems) from error

    def paced(self, seconds: float) -> float:
        """How long one of AWS's waits takes here."""
        return seconds / self.pace
