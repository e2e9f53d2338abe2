"""What each FIS action does to the processes of this machine, and how it is undone."""

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.rds.models import rds_backends

from modules.rehearsal.gaps import rds_instances
from modules.rehearsal.lifecycle import ACCOUNT_ID

Undo = Callable[[], None]


class ActionError(Exception):
    """The action cannot be carried out; the message says why."""


class Zoned(Protocol):
    """A part with something in availability zones."""

    def cut_zone(self, zone: str) -> None: ...

    def restore_zone(self, zone: str) -> None: ...


class Tasks(Zoned, Protocol):
    def stop_task(self, task: str, reason: str) -> None: ...

    def kill(self, task: str) -> None: ...

    def freeze(self, task: str) -> None: ...

    def thaw(self, task: str) -> None: ...


class Actions:
    """Every method is to be called under the control plane's lock."""

    def __init__(self, *, tasks: Tasks, others: Sequence[Zoned]) -> None:
        """
        Args:
            others: what else loses its network with a zone, in the order in which it does.
        """
        self._tasks = tasks
        self._zoned = [*others, tasks]
        self._cut: Counter[str] = Counter()
        self._verbs: dict[str, Callable[[Sequence[str], str], Undo]] = {
            "aws:ecs:stop-task": self._stop,
            "aws:ecs:task-kill-process": self._kill,
            "aws:ecs:task-network-blackhole-port": self._freeze,
            "aws:network:disrupt-connectivity": self._cut_zones,
            "aws:rds:reboot-db-instances": lambda arns, _: _reboot(arns, failover=False),
            "aws:fis:wait": lambda _, __: _nothing,
        }

    def begin(self, action_id: str, parameters: dict[str, str], arns: Sequence[str], experiment_id: str) -> Undo:
        """Does it, and returns what undoes it.

        Raises:
            ActionError: the rehearsal does not know the action, or its target does not allow it.
        """
        if action_id == "aws:rds:reboot-db-instances" and parameters.get("forceFailover", "").lower() == "true":
            return _reboot(arns, failover=True)
        verb = self._verbs.get(action_id)
        if verb is None:
            raise ActionError(f"the rehearsal does not execute {action_id}: it does {', '.join(self._verbs)}")
        return verb(arns, experiment_id)

    def _stop(self, arns: Sequence[str], experiment_id: str) -> Undo:
        for arn in arns:
            with contextlib.suppress(KeyError):
                self._tasks.stop_task(arn, f"Stopped by AWS FIS experiment {experiment_id}")
        return _nothing

    def _kill(self, arns: Sequence[str], _: str) -> Undo:
        for arn in arns:
            with contextlib.suppress(KeyError):
                self._tasks.kill(arn)
        return _nothing

    def _freeze(self, arns: Sequence[str], _: str) -> Undo:
        def thaw() -> None:
            for arn in arns:
                with contextlib.suppress(KeyError):
                    self._tasks.thaw(arn)

        for arn in arns:
            with contextlib.suppress(KeyError):
                self._tasks.freeze(arn)
        return thaw

    def _cut_zones(self, arns: Sequence[str], _: str) -> Undo:
        """All that stands in the subnets' zones: a subnet of its own is nothing that a process could be in."""
        zones = {_zone_of(arn) for arn in arns}

        def restore() -> None:
            for zone in zones:
                self._cut[zone] -= 1
                # Another experiment may still want it cut.
                if not self._cut[zone]:
                    for part in self._zoned:
                        part.restore_zone(zone)

        for zone in zones:
            self._cut[zone] += 1
            for part in self._zoned:
                part.cut_zone(zone)
        return restore


def seconds_of(duration: str) -> float:
    """Of an ISO 8601 duration such as PT5M.

    Raises:
        ActionError: it is none.
    """
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", duration)
    if not found or not any(found.groups()):
        raise ActionError(f"{duration} is not an ISO 8601 duration such as PT5M")
    days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _reboot(arns: Sequence[str], *, failover: bool) -> Undo:
    for arn in arns:
        backend = rds_backends[ACCOUNT_ID][arn.split(":")[3]]
        try:
            rds_instances.ask_to_reboot(backend, arn.rpartition(":")[2], failover=failover)
        except ServiceException as refusal:
            raise ActionError(str(refusal)) from refusal
    return _nothing


def _zone_of(subnet_arn: str) -> str:
    ec2 = ec2_backends[ACCOUNT_ID][subnet_arn.split(":")[3]]
    return str(ec2.get_subnet(subnet_arn.rpartition("/")[2]).availability_zone)


def _nothing() -> None:
    """There is nothing to undo."""
