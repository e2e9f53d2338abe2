"""The rehearsal's databases: one for every PostgreSQL instance in RDS."""

from datetime import datetime
from pathlib import Path
from typing import Any

from modules.rehearsal.addresses import Addresses
from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.database.backups import Backups
from modules.rehearsal.database.instance import Instance, Surroundings
from modules.rehearsal.database.leftovers import FOLDER, clean
from modules.rehearsal.database.postgres import Server
from modules.rehearsal.database.wanted import instances, is_ours
from modules.rehearsal.gaps import rds_instances
from modules.rehearsal.lifecycle import RehearsalError
from modules.rehearsal.part import Follower
from modules.rehearsal.settings import RehearsalSettings


class Database(Follower):
    """Follows RDS in all regions; an instance is a real PostgreSQL at its endpoint."""

    name = "database"

    def __init__(self, *, directory: Path, settings: RehearsalSettings, addresses: Addresses) -> None:
        super().__init__()
        self._folder = directory / FOLDER
        self._addresses = addresses
        self._instances: dict[str, Instance] = {}
        self._ending: dict[str, Instance] = {}
        self._cut_zones: set[str] = set()
        self._surroundings = Surroundings(settings, self._address, self._cut_zones, self._server_of, self._backups_of)

    def start(self) -> None:
        clean(self._folder.parent)
        rds_instances.databases = self
        super().start()

    def stop(self) -> None:
        rds_instances.databases = None
        super().stop()
        for instance in self._instances.values():
            instance.leave(deleted=False)
        for instance in [*self._instances.values(), *self._ending.values()]:
            instance.join()
        clean(self._folder.parent)

    def turn(self) -> None:
        with LOCK:
            found = {wanted.resource: (made_of, wanted) for made_of, wanted in instances()}
        for resource, (made_of, wanted) in found.items():
            if resource in self._instances:
                self._instances[resource].wanted = wanted
                continue
            self._folder.mkdir(mode=0o711, exist_ok=True)
            instance = Instance(made_of, wanted, self._folder / resource, self._surroundings)
            self._instances[resource] = instance
            instance.start()
        for resource in self._instances.keys() - found.keys():
            self._ending[resource] = self._instances.pop(resource)
            self._ending[resource].leave(deleted=True)
        for resource in [resource for resource, instance in self._ending.items() if instance.ended()]:
            with LOCK:
                for name in self._ending.pop(resource).addressed:
                    self._addresses.release(name)

    def process_ids(self) -> list[int]:
        return [pid for instance in list(self._instances.values()) for pid in instance.process_ids()]

    def status(self) -> dict[str, Any]:
        running = list(self._instances.values())
        return {"instances": {one.wanted.identifier: one.status() for one in running}}

    def failure(self) -> str | None:
        failures = [f"{one.wanted.identifier}: {one.failure}" for one in list(self._instances.values()) if one.failure]
        return "; ".join(filter(None, [super().failure(), *failures])) or None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """A fault, by its verb: `{"failover": identifier}`, `{"cut_zone": zone}`, `{"restore_zone": zone}`."""
        verbs = {"failover": self.failover, "cut_zone": self.cut_zone, "restore_zone": self.restore_zone}
        for verb, argument in request.items():
            verbs[verb](argument)
        return {}

    def runs(self, instance: Any) -> bool:
        return is_ours(instance)

    def address(self, instance: Any) -> str:
        return self._address(instance.endpoint_name)

    def restorable(self, instance: Any) -> tuple[datetime, datetime] | None:
        backups = self._backups_of(instance.dbi_resource_id)
        if backups is None or backups.earliest is None or backups.latest is None:
            return None
        return backups.earliest, backups.latest

    def reboot(self, instance: Any, *, failover: bool) -> None:
        if (running := self._instances.get(instance.dbi_resource_id)) is not None:
            running.reboot(failover=failover)

    def failover(self, identifier: str) -> None:
        """Fails an instance over to its standby, as RebootDBInstance with ForceFailover does.

        Raises:
            RehearsalError: there is no such instance, or it is not Multi-AZ.
        """
        found = [one for one in self._instances.values() if one.wanted.identifier == identifier]
        if not found or not found[0].wanted.multi_az:
            raise RehearsalError(f"{identifier} is no Multi-AZ instance of this rehearsal: {self._identifiers()}")
        found[0].reboot(failover=True)

    def cut_zone(self, zone: str) -> None:
        """Takes the network of an Availability Zone away: what stands there is reached by nobody."""
        self._cut_zones.add(zone)

    def restore_zone(self, zone: str) -> None:
        self._cut_zones.discard(zone)

    def _identifiers(self) -> str:
        return ", ".join(one.wanted.identifier for one in self._instances.values()) or "it has none"

    def _address(self, resource: str) -> str:
        with LOCK:
            return self._addresses.of(resource)

    def _backups_of(self, resource: str) -> Backups | None:
        source = self._instances.get(resource)
        return source.backups if source else None

    def _server_of(self, resource: str) -> Server | None:
        source = self._instances.get(resource)
        primary = source.primary if source else None
        return primary if primary is not None and primary.running() else None
