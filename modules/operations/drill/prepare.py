"""The three drills of the runbooks, put together from a deployment's settings and outputs."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from modules.operations.deployment import Deployment
from modules.operations.drill.chat import Gateway
from modules.operations.drill.deployed import Deployed, stop_alarms
from modules.operations.drill.evidence import Evidence
from modules.operations.drill.hypothesis import Hypothesis
from modules.operations.drill.login import connector
from modules.operations.drill.observation import Observation
from modules.operations.drill.probe import Probe
from modules.operations.drill.report import Settings
from modules.operations.drill.run import RefusedError
from modules.operations.drill.tools import Tools
from modules.operations.drill.verdict import LOST_WRITES, REFUSED_WRITES, RTO_DEGRADED, RTO_FULL, Bounds
from modules.operations.drill.where import where
from modules.operations.drill.writes import Writer
from modules.operations.outputs import Outputs
from modules.planning.recovery.faults import Circumstances, measures, predict
from modules.planning.recovery.objectives import objective_seconds
from modules.planning.recovery.prediction import Fault, Measure, paced
from modules.settings import Environment

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

DrillName = Literal["task", "az", "rds"]
DRILLS: tuple[DrillName, ...] = ("task", "az", "rds")
DRILLS_FOLDER = Path(".drills")
_TIMES: Mapping[str, Measure] = {RTO_DEGRADED: "degraded", RTO_FULL: "full", REFUSED_WRITES: "writes"}


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


@dataclass(frozen=True, kw_only=True)
class Drill:
    """All that `run` wants, and what the planning needs to say more about the fault.

    Attributes:
        environment: with as many tasks as it has at the moment.
    """

    settings: Settings
    tools: Tools
    environment: Environment
    fault: Fault
    circumstances: Circumstances


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
    outputs, session, target = deployment.outputs, deployment.session, deployment.target
    environment, pace = deployment.environment, deployment.pace
    deployed = Deployed.find(session, outputs)
    templates = outputs.fault_templates
    if not templates:
        raise RefusedError(f"{environment.name} has no fault templates: state `drills: {{}}` in its file and deploy it")
    key, fault = _fault(drill, environment, deployed, wish)
    if key not in templates:
        raise RefusedError(f"{environment.name} has no fault {key}; it has {', '.join(sorted(templates))}")
    template = templates[key]
    environment = _as_it_runs(environment, session.client("ecs"), outputs)
    fis, clock = session.client("fis"), time.time
    alarms = stop_alarms(fis, template)
    outage = environment.drills.duration_minutes * 60 / pace if environment.drills else 0.0
    around = Circumstances(requests_per_second=wish.rate_per_second, outage_seconds=outage)
    settings = Settings(
        environment=environment.name,
        drill=drill,
        template_id=template,
        template_ids=tuple(templates.values()),
        hypothesis=Hypothesis(p95_seconds=wish.p95_seconds),
        objectives=_objectives(environment, fault, wish, pace),
        predictions=_predictions(environment, fault, wish, around, pace, here=target.rehearsal),
        alarms=tuple(alarms),
        baseline_seconds=wish.baseline_seconds,
        observe_at_least_seconds=max(30.0, 120 / pace),
        timeout_seconds=1800,
        **where(target, deployment.rehearsal_status),
    )
    evidence = Evidence(folder)
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
    tools = Tools(
        fis=fis,
        load=Probe(
            _gateway(outputs, wish, key_value, deployment.rehearsal_status),
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
    )
    return Drill(settings=settings, tools=tools, environment=environment, fault=fault, circumstances=around)


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


def _as_it_runs(environment: Environment, ecs: "ECSClient", outputs: Outputs) -> Environment:
    """With as many tasks as autoscaling wants at the moment."""
    service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
    running = environment.service.model_copy(update={"desired_tasks": service["desiredCount"]})
    return environment.model_copy(update={"service": running})


def _times(fault: Fault, wish: Wish) -> dict[str, Measure]:
    """What is predicted of the fault, by what the drill measures of it."""
    return {
        name: measure
        for name, measure in _TIMES.items()
        if measure in measures(fault) and (wish.write or name != REFUSED_WRITES)
    }


def _objectives(environment: Environment, fault: Fault, wish: Wish, pace: float) -> dict[str, float]:
    """Times are AWS's: a rehearsal at another pace is held to its predictions alone."""
    held = {name: objective_seconds(environment, fault, measure) for name, measure in _times(fault, wish).items()}
    times = {name: float(seconds) for name, seconds in held.items() if seconds is not None and pace == 1}
    return times | ({LOST_WRITES: 0.0} if wish.write else {})


def _predictions(
    environment: Environment, fault: Fault, wish: Wish, around: Circumstances, pace: float, *, here: bool
) -> dict[str, Bounds]:
    found = {}
    for name, measure in _times(fault, wish).items():
        prediction = predict(environment, fault, measure, around)
        if here:
            prediction = paced(prediction, pace, starts_in_a_row=math.ceil(environment.service.desired_tasks / 2))
        # LiteLLM may answer from its caches while its database is away, and on the rehearsal it has none.
        spared = fault is Fault.DATABASE_FAILOVER and name != REFUSED_WRITES
        found[name] = Bounds(least=0 if spared else prediction.lower, most=prediction.upper)
    return found


def _gateway(outputs: Outputs, wish: Wish, key: str, rehearsal_status: Mapping[str, Any] | None) -> Gateway:
    known = rehearsal_status["parts"]["balancer"]["https"] if rehearsal_status else []
    for way in (one for one in known if one["endpoint"] == outputs.endpoint):
        host, _, port = way["address"].rpartition(":")
        return Gateway(
            endpoint=outputs.endpoint,
            model=wish.model,
            key=key,
            address=(host, int(port)),
            ca_file=Path(way["certificate_authority"]),
        )
    return Gateway(endpoint=outputs.endpoint, model=wish.model, key=key)
