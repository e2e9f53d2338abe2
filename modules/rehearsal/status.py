"""The rehearsal at a glance: what its parts say, as lines for a person."""

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from modules.rehearsal.lifecycle import STATUS_PATH, Rehearsal, RehearsalError


def read(rehearsal: Rehearsal) -> dict[str, Any]:
    """
    Raises:
        RehearsalError: the rehearsal does not say how it is.
    """
    try:
        with urllib.request.urlopen(f"{rehearsal.url}{STATUS_PATH}", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        raise RehearsalError(
            f"the rehearsal at {rehearsal.url} does not say how it is ({error}); its log: {rehearsal.log}"
        ) from error
    return found | {
        "url": rehearsal.url,
        "pid": rehearsal.pid,
        "log": str(rehearsal.log),
        "uptime_seconds": time.time() - rehearsal.started,
    }


def shown(status: dict[str, Any]) -> str:
    """Tasks, targets, database, cache, alarms and faults, each section only when there is something in it."""
    parts = status["parts"]
    sections = [
        _overview(status),
        _table("tasks", [_task(task) for task in parts["tasks"]["tasks"]]),
        _table("balancer", [[listener] for listener in parts["balancer"]["listeners"]]),
        _table("targets", list(_targets(parts["balancer"]["targets"]))),
        _table("database", [_instance(name, one) for name, one in parts["database"]["instances"].items()]),
        _table("cache", [_group(name, one) for name, one in parts["cache"]["groups"].items()]),
        _table("alarms", list(_alarms(parts["alarms"]))),
        _table("faults", [[fault] for fault in faults(status)]),
        _table("left out", [[remark] for remark in left_out(status)]),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def summary(status: dict[str, Any]) -> list[str]:
    """What a person should know right after a deployment: what it takes of the machine, what is wrong, what is left
    out."""
    memory = sum(status["memory_mib"].values())
    started = [task["start_up_seconds"] for task in status["parts"]["tasks"]["tasks"] if task["start_up_seconds"]]
    slowest = f"; the slowest of {len(started)} tasks was up in {max(started):.0f} s" if started else ""
    takes = f"The rehearsal takes {memory / 1024:.1f} GiB of memory{slowest}; {_pace(status)}."
    return [takes, *faults(status), *left_out(status)]


def https(status: dict[str, Any], endpoint: str) -> dict[str, str] | None:
    """The `address` and the `certificate_authority` of an endpoint whose name no DNS knows here; None: as it is."""
    return next((one for one in status["parts"]["balancer"]["https"] if one["endpoint"] == endpoint), None)


def curl(status: dict[str, Any], endpoint: str) -> str:
    """How curl reaches an endpoint, up to the path."""
    known = https(status, endpoint)
    if known is None:
        return f"curl {endpoint}"
    place = urllib.parse.urlsplit(endpoint)
    connect = f"{place.hostname}:{place.port or 443}:{known['address']}"
    return f"curl --cacert {known['certificate_authority']} --connect-to {connect} {endpoint}"


def faults(status: dict[str, Any]) -> Iterator[str]:
    """What is broken, by accident or on purpose."""
    parts = status["parts"]
    for name, part in parts.items():
        if part["failure"]:
            yield f"{name} has failed: {part['failure']}"
        if part.get("restarts"):
            yield f"{name} was restarted {part['restarts']} times; its last exit code was {part['last_exit_code']}"
    for group in parts["cache"]["groups"].values():
        for name, node in group["nodes"].items():
            if node["restarts"]:
                code = node["last_exit_code"]
                yield f"{name} was restarted {node['restarts']} times, each time empty; its last exit code was {code}"
    for experiment in parts["faults"]["experiments"]:
        yield _experiment(experiment)
    for zone in sorted({*parts["tasks"]["zones_cut"], *parts["balancer"]["cut_zones"]}):
        yield f"zone {zone} is cut off"
    for balancer, zone in parts["balancer"]["zonal_shifts"].items():
        yield f"traffic of {balancer.rpartition(':')[2]} is shifted away from {zone}"


def left_out(status: dict[str, Any]) -> Iterator[str]:
    """What AWS would do and the rehearsal does not."""
    tasks = status["parts"]["tasks"]
    if tasks["features_off"]:
        yield f"LiteLLM runs without: {', '.join(tasks['features_off'])}"
    yield from tasks["remarks"]
    limit = status["settings"]["workers_per_task"]
    asked = [task["workers_asked_for"] for task in tasks["tasks"] if (task["workers_asked_for"] or 0) > limit]
    if asked:
        yield f"{limit} of {max(asked)} LiteLLM workers run in a task (REHEARSAL_WORKERS_PER_TASK)"
    for name, instance in status["parts"]["database"]["instances"].items():
        if instance["ignored_parameters"]:
            yield f"database {name}: parameters that only RDS has: {', '.join(sorted(instance['ignored_parameters']))}"
    for name, group in status["parts"]["cache"]["groups"].items():
        if tokens := [user for user, login in group["users"].items() if login == "iam"]:
            yield f"cache {name}: {', '.join(tokens)} may log in with any token"
        if group["ignored_parameters"]:
            yield f"cache {name}: parameters that Redis 6.2 does not have: {', '.join(group['ignored_parameters'])}"
        if len(group["nodes"]) > 1:
            yield f"cache {name}: when the primary ends, no replica takes over"
    for name, reason in status["parts"]["alarms"]["unsupported"].items():
        yield f"alarm {name} is not evaluated: {reason}"


def _experiment(one: dict[str, Any]) -> str:
    targets = ", ".join(arn.rpartition(":")[2] for arns in one["targets"].values() for arn in arns) or "no target yet"
    left = f", for {one['seconds_left']:g} s more" if one["seconds_left"] else ""
    return f"experiment {one['id']} is {one['status']}{left}: {one['description']} [{targets}]"


def _pace(status: dict[str, Any]) -> str:
    pace = status["settings"]["pace"]
    return "its waits are as long as on AWS" if pace == 1 else f"AWS's own waits are {pace:g} times shorter"


def _overview(status: dict[str, Any]) -> str:
    memory = status["memory_mib"]
    shares = ", ".join(f"{name} {mib:.0f}" for name, mib in memory.items())
    lines = [
        ["url", status["url"]],
        ["process", str(status["pid"])],
        ["uptime", str(timedelta(seconds=round(status["uptime_seconds"])))],
        ["log", status["log"]],
        [
            "memory",
            f"{sum(memory.values()):.0f} MiB: {shares}",
        ],
        ["pace", _pace(status)],
    ]
    return "\n".join(_aligned(lines))


def _task(task: dict[str, Any]) -> list[str]:
    started = task["start_up_seconds"]
    return [
        task["id"],
        task["service"] or "",
        task["zone"],
        task["state"],
        task["health"] or "",
        task["loopback"] or "",
        f"pid {task['pid']}" if task["pid"] else "",
        f"{task['mib']} MiB" if task["mib"] else "",
        f"up in {started:g} s" if started else "",
    ]


def _targets(groups: dict[str, dict[str, str]]) -> Iterator[list[str]]:
    for group, targets in groups.items():
        for target, state in sorted(targets.items()):
            yield [group.removeprefix("targetgroup/"), target, state]


def _instance(name: str, one: dict[str, Any]) -> list[str]:
    standby = f"standby in {one['standby_zone']}" if one["standby_zone"] else "no standby"
    if one["replica_of"]:
        standby = f"replica of {one['replica_of']}"
    return [
        name,
        one["state"],
        one["endpoint"] if one["endpoint_open"] else f"{one['endpoint']} (closed)",
        f"primary in {one['zone']}",
        standby,
        f"{one['connections']} connections",
    ]


def _group(name: str, one: dict[str, Any]) -> list[str]:
    return [
        name,
        one["state"],
        f"{one['address']}:{one['port']}{' with TLS' if one['tls'] else ''}",
        f"nodes: {len(one['nodes'])}",
        f"users: {', '.join(one['users']) or 'none'}",
        f"{one['clients']} clients",
        f"{one['memory_mib']} MiB",
    ]


def _alarms(alarms: dict[str, Any]) -> Iterator[list[str]]:
    if alarms["states"]:
        yield [", ".join(f"{count} {state}" for state, count in sorted(alarms["states"].items()))]
    for alarm in alarms["in_alarm"]:
        yield [f"{alarm['name']} since {alarm['since']}: {alarm['reason']}"]


def _table(title: str, rows: Sequence[list[str]]) -> str:
    return "\n".join([title, *(f"  {line}" for line in _aligned(rows))]) if rows else ""


def _aligned(rows: Sequence[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(max(map(len, rows)))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
