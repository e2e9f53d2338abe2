"""`make status`: what runs, what is broken and what is left out, at a glance."""

import copy
from typing import Any

import pytest

from modules.rehearsal.status import curl, faults, left_out, shown, summary

TASK = {
    "id": "0123abcd",
    "service": "service:litellm",
    "zone": "us-east-1a",
    "state": "RUNNING",
    "health": "HEALTHY",
    "loopback": "127.99.0.5",
    "pid": 4711,
    "mib": 340,
    "start_up_seconds": 21.4,
    "workers_asked_for": None,
}
INSTANCE = {
    "state": "available",
    "endpoint": "127.99.0.2:5432",
    "endpoint_open": True,
    "zone": "us-east-1a",
    "standby_zone": "us-east-1b",
    "replica_of": None,
    "connections": 3,
    "ignored_parameters": {},
}
NODE = {"address": "127.99.0.8", "pid": 4712, "restarts": 0, "last_exit_code": None}
GROUP = {
    "state": "available",
    "address": "127.99.0.6",
    "reader": "127.99.0.7",
    "port": 6379,
    "tls": True,
    "users": {"proxy": "password"},
    "clients": 4,
    "memory_mib": 2.0,
    "ignored_parameters": [],
    "nodes": {"litellm-001": NODE},
}
SOUND: dict[str, Any] = {
    "url": "http://127.0.0.1:1",
    "pid": 1,
    "log": "rehearsal.log",
    "uptime_seconds": 61,
    "settings": {"pace": 1, "workers_per_task": 1},
    "memory_mib": {"control plane": 200, "tasks": 824},
    "parts": {
        "tasks": {"failure": None, "tasks": [TASK], "features_off": [], "remarks": [], "zones_cut": []},
        "balancer": {
            "failure": None,
            "restarts": 0,
            "last_exit_code": None,
            "listeners": ["127.99.0.4:80 HTTP"],
            "targets": {"targetgroup/litellm": {"10.0.11.5:4000 us-east-1a": "healthy"}},
            "cut_zones": [],
            "https": [],
            "zonal_shifts": {},
        },
        "database": {"failure": None, "instances": {"litellm": INSTANCE}},
        "cache": {"failure": None, "groups": {"litellm": GROUP}},
        "alarms": {"failure": None, "states": {"OK": 5}, "in_alarm": [], "unsupported": {}},
        "faults": {"failure": None, "experiments": []},
    },
}


def changed(part: str, **values: Any) -> dict[str, Any]:
    status = copy.deepcopy(SOUND)
    status["parts"][part].update(values)
    return status


def test_it_shows_every_task_target_database_and_cache_with_its_state() -> None:
    text = shown(SOUND)
    for line in (
        "pace     its waits are as long as on AWS",
        "memory   1024 MiB: control plane 200, tasks 824",
        "  0123abcd  service:litellm  us-east-1a  RUNNING  HEALTHY  127.99.0.5  pid 4711  340 MiB  up in 21.4 s",
        "  litellm  10.0.11.5:4000 us-east-1a  healthy",
        "  litellm  available  127.99.0.2:5432  primary in us-east-1a  standby in us-east-1b  3 connections",
        "  litellm  available  127.99.0.6:6379 with TLS  nodes: 1  users: proxy  4 clients  2.0 MiB",
        "  5 OK",
    ):
        assert line in text.splitlines()
    assert "faults" not in text
    assert "left out" not in text


def test_an_endpoint_with_a_name_of_its_own_comes_with_the_way_to_it() -> None:
    assert curl(SOUND, "http://127.99.0.4") == "curl http://127.99.0.4"
    endpoint = "https://llm.example.com"
    known = {"endpoint": endpoint, "address": "127.99.0.4:443", "certificate_authority": "ca.pem"}
    assert curl(changed("balancer", https=[known]), endpoint) == (
        "curl --cacert ca.pem --connect-to llm.example.com:443:127.99.0.4:443 https://llm.example.com"
    )


