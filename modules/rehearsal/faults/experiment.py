"""One experiment from its start to its end, as FIS takes it there (AWS FIS User Guide, "Managing your experiments")."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.core.utils import unix_time

from modules.rehearsal.faults import records
from modules.rehearsal.faults.actions import ActionError, Actions, Undo, seconds_of
from modules.rehearsal.faults.targets import TargetError, resolve

ENDED = ("completed", "stopped", "failed")
_REASONS = {
    "initiating": "Experiment is initiating.",
    "running": "Experiment is running.",
    "completed": "Experiment completed.",
}
_STOPPED_BY_A_PERSON = "Experiment stopped by user."
_STOPPED_BY_AN_ALARM = "Experiment halted by stop condition."
_NO_TARGET = "Target resolution returned empty set."
_OVER = ("completed", "stopped", "failed", "skipped", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """
    Attributes:
        paced: how long one of AWS's waits takes here.
        alarm_state: of an alarm's name.
        clock: monotonic.
    """

    actions: Actions
    paced: Callable[[float], float]
    alarm_state: Callable[[str], str]
    clock: Callable[[], float]
    choose: random.Random


@dataclass
class _Ongoing:
    ends: float
    undo: Undo


@dataclass
class Run:
    """Drives moto's experiment; every method is to be called under the control plane's lock.

    Attributes:
        state: as the API shows it.
        resolved: ARNs by the name of the target.
    """

    experiment: Any
    description: str
    machine: Machine
    state: dict[str, Any] = field(default_factory=lambda: {"status": "pending"})
    resolved: dict[str, list[str]] = field(default_factory=dict)
    _ongoing: dict[str, _Ongoing] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return str(self.state["status"])

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    def begin(self) -> None:
        self._move("initiating", _REASONS["initiating"])

    def ask_to_stop(self) -> None:
        """What is broken is mended with the next step."""
        if not self.ended:
            self._move("stopping", _STOPPED_BY_A_PERSON)

    def step(self) -> None:
        """Takes it on by one state at most."""
        if self.status == "stopping":
            self._end("stopped", str(self.state["reason"]))
        elif self._rings():
            self._move("stopping", _STOPPED_BY_AN_ALARM)
        elif self.status == "initiating":
            self._resolve()
        elif self.status == "running":
            self._go_on()

    def end_at_once(self, status: str, reason: str) -> None:
        """When it cannot go on."""
        if not self.ended:
            self._end(status, reason)

    def shown(self) -> dict[str, Any]:
        """For a person."""
        now = self.machine.clock()
        return {
            "id": self.experiment.id,
            "template": self.experiment.experiment_template_id,
            "description": self.description,
            "status": self.status,
            "targets": self.resolved,
            "seconds_left": round(max([one.ends - now for one in self._ongoing.values()], default=0), 1),
        }

    def _rings(self) -> bool:
        names = [
            str(one["value"]).partition(":alarm:")[2]
            for one in self.experiment.stop_conditions
            if one["source"] == "aws:cloudwatch:alarm"
        ]
        return any(self.machine.alarm_state(name) == "ALARM" for name in names)

    def _resolve(self) -> None:
        options = self.experiment.experiment_options
        try:
            self.resolved = {
                name: resolve(target, self.experiment.region_name, self.machine.choose)
                for name, target in self.experiment.targets.items()
            }
        except TargetError as error:
            self._fail("InvalidTarget", str(error), location=None)
            return
        records.write(self, "target-resolution-end", {"resolved_targets": self.resolved})
        empty = next((name for name, arns in self.resolved.items() if not arns), None)
        if empty is not None and options.get("emptyTargetResolutionMode", "fail") == "fail":
            self._fail("InvalidTarget", _NO_TARGET, location=empty)
            return
        for name, action in self.experiment.actions.items():
            if options.get("actionsMode") == "skip-all" or (self._targets(action) == [] and action.get("targets")):
                self._set(name, "skipped", "Action was skipped.")
        self._move("running", _REASONS["running"])

    def _go_on(self) -> None:
        now = self.machine.clock()
        for name, one in list(self._ongoing.items()):
            if now >= one.ends:
                del self._ongoing[name]
                one.undo()
                self._set(name, "completed", "Action was completed.")
        for name, action in self.experiment.actions.items():
            if action["state"]["status"] == "pending" and all(
                self.experiment.actions[other]["state"]["status"] in _OVER for other in action.get("startAfter") or []
            ):
                try:
                    self._begin(name, action, now)
                except ActionError as error:
                    self._set(name, "failed", str(error))
                    self._fail("ActionFailed", str(error), location=name)
                    return
        if all(action["state"]["status"] in _OVER for action in self.experiment.actions.values()):
            self._end("completed", _REASONS["completed"])

    def _begin(self, name: str, action: dict[str, Any], now: float) -> None:
        parameters = action.get("parameters") or {}
        seconds = self.machine.paced(seconds_of(parameters["duration"])) if "duration" in parameters else 0.0
        undo = self.machine.actions.begin(action["actionId"], parameters, self._targets(action), self.experiment.id)
        self._set(name, "running", "Action is running.")
        if seconds:
            self._ongoing[name] = _Ongoing(now + seconds, undo)
        else:
            undo()
            self._set(name, "completed", "Action was completed.")

    def _targets(self, action: dict[str, Any]) -> list[str]:
        return [arn for target in (action.get("targets") or {}).values() for arn in self.resolved.get(target, [])]

    def _fail(self, code: str, reason: str, *, location: str | None) -> None:
        error = {"accountId": self.experiment.account_id, "code": code}
        self._end("failed", reason, error=error | ({"location": location} if location else {}))

    def _end(self, status: str, reason: str, error: dict[str, str] | None = None) -> None:
        failures: list[Exception] = []
        while self._ongoing:
            name, one = self._ongoing.popitem()
            try:
                one.undo()
            except Exception as failure:
                # The others are to be mended all the same.
                failures.append(failure)
            self._set(name, "stopped", "Action was stopped.")
        for name, action in self.experiment.actions.items():
            if action["state"]["status"] == "pending":
                self._set(name, "cancelled", "Action was cancelled.")
        self.experiment.end_time = unix_time()
        self._move(status, reason, error)
        if failures:
            raise failures[0]

    def _set(self, name: str, status: str, reason: str) -> None:
        action = self.experiment.actions[name]
        action["state"] = {"status": status, "reason": reason}
        if status == "running":
            action["startTime"] = unix_time()
            records.write(self, "action-start", records.of_action(name, action))
        elif "startTime" in action:
            action["endTime"] = unix_time()
            records.write(self, "action-end", records.of_action(name, action))

    def _move(self, status: str, reason: str, error: dict[str, str] | None = None) -> None:
        before, self.state = self.state, {"status": status, "reason": reason} | ({"error": error} if error else {})
        records.tell(self, before)
        if status == "initiating":
            records.write(self, "experiment-start", {"experiment_template_id": self.experiment.experiment_template_id})
        elif status in ENDED:
            records.write(self, "experiment-end", {"experiment_state": self.state})
