"""What may be said to `make load`."""

import pytest

from modules.commands import load
from modules.commands.errors import CommandError
from modules.commands.session import Session
from modules.planning.capacity.closed_loop import Users
from modules.preparation import prepare
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
