"""The three drills of the runbooks, put together from a deployment's settings and outputs."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from modules.operations.deployment import Deployment
from modules.operations.drill.choice import Choice, DrillName, choose
from modules.operations.drill.deployed import Deployed, stop_alarms
from modules.operations.drill.evidence import Evidence
from modules.operations.drill.expectation import Expectation
from modules.operations.drill.hypothesis import Hypothesis
from modules.operations.drill.login import connector
from modules.operations.drill.observation import Observation
from modules.operations.drill.probe import Probe
from modules.operations.drill.report import Settings
from modules.operations.drill.run import RefusedError
from modules.operations.drill.tools import Tools
from modules.operations.drill.where import where
from modules.operations.drill.writes import Writer
from modules.operations.drill.zonal_shift import shift_away
from modules.operations.gateway import find_gateway
from modules.planning.recovery.prediction import Fault
from modules.settings import Environment


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an operator decides beside the environment.

    Attributes:
        model: that the probe asks; every question costs a few tokens of it.
        p95_seconds: that the model takes at most for nineteen of twenty answers in steady state.
        rate_per_second: of the probe's questions.
        zone: for the drill `az`; empty: the first that has neither the database nor, where there is one, the only NAT
            gateway.
        shift_after_seconds: when an operator shifts the lost zone's traffic away; None: nobody does.
        write: whether acknowledged writes to the database are counted; on AWS that takes a way into its subnets.
    """

    model: str
    p95_seconds: float = 5
    rate_per_second: float = 5
    timeout_seconds: float = 10
    baseline_seconds: float = 30
    zone: str = ""
    shift_after_seconds: float | None = None
    write: bool = True


@dataclass(frozen=True, kw_only=True)
class Drill:
    """All that `run` wants, and what is expected."""

    settings: Settings
    tools: Tools
    expectation: Expectation


def prepare(
    drill: DrillName,
    deployment: Deployment,
    wish: Wish,
    *,
    folder: Path,
    confirm: Callable[[str], str],
    say: Callable[[str], None] = print,
) -> Drill:
    """
    Args:
        folder: that the evidence is left in; it must not be there yet.
        confirm: asks a person a question, and returns what was typed; on a rehearsal nobody is asked.

    Raises:
        RefusedError: the environment has no such fault.
    """
    outputs, session = deployment.outputs, deployment.session
    deployed = Deployed.find(session, outputs)
    choice = choose(drill, deployment.environment, outputs, deployed, wish.zone)
    expectation = Expectation(
        environment=_as_it_runs(deployment),
        fault=choice.fault,
        requests_per_second=wish.rate_per_second,
        rehearsal=deployment.target.rehearsal,
        pace=deployment.pace,
        writes=wish.write,
        shift_seconds=wish.shift_after_seconds,
    )
    mitigate = _shift(deployment, deployed, choice, expectation) if wish.shift_after_seconds is not None else None
    alarms = stop_alarms(session.client("fis"), choice.template_id)
    settings = Settings(
        environment=deployment.environment.name,
        drill=drill,
        template_id=choice.template_id,
        template_ids=tuple((outputs.fault_templates or {}).values()),
        hypothesis=Hypothesis(p95_seconds=wish.p95_seconds),
        objectives=expectation.objectives,
        predictions=expectation.predictions,
        alarms=tuple(alarms),
        baseline_seconds=wish.baseline_seconds,
        observe_at_least_seconds=max(30.0, 120 / deployment.pace),
        timeout_seconds=1800,
        mitigate_after_seconds=wish.shift_after_seconds or 0,
        **where(deployment.target, deployment.rehearsal_status),
    )
    evidence, clock = Evidence(folder), time.time
    tools = Tools(
        fis=session.client("fis"),
        load=Probe(
            find_gateway(deployment),
            model=wish.model,
            rate_per_second=wish.rate_per_second,
            timeout_seconds=wish.timeout_seconds,
            in_flight_limit=int(4 * wish.rate_per_second * wish.timeout_seconds),
            file=evidence.probe,
            clock=clock,
        ),
        observation=Observation(deployed.sources(alarms, clock()), clock=clock, file=evidence.facts),
        evidence=evidence,
        checks=deployed.checks(
            template_id=choice.template_id,
            alarms=alarms,
            least_survivors=1,
            needs_standby=choice.fault is Fault.DATABASE_FAILOVER,
        ),
        confirm=confirm,
        clock=clock,
        sleep=time.sleep,
        say=say,
        writes=_writer(deployment, clock, say) if wish.write else None,
        mitigate=mitigate,
    )
    return Drill(settings=settings, tools=tools, expectation=expectation)


def _as_it_runs(deployment: Deployment) -> Environment:
    """With as many tasks as autoscaling wants at the moment."""
    environment, outputs = deployment.environment, deployment.outputs
    ecs = deployment.session.client("ecs")
    service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
    running = environment.service.model_copy(update={"desired_tasks": service["desiredCount"]})
    return environment.model_copy(update={"service": running})


def _shift(
    deployment: Deployment, deployed: Deployed, choice: Choice, expectation: Expectation
) -> Callable[[], Callable[[], str]]:
    """
    Raises:
        RefusedError: no traffic can be shifted.
    """
    environment = deployment.environment
    if not choice.zone:
        raise RefusedError("no zone is lost in this drill, so that no traffic can be shifted away from one")
    if not environment.load_balancer.zonal_shift:
        raise RefusedError(f"load_balancer.zonal_shift is off in {environment.name}: no traffic can be shifted away")
    return partial(
        shift_away,
        deployment.session.client("arc-zonal-shift"),
        deployment.session.client("ec2"),
        load_balancer_arn=deployed.load_balancer_arn,
        zone=choice.zone,
        # Longer than the fault, should nobody be there to take it back.
        minutes=max(1, math.ceil(2 * expectation.circumstances.outage_seconds / 60)),
    )


def _writer(deployment: Deployment, clock: Callable[[], float], say: Callable[[str], None]) -> Writer:
    client, outputs = deployment.session.client, deployment.outputs
    connect = connector(
        client("ecs"), client("secretsmanager"), client("rds"), cluster=outputs.cluster, service=outputs.service
    )
    return Writer(connect, schema=f"drill_{int(clock())}", clock=clock, say=say)
