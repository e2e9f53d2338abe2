"""LiteLLM's configuration file: the person's part, completed by what the settings decide."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from modules.environment_file import ENVIRONMENTS, SettingsError, environment_names, load, read_yaml
from modules.litellm_file import complete, with_callback, with_rehearsal_model
from modules.planning.connections import connection_pool
from modules.preparation import prepare

PROJECT = Path(__file__).parents[1]
BENCHMARK = load("benchmark")
KNOWN_TO_LITELLM = """
import inspect, json, sys
from pathlib import Path
import litellm
from litellm.proxy import _types
from litellm.router import Router
proxy = Path(_types.__file__).parent
server = "".join((proxy / name).read_text() for name in ("proxy_server.py", "hooks/proxy_track_cost_callback.py"))
files, known = json.load(sys.stdin), {}
for name, file in files.items():
    general = file.get("general_settings", {})
    _types.ConfigGeneralSettings(**general)
    fields = _types.ConfigGeneralSettings.model_fields
    known[name] = {
        "general_settings": [key for key in general if key in fields or f'general_settings.get("{key}"' in server],
        "litellm_settings": [key for key in file.get("litellm_settings", {}) if hasattr(litellm, key)],
        "router_settings": [
            key for key in file.get("router_settings", {}) if key in inspect.signature(Router.__init__).parameters
        ],
    }
json.dump(known, sys.stdout)
"""


def completed(stated: dict[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(complete(stated, BENCHMARK))
    return parsed


def test_what_the_settings_decide_is_in_the_file() -> None:
    assert completed({}) == {
        "general_settings": {
            "master_key": "os.environ/LITELLM_MASTER_KEY",
            "database_connection_pool_limit": connection_pool(BENCHMARK),
            "database_connection_timeout": BENCHMARK.litellm.database_pool_timeout_seconds,
            "proxy_batch_write_at": BENCHMARK.litellm.batch_write_seconds,
        },
        "litellm_settings": {"request_timeout": BENCHMARK.litellm.request_timeout_seconds, "json_logs": True},
    }


def test_the_pool_in_the_file_is_the_one_of_the_connection_budget() -> None:
    """Benchmark: (200 - 15) / (4 workers x 10 tasks x 150 %), rounded down."""
    limit = completed({})["general_settings"]["database_connection_pool_limit"]
    assert limit == (200 - 15) // (4 * (10 * 150 // 100))


def test_a_persons_own_keys_survive_beside_them() -> None:
    own = {
        "model_list": [
            {"model_name": "small", "litellm_params": {"model": "openai/small", "api_key": "os.environ/KEY"}}
        ],
        "general_settings": {"disable_error_logs": True},
        "litellm_settings": {"drop_params": True},
        "router_settings": {"routing_strategy": "simple-shuffle"},
    }
    result = completed(own)
    assert result["model_list"] == own["model_list"]
    assert result["router_settings"] == own["router_settings"]
    for section in ("general_settings", "litellm_settings"):
        assert result[section] == {**own[section], **completed({})[section]}


def test_a_section_that_a_person_left_empty_is_completed_all_the_same() -> None:
    assert completed({"general_settings": None, "litellm_settings": None}) == completed({})


@pytest.mark.parametrize(
    ("section", "key", "setting"),
    [
        ("general_settings", "master_key", "the secret"),
        ("general_settings", "database_connection_pool_limit", "litellm.database_connection_pool"),
        ("general_settings", "database_connection_timeout", "litellm.database_pool_timeout_seconds"),
        ("general_settings", "database_connection_pool_timeout", "litellm.database_pool_timeout_seconds"),
        ("litellm_settings", "request_timeout", "litellm.request_timeout_seconds"),
        ("litellm_settings", "json_logs", "the log group, whose queries expect it"),
    ],
)
def test_stating_what_the_settings_decide_is_refused_with_the_settings_name(
    section: str, key: str, setting: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        complete({section: {key: None}}, BENCHMARK)
    assert str(caught.value) == f"environments/litellm.yaml: {section}.{key} is decided by {setting}; take it out here"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (["a list"], "got ['a list']; it should be a mapping"),
        ("words", "got 'words'; it should be a mapping"),
        ({"general_settings": ["a list"]}, "general_settings: got ['a list']; it should be a mapping"),
        ({"litellm_settings": 5}, "litellm_settings: got 5; it should be a mapping"),
    ],
)
def test_a_file_of_another_shape_is_refused(content: Any, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        complete(content, BENCHMARK)
    assert str(caught.value) == f"environments/litellm.yaml: {said}"


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab.yaml").write_text("name: lab\nload_balancer: {allow_plaintext: true}")
    with pytest.raises(SettingsError, match=r"^litellm\.yaml does not exist$"):
        prepare("lab", tmp_path)


def test_every_environments_file_holds_only_what_the_installed_litellm_knows() -> None:
    files = {name: yaml.safe_load(prepare(name).litellm_configuration) for name in environment_names()}
    result = subprocess.run(
        [sys.executable, "-c", KNOWN_TO_LITELLM],
        input=json.dumps(files),
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    known = json.loads(result.stdout.splitlines()[-1])
    for name, file in files.items():
        assert {section: sorted(values) for section, values in known[name].items()} == {
            section: sorted(file.get(section, {})) for section in known[name]
        }
        assert set(file) - {"model_list", *known[name]} == set()


def test_the_projects_own_file_states_nothing_that_the_settings_decide() -> None:
    complete(read_yaml(ENVIRONMENTS / "litellm.yaml"), BENCHMARK)


@pytest.mark.parametrize(
    ("stated", "callbacks"),
    [
        ({}, ["mine"]),
        ({"callbacks": ["prometheus", "otel"]}, ["prometheus", "otel", "mine"]),
        ({"callbacks": "otel"}, ["otel", "mine"]),
    ],
)
def test_a_callback_is_added_to_those_that_a_person_has_stated(stated: dict[str, Any], callbacks: list[str]) -> None:
    without = complete({"litellm_settings": stated}, BENCHMARK)
    added = yaml.safe_load(with_callback(without, "mine"))
    assert added["litellm_settings"].pop("callbacks") == callbacks
    expected = yaml.safe_load(without)
    expected["litellm_settings"].pop("callbacks", None)
    assert added == expected


def test_the_rehearsals_model_comes_beside_a_persons_own() -> None:
    own = {"model_list": [{"model_name": "mine", "litellm_params": {"model": "openai/mine"}}]}
    content = yaml.safe_load(with_rehearsal_model(yaml.safe_dump(own)))
    assert [model["model_name"] for model in content["model_list"]] == ["mine", "rehearsal"]
    assert content["model_list"][1]["litellm_params"]["api_base"] == "os.environ/REHEARSAL_UPSTREAM"
