"""The three drills of the runbooks, put together from a deployment's settings and outputs."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import boto3

from modules.operations.drill.chat import Gateway
from modules.operations.drill.deployed import Deployed, stop_alarms
from modules.operations.drill.evidence import Evidence
from modules.operations.drill.hypothesis import Hypothesis
from modules.operations.drill.login import connector
from modules.operations.drill.observation import Observation
from modules.operations.drill.probe import Probe
from modules.operations.drill.report import Settings
from modules.operations.drill.run import RefusedError
from modules.operations.drill.tools import Progress, Tools
from modules.operations.drill.verdict import LOST_WRITES, RTO_DEGRADED, RTO_FULL, Bounds
from modules.operations.drill.where import where
from modules.operations.drill.writes import Writer
from modules.operations.outputs import Outputs
from modules.planning.recovery.faults import Circumstances, predict
from modules.planning.recovery.objectives import objective_seconds
from modules.planning.recovery.prediction import Fault, Measure, paced
from modules.settings import Environment
from modules.target import Target

DrillName = Literal["task", "az", "rds"]
DRILLS: tuple[DrillName, ...] = ("task", "az", "rds")
DRILLS_FOLDER = Path(".drills")
_MEASURES: Mapping[str, Measure] = {RTO_DEGRADED: "degraded", RTO_FULL: "full"}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an operator decides beside the environment.

    Attributes:
        model: that the probe asks; every question costs a few tokens of it.
        p95_seconds: that the model takes at most for nineteen of twenty answers in steady state.
        rate_per_second: of the probe's questions.
        zone: for the drill `az`; empty: the first that has neither the database nor, where there is one, the only NAT
            gateway.
        write: whether acknowledged writes to the database are counted; on AWS that takes a way into its subnets.
    """

    model: str
    p95_seconds: float = 5
    rate_per_second: float = 5
    timeout_seconds: float = 10
    baseline_seconds: float = 30
    zone: str = ""
    write: bool = True


def prepare(
    drill: DrillName,
    environment: Environment,
    target: Target,
    outputs: Outputs,
    wish: Wish,
    *,
    session: boto3.Session,
    drills: Path,
    rehearsal_status: Mapping[str, Any] | None,
    confirm: Callable[[str], str] | None,
    say: Callable[[str], None] = print,
    show: Callable[[Progress], None] = lambda progress: None,
) -> tuple[Settings, Tools]:
    """
    Raises:
        RefusedError: the environment has no such fault.
    """
    deployed = Deployed.find(session, outputs)
    templates = outputs.fault_templates
    if not templates:
        raise RefusedError(f"{environment.name} has no fault templates: state `drills: {{}}` in its file and deploy it")
    key, fault = _fault(drill, environment, deployed, wish)
    if key not in templates:
        raise RefusedError(f"{environment.name} has no fault {key}; it has {', '.join(sorted(templates))}")
    template = templates[key]
    fis, clock = session.client("fis"), time.time
    pace = float(rehearsal_status["settings"]["pace"]) if rehearsal_status else 1.0
    alarms = stop_alarms(fis, template)
    settings = Settings(
        environment=environment.name,
        drill=drill,
        template_id=template,
        template_ids=tuple(templates.values()),
        hypothesis=Hypothesis(p95_seconds=wish.p95_seconds),
        objectives=_objectives(environment, fault, wish, pace),
        predictions=_predictions(environment, fault, wish, pace, here=target.rehearsal),
        alarms=tuple(alarms),
        baseline_seconds=wish.baseline_seconds,
        observe_at_least_seconds=max(60.0, 120 / pace),
        timeout_seconds=1800,
        **where(target, rehearsal_status),
    )
    evidence = Evidence(drills, now=clock(), environment=environment.name, drill=drill)
    secrets = session.client("secretsmanager")
    key_value = secrets.get_secret_value(SecretId=outputs.master_key_secret)["SecretString"]
    writes = None
    if wish.write:
        connect = connector(
            session.client("ecs"),
            secrets,
            session.client("rds"),
            cluster=outputs.cluster,
            service=outputs.service,
        )
        writes = Writer(connect, schema=f"drill_{int(clock())}", clock=clock, say=say)
    return settings, Tools(
        fis=fis,
        load=Probe(
            _gateway(outputs, wish, key_value),
            rate_per_second=wish.rate_per_second,
            timeout_seconds=wish.timeout_seconds,
            in_flight_limit=int(4 * wish.rate_per_second * wish.timeout_seconds),
            file=evidence.probe,
            clock=clock,
        ),
        observation=Observation(deployed.sources(alarms, clock()), clock=clock, file=evidence.facts),
        evidence=evidence,
        checks=deployed.checks(
            template_id=template,
            alarms=alarms,
            least_survivors=1,
            needs_standby=fault is Fault.DATABASE_FAILOVER,
        ),
        confirm=confirm,
        clock=clock,
        sleep=time.sleep,
        say=say,
        writes=writes,
        show=show,
    )


