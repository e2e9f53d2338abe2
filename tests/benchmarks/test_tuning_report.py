"""What the comparison of LiteLLM's settings makes of its measurements; `make benchmark-tuning` does the measuring."""

from pathlib import Path

import pytest
import yaml

from modules.preparation import prepare
from tests.benchmarks.tuning.load import prompt
from tests.benchmarks.tuning.report import BEGIN, END, Measured, compare, table, verdict, with_measurements
from tests.benchmarks.tuning.variants import CONTROL, DEPLOYED, VARIANTS, Variant, patched
from tests.benchmarks.tuning.worker import Program, program

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/tuning.md"


def measured(*requests_per_second: float, failed: int = 0) -> list[Measured]:
    return [
        Measured(requests_per_second=rate, failed=failed, cpu_milliseconds=1000 / rate, memory_mib=350)
        for rate in requests_per_second
    ]


def started(variant: Variant) -> Program:
    return program(variant, prepare("benchmark"), folder=Path("/folder"), address="127.1.1.1", upstream="http://llm/v1")


def test_a_ratio_is_of_the_same_round() -> None:
    """The machine was twice as fast in the second round, for both."""
    comparison = compare(measured(110, 220, 105, failed=1), measured(100, 200, 100))
    assert comparison.ratios == (1.1, 1.1, 1.05)
    assert comparison.ratio == 1.1
    assert comparison.failed == 3
    assert comparison.requests_per_second == 110


def test_rounds_that_only_one_of_two_has_are_not_compared() -> None:
    with pytest.raises(ValueError, match="longer"):
        compare(measured(100), measured(100, 100))


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ((111, 115, 120), "faster"),
        ((90, 60, 80), "slower"),
        ((109, 130, 140), "no difference seen"),
        ((92, 60, 80), "no difference seen"),
        ((80, 120, 100), "no difference seen"),
    ],
    ids=["all rounds above", "all rounds below", "a round within the noise", "so below", "rounds disagree"],
)
def test_a_difference_is_more_than_two_equal_workers_differ_by_in_every_round(
    rates: tuple[float, ...], expected: str
) -> None:
    deployed = measured(100, 100, 100)
    control = compare(measured(98, 110, 101), deployed)
    assert verdict(compare(measured(*rates), deployed), control) == expected


def test_the_table_says_how_much_faster_in_which_rounds_and_what_failed() -> None:
    deployed = measured(100, 100)
    slow = Variant(name="slow", choice="not taken")
    comparisons = {
        DEPLOYED: compare(deployed, deployed),
        CONTROL: compare(measured(99, 101), deployed),
        slow: compare(measured(50, 40, failed=1), deployed),
    }
    rows = table(comparisons, CONTROL, "title").rows
    assert rows[-1] == ("slow", "0.45", "0.40 to 0.50", "slower", "45", "22.5", "350", "2", "not taken")
    assert rows[0][1:4] == ("1.00", "1.00 to 1.00", "no difference seen")


def test_the_page_keeps_its_text_around_what_is_measured() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert with_measurements(page, r"new \1") == f"before\n{BEGIN}\nnew \\1\n{END}\nafter\n"


@pytest.mark.parametrize("page", ["no place", f"{BEGIN}{END} and {BEGIN}{END}"])
def test_a_page_without_exactly_one_place_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="one place"):
        with_measurements(page, "new")


def test_the_page_has_the_place_that_a_measurement_is_written_to() -> None:
    assert "| new |" in with_measurements(DOCUMENT.read_text(), "| new |")


def test_the_page_shows_the_variants_that_would_be_measured() -> None:
    """Who changes a variant measures again; before the first time there is no table."""
    shown = DOCUMENT.read_text().partition(BEGIN)[2].partition(END)[0]
    rows = [line.split(" | ") for line in shown.splitlines() if line.startswith("| ")][2:]
    measured_variants = [(row[0].removeprefix("| "), row[-1].removesuffix(" |")) for row in rows]
    assert measured_variants in ([], [(variant.name, variant.choice) for variant in VARIANTS])


def test_a_patch_takes_away_what_is_none_and_leaves_the_rest() -> None:
    before = {"a": {"b": 1, "c": 2}, "d": 3}
    assert patched(before, {"a": {"b": None}, "e": {"f": 4}}) == {"a": {"c": 2}, "d": 3, "e": {"f": 4}}
    assert before == {"a": {"b": 1, "c": 2}, "d": 3}


def test_the_deployed_settings_are_those_of_the_task_definition() -> None:
    deployed = started(DEPLOYED)
    assert deployed.variables["KEEPALIVE_TIMEOUT"] == "620"
    assert deployed.variables["LITELLM_LOG"] == "ERROR"
    assert "LITELLM_CONFIG_BUCKET_NAME" not in deployed.variables
    assert deployed.arguments[-8:] == (
        *("--port", "4000", "--num_workers", "1", "--config", "/folder/litellm.yaml"),
        *("--host", "127.1.1.1"),
    )
    content = yaml.safe_load(deployed.configuration)
    assert content["litellm_settings"]["callbacks"] == ["overhead_metric.instance"]
    assert content["model_list"][0]["model_name"] == "rehearsal"


def test_every_variant_differs_from_the_deployed_settings() -> None:
    same = [
        variant.name
        for variant in VARIANTS
        if started(variant) == started(DEPLOYED) and variant.client_reuses_connections
    ]
    assert same == [DEPLOYED.name, CONTROL.name]


def test_the_source_has_litellms_defaults() -> None:
    (source,) = [started(variant) for variant in VARIANTS if variant.bare]
    assert not {"KEEPALIVE_TIMEOUT", "LITELLM_LOG", "LITELLM_MODE"} & set(source.variables)
    assert list(yaml.safe_load(source.configuration)) == ["model_list"]


def test_the_prompt_is_the_published_one_and_never_the_same() -> None:
    assert len(prompt()) == pytest.approx(16_350, abs=100)
    assert prompt() != prompt()
