"""Rotating keys: what can be, the line in the file, and the verdict on what came of it."""

import pytest
import yaml

from modules import environment_file
from modules.operations.rotation import tables
from modules.operations.rotation.evidence import Evidence, Probe, WhichKey
from modules.operations.rotation.found import Tasks
from modules.operations.rotation.kinds import RefusedError, chosen, next_generations
from modules.operations.rotation.settings_line import NotEditableError, with_setting
from modules.operations.rotation.verdict import Check, NotRotatedError, changeover, checks, hold

BENCHMARK = environment_file.load("benchmark")
PATH = "secrets.master_key_generation"


@pytest.mark.parametrize(
    ("which", "secrets"),
    [
        ("", ()),
        ("master_key", ("master_key",)),
        ("database_password", ("database_password",)),
        ("both", ("master_key", "database_password")),
    ],
)
def test_what_can_be_rotated(which: str, secrets: tuple[str, ...]) -> None:
    assert chosen(which) == secrets


def test_the_salt_key_is_refused_with_the_reason_and_what_to_do_instead() -> None:
    with pytest.raises(RefusedError, match=r"never rotated: it encrypts the providers' keys .* make new keys at"):
        chosen("salt_key")


def test_another_secret_is_told_with_those_that_there_are() -> None:
    with pytest.raises(RefusedError, match="WHICH is 'password'; allowed: master_key, database_password, both"):
        chosen("password")


def test_the_next_generation_is_one_more() -> None:
    assert next_generations(BENCHMARK, ("master_key", "database_password")) == {
        PATH: 2,
        "database.password_generation": 2,
    }


def test_a_setting_that_is_not_there_is_put_into_its_section_and_nothing_else_changes() -> None:
    for name in ("benchmark", "dev", "production"):
        before = (environment_file.ENVIRONMENTS / f"{name}.yaml").read_text()
        after = with_setting(with_setting(before, PATH, 2), "database.password_generation", 3)
        content, expected = yaml.safe_load(after), yaml.safe_load(before)
        expected.setdefault("secrets", {})["master_key_generation"] = 2
        expected["database"]["password_generation"] = 3
        assert content == expected
        lines = iter(after.splitlines())
        assert all(line in lines for line in before.splitlines())  # in their order


def test_a_setting_that_is_there_changes_its_number_alone() -> None:
    text = "name: x\nsecrets:\n  master_key_generation: 9  # since March\n"
    assert with_setting(text, PATH, 10) == "name: x\nsecrets:\n  master_key_generation: 10  # since March\n"


def test_a_section_in_one_line_is_left_to_the_person() -> None:
    with pytest.raises(NotEditableError, match="put master_key_generation: 2 into it by hand"):
        with_setting("secrets: {recovery_window_days: 0}\n", PATH, 2)


def probes(**accepted: list[bool]) -> tuple[Probe, ...]:
    keys: dict[str, WhichKey] = {"former": "former", "new": "new"}
    return tuple(
        Probe(seconds=float(second), key=keys[key], status=200 if answer else 401)
        for key, answers in accepted.items()
        for second, answer in enumerate(answers)
    )


def judged(which: str, **changes: object) -> dict[str, Check]:
    tasks = Tasks(
        given={"master_key": "m2", "database_password": "d2"},
        user="litellm_b",
        running=4,
        others=int(str(changes.get("others", 0))),
    )
    found = checks(
        Evidence(
            which=chosen(which),
            versions={"master_key": "m1", "database_password": "d1"},
            probes=probes(former=[True, bool(changes.get("answered", True))]),
        ),
        current={"master_key": str(changes.get("version", "m2")), "database_password": "d2"},
        tasks=tasks,
        with_new=[200] * 12,
        with_former=[int(str(changes.get("former", 401)))] * 12,
    )
    return {one.name: one for one in found}


def test_a_rotation_that_worked() -> None:
    found = judged("both")
    assert [one.holds for one in found.values()] == [True] * 6
    assert found["former master key: refused"].said == "HTTP 401 to 12 requests"
    assert found["database password: given to the tasks"].said == "version ...d2 in 4 of 4 tasks"
    hold(list(found.values()))


@pytest.mark.parametrize(
    ("which", "changes", "wrong"),
    [
        ("master_key", {"version": "m1"}, r"master key: new: no, version \.\.\.m1, before \.\.\.m1"),
        ("master_key", {"others": 1}, r"master key: given to the tasks: no, version \.\.\.m2 in 3 of 4 tasks"),
        ("master_key", {"former": 200}, "former master key: refused: no, HTTP 200 to 12 requests"),
        ("master_key", {"former": 503}, "former master key: refused: no, HTTP 503 to 12 requests"),
        ("database_password", {"answered": False}, "requests meanwhile: answered: no, 1 of 2"),
    ],
)
def test_one_that_did_not_says_what_does_not_hold(which: str, changes: dict[str, object], wrong: str) -> None:
    with pytest.raises(NotRotatedError, match=wrong):
        hold(list(judged(which, **changes).values()))


def test_the_changeover_is_from_the_first_task_with_the_new_key_to_the_last_with_the_former() -> None:
    change = changeover(probes(former=[True, True, False, True, False], new=[False, True, True, False, True]))
    assert change.mixed_seconds == 2
    assert change.neither_rounds == 0


def test_rounds_without_an_accepted_request_are_counted() -> None:
    assert changeover(probes(former=[True, False, False], new=[False, False, True])).neither_rounds == 1


def test_with_one_key_all_along_nothing_is_mixed() -> None:
    seen = probes(former=[True, True, True])
    assert changeover(seen).mixed_seconds == 0
    evidence = Evidence(which=("master_key",), versions={"master_key": "m1"}, probes=seen)
    assert len(tables.picture(evidence, title="x").axes) == 1


def test_what_is_left_of_a_password_that_leaked_is_told() -> None:
    evidence = Evidence(which=("database_password",), versions={"database_password": "d1"}, ended=10)
    tasks = Tasks(given={}, user="litellm_b", running=4, others=0)
    assert "rotate twice" in tables.course(changeover(()), evidence, tasks)
