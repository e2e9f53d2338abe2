"""Aborting is always safe, ends whatever runs, and says what it did."""

import botocore.exceptions
import pytest

from modules.operations.drill.abort import TRIES, AbortError, abort

from .played_fis import TEMPLATE, PlayedFis
from .shapes import error


def aborted(fis: PlayedFis, **more: list[str]) -> list[str]:
    return abort(fis, [TEMPLATE, "EXTanother"], sleep=fis.sleep, **more)


def test_without_any_experiment_it_does_nothing_and_says_so() -> None:
    fis = PlayedFis()
    assert aborted(fis) == ["no experiment of this environment is under way"]
    assert fis.asked == ["ListExperiments"]


def test_every_running_experiment_of_the_environment_is_stopped_and_no_other() -> None:
    fis = PlayedFis(lasts_seconds=1000)
    for number, template in enumerate([TEMPLATE, "EXTof-somebody-else", "EXTanother", TEMPLATE]):
        fis.begin(f"EXP{number}", template)
    fis.now += 10
    assert aborted(fis) == ["experiment EXP0 is stopped", "experiment EXP2 is stopped", "experiment EXP3 is stopped"]
    assert fis.under_way() == ["EXP1"]
    assert aborted(fis) == ["no experiment of this environment is under way"]


def test_an_experiment_that_is_not_listed_yet_is_stopped_by_its_id() -> None:
    fis = PlayedFis(lasts_seconds=1000)
    fis.begin("EXP1", "EXTnot-listed")
    assert aborted(fis, known_ids=["EXP1"]) == ["experiment EXP1 is stopped"]


def test_one_that_has_ended_is_left_alone() -> None:
    fis = PlayedFis()
    fis.begin("EXP1")
    fis.now += 100
    assert aborted(fis, known_ids=["EXP1"]) == ["experiment EXP1 had ended already: completed"]
    assert "StopExperiment" not in fis.asked


def test_one_that_ends_in_that_moment_is_no_error() -> None:
    fis = PlayedFis(lasts_seconds=5)
    fis.begin("EXP1")
    fis.now += 2
    # The first tries to stop it fail, and meanwhile it ends.
    fis.trouble["StopExperiment"] = [error("ValidationException", "StopExperiment")] * 2
    assert aborted(fis) == ["experiment EXP1 is completed"]


def test_a_network_that_is_lost_for_a_moment_is_waited_for() -> None:
    fis = PlayedFis(lasts_seconds=1000)
    fis.begin("EXP1")
    lost = botocore.exceptions.EndpointConnectionError(endpoint_url="https://fis")
    fis.trouble = {"ListExperiments": [lost, lost], "StopExperiment": [error("ThrottlingException", "StopExperiment")]}
    assert aborted(fis) == ["experiment EXP1 is stopped"]


def test_one_that_cannot_be_stopped_is_told_with_the_way_to_stop_it_and_the_others_are_stopped() -> None:
    fis = PlayedFis(lasts_seconds=1000)
    fis.begin("EXP1")
    fis.begin("EXP2")
    fis.trouble["StopExperiment"] = [error("AccessDeniedException", "StopExperiment")] * TRIES
    with pytest.raises(AbortError) as caught:
        aborted(fis)
    assert "aws fis stop-experiment --id EXP1" in str(caught.value)
    assert "AccessDeniedException" in str(caught.value)
    assert "experiment EXP2 is stopped" in str(caught.value)
    assert fis.under_way() == ["EXP1"]


def test_when_nobody_says_what_runs_it_says_so() -> None:
    fis = PlayedFis()
    fis.trouble["ListExperiments"] = [error("AccessDeniedException", "ListExperiments")] * TRIES
    with pytest.raises(AbortError, match="does not say which experiments run"):
        aborted(fis)
