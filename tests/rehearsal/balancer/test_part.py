"""The balancer's part: its numbers are what happened, its process heals, and nothing is left of it."""

import os
import signal
import socket
import time

import pytest
import requests

from modules.rehearsal import processes
from modules.rehearsal.balancer import part
from modules.rehearsal.control_plane import LOCK

from .conftest import REGION, Stage
from .test_requests import targets_of


def wait_for_sum(stage: Stage, wanted: float, metric: str, **dimensions: str) -> None:
    deadline = time.monotonic() + 10
    while (found := stage.sum(metric, **dimensions)) != wanted:
        assert time.monotonic() < deadline, f"{metric} is {found} instead of {wanted}"
        time.sleep(0.1)


def test_metrics_are_what_was_requested_and_answered(stage: Stage) -> None:
    here, there = stage.play("a"), stage.play("b")
    balancer = {"LoadBalancer": stage.load_balancer.split(":loadbalancer/")[1]}
    group = {**balancer, "TargetGroup": stage.target_group.split(":", 5)[5]}
    for status, count in [(200, 8), (404, 4), (500, 2)]:
        here.status = there.status = status
        targets_of(stage, count)
    there.stop()
    requests.get(stage.url, timeout=5)
    requests.get(stage.url, timeout=5)

    wait_for_sum(stage, 16, "RequestCount")
    wait_for_sum(stage, 16, "RequestCount", **group)
    wait_for_sum(stage, 8, "RequestCount", **group, AvailabilityZone=f"{REGION}a")
    wait_for_sum(stage, 8, "HTTPCode_Target_2XX_Count", **group)
    wait_for_sum(stage, 4, "HTTPCode_Target_4XX_Count")
    wait_for_sum(stage, 3, "HTTPCode_Target_5XX_Count")
    wait_for_sum(stage, 1, "HTTPCode_ELB_502_Count")
    wait_for_sum(stage, 1, "HTTPCode_ELB_5XX_Count")
    wait_for_sum(stage, 1, "TargetConnectionErrorCount", **group)
    wait_for_sum(stage, 8, "RequestCountPerTarget", **group)
    assert stage.sum("HTTPCode_ELB_504_Count") == 0
    assert all(sum(values) for name, _, values in stage.measured if name.endswith("_Count"))
    times = [
        seconds
        for name, at, values in stage.measured
        if name == "TargetResponseTime" and at == balancer
        for seconds in values
    ]
    assert len(times) == 15
    assert all(0 < seconds < 2 for seconds in times)
    hosts = [values for name, at, values in stage.measured if name == "HealthyHostCount" and at == group]
    assert max(map(max, hosts)) == 2


def test_a_crash_is_shown_and_heals_and_the_status_remembers_it(stage: Stage) -> None:
    target = stage.play()
    os.kill(stage.part.status()["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 5
    while stage.part.failure() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert "exit code -9" in str(stage.part.failure())

    deadline = time.monotonic() + 20
    while True:
        try:
            assert requests.get(stage.url, timeout=5).status_code == 200
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            break
    stage.wait_for(target, "healthy")
    status = stage.part.status()
    assert (stage.part.failure(), status["restarts"], status["last_exit_code"]) == (None, 1, -9)


def test_a_listener_that_cannot_listen_is_shown_until_it_can(stage: Stage) -> None:
    with socket.create_server((stage.address, 9000)):
        stage.elbv2.create_listener(
            LoadBalancerArn=stage.load_balancer,
            Port=9000,
            Protocol="HTTP",
            DefaultActions=[{"Type": "forward", "TargetGroupArn": stage.target_group}],
        )
        deadline = time.monotonic() + 5
        while stage.part.failure() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert f"{stage.address}:9000 is not served" in str(stage.part.failure())
    deadline = time.monotonic() + 5
    while stage.part.failure() is not None:
        assert time.monotonic() < deadline, stage.part.failure()
        time.sleep(0.05)


def test_status_tells_listeners_and_targets(stage: Stage) -> None:
    target = stage.play()

    status = stage.part.status()

    assert status["listeners"] == [f"http://{stage.address}:80"]
    [targets] = status["targets"].values()
    assert targets == {f"{target.id}:4000": "healthy"}


def test_after_the_stop_no_process_listener_or_file_is_left(stage: Stage) -> None:
    stage.play()
    pid = stage.part.status()["pid"]

    stage.part.stop()

    assert processes.identity(pid) is None
    assert not stage.directory.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{stage.address}", timeout=1)


@pytest.fixture
def ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "_may_listen_on", lambda *_: False)


@pytest.mark.usefixtures("ordinary_user")
class TestWithoutTheRightToListenBelow1024:
    def test_the_name_of_the_load_balancer_names_the_port_where_it_serves(self, stage: Stage) -> None:
        target = stage.play()

        assert stage.url == f"http://{stage.address}:8080"
        assert targets_of(stage, 1) == [target.id]
        assert target.received[0]["headers"]["X-Forwarded-Port"] == "80"


def test_it_stops_promptly_also_when_the_control_plane_answers_nothing_any_more(stage: Stage) -> None:
    with LOCK:
        time.sleep(1)
        stopping = time.monotonic()
        stage.part.stop()
    assert time.monotonic() - stopping < 3
