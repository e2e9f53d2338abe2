"""What a drill watches: the balancer's targets, ECS's tasks, RDS, CloudWatch's alarms and the experiment itself."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from modules.operations.drill.clients import CloudWatch, Fis
from modules.operations.drill.facts import Fact
from modules.operations.drill.fleet import SERVICE, TARGETS
from modules.operations.drill.observation import Watched

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_rds import RDSClient

OVERLAP_SECONDS = 60
"""Events become known late, and not in their order."""
MOST_TASKS = 100
"""Of one DescribeTasks call."""


def targets(elbv2: "ElasticLoadBalancingv2Client", target_group_arn: str, interval_seconds: float) -> Watched:
    """Each target's health, and how many are healthy."""

    def read(now: float) -> Iterator[Fact]:
        found = elbv2.describe_target_health(TargetGroupArn=target_group_arn)["TargetHealthDescriptions"]
        states = [one["TargetHealth"]["State"] for one in found]
        healthy = states.count("healthy")
        counts: dict[str, float | str] = {"healthy": healthy, "registered": len(states)}
        yield Fact(source="fleet", about=TARGETS, text=f"{healthy} of {len(states)} healthy", seen=now, values=counts)
        for one in found:
            health, target = one["TargetHealth"], one["Target"]
            yield Fact(
                source="target",
                about=f"{target['Id']}:{target.get('Port', '')}",
                text=" ".join(part for part in (health["State"], health.get("Reason", "")) if part),
                seen=now,
                values={"state": health["State"], "zone": target.get("AvailabilityZone", "")},
            )

    return Watched(source="target", about="", interval_seconds=interval_seconds, read=read)


def service(ecs: "ECSClient", cluster: str, name: str, since: float, interval_seconds: float) -> Watched:
    """How many tasks are wanted and run, and what ECS says of it since then."""

    def read(now: float) -> Iterator[Fact]:
        found = ecs.describe_services(cluster=cluster, services=[name])["services"][0]
        desired, running = found["desiredCount"], found["runningCount"]
        yield Fact(
            source="fleet",
            about=SERVICE,
            text=f"{running} of {desired} run, {found['pendingCount']} pending",
            seen=now,
            values={"desired": desired, "running": running, "pending": found["pendingCount"]},
        )
        for event in found["events"]:
            at = event["createdAt"].timestamp()
            if at >= since:
                yield Fact(source="service event", text=event["message"], at=at, seen=now)

    return Watched(source="service event", about=name, interval_seconds=interval_seconds, read=read)


def tasks(ecs: "ECSClient", cluster: str, service_name: str, since: float, interval_seconds: float) -> Watched:
    """Each task's life, with ECS's own time of its end, if that came since then."""

    def read(now: float) -> Iterator[Fact]:
        for status in ("RUNNING", "STOPPED"):
            arns = ecs.list_tasks(
                cluster=cluster, serviceName=service_name, desiredStatus=status, maxResults=MOST_TASKS
            )["taskArns"]
            described = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
            for task in described:
                stopped_at = task["stoppedAt"].timestamp() if "stoppedAt" in task else None
                if stopped_at is not None and stopped_at < since:
                    continue
                parts = [task["lastStatus"], task.get("healthStatus", ""), task.get("stoppedReason", "")]
                yield Fact(
                    source="task",
                    about=task["taskArn"].rpartition("/")[2],
                    text=" ".join(part for part in parts if part and part != "UNKNOWN"),
                    seen=now,
                    at=stopped_at,
                    values={
                        "status": task["lastStatus"],
                        "health": task.get("healthStatus", ""),
                        "zone": task.get("availabilityZone", ""),
                    },
                )

    return Watched(source="task", about=service_name, interval_seconds=interval_seconds, read=read)


def database(rds: "RDSClient", identifier: str, interval_seconds: float) -> Watched:
    def read(now: float) -> Iterator[Fact]:
        found = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
        zone = found.get("AvailabilityZone", "")
        yield Fact(
            source="database",
            about=identifier,
            text=f"{found['DBInstanceStatus']}, primary in {zone or 'no zone yet'}",
            seen=now,
            values={"status": found["DBInstanceStatus"], "zone": zone},
        )

    return Watched(source="database", about=identifier, interval_seconds=interval_seconds, read=read)


def database_events(rds: "RDSClient", identifier: str, since: float, interval_seconds: float) -> Watched:
    def read(now: float) -> Iterator[Fact]:
        events = rds.describe_events(
            SourceIdentifier=identifier,
            SourceType="db-instance",
            StartTime=datetime.fromtimestamp(since - OVERLAP_SECONDS, UTC),
        )["Events"]
        for event in events:
            yield Fact(
                source="database event",
                about=identifier,
                text=event["Message"],
                at=event["Date"].timestamp(),
                seen=now,
                values={"categories": ", ".join(event.get("EventCategories", []))},
            )

    return Watched(source="database event", about=identifier, interval_seconds=interval_seconds, read=read)


def alarms(cloudwatch: CloudWatch, names: Collection[str], since: float, interval_seconds: float) -> Watched:
    """Changes of these alarms. One call for all of them: CloudWatch allows few of these calls a second."""

    def read(now: float) -> Iterator[Fact]:
        items = cloudwatch.describe_alarm_history(
            HistoryItemType="StateUpdate",
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            StartDate=datetime.fromtimestamp(since - OVERLAP_SECONDS, UTC),
            ScanBy="TimestampDescending",
            MaxRecords=100,
        )["AlarmHistoryItems"]
        for item in items:
            if item["AlarmName"] in names:
                # As "Alarm updated from OK to ALARM".
                state = item["HistorySummary"].rpartition(" to ")[2]
                yield Fact(
                    source="alarm",
                    about=item["AlarmName"],
                    text=item["HistorySummary"],
                    at=item["Timestamp"].timestamp(),
                    seen=now,
                    values={"state": state},
                )

    return Watched(source="alarm", about="", interval_seconds=interval_seconds, read=read)


def experiment(fis: Fis, id_: str, interval_seconds: float) -> Watched:
    """Its state and that of each of its actions."""

    def read(now: float) -> Iterator[Fact]:
        found = fis.get_experiment(id=id_)["experiment"]
        yield Fact(
            source="experiment",
            about=id_,
            text=_state(found["state"]),
            seen=now,
            values={"state": found["state"]["status"]},
        )
        for name, action in found.get("actions", {}).items():
            if "state" in action:
                yield Fact(source="experiment", about=f"{id_} {name}", text=_state(action["state"]), seen=now)

    return Watched(source="experiment", about=id_, interval_seconds=interval_seconds, read=read)


def _state(state: dict[str, str]) -> str:
    return ": ".join(part for part in (state["status"], state.get("reason", "")) if part)
