"""What may be said to `make drill-...`, and what a person has to say on AWS."""

import io
import sys

import boto3
import botocore.exceptions
import pytest

from modules.commands import drill
from modules.commands.errors import CommandError
from modules.commands.person import confirm
from modules.commands.session import Session
from modules.operations.drill.choice import DrillName
from modules.preparation import prepare
from modules.target import Target


def session(*, rehearsal: bool) -> Session:
    target = Target(account_id="123456789012", region="us-east-1", rehearsal=rehearsal)
    return Session(prepared=prepare("benchmark"), target=target, variables={})


def test_on_a_rehearsal_nothing_has_to_be_said() -> None:
    assert drill.parameters_of(session(rehearsal=True), "task", {}) == {
        "ENVIRONMENT": "benchmark",
        "MODEL": "rehearsal",
        "WRITE": True,
        "CONFIRMED": "",
    }


def test_the_operator_names_model_zone_and_whether_writes_are_counted() -> None:
    said = {"MODEL": "gpt-5-mini", "ZONE": "us-east-1b", "WRITE": "no", "SHIFT_AFTER": "30"}
    parameters = drill.parameters_of(session(rehearsal=False), "az", said)
    assert parameters["MODEL"] == "gpt-5-mini"
    assert parameters["ZONE"] == "us-east-1b"
    assert parameters["SHIFT_AFTER_SECONDS"] == 30
    assert parameters["WRITE"] is False
    assert parameters["CONFIRMED"] == "benchmark"


@pytest.mark.parametrize(
    ("rehearsal", "name", "said", "error"),
    [
        (False, "task", {}, "say which model the drill asks, with MODEL=name"),
        (True, "task", {"WRITE": "maybe"}, "WRITE is 'maybe'; allowed: yes, no"),
        (True, "rds", {"ZONE": "us-east-1a"}, "ZONE and SHIFT_AFTER are for drill-az"),
        (True, "az", {"SHIFT_AFTER": "soon"}, "SHIFT_AFTER is 'soon'; it should be a number of seconds"),
    ],
)
def test_what_is_wrong_is_told(rehearsal: bool, name: DrillName, said: dict[str, str], error: str) -> None:
    with pytest.raises(CommandError, match=error):
        drill.parameters_of(session(rehearsal=rehearsal), name, said)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_aws_nothing_is_broken_without_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(CommandError, match="a person has to confirm that"):
        confirm(session(rehearsal=False), "This breaks a part of")


@pytest.mark.parametrize(("typed", "goes_on"), [("benchmark\n", True), ("yes\n", False), ("\n", False)])
def test_on_aws_a_person_types_the_environment_s_name(
    monkeypatch: pytest.MonkeyPatch, typed: str, goes_on: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    if goes_on:
        confirm(session(rehearsal=False), "This breaks a part of")
    else:
        with pytest.raises(CommandError, match="not confirmed: benchmark was not typed"):
            confirm(session(rehearsal=False), "This breaks a part of")


def test_a_rehearsal_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    confirm(session(rehearsal=True), "This breaks a part of")


def test_a_lost_network_at_the_end_of_a_drill_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    class OutOfReach:
        def list_experiments(self, **_: str) -> None:
            raise botocore.exceptions.EndpointConnectionError(endpoint_url="https://fis.us-east-1.amazonaws.com")

    monkeypatch.setattr(boto3, "client", lambda name: OutOfReach())
    monkeypatch.setattr(drill.time, "sleep", lambda seconds: None)
    with pytest.raises(CommandError, match="every experiment ends by itself at the end of its duration"):
        drill.end_every_experiment(("EXT1",))
