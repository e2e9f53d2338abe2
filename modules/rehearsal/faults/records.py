"""What an experiment leaves behind: events for EventBridge and lines in its log group."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.core.utils import unix_time_millis, utcnow
from moto.logs.models import logs_backends

from modules.rehearsal import events
from modules.rehearsal.lifecycle import ACCOUNT_ID

if TYPE_CHECKING:
    from modules.rehearsal.faults.experiment import Run


def tell(run: "Run", before: Mapping[str, Any]) -> None:
    """AWS FIS User Guide, "Monitor AWS FIS experiments using Amazon EventBridge"."""
    experiment = run.experiment
    detail = {
        "experiment-id": experiment.id,
        "experiment-template-id": experiment.experiment_template_id,
        "new-state": {name: run.state[name] for name in ("status", "reason")},
        "old-state": {name: before.get(name, "") for name in ("status", "reason")},
    }
    events.put(experiment.region_name, "aws.fis", "FIS Experiment State Change", [experiment.arn], detail)


def write(run: "Run", log_type: str, details: Mapping[str, Any]) -> None:
    """AWS FIS User Guide, "Experiment logging for AWS FIS", "Log schema", version 2."""
    experiment = run.experiment
    configuration = (experiment.log_configuration or {}).get("cloudWatchLogsConfiguration")
    if not configuration:
        return
    group = configuration["logGroupArn"].partition(":log-group:")[2].removesuffix(":*")
    backend = logs_backends[ACCOUNT_ID][experiment.region_name]
    if group not in backend.groups:
        return
    if experiment.id not in backend.groups[group].streams:
        backend.create_log_stream(group, experiment.id)
    now = utcnow()
    record = {
        "id": experiment.id,
        "log_type": log_type,
        "event_timestamp": f"{now.isoformat(timespec='seconds')}Z",
        "version": "2",
        "details": {"account_id": experiment.account_id, **details},
    }
    event = {"timestamp": int(unix_time_millis(now)), "message": json.dumps(record, default=str)}
    backend.put_log_events(group, experiment.id, [event])


def of_action(name: str, action: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "action_name": name,
        "action_id": action["actionId"],
        "action_state": action["state"],
        "action_targets": action.get("targets") or {},
        "parameters": action.get("parameters") or {},
    }
