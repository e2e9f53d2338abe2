"""Every choice that an environment makes, typed, with its default and its unit.

An environment is one YAML file in `environments/` that states only what differs from the defaults here; it is read
by `modules/environment_file.py`. Checks of one value or of close neighbours stand beside them; checks across the tree
are in `modules/rules/`.
"""

from modules.settings.base import RetentionDays, Settings
from modules.settings.cache import Cache
from modules.settings.database import Database, DatabaseParameters, ReadReplica
from modules.settings.drills import Drills
from modules.settings.environment import Environment
from modules.settings.litellm import LiteLLM
from modules.settings.load_balancer import Domain, Firewall, LoadBalancer, TargetHealthCheck
from modules.settings.load_test import FakeUpstream, LoadGenerators, LoadTest
from modules.settings.network import ExistingNetwork, FlowLogs, Network
from modules.settings.operation import (
    Alarms,
    AuditTrail,
    Budget,
    Encryption,
    Load,
    LogArchive,
    Logs,
    Notifications,
    Objectives,
    SecondRegion,
    Secrets,
)
from modules.settings.service import Autoscaling, ContainerHealthCheck, RollingDeployment, Schedule, Service, Spot

__all__ = [
    "Alarms",
    "AuditTrail",
    "Autoscaling",
    "Budget",
    "Cache",
    "ContainerHealthCheck",
    "Database",
    "DatabaseParameters",
    "Domain",
    "Drills",
    "Encryption",
    "Environment",
    "ExistingNetwork",
    "FakeUpstream",
    "Firewall",
    "FlowLogs",
    "LiteLLM",
    "Load",
    "LoadBalancer",
    "LoadGenerators",
    "LoadTest",
    "LogArchive",
    "Logs",
    "Network",
    "Notifications",
    "Objectives",
    "ReadReplica",
    "RetentionDays",
    "RollingDeployment",
    "Schedule",
    "SecondRegion",
    "Secrets",
    "Service",
    "Settings",
    "Spot",
    "TargetHealthCheck",
]
