"""A client whose answer was lost on its way sends the request again, and it is not carried out twice."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from modules.rehearsal.repetition import KEPT_ANSWERS, carried_out_once


class Counting:
    """Answers with how often it was asked."""

    def __init__(self, status: str = "200 OK") -> None:
        self.status = status
        self.times = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.times += 1
        start_response(self.status, [("Content-Type", "text/plain")])
        return [str(self.times).encode()]


def ask(application: Any, invocation: str | None, method: str = "POST") -> tuple[str, bytes]:
    said: list[str] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/"}
    if invocation:
        environ["HTTP_AMZ_SDK_INVOCATION_ID"] = invocation
    body = b"".join(application(environ, lambda status, headers: said.append(status)))
    return said[0], body


def test_the_same_invocation_gets_the_first_answer() -> None:
    application = carried_out_once(Counting())

    assert [ask(application, "a"), ask(application, "b"), ask(application, "a")] == [
        ("200 OK", b"1"),
        ("200 OK", b"2"),
        ("200 OK", b"1"),
    ]


@pytest.mark.parametrize("status", ["400 Bad Request", "500 Internal Server Error"])
def test_what_failed_is_tried_again(status: str) -> None:
    application = carried_out_once(Counting(status))

    assert [ask(application, "a"), ask(application, "a")] == [(status, b"1"), (status, b"2")]


def test_a_request_without_a_name_and_one_that_reads_are_new_each_time() -> None:
    application = carried_out_once(Counting())

    assert [ask(application, None)[1], ask(application, None)[1]] == [b"1", b"2"]
    assert [ask(application, "a", "GET")[1], ask(application, "a", "GET")[1]] == [b"3", b"4"]


def test_old_answers_are_forgotten() -> None:
    application = carried_out_once(Counting())
    for number in range(KEPT_ANSWERS + 1):
        ask(application, str(number))

    assert ask(application, "1")[1] == b"2"
    assert ask(application, "0")[1] == b"%d" % (KEPT_ANSWERS + 2)


@pytest.fixture
def endpoint_that_loses_an_answer() -> Iterator[str]:
    """Of the first revocation: it is carried out, and the client hears of a failure."""
    application = carried_out_once(DomainDispatcherApplication(create_backend_app))
    lost: list[bool] = []

    def losing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started: list[Any] = []
        said = list(application(environ, lambda *status_and_headers: started.append(status_and_headers)))
        if b"RevokeSecurityGroupEgressResponse" in b"".join(said) and not lost:
            lost.append(True)
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return []
        start_response(*started[-1])
        return said

    serving = make_server("127.0.0.1", 0, losing, threaded=True)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()
    assert lost


def test_a_security_group_loses_its_default_rule_although_the_answer_was_lost(
    endpoint_that_loses_an_answer: str,
) -> None:
    ec2 = boto3.client(
        "ec2",
        endpoint_url=endpoint_that_loses_an_answer,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]

    ec2.revoke_security_group_egress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )

    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"] == []
