"""The questions that follow the total: what a choice saves, what a step of availability costs, what a drill costs."""

from collections.abc import Iterable
from dataclasses import dataclass

from modules.planning.cost import variants
from modules.planning.cost.estimate import estimate
from modules.planning.cost.lines import Estimate
from modules.planning.cost.month import Month
from modules.planning.cost.pricers.drills import action_minutes
from modules.planning.cost.pricers.network import task_log_gb
from modules.planning.cost.prices import PriceBook
from modules.planning.cost.terraform_json import Plan
from modules.planning.cost.traffic import service, tasks, zones
from modules.planning.cost.variants import Variant
from modules.settings.usage import Scenario, Usage


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a month would cost with one thing different.

    Attributes:
        usd: more than now; negative for less.
    """

    what: str
    usd: float
    total: float
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What all answers start from."""

    plans: tuple[Plan, ...]
    usage: Usage
    book: PriceBook
    scenario: Scenario = "typical"

    def estimate(self, variant: Variant | None = None) -> Estimate:
        plans = [variant(plan) for plan in self.plans] if variant else self.plans
        return estimate(plans, self.usage, self.book, self.scenario)

    def month(self, plan: Plan) -> Month:
        return Month(plan=plan, usage=self.usage, scenario=self.scenario, book=self.book)

    @property
    def main(self) -> Plan:
        """The plan that has the service; the first, if none does."""
        return next((plan for plan in self.plans if service(plan)), self.plans[0])

    def answer(self, what: str, variant: Variant, remark: str = "") -> Answer:
        """What the variant costs; a remark names what in it has no price."""
        now, then = self.estimate(), self.estimate(variant)
        missing = {one.why for one in then.not_priced} - {one.why for one in now.not_priced}
        return Answer(
            what=what,
            usd=then.usd - now.usd,
            total=then.usd,
            remark="; ".join([*([remark] if remark else []), *sorted(f"not priced: {why}" for why in missing)]),
        )


def savings(question: Question) -> list[Answer]:
    """ARM, Spot and commitments against what is paid now."""
    on_arm = any(
        (definition.block("runtime_platform").get("cpu_architecture") or "").upper() == "ARM64"
        for definition in question.main.of("aws_ecs_task_definition")
    )
    other = "X86_64" if on_arm else "ARM64"
    arm = variants.on_architecture(other)
    return [
        question.answer(f"tasks on {other}", arm),
        question.answer("half of the tasks beyond two on Spot", variants.on_spot(2, 50), "never where a zone may fail"),
        *commitments(question),
    ]


def commitments(question: Question) -> Iterable[Answer]:
    """Commitments to what runs all month: the fewest tasks of a quiet month, and the database.

    A Compute Savings Plan has a rate for each unit; a reserved instance's discount is the share that AWS states at the
    most (RDS pricing, "Reserved Instances"), so that the real one is smaller.
    """
    now = question.estimate()
    plan, region = question.main, question.main.region
    found = service(plan)
    if found is not None:
        steady = tasks(Month(plan=plan, usage=question.usage, scenario="low", book=question.book), found)
        running = tasks(question.month(plan), found)
        share = min(1.0, steady / running) if running else 0.0
        for years in (1, 3):
            saved = sum(
                (line.price.usd - _plan_rate(question.book, line.price.key, region, years)) * line.quantity * share
                for line in now.lines
                if line.address == found.address and line.what.endswith("on demand")
            )
            remark = f"for the {steady:g} tasks that always run; nothing is paid in advance"
            yield Answer(what=f"Savings Plan for {years} y", usd=-saved, total=now.usd - saved, remark=remark)
    instances = sum(line.usd for line in now.lines if line.what == "instance hours")
    for years, key in ((1, "rds.reserved_1y"), (3, "rds.reserved_3y")):
        if instances and key in question.book.keys(region):
            saved = instances * question.book.usd(key, region)
            upfront = "nothing is paid in advance" if years == 1 else "half is paid in advance"
            remark = f"at most {question.book.usd(key, region):.0%} of the instance; {upfront}"
            yield Answer(what=f"database reserved for {years} y", usd=-saved, total=now.usd - saved, remark=remark)


