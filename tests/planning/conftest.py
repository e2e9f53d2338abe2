"""Environments for the tests of recovery times."""

from typing import Any

from hypothesis import strategies as st

from modules.environment_file import load
from modules.settings import Environment
from modules.settings.change import changed

BENCHMARK = load("benchmark")
PRODUCTION = load("production")
LIVELINESS, READINESS = "/health/liveliness", "/health/readiness"


@st.composite
def environments(draw: st.DrawFn, paths: tuple[str, ...] = (LIVELINESS, READINESS)) -> Environment:
    """Any health checks, deployments and topologies."""
    changes: dict[str, Any] = {
        "service.autoscaling": None,
        "service.desired_tasks": draw(st.integers(1, 9)),
        "service.deployment.maximum_percent": draw(st.integers(101, 200)),
        "service.stop_timeout_seconds": draw(st.integers(2, 120)),
        "service.health_check.retries": draw(st.integers(1, 10)),
        "load_balancer.deregistration_delay_seconds": draw(st.integers(0, 3600)),
        "load_balancer.health_check.path": draw(st.sampled_from(paths)),
        "load_balancer.health_check.unhealthy_threshold": draw(st.integers(2, 10)),
        "load_balancer.zonal_shift": draw(st.booleans()),
        "load.requests_per_second": draw(st.sampled_from([1.0, 1000.0, 10_000.0])),
        "database.multi_az": draw(st.booleans()),
        "network.nat_gateways": draw(st.sampled_from(["single", "per_zone"])),
    }
    for check, longest_timeout in (("load_balancer.health_check", 120), ("service.health_check", 60)):
        interval = draw(st.integers(5, 300))
        changes[f"{check}.interval_seconds"] = interval
        changes[f"{check}.timeout_seconds"] = draw(st.integers(2, min(longest_timeout, interval - 1)))
    return changed(draw(st.sampled_from([BENCHMARK, PRODUCTION])), changes)
