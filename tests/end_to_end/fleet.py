"""A fleet that stays as it is while a test looks at it."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def held(client: Callable[[str], Any], environment: str = "benchmark") -> Iterator[None]:
    """Autoscaling takes no task of the idle fleet away meanwhile."""
    scaling, name = client("application-autoscaling"), f"{environment}-litellm"
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[f"service/{name}/{name}"])[
        "ScalableTargets"
    ]
    (service,) = client("ecs").describe_services(cluster=name, services=[name])["services"]
    its = {key: target[key] for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    scaling.register_scalable_target(**its, MinCapacity=max(service["desiredCount"], target["MinCapacity"]))
    try:
        yield
    finally:
        scaling.register_scalable_target(**its, MinCapacity=target["MinCapacity"])