def _plan_rate(book: PriceBook, key: str, region: str, years: int) -> float:
    planned = key.replace("fargate.", f"fargate.savings_plan_{years}y.", 1)
    return book.usd(planned, region) if planned in book.keys(region) else book.usd(key, region)


def availability(question: Question) -> list[Answer]:
    """The price of each step of availability: what it adds where it is missing, what it is of the total where it is
    there already."""
    plan = question.main
    steps: list[tuple[str, bool, Variant, Variant]] = []
    if plan.of("aws_db_instance"):
        there = any(one.get("multi_az", False) for one in plan.of("aws_db_instance"))
        steps.append(
            (
                "a standby of the database",
                there,
                variants.with_database_standby(True),
                variants.with_database_standby(False),
            )
        )
    if gateways := len(plan.of("aws_nat_gateway")):
        count = zones(question.month(plan))
        steps.append(
            (
                "a NAT gateway in each zone",
                gateways >= count,
                variants.with_nat_gateways(count),
                variants.with_nat_gateways(1),
            )
        )
    for group in plan.of("aws_elasticache_replication_group"):
        nodes = int(group.get("num_cache_clusters", 1))
        steps.append(
            (
                "a replica of the cache",
                nodes > 1,
                variants.with_cache_nodes(max(2, nodes)),
                variants.with_cache_nodes(1),
            )
        )
    if any(resource.region != plan.region for resource in plan.resources):
        steps.append(("copies in a second region", True, lambda same: same, variants.without_second_region))
    answers = [_step(question, *step) for step in steps]
    if found := service(plan):
        running = tasks(question.month(plan), found)
        now, more = (
            estimate(question.plans, question.usage.with_tasks(count), question.book, question.scenario)
            for count in (running, running + 1)
        )
        answers.append(Answer(what="one more task", usd=more.usd - now.usd, total=more.usd, remark="not there"))
    return answers


def _step(question: Question, what: str, there: bool, with_it: Variant, without_it: Variant) -> Answer:
    having, lacking = question.estimate(with_it), question.estimate(without_it)
    remark = "there already" if there else "not there"
    return Answer(what=what, usd=having.usd - lacking.usd, total=having.usd, remark=remark)


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """Where an interface endpoint begins to cost less than NAT for the same bytes."""

    hours_usd: float
    gb: float
    log_gb: float

    @property
    def pays(self) -> bool:
        return self.log_gb >= self.gb


def endpoint_break_even(question: Question) -> BreakEven:
    """One endpoint in every zone of the tasks: its hours against what each GB costs less than through NAT.

    Raises:
        NoPriceError: the book has no prices of endpoints or of NAT for the region.
    """
    month = question.month(question.main)
    region = question.main.region
    hours_usd = zones(month) * month.hours * question.book.usd("endpoint.hour", region)
    saved = question.book.usd("nat.gb", region) - question.book.usd("endpoint.gb", region)
    return BreakEven(hours_usd=hours_usd, gb=hours_usd / saved, log_gb=task_log_gb(month))


@dataclass(frozen=True, kw_only=True)
class DrillCost:
    what: str
    action_minutes: float
    usd: float


def drills(question: Question) -> list[DrillCost]:
    """One run of each declared fault: FIS's minutes. The tasks that replace the stopped ones are paid for instead of
    them; the probe's questions are some cents of the model's price.

    Raises:
        NoPriceError: the book has no price of FIS for the region.
    """
    plan = question.main
    templates = plan.of("aws_fis_experiment_template")
    minute = question.book.usd("fis.action_minute", plan.region) if templates else 0
    return [
        DrillCost(
            what=str(template.get("description", template.name)),
            action_minutes=action_minutes(template),
            usd=action_minutes(template) * minute,
        )
        for template in templates
    ]


def by_requests_per_second(question: Question, loads: Iterable[float]) -> list[tuple[float, Estimate]]:
    """The estimate at other mean loads, with the tasks that there are: sensitivity to traffic alone."""
    return [
        (
            load,
            estimate(question.plans, question.usage.with_requests_per_second(load), question.book, question.scenario),
        )
        for load in loads
    ]


def fixed_usd(estimate: Estimate) -> float:
    """What is paid without a single request."""
    return estimate.usd - estimate.usd_by_traffic
