"""Elastic Load Balancing: the default scheme, names that are taken."""

from typing import Any

from moto.elbv2.exceptions import DuplicateLoadBalancerName
from moto.elbv2.models import ELBv2Backend

from modules.rehearsal.gaps.patching import Method, wrap


def install() -> None:
    wrap(ELBv2Backend, "create_load_balancer", face_the_internet_by_default)
    wrap(ELBv2Backend, "create_load_balancer", refuse_a_name_that_is_taken)


def face_the_internet_by_default(original: Method, backend: Any, **settings: Any) -> Any:
    """AWS makes a load balancer internet-facing unless it is told otherwise; moto leaves the scheme out."""
    return original(backend, **{**settings, "scheme": settings.get("scheme") or "internet-facing"})


def refuse_a_name_that_is_taken(original: Method, backend: Any, **settings: Any) -> Any:
    """AWS has one load balancer of a name in a region; moto makes another one."""
    if any(existing.name == settings["name"] for existing in backend.load_balancers.values()):
        raise DuplicateLoadBalancerName()
    return original(backend, **settings)
