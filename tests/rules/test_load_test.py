"""A load test that could not run, or would measure something else, is refused or told of before a deployment."""

import pytest

from modules.environment_file import environment_names, load
from modules.planning.capacity.quotas import quotas
from modules.settings import Environment
from modules.settings.change import changed

from .conftest import findings

ON = {"load_test": {}}


def messages(environment: Environment, severity: str) -> list[str]:
    return [finding.message for finding in findings(environment, "load_test") if finding.severity == severity]


def test_without_the_setting_nothing_is_said() -> None:
    for name in environment_names():
        assert load(name).load_test is None
        assert not findings(load(name), "load_test")


def test_every_plan_says_who_can_ask_and_what_is_paid_for() -> None:
    (said,) = messages(changed(load("benchmark"), ON), "warning")
    assert "whoever has a key can ask the model load-test" in said
    assert "its 2 tasks are paid for until it is taken out again" in said
    # 10 tasks of 4 vCPU at the maximum, 2 of the provider, 4 workers and their master.
    assert "47 vCPUs are in use, more than the 6 of a new account" in said


@pytest.mark.parametrize("part", ["upstream", "generators"])
@pytest.mark.parametrize(
    ("size", "said"),
    [
        ({"cpu_units": 1000}, "cpu_units 1000; allowed: 256, 512"),
        ({"cpu_units": 512, "memory_mib": 512}, "cpu_units 512 and memory_mib 512; with this CPU the memory is one of"),
    ],
)
def test_sizes_that_fargate_does_not_have_are_refused(part: str, size: dict[str, int], said: str) -> None:
    (message,) = messages(changed(load("benchmark"), {"load_test": {part: size}}), "error")
    assert message.startswith("Fargate has no")
    assert f"load_test.{part}.{said}" in message


def test_without_a_way_out_the_endpoint_on_the_internet_is_not_reached() -> None:
    closed = changed(load("benchmark"), {**ON, "network.nat_gateways": "none"})
    (message,) = messages(closed, "error")
    assert "do not reach a load balancer on the internet" in message
    assert messages(changed(closed, {"load_balancer.internal": True}), "error") == []
    # Nor is Locust's image, from wherever the endpoint is.
    said = " ".join(finding.message for finding in findings(closed, "network"))
    assert "load_test.generators.image docker.io/locustio/locust:2.47.0 is pulled over the internet" in said


def test_in_somebody_elses_vpc_the_way_out_has_to_be_let_in_by_a_person() -> None:
    existing = {
        "vpc_id": "vpc-0123456789abcdef0",
        "public_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "private_subnet_ids": ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
    }
    some = {"load_balancer.ingress_cidrs": ["203.0.113.0/24"]}
    environment = changed(load("benchmark"), {**ON, **some, "network": {"existing": existing}})
    assert any(
        "add the addresses that its private subnets have there" in said for said in messages(environment, "warning")
    )
    open_to_all = changed(environment, {"load_balancer.ingress_cidrs": ["0.0.0.0/0"]})
    assert len(messages(open_to_all, "warning")) == 1


def test_a_firewall_that_would_block_the_machines_is_told_of_with_the_number_that_would_do() -> None:
    limit = "load_balancer.firewall.requests_per_client_in_5_minutes"
    production = changed(load("production"), {**ON, limit: 100_000})
    (blocked, _) = messages(production, "warning")
    assert "2 addresses of NAT gateways" in blocked
    assert "x 100,000 / 300 s = 667 requests/s, below load.requests_per_second 1000" in blocked
    assert "set requests_per_client_in_5_minutes to 150,000 or more" in blocked
    enough = changed(production, {limit: 150_000})
    assert len(messages(enough, "warning")) == 1
    inside = changed(production, {"load_balancer.internal": True})
    assert len(messages(inside, "warning")) == 1


def test_its_tasks_take_addresses_and_vcpus_of_the_account() -> None:
    off, on = load("benchmark"), changed(load("benchmark"), ON)

    def needed(environment: Environment) -> dict[str, float]:
        return {quota.name: quota.needed for quota in quotas(environment, 100, 1)}

    before, after = needed(off), needed(on)
    assert after.pop("Fargate vCPUs, in a load test") == 47
    (subnet,) = [name for name in before if "addresses" in name]
    assert after.pop(subnet) == before.pop(subnet) + 7
    assert after == before
