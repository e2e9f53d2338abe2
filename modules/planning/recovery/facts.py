"""What AWS, LiteLLM and PostgreSQL take, as far as it is known: bounds, each with where it is from.

"operations" and "litellm" are the project's collected facts (operations.md, litellm.md). An estimate is called one: it
holds until a drill has measured better.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Range:
    """Seconds, and where they are from."""

    lower: float
    upper: float
    source: str


READINESS_PATH = "/health/readiness"

ECS_REACTION = Range(lower=0, upper=10, source="estimate: ECS documents no time, only that its scheduler acts at once")
"""From a task's verdict, or its container's end, to the order for another one, or to its target's deregistration."""
PROVISIONING = Range(
    lower=15,
    upper=90,
    source="operations, section 2: 53 to 62 s with 413 MB, of which the pull is 76 %, so 15 s without one; up to 90 s "
    "with 2.4 GB (aws/containers-roadmap#696)",
)
"""Fargate: from the order to the started container."""
LITELLM_START = Range(
    lower=8,
    upper=60,
    source="measured: 8.2 s to the first answer with one worker and no database (litellm, section 6); the upper one is "
    "an estimate for several workers with a database",
)
"""From the started container to the first answer."""
STOP_BEFORE_DEREGISTRATION = Range(
    lower=0, upper=5, source="operations, section 2: 3 to 5 s of 502 on StopTask (aws/amazon-ecs-agent#2316), or none"
)
"""For which a task that was told to stop still gets requests."""
DATABASE_FAILOVER = Range(
    lower=60, upper=120, source='Amazon RDS User Guide, "Failing over a Multi-AZ DB instance": typically 60 to 120 s'
)
DATABASE_NAME_CACHED = Range(lower=0, upper=5, source="operations, section 3: the endpoint's DNS TTL is 5 s")
POOL_RECOVERY = Range(
    lower=0,
    upper=50,
    source="operations, section 3: clients came back 78 s after a switch of 28 s where dead connections were kept",
)
READINESS_REMEMBERED = Range(
    lower=0, upper=19, source="litellm, section 2: a connection counts as good for 15 s, then one probe of at most 4 s"
)
"""For which /health/readiness does not notice that the database is away."""
DATABASE_RESTORE = Range(
    lower=1800,
    upper=3600,
    source="the source's recovery table: 30 to 60 minutes; depends on the size, AWS states none",
)
BACKUP_AGE = Range(lower=0, upper=300, source="operations, section 3: transaction logs go to S3 every 5 minutes")
COPY_AGE = Range(
    lower=0,
    upper=3600,
    source='estimate: RDS User Guide, "Replicating automated backups", copies logs when they are ready and states no '
    "time",
)
"""Of the backups in the second region."""
REBUILD = Range(
    lower=900, upper=2700, source="estimate: a new deployment in the other region, with network and database"
)
DECISION = Range(lower=900, upper=3600, source="estimate: a person finds the region lost and decides to leave it")
LOAD_BALANCER_NAME_CACHED = Range(
    lower=0, upper=60, source="operations, section 1: the load balancer's DNS TTL is 60 s"
)
CONNECTIONS_STAY = Range(
    lower=0,
    upper=300,
    source='Elastic Load Balancing, "Zonal shift": open connections take a few minutes, or longer; estimate of a few',
)
SHORTEST_COMPRESSED_SECONDS = 1.0
"""A rehearsal compresses no timeout of a check, no interval of a container's check and no reaction below this."""
MACHINE_DELAYS = Range(lower=0, upper=3, source="estimate: a rehearsal looks at its tasks every quarter of a second")
"""What a rehearsal adds of its own, at any pace."""
