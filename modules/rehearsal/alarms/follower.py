"""The part that evaluates alarms and carries out what follows of them."""

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from modules.rehearsal.alarms import log_metrics
from modules.rehearsal.alarms.evaluation import (
    Evaluation,
    UnsupportedAlarmError,
    evaluate,
    new_state,
    period_seconds_of,
    reason_for,
)
from modules.rehearsal.alarms.metric_math import UnsupportedExpressionError
from modules.rehearsal.alarms.rules import UnsupportedRuleError, rule_of
from modules.rehearsal.alarms.scaling import Scaling
from modules.rehearsal.alarms.transitions import actions_of, change_state, is_scaling
from modules.rehearsal.control_plane import LOCK, backends
from modules.rehearsal.gaps import cloudwatch, sns
from modules.rehearsal.part import Follower
from modules.rehearsal.settings import RehearsalSettings

_EVALUATION_SECONDS = 60
"""CloudWatch evaluates an alarm once a minute, one with a shorter period as often as its period ends."""
_SETTLE_SHARE = 0.25
"""Of that: for a minute's values, which are reported when it is over, to arrive."""
_LEAST_SETTLE_SECONDS = 0.75
"""What reports looks every half a second whether its minute is over, however short that is."""


class Alarms(Follower):
    """Alarms of all regions; autoscaling and its schedules."""

    name = "alarms"

    def __init__(self, *, settings: RehearsalSettings, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._settings = settings
        self._clock = clock
        self._scaling = Scaling(settings.paced, clock)
        self._evaluated: dict[tuple[str, str], int] = {}
        self._unsupported: dict[str, str] = {}
        self.interval_seconds = min(0.5, settings.paced(_EVALUATION_SECONDS) / 10)

    def start(self) -> None:
        cloudwatch.on_state_set = self._state_is_set
        super().start()

    def stop(self) -> None:
        super().stop()
        cloudwatch.on_state_set = None

    def turn(self) -> None:
        with LOCK:
            for backend in backends(cloudwatch_backends):
                self._forget_deleted(backend)
                alarms = list(backend.alarms.values())
                for alarm in alarms:
                    if not alarm.rule:
                        self._evaluate_when_due(backend, alarm)
                for alarm in alarms:
                    if alarm.rule:
                        self._evaluate_composite(backend, alarm)
            self._scaling.follow_schedules()

    def status(self) -> dict[str, Any]:
        with LOCK:
            alarms = [alarm for backend in backends(cloudwatch_backends) for alarm in backend.alarms.values()]
            return {
                "states": dict(Counter(alarm.state_value for alarm in alarms)),
                "in_alarm": [_shown(alarm) for alarm in alarms if alarm.state_value == "ALARM"],
                "unsupported": self._unsupported | self._scaling.unsupported | log_metrics.unsupported,
                "notifications": list(sns.notifications),
            }

    def _evaluate_when_due(self, backend: Any, alarm: Any) -> None:
        period_seconds = period_seconds_of(alarm)
        every_seconds = self._settings.paced(min(period_seconds, _EVALUATION_SECONDS))
        settle_seconds = max(every_seconds * _SETTLE_SHARE, _LEAST_SETTLE_SECONDS)
        number = math.floor((self._clock() - settle_seconds) / every_seconds)
        key = (backend.region_name, alarm.name)
        if self._evaluated.get(key) == number:
            return
        self._evaluated[key] = number
        try:
            evaluation = evaluate(backend, alarm, number * every_seconds, self._settings.paced(period_seconds))
        except (UnsupportedAlarmError, UnsupportedExpressionError) as error:
            self._unsupported[alarm.name] = str(error)
            return
        self._unsupported.pop(alarm.name, None)
        self._follow(backend, alarm, evaluation)

    def _follow(self, backend: Any, alarm: Any, evaluation: Evaluation) -> None:
        state = new_state(alarm, evaluation)
        if state != alarm.state_value:
            reason = reason_for(alarm, state, evaluation)
            self._change(backend, alarm, state, reason, "{}", evaluation.newest)
        elif alarm.actions_enabled:
            # CloudWatch User Guide, "Alarm actions": a scaling policy is invoked again as long as the state lasts.
            for action in filter(is_scaling, actions_of(alarm)):
                self._scaling.carry_out(backend.region_name, action, alarm, evaluation.newest)

    def _evaluate_composite(self, backend: Any, alarm: Any) -> None:
        try:
            rule = rule_of(alarm.rule)
        except UnsupportedRuleError as error:
            self._unsupported[alarm.name] = str(error)
            return
        if getattr(alarm, "actions_suppressor", None):
            self._unsupported[alarm.name] = "actions suppressor: the actions are taken"
        states = {name: one.state_value for one in backend.alarms.values() for name in (one.name, one.alarm_arn)}
        state, truth = ("ALARM", "true") if rule(states) else ("OK", "false")
        if state != alarm.state_value:
            self._change(backend, alarm, state, f"The rule {alarm.rule} is {truth}", "{}", None)

    def _state_is_set(self, backend: Any, alarm: Any, state: str, reason: str, reason_data: str) -> None:
        """By hand: it lasts until the next evaluation."""
        if state == alarm.state_value:
            alarm.state_reason, alarm.state_reason_data = reason, reason_data
        else:
            self._change(backend, alarm, state, reason, reason_data, None)

    def _change(self, backend: Any, alarm: Any, state: str, reason: str, reason_data: str, value: float | None) -> None:
        change_state(backend, alarm, state, reason, reason_data, value, self._scaling.carry_out)

    def _forget_deleted(self, backend: Any) -> None:
        for region, name in list(self._evaluated):
            if region == backend.region_name and name not in backend.alarms:
                del self._evaluated[region, name]
                self._unsupported.pop(name, None)


def _shown(alarm: Any) -> dict[str, str]:
    since = f"{alarm.state_updated_timestamp.isoformat()}Z"
    return {"name": alarm.name, "region": alarm.region_name, "since": since, "reason": alarm.state_reason}
