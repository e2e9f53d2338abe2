"""All settings of one deployment."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from modules.settings.base import Region, Settings
from modules.settings.cache import Cache
from modules.settings.database import Database
from modules.settings.drills import Drills
from modules.settings.litellm import LiteLLM
from modules.settings.load_balancer import LoadBalancer
from modules.settings.load_test import LoadTest
from modules.settings.network import Network
from modules.settings.operation import (
    Alarms,
    AuditTrail,
    Budget,
    Encryption,
    Load,
    Logs,
    Notifications,
    Objectives,
    SecondRegion,
    Secrets,
)
from modules.settings.service import Service
from modules.target import STATE_STACK


class Environment(Settings):
    """All settings of one deployment."""

    name: Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=16)]
    """Prefix of every resource's name, and the key of the state: lower-case letters, digits and single hyphens."""
    region: Region = "us-east-1"
    availability_zones: tuple[str, ...] = ("us-east-1a", "us-east-1b")
    tags: dict[str, str] = Field(default_factory=dict)
    """Added to every resource beside the project's own."""
    load: Load = Load()
    network: Network = Network()
    load_balancer: LoadBalancer = LoadBalancer()
    service: Service = Service()
    litellm: LiteLLM = LiteLLM()
    database: Database = Database()
    cache: Cache | None = None
    secrets: Secrets = Secrets()
    encryption: Encryption = Encryption()
    logs: Logs = Logs()
    audit_trail: AuditTrail | None = AuditTrail()
    second_region: SecondRegion | None = None
    alarms: Alarms = Alarms()
    notifications: Notifications = Notifications()
    budget: Budget | None = None
    objectives: Objectives = Objectives()
    drills: Drills | None = Drills()
    load_test: LoadTest | None = None

    @field_validator("name")
    @classmethod
    def name_is_free(cls, name: str) -> str:
        if name == STATE_STACK:
            raise ValueError("that is the name of the stack that holds the states; take another")
        if f"{name}-".startswith("internal-"):
            raise ValueError("Elastic Load Balancing keeps names that begin with 'internal-' for itself; take another")
        return name

    @model_validator(mode="after")
    def second_region_is_another(self) -> Self:
        if self.second_region and self.second_region.region == self.region:
            raise ValueError(f"second_region.region {self.region} is the environment's own; take another")
        return self
