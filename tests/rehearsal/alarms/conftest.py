"""A rehearsal in which a minute takes a second."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from modules.rehearsal import lifecycle

REGION = "us-east-1"
MINUTE_SECONDS = 1.0
PATIENCE_SECONDS = 20
AwsClient = Callable[[str], Any]
Status = Callable[[], dict[str, Any]]


@pytest.fixture(scope="session")
def fast_rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lifecycle.Rehearsal]:
    directory = tmp_path_factory.mktemp("fast-rehearsal")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REHEARSAL_PACE", f"{60 / MINUTE_SECONDS:g}")
        started = lifecycle.start(directory)
    yield started
    lifecycle.stop(directory)


@pytest.fixture(scope="session")
def aws(fast_rehearsal: lifecycle.Rehearsal) -> AwsClient:
    session = boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name=REGION)

    def client(service: str) -> Any:
        return session.client(
            service, endpoint_url=fast_rehearsal.url, config=Config(retries={"total_max_attempts": 1})
        )

    return client


@pytest.fixture(scope="session")
def status(fast_rehearsal: lifecycle.Rehearsal) -> Status:
    def said() -> dict[str, Any]:
        with urllib.request.urlopen(f"{fast_rehearsal.url}{lifecycle.IDENTITY_PATH}/status") as answer:
            alarms: dict[str, Any] = json.loads(answer.read())["parts"]["alarms"]
        return alarms

    return said


@pytest.fixture
def name() -> str:
    """Of whatever a test makes: no two tests share a metric or an alarm."""
    return f"test-{uuid4().hex[:8]}"


class Mailbox:
    """A queue that subscribes to a topic of its own."""

    def __init__(self, aws: AwsClient, name: str) -> None:
        self._sqs = aws("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        self.queue_arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        sns = aws("sns")
        self.topic_arn = sns.create_topic(Name=name)["TopicArn"]
        sns.subscribe(TopicArn=self.topic_arn, Protocol="sqs", Endpoint=self.queue_arn)

    def bodies(self) -> list[str]:
        """What arrived since the last call."""
        received = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        for message in received:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in received]


@pytest.fixture
def mailbox(aws: AwsClient, name: str) -> Mailbox:
    return Mailbox(aws, name)


def eventually(ask: Callable[[], Any], *, meanwhile: Callable[[], object] | None = None) -> Any:
    """What `ask` answers as soon as it is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := ask()):
        assert time.monotonic() < deadline, f"still {found!r} after {PATIENCE_SECONDS} s"
        if meanwhile is not None:
            meanwhile()
        time.sleep(MINUTE_SECONDS / 5)
    return found
