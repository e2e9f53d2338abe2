"""EventBridge: delivery to topics, text by input transformers, and the metric of a rule."""

import copy
import json
import re
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.utils import unix_time_millis
from moto.events.models import Rule
from moto.logs.models import logs_backends
from moto.moto_api._internal import mock_random
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from modules.rehearsal import metrics
from modules.rehearsal.gaps.patching import Method, wrap


def install() -> None:
    wrap(Rule, "send_to_targets", deliver_to_every_kind_of_target)


def deliver_to_every_kind_of_target(original: Method, rule: Any, event: dict[str, Any], *_: Any, **__: Any) -> None:
    """AWS delivers what an enabled rule's pattern matches, to topics too, and counts it; moto ignores that a rule is
    disabled, takes a schedule for a pattern that matches everything, and fails at a topic and at a text."""
    if rule.state == "DISABLED" or not rule.event_pattern.dump() or not rule.event_pattern.matches_event(event):
        return
    _count(rule, "TriggeredRules")
    said = {name: value for name, value in event.items() if name != "ingestion-time"}
    if not isinstance(said["time"], str):
        said["time"] = datetime.fromtimestamp(said["time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for target in rule.targets:
        alone = copy.copy(rule)
        alone.targets = [target]
        try:
            if not _deliver(target, said):
                original(alone, event)
        except (JsonRESTError, ServiceException, NotImplementedError):
            # The target is gone, or it is of a kind that nobody rehearses, such as a function.
            _count(rule, "FailedInvocations")


def _deliver(target: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether it is a kind of target that is delivered to here."""
    _, _, service, region, account, resource = target["Arn"].split(":", maxsplit=5)
    message = text_for(target, event)
    if service == "sns":
        sns_backends[account][region].get_topic(target["Arn"]).publish(message)
    elif service == "sqs":
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        sqs_backends[account][region].send_message(resource, message, group_id=group)
    elif service == "logs":
        group_name = resource.removeprefix("log-group:").removesuffix(":*")
        stream = str(mock_random.uuid4())
        logs = logs_backends[account][region]
        logs.create_log_stream(group_name, stream)
        logs.put_log_events(group_name, stream, [{"timestamp": int(unix_time_millis()), "message": message}])
    else:
        return False
    return True


def text_for(target: dict[str, Any], event: dict[str, Any]) -> str:
    """What a target gets of an event: all of it, a text of its own, or a template with parts of it.

    EventBridge User Guide, "Amazon EventBridge input transformation": lines of a template may be strings in quotes,
    which arrive without them, and a part of the event inside a string stands there without quotes.
    """
    if target.get("Input"):
        return str(target["Input"])
    transformer = target.get("InputTransformer") or {}
    if not transformer.get("InputTemplate"):
        return json.dumps(_at(event, target.get("InputPath") or "$"))
    values = {name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    template: str = transformer["InputTemplate"]
    if template.lstrip().startswith("{"):
        return re.sub(r'("?)<([\w.-]+)>("?)', lambda found: _in_json(found, values), template)
    lines = [line.strip() for line in template.strip().splitlines()]
    unquoted = [line[1:-1] if line[:1] == '"' == line[-1:] and len(line) > 1 else line for line in lines]
    return re.sub(r"<([\w.-]+)>", lambda found: _plain(values.get(found[1])), "\n".join(unquoted))


def _in_json(found: re.Match[str], values: dict[str, Any]) -> str:
    value = values.get(found[2])
    if found[1] and found[3]:
        return json.dumps(_plain(value))
    return f"{found[1]}{json.dumps(value)}{found[3]}"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _at(event: Any, path: str) -> Any:
    """The part of the event at a JSON path without filters, such as $.detail.taskArn."""
    for name, index in re.findall(r"\.([\w-]+)|\[(\d+)]", path):
        try:
            event = event[name] if name else event[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return event


def _count(rule: Any, metric: str) -> None:
    metrics.put(rule.region_name, "AWS/Events", metric, {"RuleName": rule.name}, [1], "Count")
