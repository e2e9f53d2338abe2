"""How a broken task is noticed, and how another one takes its place: the terms, out of the settings."""

from typing import Literal

from modules.planning.connections import tasks_in_deployment
from modules.planning.detection import detection_time
from modules.planning.recovery.facts import (
    ECS_REACTION,
    LITELLM_START,
    PROVISIONING,
    SHORTEST_COMPRESSED_SECONDS,
)
from modules.planning.recovery.prediction import Parts, Term, Two
from modules.settings import Environment

CHECK_GIVES_UP_SECONDS = 1
"""So much before its timeout, the container's check gives up by itself (modules/architecture/container.py)."""

_TARGETS = "load_balancer.health_check"
_CONTAINERS = "service.health_check"


def refused(environment: Environment) -> Parts:
    """Until the load balancer has counted enough refused checks."""
    check = environment.load_balancer.health_check
    time = detection_time(check.interval_seconds, check.timeout_seconds, check.unhealthy_threshold)
    return (
        Term(
            name=f"{check.unhealthy_threshold} failed checks, {check.interval_seconds} s apart",
            lower=time.refused_shortest,
            upper=time.refused_longest,
            setting=f"{_TARGETS}.interval_seconds",
        ),
    )


def unanswered(environment: Environment) -> Parts:
    """The same when they hang: each fails when its timeout is over, and the next one has not waited for that."""
    timeout = environment.load_balancer.health_check.timeout_seconds
    return (
        *refused(environment),
        Term(
            name="timeout of the last of them",
            lower=timeout,
            upper=timeout,
            setting=f"{_TARGETS}.timeout_seconds",
            compressed_floor=SHORTEST_COMPRESSED_SECONDS,
        ),
    )


def container_unhealthy(environment: Environment) -> Parts:
    """Until the container's own checks have hung often enough and ECS has taken the task off the load balancer. Here an
    interval begins when the check before has ended (Docker, HEALTHCHECK)."""
    check = environment.service.health_check
    return (
        Term(
            name=f"{check.retries} failed checks of the container, {check.interval_seconds} s apart",
            lower=(check.retries - 1) * check.interval_seconds,
            upper=check.retries * check.interval_seconds,
            setting=f"{_CONTAINERS}.interval_seconds",
            compressed_floor=check.retries * SHORTEST_COMPRESSED_SECONDS,
        ),
        Term(
            name="their timeouts",
            lower=check.retries * (check.timeout_seconds - CHECK_GIVES_UP_SECONDS),
            upper=check.retries * check.timeout_seconds,
            setting=f"{_CONTAINERS}.timeout_seconds",
            clock="real",
        ),
        reaction(),
    )


def hang_noticed(environment: Environment) -> Parts:
    return (Two(counts="sooner", first=unanswered(environment), second=container_unhealthy(environment)),)


def reaction(times: int = 1) -> Term:
    return Term.of(ECS_REACTION, "ECS reacts", times=times, compressed_floor=SHORTEST_COMPRESSED_SECONDS)


def surplus(environment: Environment) -> int:
    """Tasks that ECS may start before it stops the unhealthy ones (Amazon ECS API, DeploymentConfiguration)."""
    service = environment.service
    return tasks_in_deployment(service.desired_tasks, service.deployment.maximum_percent) - service.desired_tasks


def replaced(environment: Environment, *, unhealthy: int = 0) -> Parts:
    """From the verdict to the last new task's health.

    Args:
        unhealthy: tasks that still run, so that their successors must fit beside them; 0: they are gone already, and
            all successors start at once.
    """
    beside = surplus(environment)
    waves = -(-unhealthy // max(1, beside)) if unhealthy else 1
    stop_first = unhealthy > 0 and beside == 0
    return (
        reaction(waves),
        *(_stopped_first(environment, waves) if stop_first else ()),
        Term.of(
            PROVISIONING,
            f"Fargate starts the containers{_in_waves(waves)}",
            times=waves,
            setting="service.deployment.maximum_percent" if waves > 1 else None,
        ),
        Term.of(LITELLM_START, f"LiteLLM starts{_in_waves(waves)}", times=waves, clock="start"),
        Two(counts="later", first=_first_check(environment, waves), second=_first_container_check(environment, waves)),
    )


def grace(environment: Environment, task_age_seconds: float) -> Parts:
    """What is left of the time in which ECS replaces no task for its health, with the youngest running task."""
    left = max(0, environment.service.health_check_grace_period_seconds - task_age_seconds)
    setting = "service.health_check_grace_period_seconds"
    return (Term(name="rest of the grace period", lower=0, upper=left, setting=setting, clock="real"),)


def _in_waves(waves: int) -> str:
    return f", in up to {waves} waves" if waves > 1 else ""


def _stopped_first(environment: Environment, waves: int) -> Parts:
    return (
        Term(
            name="the unhealthy task drains first",
            lower=0,
            upper=environment.load_balancer.deregistration_delay_seconds * waves,
            setting="load_balancer.deregistration_delay_seconds",
        ),
        Term(
            name="and is killed when it does not end",
            lower=0,
            upper=environment.service.stop_timeout_seconds * waves,
            setting="service.stop_timeout_seconds",
            clock="real",
        ),
    )


def _first_check(environment: Environment, waves: int) -> Parts:
    """A new target is healthy after one passed check, whatever the healthy threshold (Elastic Load Balancing, "Health
    checks for Application Load Balancer target groups")."""
    check = environment.load_balancer.health_check
    return _until_passed("load balancer", check.interval_seconds, check.timeout_seconds, _TARGETS, waves, "aws")


def _first_container_check(environment: Environment, waves: int) -> Parts:
    check = environment.service.health_check
    return _until_passed("container", check.interval_seconds, check.timeout_seconds, _CONTAINERS, waves, "real")


def _until_passed(
    whose: str, interval: int, timeout: int, settings: str, waves: int, timeout_clock: Literal["aws", "real"]
) -> Parts:
    floor = SHORTEST_COMPRESSED_SECONDS * waves
    return (
        Term(
            name=f"wait for the {whose}'s next check",
            lower=0,
            upper=interval * waves,
            setting=f"{settings}.interval_seconds",
            compressed_floor=floor,
        ),
        Term(
            name="its answer",
            lower=0,
            upper=timeout * waves,
            setting=f"{settings}.timeout_seconds",
            clock=timeout_clock,
            compressed_floor=floor,
        ),
    )
