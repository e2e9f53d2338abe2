"""What may be said to `make scale`."""

import pytest

from modules.commands.errors import CommandError
from modules.commands.scale import parameters_of

from .test_drill import session


def test_without_a_number_nothing_is_changed() -> None:
    said = parameters_of(session(rehearsal=True), {})
    assert (said["TASKS"], said["MINIMUM_TASKS"], said["MAXIMUM_TASKS"]) == (0, 0, 0)
    assert said["CONFIRMED"] == ""


def test_numbers_are_the_notebooks_parameters_and_the_person_is_not_asked_twice() -> None:
    said = parameters_of(session(rehearsal=False), {"TASKS": "6", "MAXIMUM_TASKS": "8", "HOURS": "24"})
    assert (said["TASKS"], said["MINIMUM_TASKS"], said["MAXIMUM_TASKS"], said["HOURS"]) == (6, 0, 8, 24)
    assert said["CONFIRMED"] == "benchmark"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"TASKS": "many"}, "TASKS is 'many'; it should be a number of tasks"),
        ({"MINIMUM_TASKS": "-1"}, "MINIMUM_TASKS is '-1'"),
        ({"HOURS": "1000"}, "HOURS is '1000'; it should be a number of hours from 1 to 360"),
    ],
)
def test_what_is_no_number_is_told(said: dict[str, str], error: str) -> None:
    with pytest.raises(CommandError, match=error):
        parameters_of(session(rehearsal=True), said)
