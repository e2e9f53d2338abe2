"""A load test's machines and provider: what keeps them from running, or from measuring what they should."""

from collections.abc import Iterator

from modules.planning.capacity.quotas import FARGATE_VCPUS
from modules.planning.fargate import CPU_UNITS_PER_VCPU
from modules.rules.compute import fargate_size
from modules.rules.finding import Finding, Rule, Severity
from modules.settings import Environment, LoadTest

FIREWALL_WINDOW_SECONDS = 300


def _finding(severity: Severity, message: str) -> Finding:
    return Finding(rule="load_test", severity=severity, message=message)


def sizes_exist(environment: Environment) -> Iterator[Finding]:
    if environment.load_test is None:
        return
    upstream, generators = environment.load_test.upstream, environment.load_test.generators
    yield from fargate_size("load_test", "load_test.upstream", upstream.cpu_units, upstream.memory_mib)
    yield from fargate_size("load_test", "load_test.generators", generators.cpu_units, generators.memory_mib)


def load_balancer_is_reached(environment: Environment) -> Iterator[Finding]:
    """The machines are in the private subnets; an endpoint on the internet is reached from there through NAT."""
    network, balancer = environment.network, environment.load_balancer
    if environment.load_test is None or balancer.internal:
        return
    if network.existing:
        if not balancer.open_to_all:
            yield _finding(
                "warning",
                f"network.existing {network.existing.vpc_id}: its way to the internet is not known here; add the "
                "addresses that its private subnets have there to load_balancer.ingress_cidrs, or the load test's "
                "machines are not let in",
            )
    elif network.nat_gateways == "none":
        yield _finding(
            "error",
            "network.nat_gateways: none: the load test's machines do not reach a load balancer on the internet; have "
            "NAT gateways, or set load_balancer.internal: true",
        )


def firewall_lets_the_load_through(environment: Environment) -> Iterator[Finding]:
    """The firewall counts by address: of the NAT gateways for an endpoint on the internet, of each machine inside."""
    firewall, network = environment.load_balancer.firewall, environment.network
    if environment.load_test is None or firewall is None:
        return
    if environment.load_balancer.internal:
        addresses, whose = environment.load_test.generators.workers, "workers"
    elif network.existing:
        return
    else:
        addresses = len(environment.availability_zones) if network.nat_gateways == "per_zone" else 1
        whose = "addresses of NAT gateways, through which the load test's machines come"
    allowed = firewall.requests_per_client_in_5_minutes
    rate = addresses * allowed / FIREWALL_WINDOW_SECONDS
    if rate < environment.load.requests_per_second:
        needed = -(-environment.load.requests_per_second * FIREWALL_WINDOW_SECONDS // addresses)
        yield _finding(
            "warning",
            f"load_balancer.firewall blocks an address after {allowed:,} requests in 5 minutes: {addresses} {whose}, x "
            f"{allowed:,} / {FIREWALL_WINDOW_SECONDS} s = {rate:,.0f} requests/s, below load.requests_per_second "
            f"{environment.load.requests_per_second:g}; for the test set requests_per_client_in_5_minutes to "
            f"{needed:,.0f} or more",
        )


def provider_is_for_the_test_alone(environment: Environment) -> Iterator[Finding]:
    if environment.load_test is None:
        return
    vcpus = _vcpus(environment, environment.load_test)
    beyond = f", more than the {FARGATE_VCPUS} of a new account (Service Quotas, L-3032A538)"
    yield _finding(
        "warning",
        f"load_test is on: whoever has a key can ask the model load-test, which makes its answers up, and its "
        f"{environment.load_test.upstream.tasks} tasks are paid for until it is taken out again; while a test runs, "
        f"{vcpus:g} vCPUs are in use{beyond if vcpus > FARGATE_VCPUS else ''}",
    )


def _vcpus(environment: Environment, load_test: LoadTest) -> float:
    """With as many of LiteLLM's tasks as autoscaling may start under the load."""
    service, upstream, generators = environment.service, load_test.upstream, load_test.generators
    units = (
        service.maximum_tasks * service.cpu_units
        + upstream.tasks * upstream.cpu_units
        + (generators.workers + 1) * generators.cpu_units
    )
    return units / CPU_UNITS_PER_VCPU


RULES: tuple[Rule, ...] = (
    sizes_exist,
    load_balancer_is_reached,
    firewall_lets_the_load_through,
    provider_is_for_the_test_alone,
)
