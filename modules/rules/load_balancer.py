"""Who reaches the load balancer, how, and what of LiteLLM."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from modules.rules.finding import Finding, Rule, Severity
from modules.settings import Environment

FIREWALL_WINDOW_SECONDS = 300
ADMIN_PATHS = ("/ui/", "/key/generate", "/user/new", "/team/new", "/model/new", "/config/update", "/metrics", "/sso/")
"""Enough of them to tell a pattern that opens more than it should."""


def plaintext_is_chosen(environment: Environment) -> Iterator[Finding]:
    load_balancer = environment.load_balancer
    if load_balancer.encrypted:
        return
    if load_balancer.internal:
        yield Finding(
            rule="plaintext",
            severity="warning",
            message="the internal load balancer serves HTTP only: API keys and prompts cross the networks that reach "
            "it unencrypted; set load_balancer.certificate_arn or load_balancer.domain",
        )
    elif load_balancer.allow_plaintext:
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


def admin_paths_are_closed(environment: Environment) -> Iterator[Finding]:
    load_balancer = environment.load_balancer
    if load_balancer.admin_paths_open:
        in_the_open = not load_balancer.encrypted and not load_balancer.internal
        severity: Severity = "error" if in_the_open else "warning"
        yield Finding(
            rule="admin_paths",
            severity=severity,
            message="load_balancer.admin_cidrs has 0.0.0.0/0: the admin page, keys, users, settings and metrics are "
            "open to everybody who reaches the load balancer"
            + (", and the master key crosses the internet unencrypted" if in_the_open else "")
            + "; state the addresses of your office or VPN instead",
        )
    for pattern in load_balancer.open_paths:
        if opened := [path for path in ADMIN_PATHS if fnmatchcase(path, pattern)]:
            yield Finding(
                rule="admin_paths",
                severity="warning",
                message=f"load_balancer.open_paths {pattern} opens {', '.join(opened)} to everybody; name your own "
                "paths alone, and the operators' addresses in load_balancer.admin_cidrs",
            )
    for cidr in load_balancer.admin_cidrs:
        if not load_balancer.admin_paths_open and not any(
            cidr.subnet_of(clients) for clients in load_balancer.ingress_cidrs
        ):
            yield Finding(
                rule="admin_paths",
                severity="warning",
                message=f"load_balancer.admin_cidrs {cidr} does not reach the load balancer: it is not in "
                f"load_balancer.ingress_cidrs {', '.join(str(clients) for clients in load_balancer.ingress_cidrs)}",
            )


def firewall_fits(environment: Environment) -> Iterator[Finding]:
    load_balancer, load = environment.load_balancer, environment.load.requests_per_second
    if load_balancer.firewall is None:
        if not load_balancer.internal:
            yield Finding(
                rule="firewall",
                severity="warning",
                message="the internet-facing load balancer has no load_balancer.firewall: no known attacker is kept "
                "out, and no client limited",
            )
        return
    limit = load_balancer.firewall.requests_per_client_in_5_minutes
    if limit < load * FIREWALL_WINDOW_SECONDS:
        yield Finding(
            rule="firewall",
            severity="warning",
            message=f"load.requests_per_second {load:g} x {FIREWALL_WINDOW_SECONDS} s = "
            f"{load * FIREWALL_WINDOW_SECONDS:g}, but load_balancer.firewall.requests_per_client_in_5_minutes is "
            f"{limit}: clients behind one address are blocked before the stated load is reached; raise it if they are",
        )


RULES: tuple[Rule, ...] = (plaintext_is_chosen, admin_paths_are_closed, firewall_fits)
