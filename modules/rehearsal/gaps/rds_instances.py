"""RDS: what an instance does rather than what it is configured with: its endpoint, its start, reboots, events."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from moto.core.utils import utcnow
from moto.rds.exceptions import InvalidParameterCombination, RDSClientError
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from modules.rehearsal.gaps.patching import Method, wrap

_EVENTS_MINUTES = 60


class Databases(Protocol):
    """The part of the data plane that runs the instances; its methods are called while the control plane is locked."""

    def runs(self, instance: Any) -> bool:
        """Whether it runs an instance like this one."""

    def address(self, instance: Any) -> str:
        """Where the instance's endpoint is."""

    def restorable(self, instance: Any) -> tuple[datetime, datetime] | None:
        """The first and the last time that the instance's backups can be restored to, in UTC; None: there are none."""

    def reboot(self, instance: Any, *, failover: bool) -> None:
        """Asks for a reboot, which follows."""


databases: Databases | None = None
"""Set by the data plane as long as it runs; without one, an instance is what moto makes of it."""


def install() -> None:
    wrap(DBInstance, "address", be_where_the_database_is)
    wrap(DBInstance, "__init__", take_time_to_be_created)
    wrap(RDSBackend, "create_db_instance_read_replica", take_time_to_copy)
    wrap(RDSBackend, "start_db_instance", take_time_to_start)
    wrap(RDSResponse, "reboot_db_instance", reboot)
    wrap(RDSBackend, "describe_events", select_events)


def be_where_the_database_is(original: Method, instance: Any) -> Any:
    """AWS's endpoint leads to the database; moto's name leads nowhere."""
    return databases.address(instance) if databases and databases.runs(instance) else original(instance)


def take_time_to_be_created(original: Method, instance: Any, *arguments: Any, **settings: Any) -> None:
    """AWS shows `creating` until the database answers; moto shows `available` at once."""
    original(instance, *arguments, **settings)
    instance.secondary_availability_zone = None
    if databases and databases.runs(instance):
        instance.status = "creating"


def take_time_to_copy(original: Method, backend: Any, settings: dict[str, Any]) -> Any:
    """AWS makes a replica in another place, from a copy of its source's data."""
    replica = original(backend, settings)
    replica.secondary_availability_zone = None
    if databases and databases.runs(replica):
        replica.status = "creating"
    return replica


def take_time_to_start(original: Method, backend: Any, *arguments: Any, **named: Any) -> Any:
    """AWS shows `starting` until the database answers; moto shows `available` at once."""
    instance = original(backend, *arguments, **named)
    if databases and databases.runs(instance):
        instance.status = "starting"
    return instance


def reboot(original: Method, response: Any) -> Any:
    """AWS restarts the database, or fails over to the standby when it is told to; moto does nothing.

    That an instance must be Multi-AZ for a failover, and `available`: RDS API Reference, RebootDBInstance. The codes
    are AWS's; the first one's text is the reference's sentence.
    """
    if databases:
        failover = str(response.params.get("ForceFailover", False)).lower() == "true"
        ask_to_reboot(response.backend, response.params.get("DBInstanceIdentifier"), failover=failover)
    return original(response)


def ask_to_reboot(backend: Any, identifier: str, *, failover: bool) -> None:
    """
    Raises:
        InvalidParameterCombination: a failover of an instance without a standby.
        RDSClientError: the instance is busy, or there is none.
    """
    instance = backend.describe_db_instances(identifier)[0]
    if databases is None or not databases.runs(instance):
        return
    if failover and not instance.multi_az:
        raise InvalidParameterCombination(
            "You can't enable force failover if the instance isn't configured for Multi-AZ."
        )
    if instance.status != "available":
        raise RDSClientError("InvalidDBInstanceState", f"Instance {identifier} is not in available state.")
    instance.status = "rebooting"
    databases.reboot(instance, failover=failover)


def select_events(original: Method, backend: Any, **question: Any) -> Any:
    """AWS shows the events of the last hour unless it is asked for others, and of the categories that are asked for;
    moto shows all of them."""
    chosen = {name.replace("_", "").lower(): value for name, value in question.items()}
    end = chosen.get("endtime") or utcnow()
    duration = timedelta(minutes=int(chosen.get("duration") or _EVENTS_MINUTES))
    start = chosen.get("starttime") or end - duration
    categories = set(chosen.get("eventcategories") or [])
    return [
        event
        for event in original(backend, **question)
        if start.replace(tzinfo=None) <= event.date.replace(tzinfo=None) <= end.replace(tzinfo=None)
        and (not categories or categories & set(event.event_categories))
    ]
