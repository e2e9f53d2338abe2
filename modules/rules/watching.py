"""Alarms that sit on the steady state or can never fire, and alarms that nobody hears."""

from collections.abc import Iterator

from modules.planning.connections import connection_budget, connection_pool, connections
from modules.planning.thresholds import connections_threshold
from modules.rules.finding import Finding, Rule, Severity
from modules.settings import Environment

LLM_TAKES_MILLISECONDS = 1000
"""Hourly probes of 15 models (jonathanwrede.de, "TTFT varies 13x across LLM providers", 2026): the median time to an
answer of 20 tokens was above this for 12 of them; an answer of any length takes longer."""


def _finding(severity: Severity, message: str) -> Finding:
    return Finding(rule="alarms", severity=severity, message=message)


def connections_alarm_is_between(environment: Environment) -> Iterator[Finding]:
    """Above what the fleet holds day by day, below what it and the reserved connections come to at the worst."""
    budget, pool = connection_budget(environment), max(1, connection_pool(environment))
    percent = environment.alarms.database_connections_percent
    threshold = connections_threshold(budget.max_connections, percent)
    alarm = f"alarms.database_connections_percent {percent} of {budget.max_connections} max_connections = {threshold}"
    desired = environment.service.desired_tasks
    steady = connections(pool, budget.workers, desired)
    if steady >= threshold:
        yield _finding(
            "error",
            f"{alarm}, but {pool} connections x {budget.workers} workers x {desired} tasks = {steady} are the steady "
            "state: the alarm is always on; raise the percentage, or lower litellm.database_connection_pool",
        )
    worst = budget.worst_case(pool) + budget.reserved
    if threshold >= worst:
        yield _finding(
            "warning",
            f"{alarm}, but {pool} connections x {budget.workers} workers x {budget.worst_case_tasks} tasks + "
            f"{budget.reserved} reserved = {worst} at the worst: the alarm can never fire; lower the percentage to "
            f"{max(1, (worst - 1) * 100 // budget.max_connections)} or max_connections",
        )


def healthy_targets_alarm_is_below_the_minimum(environment: Environment) -> Iterator[Finding]:
    wanted, fewest = environment.alarms.healthy_targets, environment.service.minimum_tasks
    if wanted > fewest:
        yield _finding(
            "error",
            f"alarms.healthy_targets {wanted} > {fewest} tasks at the least: the alarm is always on when there are no "
            f"more; set it to {fewest} or lower",
        )
    elif wanted == fewest and fewest > 1:
        yield _finding(
            "warning",
            f"alarms.healthy_targets {wanted} = the least number of tasks: the alarm sits on the steady state, and "
            f"every single task that is replaced raises it; set it to {fewest - 1}, or run more tasks",
        )


def latency_alarm_leaves_time_for_the_llm(environment: Environment) -> Iterator[Finding]:
    threshold = environment.alarms.latency_p95_milliseconds
    waits = {
        "load_balancer.idle_timeout_seconds": environment.load_balancer.idle_timeout_seconds,
        "litellm.request_timeout_seconds": environment.litellm.request_timeout_seconds,
    }
    name, shortest = min(waits.items(), key=lambda wait: wait[1])
    if threshold >= shortest * 1000:
        yield _finding(
            "error",
            f"alarms.latency_p95_milliseconds {threshold} >= {name} {shortest} s x 1000 = {shortest * 1000}, after "
            "which a request is cut: the alarm can never fire; lower it",
        )
    if threshold < LLM_TAKES_MILLISECONDS:
        yield _finding(
            "warning",
            f"alarms.latency_p95_milliseconds {threshold} includes the LLM's own time, and most LLMs take more than "
            f"{LLM_TAKES_MILLISECONDS} ms: with them the alarm is always on; raise it unless the LLM is a mock "
            "(alarms.overhead_p95_milliseconds watches LiteLLM's own share)",
        )


def shares_can_be_crossed(environment: Environment) -> Iterator[Finding]:
    """A percentage that fires above 100, or below 0, never fires."""
    alarms, autoscaling = environment.alarms, environment.service.autoscaling
    above = {
        "alarms.error_percent": alarms.error_percent,
        "alarms.database_cpu_percent": alarms.database_cpu_percent,
        "alarms.memory_percent": alarms.memory_percent,
    } | ({"service.autoscaling.scale_out_above_percent": autoscaling.scale_out_above_percent} if autoscaling else {})
    below = {"alarms.storage_free_percent": alarms.storage_free_percent} | (
        {"service.autoscaling.scale_in_below_percent": autoscaling.scale_in_below_percent} if autoscaling else {}
    )
    for name, percent in above.items():
        if percent >= 100:
            yield _finding("error", f"{name} {percent:g}: nothing is above 100 %, it can never fire; lower it")
        elif percent <= 0:
            yield _finding("error", f"{name} 0: anything is above 0 %, it is always on; raise it")
    for name, percent in below.items():
        if percent <= 0:
            yield _finding("error", f"{name} 0: nothing is below 0 %, it can never fire; raise it")
        elif percent >= 100:
            yield _finding("error", f"{name} {percent}: almost anything is below 100 %, it is always on; lower it")


def scaling_leaves_room_below_the_alarms(environment: Environment) -> Iterator[Finding]:
    autoscaling, desired = environment.service.autoscaling, environment.service.desired_tasks
    if autoscaling and autoscaling.most_tasks > autoscaling.fewest_tasks and desired >= autoscaling.most_tasks:
        yield _finding(
            "warning",
            f"service.desired_tasks {desired} is autoscaling's maximum: the alarm that says so (maximum-tasks) is on "
            "from the first minute; raise service.autoscaling.maximum_tasks",
        )


def somebody_listens(environment: Environment) -> Iterator[Finding]:
    if not environment.notifications.emails:
        yield Finding(
            rule="listeners",
            severity="warning",
            message="notifications.emails is empty: alarms are raised, and nobody hears them; state an address, or "
            "subscribe something else to the topic",
        )


RULES: tuple[Rule, ...] = (
    connections_alarm_is_between,
    healthy_targets_alarm_is_below_the_minimum,
    latency_alarm_leaves_time_for_the_llm,
    shares_can_be_crossed,
    scaling_leaves_room_below_the_alarms,
    somebody_listens,
)