def _fault(drill: DrillName, environment: Environment, deployed: Deployed, wish: Wish) -> tuple[str, Fault]:
    """The fault's name among the templates, and what is predicted of it."""
    if drill == "task":
        return "stop-task", Fault.TASK_STOPPED
    if drill == "rds":
        if not environment.database.multi_az:
            raise RefusedError(
                f"{environment.name} has its database in one zone (database.multi_az: false): there is no standby to "
                "fail over to. If it is lost, restore it to the last five minutes: 'aws rds "
                f"restore-db-instance-to-point-in-time --source-db-instance-identifier {deployed.database} "
                "--target-db-instance-identifier NAME --use-latest-restorable-time', which takes half an hour or more; "
                "then let the service use it"
            )
        return "database-failover", Fault.DATABASE_FAILOVER
    database = deployed.session.client("rds").describe_db_instances(DBInstanceIdentifier=deployed.database)
    home = database["DBInstances"][0]["AvailabilityZone"]
    zones = environment.availability_zones
    lives_there = {home, *(zones[:1] if environment.network.nat_gateways == "single" else ())}
    zone = wish.zone or next((one for one in zones if one not in lives_there), zones[-1])
    if zone not in zones:
        raise RefusedError(f"{environment.name} is not in the zone {zone}; it is in {', '.join(zones)}")
    falls_over = zone == home and environment.database.multi_az
    fault = Fault.HOME_ZONE_LOST if zone in lives_there else Fault.ZONE_LOST
    return (f"zone-{zone}-with-database" if falls_over else f"zone-{zone}"), fault


def _objectives(environment: Environment, fault: Fault, wish: Wish, pace: float) -> dict[str, float]:
    """Times are AWS's: a rehearsal at another pace is held to its predictions alone."""
    held = {name: objective_seconds(environment, fault, measure) for name, measure in _MEASURES.items()}
    times = {name: float(seconds) for name, seconds in held.items() if seconds is not None and pace == 1}
    return times | ({LOST_WRITES: 0.0} if wish.write else {})


def _predictions(environment: Environment, fault: Fault, wish: Wish, pace: float, *, here: bool) -> dict[str, Bounds]:
    outage = environment.drills.duration_minutes * 60 / pace if environment.drills else 0.0
    around = Circumstances(requests_per_second=wish.rate_per_second, outage_seconds=outage)
    found = {}
    for name, measure in _MEASURES.items():
        prediction = predict(environment, fault, measure, around)
        if here:
            prediction = paced(prediction, pace, starts_in_a_row=math.ceil(environment.service.desired_tasks / 2))
        found[name] = Bounds(least=prediction.lower, most=prediction.upper)
    return found


def _gateway(outputs: Outputs, wish: Wish, key: str) -> Gateway:
    return Gateway(endpoint=outputs.endpoint, model=wish.model, key=key)
