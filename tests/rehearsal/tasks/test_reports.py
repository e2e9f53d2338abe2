"""What else AWS would tell of the tasks: events, metrics; and what is left of a rehearsal that was killed."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from modules.rehearsal import lifecycle, processes

from .conftest import PACE, Ecs, wait_until

WORK = "trap 'exit 0' TERM; while :; do sleep 0.1; done"


def test_events_tell_of_tasks_deployments_and_the_service(ecs: Ecs, service: str) -> None:
    queues, events = ecs.aws("sqs"), ecs.aws("events")
    queue = queues.create_queue(QueueName="events")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="ecs", EventPattern=json.dumps({"source": ["aws.ecs"]}))
    events.put_targets(Rule="ecs", Targets=[{"Id": "queue", "Arn": arn}])
    ecs.create(service, ecs.define("work", WORK), 1)
    ecs.steady(service)
    (task,) = ecs.tasks(service)
    ecs.client.stop_task(cluster="tests", task=task["taskArn"], reason="a drill")
    ecs.stopped(task["taskArn"])
    said: list[dict[str, Any]] = []
    while messages := queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        said += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            queues.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    events.remove_targets(Rule="ecs", Ids=["queue"])
    own = [one["detail"] for one in said if task["taskArn"] in one["resources"]]
    assert [one["lastStatus"] for one in own] == [
        "PENDING",
        "ACTIVATING",
        "RUNNING",
        "DEACTIVATING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ]
    last = own[-1]
    assert (last["stopCode"], last["stoppedReason"], last["group"]) == (
        "UserInitiated",
        "a drill",
        f"service:{service}",
    )
    assert last["containers"][0]["exitCode"] == 0
    names = {(one["detail-type"], one["detail"].get("eventName")) for one in said}
    assert ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_IN_PROGRESS") in names
    assert ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_COMPLETED") in names
    assert ("ECS Service Action", "SERVICE_STEADY_STATE") in names


def test_metrics_tell_how_many_tasks_there_are_and_what_they_use(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("busy", "while :; do :; done"), 1)
    ecs.steady(service)

    def largest(namespace: str, name: str) -> float:
        points = ecs.aws("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": "ClusterName", "Value": "tests"}, {"Name": "ServiceName", "Value": service}],
            StartTime=datetime.now(UTC) - timedelta(minutes=5),
            EndTime=datetime.now(UTC) + timedelta(minutes=5),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        return max((point["Maximum"] for point in points), default=0)

    wait_until(lambda: largest("AWS/ECS", "CPUUtilization") > 90, 20)
    assert 0 < largest("AWS/ECS", "MemoryUtilization") < 20
    assert largest("ECS/ContainerInsights", "RunningTaskCount") == 1
    assert largest("ECS/ContainerInsights", "DesiredTaskCount") == 1


def test_tasks_end_with_a_rehearsal_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REHEARSAL_PACE", PACE)
    rehearsal = lifecycle.start(tmp_path)
    session = boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name="us-east-1")

    def aws(service: str) -> Any:
        return session.client(service, endpoint_url=rehearsal.url)

    vpc = aws("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = aws("ec2").create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    group = aws("ec2").create_security_group(GroupName="tests", Description="tests", VpcId=vpc)["GroupId"]
    aws("ecs").create_cluster(clusterName="tests")
    aws("logs").create_log_group(logGroupName="/ecs/tests")
    other = Ecs(rehearsal, aws("ecs"), [subnet], group, aws)
    # A worker of the container, which the kernel does not end with it.
    arn = other.run(other.define("work", "(trap '' TERM; while :; do sleep 0.1; done) & wait"))
    wait_until(lambda: other.task(arn)["lastStatus"] == "RUNNING", 20)
    pid = other.running(arn)["pid"]
    os.kill(rehearsal.pid, signal.SIGKILL)
    wait_until(lambda: processes.identity(pid) is None, 10)
    lifecycle.start(tmp_path)
    with pytest.raises(ProcessLookupError):
        wait_until(lambda: os.killpg(pid, 0) is not None, 10)
    lifecycle.stop(tmp_path)
    assert not (tmp_path / "tasks").exists()
