"""The restore itself: a new instance beside the old one, then their identifiers change hands, and the endpoint with
them. Nothing is deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from modules.operations.restore.instances import Instances, RestoreError
from modules.operations.restore.request import later_changes, restore_request

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef


@dataclass(frozen=True, kw_only=True)
class Names:
    """Identifiers: `serving` is the endpoint's, before and after; the old instance becomes `old`."""

    serving: str
    restored: str
    old: str

    @classmethod
    def at(cls, serving: str, now: float) -> "Names":
        stamp = f"{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}"
        return cls(serving=serving, restored=f"{serving}-restored-{stamp}", old=f"{serving}-old-{stamp}")


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    Attributes:
        began, ended: seconds, by the restore's clock.
    """

    what: str
    began: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class Restored:
    """
    Attributes:
        moment: that the data are of.
        unserved: why LiteLLM does not have its database again; None: it has.
        decided: when the restore began, by its clock; until the last step ended it is the RTO.
        resource: of the new instance; Terraform's id of it.
    """

    names: Names
    moment: datetime
    decided: float
    resource: str
    old_resource: str
    steps: list[Step]
    unserved: str | None

    @property
    def seconds(self) -> float:
        return self.steps[-1].ended - self.decided


def restore(
    instances: Instances,
    source: "DBInstanceTypeDef",
    names: Names,
    moment: datetime,
    *,
    serves: Callable[[], str | None],
    serve_within_seconds: float = 300,
) -> Restored:
    """
    Args:
        serves: why the database is not in use at its endpoint yet; None: LiteLLM's login writes, and LiteLLM answers.

    Raises:
        RestoreError: with what there is now, and how to go on or back.
    """
    clock, steps = instances.clock, list[Step]()

    def step(what: str, do: Callable[[], Any], otherwise: str) -> Any:
        instances.say(f"{what} ...")
        began = clock()
        try:
            result = do()
        except RestoreError as error:
            raise RestoreError(f"{error}. {otherwise}") from None
        steps.append(Step(what=what, began=began, ended=clock()))
        return result

    decided = clock()
    asked = instances.rds.restore_db_instance_to_point_in_time(
        **restore_request(source, name=names.restored, moment=moment)
    )
    resource, old_resource = asked["DBInstance"]["DbiResourceId"], source["DbiResourceId"]
    unused = f"{names.serving} serves as before; {names.restored} is not used: delete it, it costs as much as the other"
    step("the backups become a new instance", lambda: instances.wait(resource, names.restored), unused)
    step("it gets the old one's settings", lambda: _settle(instances, source, resource, names), unused)
    back = (
        f"Nothing answers as {names.serving} now. Back to the old instance: aws rds modify-db-instance "
        f"--db-instance-identifier {names.old} --new-db-instance-identifier {names.serving} --apply-immediately"
    )
    step("the old instance is set aside", lambda: _rename(instances, old_resource, names.serving, names.old), back)
    step("the new one takes its place", lambda: _rename(instances, resource, names.restored, names.serving), back)
    # Not for a raise: Terraform has to be told all the same.
    unserved = step(
        "LiteLLM has its database again", lambda: _wait_until_served(instances, serves, serve_within_seconds), ""
    )
    return Restored(
        names=names,
        moment=moment,
        decided=decided,
        resource=resource,
        old_resource=old_resource,
        steps=steps,
        unserved=unserved,
    )


def _settle(instances: Instances, source: "DBInstanceTypeDef", resource: str, names: Names) -> None:
    instances.change(names.restored, **later_changes(source))
    instances.wait(resource, names.restored)


def _rename(instances: Instances, resource: str, name: str, new_name: str) -> None:
    instances.change(name, NewDBInstanceIdentifier=new_name)
    instances.wait(resource, new_name)


def _wait_until_served(instances: Instances, serves: Callable[[], str | None], within_seconds: float) -> str | None:
    deadline = instances.clock() + within_seconds
    while (wrong := serves()) is not None and instances.clock() < deadline:
        instances.sleep(0.5)
    return wrong