def test_without_a_deployment_only_the_rehearsal_itself_is_shown() -> None:
    status = changed("tasks", tasks=[])
    status["parts"]["balancer"] |= {"listeners": [], "targets": {}}
    status["parts"]["database"]["instances"] = {}
    status["parts"]["cache"]["groups"] = {}
    status["parts"]["alarms"]["states"] = {}
    assert shown(status).count("\n\n") == 0


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (changed("alarms", failure="ValueError: x"), "alarms has failed: ValueError: x"),
        (
            changed("balancer", restarts=2, last_exit_code=-9),
            "balancer was restarted 2 times; its last exit code was -9",
        ),
        (
            changed(
                "cache", groups={"litellm": GROUP | {"nodes": {"n-001": NODE | {"restarts": 1, "last_exit_code": -9}}}}
            ),
            "n-001 was restarted 1 times, each time empty; its last exit code was -9",
        ),
        (changed("tasks", zones_cut=["us-east-1b"]), "zone us-east-1b is cut off"),
        (
            changed("balancer", zonal_shifts={"arn:aws:elasticloadbalancing:x:loadbalancer/litellm": "us-east-1a"}),
            "traffic of loadbalancer/litellm is shifted away from us-east-1a",
        ),
    ],
)
def test_what_is_broken_is_a_fault(status: dict[str, Any], said: str) -> None:
    assert list(faults(status)) == [said]
    assert f"faults\n  {said}" in shown(status)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (changed("tasks", features_off=["no engine: keys"]), "LiteLLM runs without: no engine: keys"),
        (
            changed("tasks", tasks=[TASK | {"workers_asked_for": 4}]),
            "1 of 4 LiteLLM workers run in a task (REHEARSAL_WORKERS_PER_TASK)",
        ),
        (
            changed("database", instances={"litellm": INSTANCE | {"ignored_parameters": {"rds.x": "1"}}}),
            "database litellm: parameters that only RDS has: rds.x",
        ),
        (
            changed("cache", groups={"litellm": GROUP | {"users": {"proxy": "iam"}}}),
            "cache litellm: proxy may log in with any token",
        ),
        (
            changed("cache", groups={"litellm": GROUP | {"ignored_parameters": ["search-x"]}}),
            "cache litellm: parameters that Redis 6.2 does not have: search-x",
        ),
        (
            changed("cache", groups={"litellm": GROUP | {"nodes": {"n-001": NODE, "n-002": NODE}}}),
            "cache litellm: when the primary ends, no replica takes over",
        ),
        (changed("alarms", unsupported={"odd": "why"}), "alarm odd is not evaluated: why"),
    ],
)
def test_what_is_left_out_is_said(status: dict[str, Any], said: str) -> None:
    assert list(left_out(status)) == [said]
    takes = "The rehearsal takes 1.0 GiB of memory; the slowest of 1 tasks was up in 21 s"
    assert summary(status) == [f"{takes}; its waits are as long as on AWS.", said]


def test_a_pace_other_than_awss_is_said() -> None:
    status = copy.deepcopy(SOUND)
    status["settings"]["pace"] = 10
    assert "AWS's own waits are 10 times shorter" in shown(status)
    assert "AWS's own waits are 10 times shorter" in summary(status)[0]


def test_an_experiment_in_progress_is_a_fault_with_what_it_breaks_and_how_long() -> None:
    experiment = {
        "id": "EXP1",
        "template": "EXT1",
        "description": "One task hangs (benchmark-litellm)",
        "status": "running",
        "targets": {"hang": ["arn:aws:ecs:us-east-1:123456789012:task/benchmark-litellm/0123abcd"]},
        "seconds_left": 42.5,
    }
    (said,) = faults(changed("faults", experiments=[experiment]))
    assert said == (
        "experiment EXP1 is running, for 42.5 s more: One task hangs (benchmark-litellm) "
        "[task/benchmark-litellm/0123abcd]"
    )
    (early,) = faults(changed("faults", experiments=[experiment | {"targets": {}, "seconds_left": 0}]))
    assert early == "experiment EXP1 is running: One task hangs (benchmark-litellm) [no target yet]"
