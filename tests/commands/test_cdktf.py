"""What a person sees of cdktf, which draws for a terminal."""

import pytest

from modules.commands.cdktf import found_no_changes, readable

ERASED = "\x1b[2K\x1b[1A\x1b[2K\x1b[G"
FOOTER = "1 Stack deploying     0 Stacks done     0 Stacks waiting"


@pytest.mark.parametrize(
    "line",
    [
        "⠙  Synthesizing",
        f"{ERASED}⠹  Synthesizing\n",
        "\r⠋ Processing",
        FOOTER,
        f"{ERASED}{FOOTER}\n",
        "2 Stacks deploying     1 Stack done     0 Stacks waiting",
        "1 Stack destroying     0 Stacks done     0 Stacks waiting",
        "",
        "   \n",
        ERASED,
        "\x1b[?25l\x1b[?25h",
    ],
)
def test_what_is_drawn_again_and_again_is_left_out(line: str) -> None:
    assert list(readable([line])) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dev  aws_vpc.network: Creation complete after 1s\n", "dev  aws_vpc.network: Creation complete after 1s"),
        ("\x1b[1m\x1b[32mApply complete!\x1b[0m Resources: 61 added.\n", "Apply complete! Resources: 61 added."),
        (f"{ERASED}benchmark  Initializing the backend...   \n", "benchmark  Initializing the backend..."),
        ("No changes. Your infrastructure is as stated.", "No changes. Your infrastructure is as stated."),
        ("  + desired_count = 4", "  + desired_count = 4"),
        ("3 Stacks are waiting for approval", "3 Stacks are waiting for approval"),
        ("Error: the Synthesizing of it failed", "Error: the Synthesizing of it failed"),
    ],
)  # fmt: skip
def test_everything_else_is_kept_without_its_colours(line: str, said: str) -> None:
    assert list(readable([line])) == [said]


def test_lines_that_were_drawn_over_each_other_come_out_one_by_one() -> None:
    drawn = f"⠙  Synthesizing\r{ERASED}dev  Planning\r\n{FOOTER}\r"
    assert list(readable([drawn, "dev  Done\n"])) == ["dev  Planning", "dev  Done"]


def test_the_order_is_kept() -> None:
    lines = [f"dev  step {number}\n" for number in range(5)]
    mixed = [part for line in lines for part in (FOOTER, line)]
    assert list(readable(mixed)) == [line.strip() for line in lines]


NO_CHANGES = "No changes. Your infrastructure matches the configuration."


@pytest.mark.parametrize(
    ("said", "unchanged"),
    [
        pytest.param([f"dev  {NO_CHANGES}"], True, id="in the first line"),
        pytest.param(["dev  Refreshing state...", f"     {NO_CHANGES}"], True, id="in a line that follows"),
        pytest.param([f"state  {NO_CHANGES}", "dev  Plan: 1 to add"], False, id="of another stack"),
        pytest.param([f"state  {NO_CHANGES}", "dev  Apply complete!", ""], False, id="before this one spoke"),
        pytest.param([], False, id="nothing said"),
    ],
)
def test_no_changes_are_those_of_the_stack_that_speaks(said: list[str], unchanged: bool) -> None:
    assert found_no_changes(said, "dev") is unchanged
