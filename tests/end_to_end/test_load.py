"""Load on the deployed environment, as an operator puts it there: from the terminal, with a page in the end."""

import json

import pytest

from modules.operations.load.result import Result
from tests.rehearsal.parts import wait_until

from .checkout import Checkout, Result as Made
from .conftest import Aws
from .fleet import held

pytestmark = pytest.mark.end_to_end


def test_make_load_measures_and_its_numbers_belong_together(checkout: Checkout, deployment: Made) -> None:
    """Whether the machine has cores left for the load generator is no part of this: the report says it."""
    made = checkout.make("load", "USERS=4", "SECONDS=8", "WARM_UP=4")
    page = checkout.directory / made.line("The report: ").removeprefix("The report: ")
    folder = page.with_suffix("")
    result = Result.model_validate_json((folder / "result.json").read_text())
    assert result.requests == result.answered
    assert result.requests_per_second == result.answered / 8
    assert result.latency
    accounted = result.requests_per_second * (result.latency.mean + 0.75)
    assert result.law.deviation == pytest.approx(accounted / 4 - 1)
    assert result.law.holds == (abs(result.law.deviation) <= result.law.allowed)
    assert result.overhead
    assert 0 < result.overhead.p50 < result.latency.p50, "LiteLLM's overhead is a part of what an answer takes"
    assert len((folder / "requests.jsonl").read_text().splitlines()) > result.requests
    assert 'src="data:image/png;base64,' in page.read_text()
    assert ("the response-time law holds" in page.read_text()) == result.law.holds
    assert (made.code == 0) == result.law.holds, made.output


def as_many_as_wanted(aws: Aws) -> bool:
    name = "benchmark-litellm"
    (service,) = aws("ecs").describe_services(cluster=name, services=[name])["services"]
    return bool(service["runningCount"] == service["desiredCount"])


def test_make_calibrate_measures_seven_points_and_fits_them_or_says_why_it_cannot(
    checkout: Checkout, deployment: Made, aws: Aws
) -> None:
    """With few users: at this pace health checks have no patience for a load that saturates the fleet, and whether so
    few queue at all depends on the machine. What a fit finds is in tests/operations/calibration."""
    with held(checkout.clients()):
        wait_until(lambda: as_many_as_wanted(aws), 240)
        made = checkout.make("calibrate", "SATURATING_USERS=40", "SECONDS=4", "WARM_UP=1")
    page = checkout.directory / made.line("The report: ").removeprefix("The report: ")
    folder = page.with_suffix("")
    results = [Result.model_validate_json(file.read_text()) for file in folder.glob("*-users/result.json")]
    assert sorted(result.users or 0 for result in results) == [4, 8, 12, 18, 24, 30, 32]
    assert all(result.answered for result in results)
    assert "40 users are taken to saturate" in page.read_text()
    if (folder / "calibration.json").exists():
        numbers = json.loads((folder / "calibration.json").read_text())
        assert (made.code == 0) == numbers["holds"], made.output
        assert 'src="data:image/png;base64,' in page.read_text()
    else:
        assert made.code != 0
        assert made.line("error: the model cannot be fitted to the two points: ")


def test_a_mistake_costs_no_question(checkout: Checkout, deployment: Made) -> None:
    made = checkout.make("load", "USERS=4", "RATE=1")
    assert made.code != 0
    assert "error: USERS is 4 and RATE is 1: state one of them" in made.output
