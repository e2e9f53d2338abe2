"""What the load balancer finds out about its targets is what the API tells, and who gets requests."""

import socket
import threading
import time
from collections import Counter

import pytest
import requests

from .conftest import PACE, REGION, Stage
from .test_requests import targets_of

INTERVAL_SECONDS = 10 / PACE


def test_a_new_target_is_healthy_after_one_passed_check(stage: Stage) -> None:
    registered = time.monotonic()
    target = stage.play(healthy=False)
    assert stage.health()[target.id]["State"] == "initial"

    stage.wait_for(target, "healthy")

    # Three checks in a row, as for a target that was unhealthy, would take two intervals more.
    assert time.monotonic() - registered < 1 + 2 * INTERVAL_SECONDS


def test_a_failing_target_becomes_unhealthy_and_comes_back_after_the_healthy_threshold(stage: Stage) -> None:
    target = stage.play()
    target.health_status = 503

    health = stage.wait_for(target, "unhealthy")

    assert health["Reason"] == "Target.ResponseCodeMismatch"
    assert health["Description"] == "Health checks failed with these codes: [503]"
    target.health_status = 200
    passing = time.monotonic()
    stage.wait_for(target, "healthy")
    assert time.monotonic() - passing > 1.5 * INTERVAL_SECONDS


def test_a_hung_target_times_out_and_a_stopped_one_fails(stage: Stage) -> None:
    hung, stopped = stage.play(), stage.play()
    hung.hangs = True
    stopped.stop()

    assert stage.wait_for(stopped, "unhealthy")["Reason"] == "Target.FailedHealthChecks"
    health = stage.wait_for(hung, "unhealthy")
    assert (health["Reason"], health["Description"]) == ("Target.Timeout", "Request timed out")


def test_an_unhealthy_target_gets_no_requests_and_with_all_unhealthy_every_one_does(stage: Stage) -> None:
    sick, well = stage.play(), stage.play("b")
    sick.health_status = 500
    stage.wait_for(sick, "unhealthy")
    assert set(targets_of(stage, 6)) == {well.id}

    well.health_status = 500
    stage.wait_for(well, "unhealthy")

    assert Counter(targets_of(stage, 6)) == {sick.id: 3, well.id: 3}
    group, balancer = stage.target_group.split(":", 5)[5], stage.load_balancer.split(":loadbalancer/")[1]
    deadline = time.monotonic() + 10
    while stage.sum("UnhealthyRoutingRequestCount", LoadBalancer=balancer, TargetGroup=group) != 6:
        assert time.monotonic() < deadline, stage.measured
        time.sleep(0.1)


def test_a_deregistered_target_drains_finishes_its_stream_and_gets_nothing_new(stage: Stage) -> None:
    stage.elbv2.modify_target_group_attributes(
        TargetGroupArn=stage.target_group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(4 * PACE)}],
    )
    leaving, staying = stage.play(), stage.play()
    leaving.chunks = staying.chunks = ["x"] * 10
    leaving.seconds_between_chunks = staying.seconds_between_chunks = 0.1
    bodies: list[str] = []
    clients = [threading.Thread(target=lambda: bodies.append(requests.get(stage.url, timeout=9).text)) for _ in "ab"]
    for client in clients:
        client.start()
    time.sleep(0.3)
    stage.deregister(leaving)
    deregistered = time.monotonic()
    health = stage.health()[leaving.id]
    assert (health["State"], health["Reason"]) == ("draining", "Target.DeregistrationInProgress")
    stage.settle()

    staying.seconds_between_chunks = 0
    assert set(targets_of(stage, 4)) == {staying.id}
    for client in clients:
        client.join()
    assert bodies == ["x" * 10] * 2
    stage.wait_for(leaving, None)
    assert time.monotonic() - deregistered > 3.9
    # Asked for by name it is still known, as on AWS.
    [asked] = stage.elbv2.describe_target_health(
        TargetGroupArn=stage.target_group, Targets=[{"Id": leaving.id, "Port": 4000}]
    )["TargetHealthDescriptions"]
    assert asked["TargetHealth"]["Reason"] == "Target.NotRegistered"


def test_what_still_runs_when_the_deregistration_delay_is_over_is_cut(stage: Stage) -> None:
    stage.elbv2.modify_target_group_attributes(
        TargetGroupArn=stage.target_group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(PACE)}],
    )
    target = stage.play()
    target.hangs = True
    statuses: list[int] = []
    client = threading.Thread(target=lambda: statuses.append(requests.get(stage.url, timeout=9).status_code))
    client.start()
    time.sleep(0.2)
    stage.deregister(target)

    client.join()

    assert statuses == [502]


def test_deregistering_what_is_not_registered_is_no_error(stage: Stage) -> None:
    stage.elbv2.deregister_targets(TargetGroupArn=stage.target_group, Targets=[{"Id": "10.9.0.99"}])


def test_targets_of_a_group_that_no_listener_uses_are_unused(stage: Stage) -> None:
    target = stage.play()
    stage.elbv2.delete_listener(ListenerArn=stage.listener)

    health = stage.health()[target.id]

    assert (health["State"], health["Reason"]) == ("unused", "Target.NotInUse")
    stage.settle()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((stage.address, 80), timeout=1)


def test_a_zone_that_is_shifted_away_gets_no_requests(stage: Stage) -> None:
    here, there = stage.play("a"), stage.play("b")
    stage.part.zonal_shifts[stage.load_balancer] = f"{REGION}a"
    stage.settle()
    assert set(targets_of(stage, 6)) == {there.id}

    del stage.part.zonal_shifts[stage.load_balancer]
    stage.settle()
    assert set(targets_of(stage, 6)) == {here.id, there.id}


def test_a_cut_zone_hangs_and_loses_what_runs_there_until_it_is_restored(stage: Stage) -> None:
    stage.elbv2.modify_target_group(
        TargetGroupArn=stage.target_group, HealthCheckIntervalSeconds=100, HealthyThresholdCount=2
    )
    cut, other = stage.play("a"), stage.play("b")
    cut.chunks, cut.seconds_between_chunks = ["x"] * 100, 0.1
    while True:
        running = requests.get(stage.url, timeout=5, stream=True)
        if running.headers["X-Target"] == cut.id:
            break
    stage.part.cut_zone(f"{REGION}a")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        assert running.content
    stage.settle()

    asked = time.monotonic()
    statuses = Counter(requests.get(stage.url, timeout=9).status_code for _ in range(2))
    assert statuses == {504: 1, 200: 1}
    assert time.monotonic() - asked > 0.9
    assert stage.wait_for(cut, "unhealthy", seconds=30)["Reason"] == "Target.Timeout"
    assert set(targets_of(stage, 4)) == {other.id}

    stage.part.restore_zone(f"{REGION}a")
    stage.wait_for(cut, "healthy", seconds=30)
