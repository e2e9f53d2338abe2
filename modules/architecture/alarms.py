"""How an alarm is made: its name, its runbook, what it does, and what it says about the whole."""

from collections.abc import Sequence
from typing import Any, Literal

from constructs import Construct

from modules.architecture import aws
from modules.architecture.metrics import PERIOD_SECONDS, Metric, Watched

Meaning = Literal["users hurt", "redundancy lost", "filling up", "cause", "capacity"]
"""What an alarm says: `users hurt` and `redundancy lost` each have a composite alarm, `cause` explains one of the
others, `capacity` is autoscaling at work."""
Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]
MissingData = Literal["breaching", "notBreaching", "missing", "ignore"]


class Alarms:
    """Makes the environment's alarms and remembers them, for composite alarms and dashboard.

    Attributes:
        topic_arn: who is told.
    """

    def __init__(self, *, name: str, topic_arn: str, runbook_url: str) -> None:
        self.topic_arn = topic_arn
        self._name = name
        self._runbook_url = runbook_url
        self._made: list[tuple[Meaning, aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm]] = []

    def add(
        self,
        scope: Construct,
        id_: str,
        *,
        meaning: Meaning,
        description: str,
        watched: Watched,
        comparison: Comparison,
        threshold: float,
        minutes: int,
        missing: MissingData,
        of: str = "",
        out_of_minutes: int | None = None,
        period_seconds: int = PERIOD_SECONDS,
        actions: Sequence[str] | None = None,
    ) -> str:
        """An alarm, and its name as a Terraform expression.

        Args:
            id_: its section in the runbook, with hyphens for underscores.
            minutes: how long the threshold has to be crossed, within `out_of_minutes` when that is stated.
            missing: what a minute without data counts as.
            of: which one of several, such as a zone: they share the section.
            actions: what it does instead of telling the topic.
        """
        section = id_.replace("_", "-")
        periods = (out_of_minutes or minutes) * 60 // period_seconds
        percentile = isinstance(watched, Metric) and watched.statistic.startswith("p")
        alarm = aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            scope,
            f"{id_}_{of}" if of else id_,
            alarm_name="-".join(part for part in (self._name, section, of) if part),
            alarm_description=f"{description}. Runbook: {self._runbook_url}#{section}",
            **_source(watched, period_seconds),
            comparison_operator=comparison,
            threshold=threshold,
            evaluation_periods=periods,
            datapoints_to_alarm=minutes * 60 // period_seconds,
            treat_missing_data=missing,
            # A percentile of a handful of requests is one request.
            evaluate_low_sample_count_percentiles="ignore" if percentile else None,
            alarm_actions=[self.topic_arn] if actions is None else list(actions),
            ok_actions=[self.topic_arn] if actions is None else None,
        )
        self._made.append((meaning, alarm))
        return alarm.alarm_name

    def composite(self, scope: Construct, id_: str, *, meaning: Meaning, description: str) -> None:
        """One alarm that is on while any of this meaning is."""
        section = id_.replace("_", "-")
        aws.cloudwatch_composite_alarm.CloudwatchCompositeAlarm(
            scope,
            id_,
            alarm_name=f"{self._name}-{section}",
            alarm_description=f"{description}. Runbook: {self._runbook_url}#{section}",
            alarm_rule=" OR ".join(f'ALARM("{alarm.alarm_name}")' for made, alarm in self._made if made == meaning),
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
        )

    def arns(self, *meanings: Meaning) -> list[str]:
        return [alarm.arn for meaning, alarm in self._made if meaning in meanings]


def _source(watched: Watched, period_seconds: int) -> dict[str, Any]:
    """The part of an alarm that says what it watches."""
    if isinstance(watched, Metric):
        percentile = watched.statistic.startswith("p")
        return {
            "namespace": watched.namespace,
            "metric_name": watched.name,
            "dimensions": dict(watched.dimensions),
            "extended_statistic" if percentile else "statistic": watched.statistic,
            "period": period_seconds,
        }
    query = aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQuery
    return {
        "metric_query": [
            query(id="watched", expression=watched.formula, label="watched", return_data=True),
            *(
                query(
                    id=id_,
                    metric=aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQueryMetric(
                        namespace=metric.namespace,
                        metric_name=metric.name,
                        dimensions=dict(metric.dimensions),
                        stat=metric.statistic,
                        period=period_seconds,
                    ),
                )
                for id_, metric in watched.metrics.items()
            ),
        ]
    }
