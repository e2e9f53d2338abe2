"""What may be said to `make restore`."""

import pytest

from modules.commands.errors import CommandError
from modules.commands.restore import parameters_of

from .test_drill import session


def test_the_rehearsal_restores_to_the_latest_moment_and_measures_the_loss() -> None:
    said = parameters_of(session(rehearsal=True), {})
    assert (said["AT"], said["MARK"], said["MODEL"], said["CONFIRMED"]) == ("latest", True, "rehearsal", "")


def test_a_moment_of_the_past_has_none_of_the_rows_that_are_written_now() -> None:
    said = parameters_of(session(rehearsal=True), {"AT": "2027-01-15T08:00:00Z"})
    assert (said["AT"], said["MARK"]) == ("2027-01-15T08:00:00Z", False)


def test_on_aws_nobody_waits_for_rows_unless_they_say_so() -> None:
    asked = {"AT": "latest", "MODEL": "gpt"}
    said = parameters_of(session(rehearsal=False), asked)
    assert (said["MARK"], said["MODEL"], said["CONFIRMED"]) == (False, "gpt", "benchmark")
    assert parameters_of(session(rehearsal=False), asked | {"MARK": "yes"})["MARK"] is True


@pytest.mark.parametrize(
    ("rehearsal", "said", "error"),
    [
        (False, {"MODEL": "gpt"}, "TARGET is aws: say to which moment, with AT=latest or a time"),
        (False, {"AT": "latest"}, "TARGET is aws: say which model"),
        (True, {"MARK": "maybe"}, "MARK is 'maybe'; allowed: yes, no"),
        (True, {"MARK": "yes", "AT": "2027-01-15T08:00:00Z"}, "leave it out, or AT=latest"),
    ],
)
def test_what_is_missing_or_wrong_is_told_before_anything_happens(
    rehearsal: bool, said: dict[str, str], error: str
) -> None:
    with pytest.raises(CommandError, match=error):
        parameters_of(session(rehearsal=rehearsal), said)
