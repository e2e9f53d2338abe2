"""What all tasks of a rehearsal share."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from modules.rehearsal.addresses import Addresses
from modules.rehearsal.settings import RehearsalSettings
from modules.rehearsal.tasks.orphans import ProcessRecord
from modules.rehearsal.tasks.targets import TargetHealth


@dataclass(kw_only=True)
class Machine:
    """
    Attributes:
        url: of the AWS API.
        folder: has a folder for each task that has not stopped.
        upstream: URL of the fake LLM provider, once it runs.
        authorities: a file of the certificate authorities that a task trusts; None: the machine's.
        target_health: None: nobody balances, and every registered target counts as healthy.
        alarm_state: of an alarm's name; None: there are no alarms.
        zones_cut: availability zones in which no task can start.
        starting: ARNs of the tasks whose program started and has not passed its health check yet.
    """

    url: str
    folder: Path
    settings: RehearsalSettings
    addresses: Addresses
    record: ProcessRecord
    upstream: Callable[[], str | None] = lambda: None
    query_engine: Path | None = None
    authorities: Path | None = None
    target_health: TargetHealth | None = None
    alarm_state: Callable[[str], str] | None = None
    zones_cut: set[str] = field(default_factory=set)
    starting: set[str] = field(default_factory=set)
    clock: Callable[[], float] = time.monotonic
    choose: random.Random = field(default_factory=random.Random)
