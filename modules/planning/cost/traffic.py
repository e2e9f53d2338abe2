"""Where the requests' bytes go, in GB a month."""

from dataclasses import dataclass

from modules.planning.cost.month import KB_PER_GB, Month
from modules.planning.cost.terraform_json import Plan, Resource


@dataclass(frozen=True, kw_only=True)
class Flows:
    """GB of a month.

    Attributes:
        prompts: clients to LiteLLM; as much goes on to the LLM providers.
        answers: back.
        providers: share of the requests whose LLM is reached over the internet.
    """

    prompts: float
    answers: float
    providers: float

    @property
    def to_providers(self) -> float:
        return self.prompts * self.providers

    @property
    def from_providers(self) -> float:
        return self.answers * self.providers


def flows(month: Month) -> Flows:
    traffic = month.usage.traffic
    return Flows(
        prompts=month.requests * month.at(traffic.request_kb) / KB_PER_GB,
        answers=month.requests * month.at(traffic.response_kb) / KB_PER_GB,
        providers=month.at(traffic.providers_over_internet_percent) / 100,
    )


def service(plan: Plan) -> Resource | None:
    """LiteLLM's ECS service, which is behind a load balancer if any is; the stack of Terraform's states has none."""
    services = sorted(plan.of("aws_ecs_service"), key=lambda one: not one.blocks("load_balancer"))
    return next(iter(services), None)


def serves_requests(plan: Plan, service_: Resource) -> bool:
    """Whether it is LiteLLM's, and not a load test's fake LLM provider."""
    return service_ is service(plan)


def tasks(month: Month, service: Resource) -> float:
    """Mean number of tasks: as the usage states, or the bounds of autoscaling and the wanted number between them."""
    if month.usage.tasks.running is not None and serves_requests(month.plan, service):
        return month.at(month.usage.tasks.running)
    wanted = float(service.get("desired_count", 1))
    targets = month.plan.referring("aws_appautoscaling_target", "resource_id", service)
    if not targets:
        return wanted
    lowest, highest = float(targets[0].get("min_capacity", wanted)), float(targets[0].get("max_capacity", wanted))
    return {"low": lowest, "typical": min(max(wanted, lowest), highest), "high": highest}[month.scenario]


def zones(month: Month) -> int:
    """Availability zones of the tasks: a subnet is in one."""
    found = service(month.plan)
    if found is None:
        return 1
    references = found.references.get("network_configuration", ())
    subnets = [address for address in references if address.startswith("aws_subnet.")]
    return max(1, len(subnets or found.block("network_configuration").get("subnets") or []))


def across_zones_share(month: Month) -> float:
    """Of the bytes between tasks that are spread over the zones and something in one of them."""
    count = zones(month)
    return (count - 1) / count
