"""The rehearsal's caches: one for every replication group in ElastiCache."""

import shutil
import ssl
from pathlib import Path
from typing import Any

import certifi

from modules.rehearsal import metrics
from modules.rehearsal.addresses import Addresses
from modules.rehearsal.cache.group import Group, endpoints
from modules.rehearsal.cache.wanted import groups, is_ours, resource
from modules.rehearsal.certificates import CA_FILE, CertificateAuthority
from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.gaps import elasticache
from modules.rehearsal.part import Follower
from modules.rehearsal.settings import RehearsalSettings

FOLDER = "cache"
_METRICS_SECONDS = 60


class Cache(Follower):
    """Follows ElastiCache in all regions; a group without shards is a real Redis at its endpoints.

    Attributes:
        authorities: a file of all certificate authorities that a client on AWS trusts, and the rehearsal's own.
    """

    name = "cache"

    def __init__(self, *, directory: Path, settings: RehearsalSettings, addresses: Addresses) -> None:
        super().__init__()
        self._folder = directory / FOLDER
        self.authorities = self._folder / "authorities.pem"
        self._addresses = addresses
        self._groups: dict[str, Group] = {}
        self._minutes = metrics.Minutes(settings.paced(_METRICS_SECONDS))

    def start(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True)
        self._authority = CertificateAuthority(self._folder)
        system = Path(ssl.get_default_verify_paths().cafile or certifi.where())
        self.authorities.write_bytes(system.read_bytes() + (self._folder / CA_FILE).read_bytes())
        elasticache.caches = self
        super().start()

    def stop(self) -> None:
        elasticache.caches = None
        super().stop()
        for group in self._groups.values():
            group.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def turn(self) -> None:
        with LOCK:
            found = {wanted.resource: (made_of, wanted) for made_of, wanted in groups()}
        for gone in self._groups.keys() - found.keys():
            self._groups.pop(gone).stop()
        minute = self._minutes.over()
        failures: list[Exception] = []
        for name, (made_of, wanted) in found.items():
            if name not in self._groups:
                address, _ = endpoints(self._addresses, name)
                self._groups[name] = Group(made_of, wanted, self._folder / address, self._addresses, self._authority)
            try:
                self._groups[name].turn(wanted, minute)
            except Exception as error:
                # One group that cannot be followed must not hold up the others.
                failures.append(error)
        if failures:
            raise failures[0]

    def process_ids(self) -> list[int]:
        return [pid for group in list(self._groups.values()) for pid in group.process_ids()]

    def status(self) -> dict[str, Any]:
        return {"groups": {group.wanted.name: group.status() for group in list(self._groups.values())}}

    def failure(self) -> str | None:
        failures = [failure for group in list(self._groups.values()) for failure in group.failures()]
        return "; ".join(filter(None, [super().failure(), *failures])) or None

    def runs(self, group: Any) -> bool:
        return is_ours(group)

    def addresses(self, group: Any) -> tuple[str, str]:
        return endpoints(self._addresses, resource(group))
