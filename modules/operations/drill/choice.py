"""Which of an environment's fault templates a drill starts."""

from dataclasses import dataclass
from typing import Literal

from modules.operations.drill.deployed import Deployed
from modules.operations.drill.run import RefusedError
from modules.operations.outputs import Outputs
from modules.planning.recovery.prediction import Fault
from modules.settings import Environment

DrillName = Literal["task", "az", "rds"]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """
    Attributes:
        fault: what is predicted of it.
        zone: that is lost; empty where none is.
    """

    template_id: str
    fault: Fault
    zone: str = ""


def choose(drill: DrillName, environment: Environment, outputs: Outputs, deployed: Deployed, zone: str) -> Choice:
    """
    Args:
        zone: for the drill `az`; empty: the first that has neither the database nor, where there is one, the only NAT
            gateway.

    Raises:
        RefusedError: the environment has no such fault, or nothing that would survive it.
    """
    templates = outputs.fault_templates
    if not templates:
        raise RefusedError(f"{environment.name} has no fault templates: state `drills: {{}}` in its file and deploy it")
    if drill == "task":
        key, fault = "stop-task", Fault.TASK_STOPPED
    elif drill == "rds":
        key, fault = _failover(environment, deployed)
    else:
        zone = zone or _spare_zone(environment, deployed)
        key, fault = _lost_zone(environment, deployed, zone)
    if key not in templates:
        raise RefusedError(f"{environment.name} has no fault {key}; it has {', '.join(sorted(templates))}")
    return Choice(template_id=templates[key], fault=fault, zone=zone)


def _failover(environment: Environment, deployed: Deployed) -> tuple[str, Fault]:
    if environment.database.multi_az:
        return "database-failover", Fault.DATABASE_FAILOVER
    raise RefusedError(
        f"{environment.name} has its database in one zone (database.multi_az: false): there is no standby to fail over "
        "to. If it is lost, restore it to the last five minutes: 'aws rds restore-db-instance-to-point-in-time "
        f"--source-db-instance-identifier {deployed.database} --target-db-instance-identifier NAME "
        "--use-latest-restorable-time', which takes half an hour or more; then let the service use it"
    )


def _lost_zone(environment: Environment, deployed: Deployed, zone: str) -> tuple[str, Fault]:
    zones = environment.availability_zones
    if zone not in zones:
        raise RefusedError(f"{environment.name} is not in the zone {zone}; it is in {', '.join(zones)}")
    home = _home(deployed)
    fails_over = zone == home and environment.database.multi_az
    fault = Fault.HOME_ZONE_LOST if zone in _needed_zones(environment, home) else Fault.ZONE_LOST
    return (f"zone-{zone}-with-database" if fails_over else f"zone-{zone}"), fault


def _spare_zone(environment: Environment, deployed: Deployed) -> str:
    zones, needed = environment.availability_zones, _needed_zones(environment, _home(deployed))
    return next((zone for zone in zones if zone not in needed), zones[-1])


def _needed_zones(environment: Environment, home: str) -> set[str]:
    """Zones with more than tasks in them."""
    only_gateway = environment.availability_zones[:1] if environment.network.nat_gateways == "single" else ()
    return {home, *only_gateway}


def _home(deployed: Deployed) -> str:
    found = deployed.session.client("rds").describe_db_instances(DBInstanceIdentifier=deployed.database)
    return found["DBInstances"][0]["AvailabilityZone"]
