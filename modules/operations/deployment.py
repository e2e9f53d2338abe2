"""An environment on its target: what a runbook works on."""

from dataclasses import dataclass
from typing import Any

import boto3

from modules.operations.outputs import Outputs
from modules.settings import Environment
from modules.target import Target


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """
    Attributes:
        environment: as its file has it now, which may be ahead of what is deployed.
        rehearsal_status: what the rehearsal says of itself; None on AWS.
    """

    environment: Environment
    target: Target
    outputs: Outputs
    session: boto3.Session
    rehearsal_status: dict[str, Any] | None

    @property
    def pace(self) -> float:
        """How many times shorter than AWS's its waits are."""
        return float(self.rehearsal_status["settings"]["pace"]) if self.rehearsal_status else 1.0

    def __str__(self) -> str:
        return f"{self.environment.name} on {self.target}, region {self.target.region}, {self.outputs.endpoint}"
