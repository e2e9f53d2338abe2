"""Findings as a notebook shows them."""

from modules.operations.examination.checklist import checklist, failed
from modules.operations.examination.finding import bad, fine, warning

FOUND = {
    "state": [fine("it is there")],
    "locks": [bad("held by ann", "wait"), fine("another is free")],
    "quotas": [warning("close", "raise it")],
}


def test_each_finding_is_a_row_with_what_to_do_and_the_worst_are_counted_first() -> None:
    table = checklist("Preflight", FOUND)

    assert table.title == "Preflight: 1 BAD, 1 warning, 2 fine"
    assert ("locks", "BAD", "held by ann", "wait") in table.rows
    assert len(table.rows) == 4


def test_only_what_is_bad_fails() -> None:
    assert failed(FOUND) == ["locks"]
