"""Versions: of the tools, of LiteLLM, of the database and of the cache, deployed against expected."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from modules.operations.doctor.finding import Finding, bad, fine, warning
from modules.operations.outputs import Outputs
from modules.settings import Environment
from modules.settings.cache import Cache

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_rds import RDSClient

LITELLM_CONTAINER = "litellm"
DEPLOY = "'make deploy' brings the service to the environment's version"


def terraform(own: str, states: str) -> Finding:
    """
    Args:
        own: version of the Terraform on this machine.
        states: version that wrote the state last.
    """
    if _numbers(own) < _numbers(states):
        return bad(
            f"the state was written by Terraform {states}, this machine has {own}",
            f"install Terraform {states} or later: an older one may not read what a newer one wrote",
        )
    return fine(f"Terraform {own}, the state was written by {states}")


def provider(own: str, expected: str) -> Finding:
    if own != expected:
        return bad(
            f"Terraform's AWS provider is {own}, the project is made for {expected}",
            "'make clean', then 'make plan' fetches the provider that the project locks",
        )
    return fine(f"Terraform's AWS provider {own}")


def litellm(ecs: "ECSClient", outputs: Outputs, environment: Environment) -> Iterator[Finding]:
    """The image that the service's newest task definition names, and whether all tasks run that one."""
    service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    image = next(one["image"] for one in definition["containerDefinitions"] if one["name"] == LITELLM_CONTAINER)
    expected = environment.service.image_reference
    if image != expected:
        yield warning(f"LiteLLM runs as {image}, the environment states {expected}", DEPLOY)
    else:
        yield fine(f"LiteLLM {image}")
    if len(service["deployments"]) > 1:
        yield warning(
            f"{len(service['deployments'])} deployments of {outputs.service} side by side",
            "one is under way, or was rolled back: 'make lab', notebook inventory, shows them",
        )


def database(rds: "RDSClient", outputs: Outputs, environment: Environment) -> Iterator[Finding]:
    """PostgreSQL's version, whether RDS still offers it, and what waits for the maintenance window."""
    instance = rds.describe_db_instances(DBInstanceIdentifier=outputs.database)["DBInstances"][0]
    version, stated = instance["EngineVersion"], environment.database.engine_version
    if version != stated and not version.startswith(f"{stated}."):
        yield bad(
            f"PostgreSQL is {version}, the environment states {stated}",
            "take a snapshot, then 'make deploy' upgrades it; a newer one stays: state it as database.engine_version",
        )
    else:
        yield fine(f"PostgreSQL {version}")
    if waiting := instance.get("PendingModifiedValues"):
        yield warning(
            f"changes of {outputs.database} wait for the maintenance window: {', '.join(waiting)}",
            f"nothing, or apply them at once; the window is {instance['PreferredMaintenanceWindow']} UTC",
        )
    offered = rds.describe_db_engine_versions(Engine=instance["Engine"], EngineVersion=version)["DBEngineVersions"]
    if any(one.get("Status") == "deprecated" for one in offered):
        yield bad(f"RDS gives PostgreSQL {version} up", "state a newer database.engine_version and deploy it")
    actions = rds.describe_pending_maintenance_actions(ResourceIdentifier=instance["DBInstanceArn"])
    for one in actions["PendingMaintenanceActions"]:
        for action in one["PendingMaintenanceActionDetails"]:
            yield warning(
                f"RDS wants to maintain {outputs.database}: {action['Action']} ({action.get('Description', '')})",
                "it comes in the maintenance window; 'aws rds apply-pending-maintenance-action' does it earlier",
            )


def cache(elasticache: Any, group: str, settings: Cache) -> Iterator[Finding]:
    clusters = elasticache.describe_cache_clusters()["CacheClusters"]
    found = {one["EngineVersion"] for one in clusters if one.get("ReplicationGroupId") == group}
    for version in sorted(found):
        if not version.startswith(settings.engine_version):
            yield bad(
                f"{settings.engine} is {version}, the environment states {settings.engine_version}", "'make plan' first"
            )
        else:
            yield fine(f"{settings.engine} {version}")
    if not found:
        yield bad(f"there is no cache {group}", "'make deploy' makes it again, empty")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))
