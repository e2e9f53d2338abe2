"""An experiment's states, without a process: when it begins, ends, stops and fails, and that its fault is undone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.rehearsal.faults import experiment as module, part
from modules.rehearsal.faults.actions import ActionError, Actions, seconds_of
from modules.rehearsal.faults.experiment import Machine, Run
from modules.rehearsal.faults.targets import TargetError, select
from modules.rehearsal.settings import RehearsalSettings

SUBNET = "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1"
ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:users-hurt"


@dataclass
class World:
    """Tasks and zones of which everything is remembered, and a clock that a test moves."""

    frozen: set[str] = field(default_factory=set)
    cut: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    alarm: str = "OK"
    now: float = 0.0

    def stop_task(self, task: str, reason: str) -> None:
        self.done.append(f"stop {task}: {reason}")

    def kill(self, task: str) -> None:
        self.done.append(f"kill {task}")

    def freeze(self, task: str) -> None:
        self.frozen.add(task)

    def thaw(self, task: str) -> None:
        self.frozen.discard(task)

    def cut_zone(self, zone: str) -> None:
        if zone not in self.cut:
            self.cut.append(zone)

    def restore_zone(self, zone: str) -> None:
        self.cut.remove(zone)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(module.records, "tell", lambda *_: None)
    monkeypatch.setattr(module.records, "write", lambda *_: None)
    monkeypatch.setattr(module, "resolve", lambda target, region, choose: list(target["found"]))
    monkeypatch.setattr("modules.rehearsal.faults.actions._zone_of", lambda arn: "us-east-1a")
    return World()


def machine(world: World) -> Machine:
    return Machine(
        actions=Actions(tasks=world, others=[]),
        paced=lambda seconds: seconds / 10,
        alarm_state=lambda name: world.alarm if name == "users-hurt" else "INSUFFICIENT_DATA",
        clock=lambda: world.now,
        choose=random.Random(1),
    )


def action(action_id: str, target: str | None = None, **more: Any) -> dict[str, Any]:
    targets = {"targets": {"Anything": target}} if target else {}
    return {"actionId": action_id, "state": {"status": "pending", "reason": ""}, **targets, **more}


def run(machine: Machine, actions: dict[str, Any], targets: dict[str, Sequence[str]], **options: str) -> Run:
    experiment = SimpleNamespace(
        id="EXP1",
        account_id="123456789012",
        region_name="us-east-1",
        experiment_template_id="EXT1",
        stop_conditions=[{"source": "aws:cloudwatch:alarm", "value": ALARM}],
        experiment_options={"emptyTargetResolutionMode": "fail", **options},
        targets={name: {"found": found} for name, found in targets.items()},
        actions=actions,
        end_time=None,
    )
    started = Run(experiment, "a fault", machine)
    started.begin()
    return started


def hang(world: World, **options: str) -> Run:
    """A task that hangs for five minutes, thirty seconds at this pace."""
    freeze = action("aws:ecs:task-network-blackhole-port", "one", parameters={"duration": "PT5M"})
    return run(machine(world), {"hang": freeze}, {"one": ["task-1"]}, **options)


def states(one: Run) -> list[str]:
    return [found["state"]["status"] for found in one.experiment.actions.values()]


def test_a_fault_lasts_as_long_as_its_action_says_at_the_rehearsals_pace(world: World) -> None:
    one = hang(world)
    assert one.status == "initiating"
    one.step()
    assert (one.status, states(one)) == ("running", ["pending"])
    one.step()
    assert (states(one), world.frozen) == (["running"], {"task-1"})
    world.now = 29.9
    one.step()
    assert world.frozen
    world.now = 30
    one.step()
    assert (one.status, states(one), world.frozen) == ("completed", ["completed"], set())
    assert one.experiment.end_time is not None


def test_who_stops_it_finds_everything_mended(world: World) -> None:
    one = hang(world)
    one.step()
    one.step()
    one.ask_to_stop()
    assert one.status == "stopping"
    one.step()
    assert (one.status, states(one), world.frozen) == ("stopped", ["stopped"], set())
    one.ask_to_stop()
    assert one.status == "stopped"


def test_an_alarm_stops_it(world: World) -> None:
    one = hang(world)
    one.step()
    one.step()
    world.alarm = "ALARM"
    one.step()
    one.step()
    assert one.state == {"status": "stopped", "reason": "Experiment halted by stop condition."}
    assert not world.frozen


def test_an_alarm_that_is_on_already_lets_nothing_begin(world: World) -> None:
    world.alarm = "ALARM"
    one = hang(world)
    one.step()
    one.step()
    assert (one.status, states(one), world.frozen) == ("stopped", ["cancelled"], set())


def test_the_rehearsals_end_mends_it(world: World) -> None:
    one = hang(world)
    one.step()
    one.step()
    one.end_at_once("stopped", "The rehearsal ended.")
    assert (one.status, world.frozen) == ("stopped", set())


def test_what_cannot_be_mended_does_not_keep_the_rest_broken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze = action("aws:ecs:task-network-blackhole-port", "one", parameters={"duration": "PT5M"})
    cut = action("aws:network:disrupt-connectivity", "two", parameters={"duration": "PT5M"})
    one = run(machine(world), {"hang": freeze, "cut": cut}, {"one": ["task-1"], "two": [SUBNET]})
    one.step()
    one.step()
    monkeypatch.setattr(World, "restore_zone", lambda *_: (_ for _ in ()).throw(OSError("gone")))
    with pytest.raises(OSError, match="gone"):
        one.end_at_once("stopped", "The rehearsal ended.")
    assert (one.status, world.frozen) == ("stopped", set())


def test_without_a_target_it_fails_before_anything_is_broken(world: World) -> None:
    actions = {"stop": action("aws:ecs:stop-task", "some"), "cut": action("aws:network:disrupt-connectivity", "none")}
    one = run(machine(world), actions, {"some": ["task-1"], "none": []})
    one.step()
    assert one.state["status"] == "failed"
    assert one.state["reason"] == "Target resolution returned empty set."
    assert (one.state["error"]["code"], one.state["error"]["location"]) == ("InvalidTarget", "none")
    assert (states(one), world.done) == (["cancelled", "cancelled"], [])


def test_without_a_target_an_action_is_skipped_if_that_is_what_was_asked_for(world: World) -> None:
    actions = {"stop": action("aws:ecs:stop-task", "some"), "kill": action("aws:ecs:task-kill-process", "none")}
    targets: dict[str, Sequence[str]] = {"some": ["task-1"], "none": []}
    one = run(machine(world), actions, targets, emptyTargetResolutionMode="skip")
    one.step()
    one.step()
    assert (one.status, states(one)) == ("completed", ["completed", "skipped"])
    assert world.done == ["stop task-1: Stopped by AWS FIS experiment EXP1"]


def test_a_preview_finds_the_targets_and_breaks_nothing(world: World) -> None:
    one = hang(world, actionsMode="skip-all")
    one.step()
    one.step()
    assert (one.status, states(one), one.resolved, world.frozen) == (
        "completed",
        ["skipped"],
        {"one": ["task-1"]},
        set(),
    )


def test_an_action_waits_for_those_that_it_comes_after(world: World) -> None:
    actions = {
        "later": action("aws:ecs:task-kill-process", "one", startAfter=["wait"]),
        "wait": action("aws:fis:wait", parameters={"duration": "PT1M"}),
    }
    one = run(machine(world), actions, {"one": ["task-1"]})
    one.step()
    one.step()
    assert (states(one), world.done) == (["pending", "running"], [])
    world.now = 6
    one.step()
    assert (one.status, world.done) == ("completed", ["kill task-1"])


def test_what_cannot_be_done_fails_and_mends_what_was_done(world: World) -> None:
    cut = action("aws:network:disrupt-connectivity", "one", parameters={"duration": "PT5M"})
    one = run(machine(world), {"cut": cut, "strange": action("aws:ec2:stop-instances", "one")}, {"one": [SUBNET]})
    one.step()
    one.step()
    assert one.state["status"] == "failed"
    assert "does not execute aws:ec2:stop-instances" in one.state["reason"]
    assert (states(one), world.cut) == (["stopped", "failed"], [])


def test_a_zone_stays_cut_until_the_last_experiment_that_cuts_it_is_over(world: World) -> None:
    shared = machine(world)

    def cut(minutes: int) -> Run:
        one = action("aws:network:disrupt-connectivity", "one", parameters={"duration": f"PT{minutes}M"})
        return run(shared, {"cut": one}, {"one": [SUBNET]})

    runs = [cut(1), cut(2)]
    for _ in range(2):
        for one in runs:
            one.step()
    world.now = 6
    for one in runs:
        one.step()
    assert ([one.status for one in runs], set(world.cut)) == (["completed", "running"], {"us-east-1a"})
    world.now = 12
    runs[1].step()
    assert runs[1].status == "completed"
    assert world.cut == []


@pytest.mark.parametrize(("written", "seconds"), [("PT5M", 300), ("PT90S", 90), ("PT1H30M", 5400), ("P1D", 86400)])
def test_durations_are_iso_8601(written: str, seconds: float) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize("written", ["5M", "PT", "P", "5 minutes", ""])
def test_other_durations_are_refused(written: str) -> None:
    with pytest.raises(ActionError, match="ISO 8601"):
        seconds_of(written)


@given(st.lists(st.text(min_size=1), unique=True), st.integers(0, 100), st.randoms(use_true_random=False))
def test_a_share_is_rounded_down_and_a_count_never_exceeds_what_is_there(
    arns: list[str], number: int, choose: random.Random
) -> None:
    share = select(arns, f"PERCENT({number})", choose)
    assert len(share) == len(arns) * number // 100
    count = select(arns, f"COUNT({number})", choose)
    assert len(count) == min(number, len(arns))
    assert {*share, *count} <= set(arns)
    assert len(set(share)) == len(share)
    assert select(arns, "ALL", choose) == arns


def test_another_selection_is_refused() -> None:
    with pytest.raises(TargetError, match="SOME"):
        select(["a"], "SOME", random.Random(1))


def test_the_parts_end_leaves_nothing_broken(world: World) -> None:
    faults = part.Faults(
        settings=RehearsalSettings(), tasks=world, others=[], alarm_state=lambda _: "OK", clock=lambda: world.now
    )
    experiment = hang(world).experiment
    faults.begin(experiment, "a task hangs")
    faults.turn()
    faults.turn()
    assert world.frozen == {"task-1"}
    (shown,) = faults.status()["experiments"]
    assert (shown["status"], shown["seconds_left"]) == ("running", 300)
    faults.stop()
    assert world.frozen == set()


def test_an_experiment_that_the_rehearsal_cannot_carry_on_is_mended_and_shown_as_the_parts_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = part.Faults(settings=RehearsalSettings(), tasks=world, others=[], alarm_state=lambda _: "OK")
    one = faults.begin(hang(world).experiment, "a task hangs")
    faults.turn()
    faults.turn()
    monkeypatch.setattr(Run, "step", lambda _: (_ for _ in ()).throw(KeyError("bug")))
    with pytest.raises(KeyError, match="bug"):
        faults.turn()
    assert (one.status, world.frozen, faults.status()["experiments"]) == ("failed", set(), [])
