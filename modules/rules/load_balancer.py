"""Who reaches the load balancer, and how."""

from collections.abc import Iterator

from modules.rules.finding import Finding, Rule
from modules.settings import Environment


def plaintext_is_chosen(environment: Environment) -> Iterator[Finding]:
    load_balancer = environment.load_balancer
    if load_balancer.encrypted:
        return
    if load_balancer.allow_plaintext:
        yield Finding(
            rule="plaintext",
            severity="warning",
            message="the internet-facing load balancer serves HTTP only: API keys and prompts cross the internet "
            "unencrypted (load_balancer.allow_plaintext); set certificate_arn or domain",
        )
    else:
        yield Finding(
            rule="plaintext",
            severity="error",
            message="the internet-facing load balancer has neither load_balancer.certificate_arn nor "
            "load_balancer.domain, so that API keys and prompts would cross the internet unencrypted; set one of them, "
            "or load_balancer.allow_plaintext: true",
        )


RULES: tuple[Rule, ...] = (plaintext_is_chosen,)
