"""`make plan`: the review is kept, and a pipeline gets a code that it can act on."""

import json
from pathlib import Path

import pytest

from modules.commands.errors import CommandError
from modules.commands.plan import gated, keep
from tests.operations.review.plans import DATABASE, change, reviewed


@pytest.mark.parametrize(("stated", "gate"), [({}, False), ({"GATE": ""}, False), ({"GATE": "no"}, False)])
def test_without_a_gate_a_person_gets_no_error_for_changes(stated: dict[str, str], gate: bool) -> None:
    assert gated(stated) is gate


def test_a_pipeline_asks_for_the_gate() -> None:
    assert gated({"GATE": "yes"})


def test_another_word_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(CommandError, match="GATE is 'true'; allowed: yes"):
        gated({"GATE": "true"})


def test_a_review_is_kept_for_a_pull_request_for_a_person_and_for_a_program(tmp_path: Path) -> None:
    review = reviewed(change("aws_db_instance.database", DATABASE, None))
    kept = keep(review, "benchmark", tmp_path / "reviews", now=0)
    assert [file.name for file in kept] == [f"19700101T000000Z-benchmark{end}" for end in (".md", ".html", ".json")]
    assert kept[0].read_text().startswith("## DANGEROUS")
    assert kept[1].read_text().startswith("<!DOCTYPE html>")
    assert json.loads(kept[2].read_text())["exit_code"] == 3
