"""A person writes an environment's file, and is told what is wrong with it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings, strategies as st
from pydantic import BaseModel

from modules.environment_file import ENVIRONMENTS, SettingsError, environment_names, load
from modules.settings import Environment, LoadBalancer, Service

Refusal = Callable[..., str]


@pytest.fixture
def refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refusal:
    """What a person reads after saving these lines as `lab.yaml`; the name is stated for them."""
    monkeypatch.chdir(tmp_path)

    def refused(*lines: str, name: str = "name: lab") -> str:
        (tmp_path / "lab.yaml").write_text("\n".join([name, *lines]))
        with pytest.raises(SettingsError) as caught:
            load("lab", tmp_path)
        return str(caught.value)

    return refused


def the_one_line(message: str) -> str:
    assert "\n" not in message
    return message


def sections(model: type[BaseModel] = Environment, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every mapping in the tree of settings."""
    yield prefix
    for name, field in model.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from sections(part, (*prefix, name))


def is_list(section: tuple[str, ...]) -> bool:
    """Whether the section is a list of mappings, as autoscaling's schedules are."""
    model: Any = Environment
    for name in section:
        annotation = model.model_fields[name].annotation
        model = next(part for part in (annotation, *get_args(annotation)) if isinstance(part, type))
    return get_origin(annotation) is tuple


def allowed_keys(section: tuple[str, ...]) -> set[str]:
    model: Any = Environment
    for name in section:
        annotation = model.model_fields[name].annotation
        model = next(part for part in (annotation, *get_args(annotation)) if isinstance(part, type))
    return set(model.model_fields)


@pytest.mark.parametrize("name", ["dev", "benchmark", "production"])
def test_the_project_comes_with_a_development_a_benchmark_and_a_production_environment(name: str) -> None:
    assert load(name).name == name
    assert name in environment_names()


def test_litellms_own_file_beside_the_environments_is_not_one_of_them() -> None:
    assert {path.stem for path in ENVIRONMENTS.glob("*.yaml")} > set(environment_names())
    assert "litellm" not in environment_names()


