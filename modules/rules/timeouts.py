"""Timeouts that wait for each other, from the client to the kill."""

from collections.abc import Iterator

from modules.planning.fargate import LONGEST_STOP_TIMEOUT_SECONDS
from modules.rules.finding import Finding, Rule
from modules.settings import Environment


def timeout_chain_holds(environment: Environment) -> Iterator[Finding]:
    request = environment.litellm.request_timeout_seconds
    idle = environment.load_balancer.idle_timeout_seconds
    keep_alive = environment.litellm.keep_alive_seconds
    graceful = environment.litellm.graceful_shutdown_seconds
    stop = environment.service.stop_timeout_seconds

    def finding(message: str) -> Finding:
        return Finding(rule="timeout_chain", severity="error", message=message)

    if request > idle:
        yield finding(
            f"litellm.request_timeout_seconds {request} > load_balancer.idle_timeout_seconds {idle}: the load balancer "
            f"answers 504 while LiteLLM still waits; set the idle timeout to at least {request}"
        )
    if idle >= keep_alive:
        yield finding(
            f"load_balancer.idle_timeout_seconds {idle} >= litellm.keep_alive_seconds {keep_alive}: a worker closes a "
            f"connection that the load balancer is about to use, and clients get 502; set keep-alive above {idle}"
        )
    if graceful >= stop:
        yield finding(
            f"litellm.graceful_shutdown_seconds {graceful} >= service.stop_timeout_seconds {stop}: ECS kills the task "
            f"before LiteLLM has finished its requests; set the graceful shutdown below {stop}"
        )
    if stop > LONGEST_STOP_TIMEOUT_SECONDS:
        yield finding(
            f"service.stop_timeout_seconds {stop} > {LONGEST_STOP_TIMEOUT_SECONDS}, the most that Fargate allows; "
            f"set it to {LONGEST_STOP_TIMEOUT_SECONDS} or less"
        )


RULES: tuple[Rule, ...] = (timeout_chain_holds,)
