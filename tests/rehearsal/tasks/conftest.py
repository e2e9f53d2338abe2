"""One quick rehearsal whose tasks run, and the means to say what a service shall be."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from modules.rehearsal import lifecycle

REGION = "us-east-1"
POSTGRESQL = "public.ecr.aws/docker/library/postgres:16-alpine"
PACE = "50"


@dataclass
class Ecs:
    """A cluster with a network in two zones, as a person's script sees it."""

    rehearsal: lifecycle.Rehearsal
    client: Any
    subnets: list[str]
    group: str
    aws: Callable[[str], Any]

    def network(self) -> dict[str, Any]:
        return {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.group]}}

    def define(self, family: str, command: str | list[str], **container: Any) -> str:
        """A shell's script, or a command, as a task definition; returns its ARN."""
        definition = {
            "name": "main",
            "image": POSTGRESQL,
            "essential": True,
            "command": ["sh", "-c", command] if isinstance(command, str) else command,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/tests",
                    "awslogs-region": REGION,
                    "awslogs-stream-prefix": "main",
                },
            },
        }
        registered = self.client.register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[definition | container],
        )
        arn: str = registered["taskDefinition"]["taskDefinitionArn"]
        return arn

    def create(self, name: str, definition: str, count: int, **more: Any) -> None:
        self.client.create_service(
            cluster="tests",
            serviceName=name,
            taskDefinition=definition,
            desiredCount=count,
            launchType="FARGATE",
            networkConfiguration=self.network(),
            **more,
        )

    def run(self, definition: str, **more: Any) -> str:
        answer = self.client.run_task(
            cluster="tests",
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network(),
            **more,
        )
        arn: str = answer["tasks"][0]["taskArn"]
        return arn

    def service(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.describe_services(cluster="tests", services=[name])["services"][0]
        return found

    def task(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.describe_tasks(cluster="tests", tasks=[arn])["tasks"][0]
        return found

    def tasks(self, service: str, status: str = "RUNNING") -> list[dict[str, Any]]:
        arns = self.client.list_tasks(cluster="tests", serviceName=service, desiredStatus=status)["taskArns"]
        if not arns:
            return []
        found: list[dict[str, Any]] = self.client.describe_tasks(cluster="tests", tasks=arns)["tasks"]
        return found

    def steady(self, name: str, seconds: float = 20) -> dict[str, Any]:
        def stable() -> bool:
            found = self.service(name)
            return (
                len(found["deployments"]) == 1
                and found["deployments"][0]["rolloutState"] == "COMPLETED"
                and found["runningCount"] == found["desiredCount"]
            )

        wait_until(stable, seconds, lambda: self.service(name))
        return self.service(name)

    def stopped(self, arn: str, seconds: float = 20) -> dict[str, Any]:
        wait_until(lambda: self.task(arn)["lastStatus"] == "STOPPED", seconds, lambda: self.task(arn))
        return self.task(arn)

    def log(self, group: str, arn: str, container: str = "main") -> list[str]:
        stream = f"{container}/{container}/{arn.rpartition('/')[2]}"
        events = self.aws("logs").get_log_events(logGroupName=group, logStreamName=stream)["events"]
        return [event["message"] for event in events]

    def status(self, part: str = "tasks") -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.rehearsal.url}/_rehearsal/status", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)["parts"][part]
        return found

    def cache_clients(self, group: str) -> int:
        return int(self.status("cache")["groups"][group]["clients"])

    def running(self, arn: str) -> dict[str, Any]:
        """What the rehearsal's status says of a task."""
        found: dict[str, Any] = next(one for one in self.status()["tasks"] if one["id"] == arn.rpartition("/")[2])
        return found


def wait_until(condition: Callable[[], bool], seconds: float, what: Callable[[], Any] = lambda: "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what()}"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def ecs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ecs]:
    directory = tmp_path_factory.mktemp("rehearsal")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REHEARSAL_PACE", PACE)
        rehearsal = lifecycle.start(directory)
    session = boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name=REGION)

    def aws(service: str) -> Any:
        return session.client(service, endpoint_url=rehearsal.url, config=Config(retries={"total_max_attempts": 1}))

    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for index, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="tests", Description="tests", VpcId=vpc)["GroupId"]
    aws("logs").create_log_group(logGroupName="/ecs/tests")
    aws("ecs").create_cluster(clusterName="tests")
    yield Ecs(rehearsal, aws("ecs"), [subnet["SubnetId"] for subnet in subnets], group, aws)
    assert lifecycle.stop(directory)


@pytest.fixture
def service(ecs: Ecs, request: pytest.FixtureRequest) -> Iterator[str]:
    """A name for the test's service, which is deleted afterwards."""
    name = request.node.name.replace("[", "-").strip("]")[:60]
    yield name
    if not ecs.client.describe_services(cluster="tests", services=[name])["services"]:
        return
    ecs.client.delete_service(cluster="tests", service=name, force=True)
    wait_until(lambda: ecs.service(name)["status"] == "INACTIVE", 30, lambda: ecs.service(name))