def test_a_file_states_only_what_it_changes(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text("name: lab\nservice:\n  workers: 3\n")
    lab = load("lab", tmp_path)
    assert lab.service == Service(workers=3)
    assert lab.load_balancer == LoadBalancer()


def test_an_unknown_key_is_refused_with_the_one_that_was_meant_and_those_that_are_allowed(refusal: Refusal) -> None:
    message = the_one_line(refusal("service:", "  workerz: 4"))
    assert message == (
        "lab.yaml: service.workerz: unknown key; did you mean 'workers'? "
        f"allowed here: {', '.join(Service.model_fields)}"
    )


def test_an_unknown_key_in_a_list_is_refused_with_those_that_an_item_may_have(refusal: Refusal) -> None:
    message = refusal("service: {autoscaling: {schedules: [{corn: '0 6 * * ? *'}]}}")
    assert "service.autoscaling.schedules.0.corn: unknown key; did you mean 'cron'? allowed here: name, cron" in message


def test_an_unknown_key_that_is_like_no_other_is_refused_without_a_guess(refusal: Refusal) -> None:
    message = the_one_line(refusal("foo: 1"))
    assert message == f"lab.yaml: foo: unknown key; allowed here: {', '.join(Environment.model_fields)}"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(section=st.sampled_from(list(sections())), key=st.text(min_size=1).filter(str.isprintable), value=st.integers())
@example(section=(), key="on", value=1)
@example(section=("service", "autoscaling"), key="2026-01-01", value=1)
@example(section=("load_balancer", "health_check"), key="a.b", value=1)
@example(section=("service", "autoscaling", "schedules"), key="corn", value=1)
def test_any_unknown_key_at_any_level_is_refused_with_its_dotted_path(
    refusal: Refusal, section: tuple[str, ...], key: str, value: int
) -> None:
    assume(key not in allowed_keys(section))
    content: dict[str, Any] = {key: value}
    path = [key]
    for depth in reversed(range(len(section))):
        if is_list(section[: depth + 1]):
            path.insert(0, "0")
        path.insert(0, section[depth])
        content = {section[depth]: [content] if is_list(section[: depth + 1]) else content}
    message = refusal(yaml.safe_dump(content, allow_unicode=True))
    assert f"lab.yaml: {'.'.join(path)}: unknown key; " in message


@pytest.mark.parametrize(
    ("line", "shown"), [("on: 1", "True"), ("1.5: a", "1.5"), ("2026-01-01: a", "2026-01-01"), ("~: a", "None")]
)
def test_a_key_that_yaml_does_not_read_as_a_word_is_an_unknown_key(refusal: Refusal, line: str, shown: str) -> None:
    assert the_one_line(refusal(line)).startswith(f"lab.yaml: {shown}: unknown key; allowed here: name, ")
    assert the_one_line(refusal("service:", f"  {line}")).startswith(f"lab.yaml: service.{shown}: unknown key; ")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param(
            ["litellm:", "  request_timeout_seconds: 30s"],
            "litellm.request_timeout_seconds: got '30s'; it should be a whole number of seconds of at least 1, "
            "without a unit (Longest wait for an LLM.)",
            id="a unit in the value",
        ),
        pytest.param(
            ["litellm:", "  garbage_collection_threshold: 0"],
            "litellm.garbage_collection_threshold: got 0; it should be a whole number of at least 1, without a unit "
            "(New objects in a worker after which Python looks for cycles among them; its own is 700, from 3.13 on "
            "2000.)",
            id="no garbage collection",
        ),
        pytest.param(
            ["service:", '  workers: "4"'],
            "service.workers: got '4'; it should be a whole number of at least 1, without a unit "
            "(Server processes in a task.)",
            id="a number in quotes",
        ),
        pytest.param(
            ["load_balancer:", "  health_check:", "    interval_seconds: 4"],
            "load_balancer.health_check.interval_seconds: got 4; it should be a whole number of seconds from 5 to 300, "
            "without a unit",
            id="below the range",
        ),
        pytest.param(
            ["database:", "  backup_retention_days: 36"],
            "database.backup_retention_days: got 36; it should be a whole number of days from 1 to 35, without a unit",
            id="above the range",
        ),
        pytest.param(
            ["service:", "  cpu_units: 4096.5"],
            "service.cpu_units: got 4096.5; it should be a whole number of units from 256 to 16384, without a unit "
            "(1,024 units are one vCPU.)",
            id="a fraction",
        ),
        pytest.param(
            ["service:", "  workers: true"],
            "service.workers: got True; it should be a whole number of at least 1, without a unit "
            "(Server processes in a task.)",
            id="yes for a number",
        ),
        pytest.param(
            ["database:", '  multi_az: "yes"'],
            "database.multi_az: got 'yes'; it should be a valid boolean",
            id="a word for yes",
        ),
        pytest.param(
            ["load_balancer:", "  algorithm: random"],
            "load_balancer.algorithm: got 'random'; it should be 'round_robin' or 'least_outstanding_requests'",
            id="a choice that does not exist",
        ),
        pytest.param(
            ["service:", "  workers: [4]"],
            "service.workers: got [4]; it should be a whole number of at least 1, without a unit "
            "(Server processes in a task.)",
            id="a list for one value",
        ),
        pytest.param(
            ["availability_zones: us-east-1a"],
            "availability_zones: got 'us-east-1a'; it should be a list",
            id="one value for a list",
        ),
        pytest.param(["service: 5"], "service: got 5; it should be a mapping", id="a value for a section"),
        pytest.param(["database:"], "database: got None; it should be a mapping", id="a section without content"),
        pytest.param(
            ["load_balancer:", "  domain:", "    name: llm.example.com"],
            "load_balancer.domain.hosted_zone: missing; it has no default",
            id="a field that is missing",
        ),
        pytest.param(
            ["network:", "  vpc_cidr: 10.0.0.1/16"],
            "network.vpc_cidr: got '10.0.0.1/16'; it should be an IPv4 network such as 10.0.0.0/16, with no bits set "
            "behind its prefix",
            id="a host instead of a network",
        ),
        pytest.param(
            ["network:", "  public_subnet_cidrs: [10.0.1.0/24, elsewhere]"],
            "network.public_subnet_cidrs.1: got 'elsewhere'; it should be an IPv4 network such as 10.0.0.0/16, with no "
            "bits set behind its prefix",
            id="one item of a list",
        ),
        pytest.param(
            ["load_balancer:", "  health_check: {interval_seconds: 5, timeout_seconds: 5}"],
            "load_balancer.health_check: timeout_seconds 5 must be below interval_seconds 5",
            id="two values that do not go together",
        ),
        pytest.param(
            ["service:", "  autoscaling: {minimum_tasks: 11, maximum_tasks: 10}"],
            "service.autoscaling: minimum_tasks 11 exceeds maximum_tasks 10",
            id="a range upside down",
        ),
        pytest.param(
            ["service:", "  autoscaling: {scale_out_above_percent: 50, scale_in_below_percent: 50}"],
            "service.autoscaling: scale_in_below_percent 50 must be below scale_out_above_percent 50",
            id="thresholds that meet",
        ),
        pytest.param(
            [
                "load_balancer:",
                "  certificate_arn: arn:aws:acm:us-east-1:123456789012:certificate/one",
                "  domain: {name: llm.example.com, hosted_zone: example.com}",
            ],
            "load_balancer: certificate_arn and domain exclude each other: keep one",
            id="certificate and domain both",
        ),
        pytest.param(
            ["load_balancer:", "  domain: {name: llm.example.org, hosted_zone: example.com}"],
            "load_balancer.domain: name llm.example.org is not in the hosted zone example.com",
            id="a domain outside its zone",
        ),
        pytest.param(
            ["load_balancer:", "  domain: {name: badexample.com, hosted_zone: example.com}"],
            "load_balancer.domain: name badexample.com is not in the hosted zone example.com",
            id="a domain that only ends like its zone",
        ),
    ],
)
def test_a_wrong_value_is_one_line_with_file_key_value_and_what_is_allowed(
    refusal: Refusal, lines: list[str], said: str
) -> None:
    assert the_one_line(refusal(*lines)) == f"lab.yaml: {said}"


