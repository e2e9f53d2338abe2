"""What runs under the rehearsal's API: tasks, balancer, database, the LLM provider, alarms."""

import random
from pathlib import Path
from typing import Any

from modules.rehearsal.addresses import Addresses
from modules.rehearsal.part import Part
from modules.rehearsal.settings import RehearsalSettings
from modules.rehearsal.tasks.part import Tasks


class DataPlane:
    """Starts the parts, answers for them, and stops them in the opposite order.

    Attributes:
        parts: by their names.
    """

    def __init__(self, *, url: str, directory: Path, settings: RehearsalSettings) -> None:
        """
        Args:
            url: of the control plane.
            directory: a part keeps its files in a folder of its own name here, and removes it when it stops.
        """
        self.settings = settings
        self.addresses = Addresses.claim(random.Random())
        parts: list[Part] = [
            Tasks(url=url, directory=directory, settings=settings, addresses=self.addresses),
        ]
        self.parts: dict[str, Part] = {part.name: part for part in parts}

    def start(self) -> None:
        for part in self.parts.values():
            part.start()

    def stop(self) -> None:
        for part in reversed(self.parts.values()):
            part.stop()
        self.addresses.close()

    def status(self) -> dict[str, Any]:
        return {name: {"failure": part.failure(), **part.status()} for name, part in self.parts.items()}
