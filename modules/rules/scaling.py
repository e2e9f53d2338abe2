"""Autoscaling, and the load on the survivors of a lost zone."""

from collections.abc import Iterator
from zoneinfo import available_timezones

from modules.planning.capacity import REQUESTS_PER_WORKER_SECOND, capacity, survivors, tasks_for, utilisation_percent
from modules.rules.finding import Finding, Rule, Severity
from modules.settings import Environment


def bounds_hold(environment: Environment) -> Iterator[Finding]:
    service, zones = environment.service, len(environment.availability_zones)

    def finding(message: str) -> Finding:
        return Finding(rule="autoscaling", severity="error", message=message)

    if service.minimum_tasks < zones:
        where = "service.autoscaling's lowest minimum_tasks" if service.autoscaling else "service.desired_tasks"
        yield finding(
            f"{where} is {service.minimum_tasks}, fewer than the {zones} availability zones: losing the zone that has "
            f"them ends service; state at least {zones}"
        )
    autoscaling = service.autoscaling
    if autoscaling is None:
        return
    if not autoscaling.minimum_tasks <= service.desired_tasks <= autoscaling.maximum_tasks:
        yield finding(
            f"service.desired_tasks {service.desired_tasks} is not between service.autoscaling.minimum_tasks "
            f"{autoscaling.minimum_tasks} and maximum_tasks {autoscaling.maximum_tasks}: autoscaling would change it "
            "at once"
        )
    for schedule in autoscaling.schedules:
        _, _, day_of_month, _, day_of_week, _ = schedule.cron.split()
        # Application Auto Scaling User Guide, "Schedule recurring scaling actions using cron expressions".
        if (day_of_month == "?") == (day_of_week == "?"):
            yield finding(
                f"service.autoscaling.schedules, {schedule.name}: cron '{schedule.cron}' states day of month "
                f"'{day_of_month}' and day of week '{day_of_week}'; exactly one of the two has to be '?'"
            )
        if (known := available_timezones()) and schedule.timezone not in known:
            yield finding(
                f"service.autoscaling.schedules, {schedule.name}: there is no timezone '{schedule.timezone}'; take one "
                "such as Europe/Berlin or Etc/UTC"
            )


def survivors_carry_the_load(environment: Environment) -> Iterator[Finding]:
    """Of the worst zone, within the limit; not even the maximum may be saturated. What autoscaling adds comes minutes
    after the loss."""
    service, load, zones = environment.service, environment.load, len(environment.availability_zones)
    # One zone has no survivors; the rule `network` refuses it.
    if zones < 2:
        return
    limit = load.utilisation_limit_percent
    fewest = tasks_for(load.requests_per_second, service.workers, limit, zones)

    def overload(tasks: int, which: str, severity: Severity, above: int, remedy: str) -> Iterator[Finding]:
        left = survivors(tasks, zones)
        if not left:
            return
        used = utilisation_percent(load.requests_per_second, left, service.workers)
        if used > above:
            yield Finding(
                rule="zone_loss",
                severity=severity,
                message=f"{which} {tasks} tasks over {zones} zones leaves {left} when a zone is lost: "
                f"{load.requests_per_second:g} requests/s / ({left} tasks x {service.workers} workers x "
                f"{REQUESTS_PER_WORKER_SECOND} requests/s = {capacity(left, service.workers):g}) = {used:.1f} %, and "
                f"load.utilisation_limit_percent is {limit}; {remedy}, or lower load.requests_per_second",
            )

    stopping = list(
        overload(
            service.maximum_tasks,
            "even the maximum of",
            "error",
            100,
            f"allow {fewest} tasks or more, or give them more service.workers",
        )
    )
    yield from stopping
    if not stopping:
        remedy = f"state {fewest} tasks or more"
        yield from overload(service.minimum_tasks, "the minimum of", "warning", limit, remedy)
        if service.desired_tasks > service.minimum_tasks:
            yield from overload(service.desired_tasks, "starting with", "warning", limit, remedy)


RULES: tuple[Rule, ...] = (
    bounds_hold,
    survivors_carry_the_load,
)
