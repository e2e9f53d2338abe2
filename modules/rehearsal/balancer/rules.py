"""Elastic Load Balancing's conditions and actions, as the API has them, in the balancer's own form."""

from collections.abc import Sequence
from typing import Any

from modules.rehearsal.balancer.configuration import Action, Condition

_CONFIGS = {
    "path-pattern": "PathPatternConfig",
    "host-header": "HostHeaderConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "source-ip": "SourceIpConfig",
    "query-string": "QueryStringConfig",
}


def condition(told: dict[str, Any]) -> Condition:
    field = told["Field"]
    config = told.get(_CONFIGS.get(field, ""), {})
    # Paths and hosts may be told in either of two places.
    values = config.get("Values") or told.get("Values") or []
    if field == "query-string":
        return Condition(field=field, query=tuple((pair.get("Key"), pair["Value"]) for pair in values))
    return Condition(field=field, values=tuple(values), header=config.get("HttpHeaderName", ""))


def action(actions: Sequence[Any]) -> Action:
    """The last of a rule's actions; those before it authenticate, which the rehearsal does not.

    Args:
        actions: as moto keeps them.
    """
    if not actions:
        return Action(type="none")
    told = max(actions, key=lambda one: int(one.data.get("Order", 0))).data
    if told["Type"] == "forward":
        groups = told.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": told["TargetGroupArn"]}]
        return Action(
            type="forward",
            target_groups=tuple((group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups),
        )
    if told["Type"] == "redirect":
        config = told["RedirectConfig"]
        query = config.get("Query", "#{query}")
        return Action(
            type="redirect",
            status=int(config["StatusCode"].removeprefix("HTTP_")),
            location=f"{config.get('Protocol', '#{protocol}')}://{config.get('Host', '#{host}')}"
            f":{config.get('Port', '#{port}')}{config.get('Path', '/#{path}')}?{query}",
        )
    if told["Type"] == "fixed-response":
        config = told["FixedResponseConfig"]
        return Action(
            type="fixed-response",
            status=int(config["StatusCode"]),
            content_type=config.get("ContentType") or "text/plain",
            body=config.get("MessageBody") or "",
        )
    return Action(type=told["Type"])
