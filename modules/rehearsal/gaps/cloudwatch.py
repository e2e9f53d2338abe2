"""CloudWatch: composite alarms."""

from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from modules.rehearsal.gaps.patching import Method, add, wrap

_SUPPRESSION = {
    "ActionsSuppressor": "actions_suppressor",
    "ActionsSuppressorWaitPeriod": "actions_suppressor_wait_period",
    "ActionsSuppressorExtensionPeriod": "actions_suppressor_extension_period",
}


def install() -> None:
    add(CloudWatchResponse, "put_composite_alarm", put_composite_alarm)
    wrap(CloudWatchResponse, "describe_alarms", show_composite_alarms_to_those_who_ask_for_them)


def put_composite_alarm(self: Any) -> Any:
    """AWS makes an alarm of other alarms; moto is prepared for it and lacks the operation."""
    answer = self.put_metric_alarm()
    alarm = self.cloudwatch_backend.alarms[self._get_param("AlarmName")]
    for parameter, attribute in _SUPPRESSION.items():
        setattr(alarm, attribute, self._get_param(parameter))
    return answer


def show_composite_alarms_to_those_who_ask_for_them(original: Method, response: Any) -> Any:
    """AWS lists metric alarms unless it is asked for composite ones; moto lists both."""
    wanted = response._get_param("AlarmTypes") or ["MetricAlarm"]
    alarms = original(response).result
    return ActionResult({f"{kind}s": alarms[f"{kind}s"] for kind in wanted})
