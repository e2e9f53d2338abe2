"""What may be said to `make load` and `make calibrate`."""

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from modules.commands import load
from modules.commands.errors import CommandError
from modules.commands.session import Session
from modules.operations.calibration.deployed import NUMBERS, TEXT
from modules.planning.capacity.closed_loop import Users
from modules.preparation import prepare
from modules.settings.change import changed
from modules.target import Target


def session(*, rehearsal: bool = True) -> Session:
    target = Target(account_id="123456789012", region="us-east-1", rehearsal=rehearsal)
    return Session(prepared=prepare("benchmark"), target=target, variables={})


def test_on_a_rehearsal_nothing_has_to_be_said() -> None:
    wish = load.wish_of(session(), {})
    assert wish.load == Users(number=20, think_seconds=(0.5, 1.0))
    assert (wish.seconds, wish.warm_up_seconds, wish.model) == (60, 10, "rehearsal")


def test_the_operator_states_users_or_a_rate_and_the_times() -> None:
    wish = load.wish_of(session(), {"USERS": "4", "SECONDS": "8", "WARM_UP": "2.5"})
    assert str(wish) == "4 users for 8 s after 2.5 s of warm-up"
    assert load.wish_of(session(), {"RATE": "12.5"}).load == 12.5


def test_on_aws_the_model_is_named_and_the_bill_foreseen() -> None:
    wish = load.wish_of(
        session(rehearsal=False), {"MODEL": "gpt-5-mini", "USERS": "75", "SECONDS": "10", "WARM_UP": "0"}
    )
    assert wish.model == "gpt-5-mini"
    assert wish.most_requests == 1000


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"USERS": "0"}, "number of users is 0; it should be a number above 0"),
        ({"USERS": "many"}, "USERS is 'many'; it should be a whole number above 0"),
        ({"USERS": "-5"}, "USERS is '-5'; it should be a whole number above 0"),
        ({"USERS": "70000"}, "70000 users on 1 addresses: each of them has 64511 ports"),
        ({"RATE": "-1"}, "rate is -1; it should be a number above 0"),
        ({"RATE": "nan"}, "rate is nan; it should be a number above 0"),
        ({"RATE": "fast"}, "RATE is 'fast'; it should be a number"),
        ({"RATE": "1", "USERS": "1"}, "state one of them"),
        ({"SECONDS": "0"}, "seconds is 0; it should be a number above 0"),
        ({"WARM_UP": "-1"}, "warm up seconds is -1; it should be 0 or more"),
    ],
)
def test_a_mistake_is_one_line(said: dict[str, str], error: str) -> None:
    with pytest.raises(CommandError, match=error) as raised:
        load.wish_of(session(), said)
    assert "\n" not in str(raised.value)


def test_on_aws_a_model_has_to_be_named() -> None:
    with pytest.raises(CommandError, match="say which model is asked, with MODEL=name"):
        load.wish_of(session(rehearsal=False), {})


def test_with_a_provider_for_load_tests_no_tokens_are_paid_for_unless_a_model_is_named() -> None:
    on = with_load_test(session(rehearsal=False))
    assert load.wish_of(on, {}).model == "load-test"
    assert load.wish_of(on, {"MODEL": "gpt-5-mini"}).model == "gpt-5-mini"
    assert load.wish_of(with_load_test(session()), {}).model == "rehearsal"


def test_machines_beside_the_gateway_ask_when_that_is_said_and_there_are_some() -> None:
    on = with_load_test(session(rehearsal=False))
    assert load.fleet_of(on, {"FLEET": "yes"})
    assert not load.fleet_of(on, {})
    for without, said, error in (
        (session(rehearsal=False), "yes", "add 'load_test: {}' to environments/benchmark.yaml and deploy it"),
        (with_load_test(session()), "yes", "a rehearsal has none; leave it out"),
        (on, "maybe", "FLEET is 'maybe'; it should be yes or no"),
    ):
        with pytest.raises(CommandError) as raised:
            load.fleet_of(without, {"FLEET": said})
        assert error in str(raised.value)


def with_load_test(of: Session) -> Session:
    environment = changed(of.prepared.environment, {"load_test": {}})
    return replace(of, prepared=replace(of.prepared, environment=environment))


@pytest.mark.parametrize("holds", [True, False])
def test_calibrate_shows_its_tables_and_says_whether_the_model_holds(
    holds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[dict[str, object]] = []

    def run(session: Session, notebook: str, parameters: dict[str, object]) -> Path:
        told.append(parameters)
        (tmp_path / NUMBERS).write_text(json.dumps({"holds": holds, "sentence": "4 of 5 points are as predicted"}))
        (tmp_path / TEXT).write_text("the tables\n")
        return tmp_path

    monkeypatch.setattr(load, "_run", run)
    monkeypatch.setenv("SECONDS", "30")
    error = "the model does not hold on this fleet: 4 of 5 points are as predicted"
    with nullcontext() if holds else pytest.raises(CommandError, match=error):
        load.calibrate(session())
    assert told == [{"MODEL": "rehearsal", "SECONDS": 30.0, "WARM_UP_SECONDS": 10.0, "SATURATING_USERS": 0}]
    assert "the tables" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said", "error"),
    [
        ("SECONDS", "0", "SECONDS is 0; it should be a number above 0"),
        ("SATURATING_USERS", "-1", "SATURATING_USERS is -1; it should be a number of users, or left out"),
    ],
)
def test_calibrate_measures_for_a_time_above_0_and_with_users(
    name: str, said: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, said)
    with pytest.raises(CommandError, match=error):
        load.calibrate(session())
