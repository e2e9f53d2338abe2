"""Versions: of the tools, of LiteLLM, of the database and of the cache, deployed against expected."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from modules.operations.examination.finding import Finding, bad, fine, warning
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


def offered(rds: "RDSClient", outputs: Outputs) -> Finding:
    """Whether RDS still offers the database's version."""
    instance = rds.describe_db_instances(DBInstanceIdentifier=outputs.database)["DBInstances"][0]
    engine, version = instance["Engine"], instance["EngineVersion"]
    found = rds.describe_db_engine_versions(Engine=engine, EngineVersion=version)["DBEngineVersions"]
    if any(one.get("Status") == "deprecated" for one in found):
        return bad(f"RDS gives PostgreSQL {version} up", "state a newer database.engine_version and deploy it")
    return fine(f"RDS offers PostgreSQL {version}")


def maintenance(rds: "RDSClient", outputs: Outputs) -> Iterator[Finding]:
    """What RDS wants to do in the next maintenance window."""
    instance = rds.describe_db_instances(DBInstanceIdentifier=outputs.database)["DBInstances"][0]
    actions = rds.describe_pending_maintenance_actions(ResourceIdentifier=instance["DBInstanceArn"])
    details = [
        action for one in actions["PendingMaintenanceActions"] for action in one["PendingMaintenanceActionDetails"]
    ]
    for action in details:
        yield warning(
            f"RDS wants to maintain {outputs.database}: {action['Action']} ({action.get('Description', '')})",
            "it comes in the maintenance window; 'aws rds apply-pending-maintenance-action' does it earlier",
        )
    if not details:
        yield fine(f"RDS plans no maintenance of {outputs.database}")


def cache(elasticache: Any, group: str, settings: Cache) -> Iterator[Finding]:
    """The version of each node of a replication group."""
    (found,) = elasticache.describe_replication_groups(ReplicationGroupId=group)["ReplicationGroups"]
    for node in found["MemberClusters"]:
        (cluster,) = elasticache.describe_cache_clusters(CacheClusterId=node)["CacheClusters"]
        version = cluster["EngineVersion"]
        if version.startswith(settings.engine_version):
            yield fine(f"{node} is {settings.engine} {version}")
        else:
            yield bad(
                f"{node} is {settings.engine} {version}, the environment states {settings.engine_version}",
                "look at 'make plan'; ElastiCache goes up to a newer version, and back only by a new cache",
            )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))
