"""A stranger follows the README from the clone to the first drill, by its commands alone."""

import json

import pytest

from .checkout import Checkout, Result

pytestmark = pytest.mark.end_to_end


def test_the_readmes_commands_lead_to_a_first_answer_and_a_first_drill(first_hour: dict[str, Result]) -> None:
    assert {command: result.code for command, result in first_hour.items()} == dict.fromkeys(first_hour, 0), first_hour
    answer = json.loads(first_hour["curl"].line("{"))
    assert answer["choices"][0]["message"]["content"]
    assert "pass: every objective is met" in first_hour["make drill-task"].output


def test_the_page_that_the_drill_names_is_there_and_has_its_picture(
    checkout: Checkout, first_hour: dict[str, Result]
) -> None:
    page = first_hour["make drill-task"].line("The report: ").removeprefix("The report: ")
    assert 'src="data:image/png;base64,' in (checkout.directory / page).read_text()
