"""Alarms on what LiteLLM writes to its log."""

from dataclasses import dataclass

from constructs import Construct

from modules.architecture import aws
from modules.architecture.alarms import Alarms
from modules.architecture.metrics import Metric


@dataclass(frozen=True, kw_only=True)
class Sign:
    """Texts that mean the same trouble; each is looked for as it stands, in JSON or not."""

    texts: tuple[str, ...]
    description: str

    @property
    def pattern(self) -> str:
        """CloudWatch Logs, "Filter pattern syntax": any of the terms."""
        return " ".join(f'?"{text}"' for text in self.texts)


SIGNS = {
    "connections_refused": Sign(
        texts=("too many clients already", "too many connections for", "remaining connection slots are reserved"),
        description="The database refuses connections: it has as many as it allows",
    ),
    "pool_exhausted": Sign(
        texts=("P2024", "Timed out fetching a new connection"),
        description="Workers wait in vain for a connection of their own pool",
    ),
    "database_unreachable": Sign(
        texts=("P1001", "Can't reach database server"),
        description="Tasks do not reach the database",
    ),
    "out_of_memory": Sign(
        texts=("MemoryError", "OutOfMemory", "out of memory", "] died"),
        description="A worker ran out of memory or was killed",
    ),
    "migration_failed": Sign(
        texts=("migration cannot proceed", "migration failed", "database connection and migration status"),
        description="The database could not be brought to the version's schema",
    ),
}
"""Texts of LiteLLM 1.106 (proxy/db/exception_handler.py, proxy/proxy_cli.py, litellm_proxy_extras/utils.py), Prisma,
PostgreSQL and uvicorn (supervisors/multiprocess.py; only at log level INFO)."""


class LogAlarms(Construct):
    """A metric for each sign of trouble in the log, and its alarm."""

    def __init__(self, scope: Construct, id_: str, *, name: str, alarms: Alarms, log_group_name: str) -> None:
        super().__init__(scope, id_)
        for sign_id, sign in SIGNS.items():
            metric = Metric(namespace=f"LiteLLM/{name}", name=sign_id.replace("_", "-"), dimensions={}, statistic="Sum")
            aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilter(
                self,
                f"{sign_id}_lines",
                name=f"{name}-{metric.name}",
                log_group_name=log_group_name,
                pattern=sign.pattern,
                metric_transformation=aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilterMetricTransformation(
                    namespace=metric.namespace, name=metric.name, value="1", default_value="0", unit="Count"
                ),
            )
            alarms.add(
                self,
                sign_id,
                meaning="cause",
                description=sign.description,
                watched=metric,
                comparison="GreaterThanThreshold",
                threshold=0,
                minutes=1,
                missing="notBreaching",
            )
