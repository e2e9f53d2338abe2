"""An RDS instance followed by its resource, whatever its identifier is at the moment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

POLL_SECONDS = 1.0
SAY_EVERY_SECONDS = 30.0
BROKEN = (
    "failed",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "restore-error",
    "storage-full",
)
"""RDS User Guide, "Viewing Amazon RDS DB instance status": none of these becomes `available` by itself."""


class RestoreError(Exception):
    """The restore stopped; the message says what there is now and how to go on or back. Nothing was deleted."""


@dataclass(frozen=True, kw_only=True)
class Instances:
    """
    Attributes:
        timeout_seconds: of each wait; a restore takes as long as the data are large.
    """

    rds: "RDSClient"
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    say: Callable[[str], None]
    timeout_seconds: float

    def find(self, resource: str) -> "DBInstanceTypeDef | None":
        found = self.rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [resource]}])
        return next(iter(found["DBInstances"]), None)

    def wait(self, resource: str, name: str) -> "DBInstanceTypeDef":
        """Waits until the instance has this identifier and is available.

        Raises:
            RestoreError: it is broken, or not available in time.
        """
        began = said_at = self.clock()
        while True:
            found = self.find(resource)
            identifier, status = (found["DBInstanceIdentifier"], found["DBInstanceStatus"]) if found else (name, "gone")
            if found and identifier == name and status == "available":
                return found
            if status in BROKEN or self.clock() - began >= self.timeout_seconds:
                raise RestoreError(f"{identifier} is {status} after {self.clock() - began:.0f} s")
            if self.clock() - said_at >= SAY_EVERY_SECONDS:
                said_at = self.clock()
                self.say(f"{identifier} is {status}")
            self.sleep(POLL_SECONDS)

    def change(self, name: str, **changes: Any) -> None:
        """Once AWS takes it: an instance that has just been changed is busy for a moment, also while it is available,
        and an identifier that was just given up is not free yet.

        Raises:
            RestoreError: AWS does not take it in time.
        """
        busy = (self.rds.exceptions.InvalidDBInstanceStateFault, self.rds.exceptions.DBInstanceAlreadyExistsFault)
        deadline = self.clock() + self.timeout_seconds
        while True:
            try:
                self.rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **changes)
            except busy as error:
                if self.clock() >= deadline:
                    raise RestoreError(f"{name} cannot be changed: {error}") from None
                self.sleep(POLL_SECONDS)
            else:
                return