@pytest.mark.parametrize("value", ["many", "0", "2.5", "[10]"])
def test_a_key_that_takes_a_word_or_a_number_is_explained_in_one_line(refusal: Refusal, value: str) -> None:
    message = the_one_line(refusal("litellm:", f"  database_connection_pool: {value}"))
    assert message.startswith(
        f"lab.yaml: litellm.database_connection_pool: got {yaml.safe_load(value)!r}; it should be 'auto' or it should "
        "be a whole number of at least 1, without a unit ("
    )


def test_every_problem_has_its_own_line(refusal: Refusal) -> None:
    lines = refusal("region: nowhere", "service: {workers: 0, port: 99999}", "logs: {retention_days: 8}", "foo: 1")
    assert [line.split(";")[0].split(": ")[:2] for line in lines.splitlines()] == [
        ["lab.yaml", "region"],
        ["lab.yaml", "service.port"],
        ["lab.yaml", "service.workers"],
        ["lab.yaml", "logs.retention_days"],
        ["lab.yaml", "foo"],
    ]


def test_the_name_in_the_file_must_be_the_files_name(refusal: Refusal) -> None:
    assert refusal(name="name: prod") == "lab.yaml: name: got 'prod'; the file's name says 'lab'"


def test_a_file_without_a_name_is_told_that_it_is_missing(refusal: Refusal) -> None:
    assert refusal(name="region: us-east-1") == "lab.yaml: name: missing; it has no default"


@pytest.mark.parametrize("name", ["Lab", "1lab", "lab_1", "l" * 17])
def test_a_name_that_does_not_fit_into_resource_names_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{name}.yaml").write_text(f"name: {name}")
    with pytest.raises(SettingsError, match=f"{name}.yaml: name: got '{name}'; "):
        load(name, tmp_path)


@pytest.mark.parametrize(
    ("lines", "key", "where"),
    [
        (["region: us-east-1", "region: eu-west-1"], "region", "line 2"),
        (["service:", "  port: 4000", "  port: 4001"], "port", "line 3"),
    ],
)
def test_a_key_that_is_stated_twice_is_refused_instead_of_the_second_winning_silently(
    refusal: Refusal, lines: list[str], key: str, where: str
) -> None:
    message = refusal(*lines)
    assert message.startswith(f"lab.yaml: not valid YAML: key '{key}' is stated twice")
    assert where in message


@pytest.mark.parametrize("text", ["region: [", "region: us-east-1\n---\nregion: eu-west-1", "region: '\x00'"])
def test_a_file_that_is_not_yaml_is_told_so(refusal: Refusal, text: str) -> None:
    assert refusal(text).startswith("lab.yaml: not valid YAML: ")


def test_a_file_in_another_encoding_than_utf8_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab.yaml").write_bytes("name: lab  # für Köln".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"^lab\.yaml: not valid YAML: 'utf-8' codec"):
        load("lab", tmp_path)


@pytest.mark.parametrize("content", ["", "# nothing yet", "- a list", "a sentence", "5"])
def test_a_file_without_settings_is_told_how_to_start(refusal: Refusal, content: str) -> None:
    assert refusal(name=content) == "lab.yaml: a mapping of settings is expected, starting with 'name: lab'"


def test_an_environment_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    for name in ("shop", "lab"):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}")
    (tmp_path / "litellm.yaml").write_text("litellm_settings: {drop_params: true}")
    with pytest.raises(SettingsError) as caught:
        load("staging", tmp_path)
    assert str(caught.value) == "environment 'staging' does not exist; there are: lab, shop"


@pytest.mark.parametrize("content", ["5", "- name", "name", ""])
def test_files_that_are_no_environments_do_not_get_in_the_way_of_that_list(tmp_path: Path, content: str) -> None:
    (tmp_path / "lab.yaml").write_text("name: lab")
    (tmp_path / "other.yaml").write_text(content)
    with pytest.raises(SettingsError, match=r"there are: lab$"):
        load("staging", tmp_path)


@pytest.mark.parametrize("name", ["a--b", "a-", "internal", "internal-api"])
def test_a_name_that_aws_would_refuse_is_refused(tmp_path: Path, name: str) -> None:
    """RDS identifiers have no double hyphens, and load balancers' names do not begin with `internal-`."""
    (tmp_path / f"{name}.yaml").write_text(f"name: {name}")

    with pytest.raises(SettingsError, match=f"name: got '{name}'"):
        load(name, tmp_path)


def test_a_tag_that_is_no_text_is_named(refusal: Refusal) -> None:
    assert "tags.owner: got 5; it should be a valid string" in the_one_line(refusal("tags: {owner: 5}"))
