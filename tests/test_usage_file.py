"""A person states what an environment is used for, and is told what is wrong with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from modules.environment_file import SettingsError, environment_names
from modules.settings.usage import SCENARIOS, Range
from modules.usage_file import load_usage

Refusal = Callable[[str], str]


@pytest.fixture
def refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refusal:
    """What a person reads after saving this text as `usage/lab.yaml`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "usage").mkdir()

    def refused(text: str) -> str:
        (tmp_path / "usage/lab.yaml").write_text(text)
        with pytest.raises(SettingsError) as caught:
            load_usage("lab", tmp_path)
        return str(caught.value)

    return refused


@pytest.mark.parametrize("name", environment_names())
def test_every_environment_of_the_project_has_a_usage(name: str) -> None:
    usage = load_usage(name)
    loads = [usage.traffic.requests_per_second.at(scenario) for scenario in SCENARIOS]
    assert loads == sorted(loads)


def test_a_number_stands_for_a_quiet_a_typical_and_a_busy_month(tmp_path: Path) -> None:
    (tmp_path / "usage").mkdir()
    (tmp_path / "usage/lab.yaml").write_text(
        "traffic: {requests_per_second: 7, request_kb: {low: 1, typical: 2, high: 3}}"
    )
    traffic = load_usage("lab", tmp_path).traffic
    assert traffic.requests_per_second == Range(low=7, typical=7, high=7)
    assert [traffic.request_kb.at(scenario) for scenario in SCENARIOS] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "traffic: {requests_per_secnd: 1}",
            "traffic.requests_per_secnd: unknown key; did you mean 'requests_per_second'?",
        ),
        (
            "traffic: {request_kb: many}",
            "traffic.request_kb: got 'many'; it should be a number, or a mapping of low, typical and high",
        ),
        ("traffic: {request_kb: -1}", "traffic.request_kb: got -1; it should be 0 or more"),
        ("traffic: {request_kb: yes}", "traffic.request_kb: got True; it should be a number, or a mapping"),
        ("traffic: {request_kb: {low: 1, typical: 2}}", "traffic.request_kb.high: missing; it has no default"),
        (
            "traffic: {request_kb: {low: 3, typical: 2, high: 1}}",
            "traffic.request_kb: low 3, typical 2, high 1 should not decrease",
        ),
        (
            "traffic: {request_kb: {low: x, typical: 2, high: 3}}",
            "traffic.request_kb.low: got 'x'; it should be a number",
        ),
        ("hours: 800", "hours: got 800; it should be a number from 1"),
        ("hours: all", "hours: got 'all'; it should be a number"),
        ("[1, 2]", "a mapping is expected, such as 'traffic:'"),
        ("traffic: {path: v1/chat}", "traffic.path: got 'v1/chat'"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(refusal: Refusal, text: str, told: str) -> None:
    message = refusal(text)
    assert message.startswith("usage/lab.yaml: ")
    assert told in message
    assert "\n" not in message


def test_an_environment_without_a_usage_is_told_what_to_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "usage").mkdir()
    with pytest.raises(SettingsError, match=r"usage/lab\.yaml does not exist: .* State at least traffic"):
        load_usage("lab", tmp_path)
    (tmp_path / "usage/dev.yaml").touch()
    with pytest.raises(SettingsError, match=r"Copy one of usage/dev\.yaml"):
        load_usage("lab", tmp_path)
