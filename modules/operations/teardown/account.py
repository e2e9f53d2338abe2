"""Asking AWS for everything that carries an environment's name or its tag."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import boto3

from modules.operations.teardown.left import Left
from modules.operations.teardown.listings import LISTINGS

CONTAINER_INSIGHTS = "/aws/ecs/containerinsights/"


class Account:
    """
    Attributes:
        name: of the environment's resources, such as `benchmark-litellm`.
    """

    def __init__(self, session: boto3.Session, environment: str, secrets_kept_days: int) -> None:
        self.name = f"{environment}-litellm"
        self._session = session
        self._environment = environment
        self._secrets_kept_days = secrets_kept_days
        # `dev-litellm` is not in the name of the environment `my-dev`.
        self._own = re.compile(rf"(?<![A-Za-z0-9-]){re.escape(self.name)}(?![A-Za-z0-9])")

    def left(self, region: str, *, everywhere: bool) -> Iterator[Left]:
        """All that carries the name, then what carries the tag alone.

        Args:
            everywhere: with what is listed once for all regions.
        """
        found = [*self._named(region, everywhere=everywhere), *self._with_an_afterlife(region)]
        yield from found
        yield from self._tagged(region, {one.name for one in found})

    def _named(self, region: str, *, everywhere: bool) -> Iterator[Left]:
        for listing in LISTINGS:
            if listing.everywhere and not everywhere:
                continue
            for entry in self._entries(region, listing.service, listing.operation, listing.key, listing.arguments):
                name = entry[listing.name] if listing.name else entry
                if not self._own.search(name):
                    continue
                if name.startswith(CONTAINER_INSIGHTS):
                    yield Left(
                        kind="log group of Container Insights",
                        name=name,
                        region=region,
                        fate="goes by itself",
                        until="its lines after a day; the empty group costs nothing",
                        what_to_do=f"aws logs delete-log-group --log-group-name {name}",
                    )
                else:
                    yield Left(kind=listing.kind, name=name, region=region, fate="unexpected")

    def _with_an_afterlife(self, region: str) -> Iterator[Left]:
        """Snapshots, backups, secrets and keys."""
        for one in self._entries(region, "rds", "describe_db_snapshots", "DBSnapshots", {"SnapshotType": "manual"}):
            if self._own.search(one["DBSnapshotIdentifier"]) or self._own.search(one["DBInstanceIdentifier"]):
                yield Left(
                    kind="database snapshot",
                    name=one["DBSnapshotIdentifier"],
                    region=region,
                    fate="kept",
                    gib=one["AllocatedStorage"],
                    what_to_do="aws rds delete-db-snapshot --db-snapshot-identifier " + one["DBSnapshotIdentifier"],
                )
        backups = self._entries(
            region, "rds", "describe_db_instance_automated_backups", "DBInstanceAutomatedBackups", {}
        )
        for one in backups:
            if self._own.search(one["DBInstanceIdentifier"]):
                yield Left(
                    kind="automated backups",
                    name=one["DBInstanceIdentifier"],
                    region=region,
                    fate="goes by itself",
                    until=f"{one.get('BackupRetentionPeriod', '?')} days after each was made",
                    gib=one.get("AllocatedStorage", 0),
                )
        planned = {"IncludePlannedDeletion": True}
        for one in self._entries(region, "secretsmanager", "list_secrets", "SecretList", planned):
            if self._own.search(one["Name"]):
                deleted: datetime | None = one.get("DeletedDate")
                goes = deleted + timedelta(days=self._secrets_kept_days) if deleted else None
                yield Left(
                    kind="secret",
                    name=one["Name"],
                    region=region,
                    fate="goes by itself" if goes else "unexpected",
                    until=f"{goes:%Y-%m-%d}" if goes else "",
                    what_to_do=f"aws secretsmanager restore-secret --secret-id {one['Name']} keeps it" if goes else "",
                )

    def _tagged(self, region: str, known: set[str]) -> Iterator[Left]:
        """AWS may list what is gone for some minutes more (Resource Groups Tagging API, GetResources)."""
        filters = [{"Key": "project", "Values": ["litellm"]}, {"Key": "environment", "Values": [self._environment]}]
        arguments = {"TagFilters": filters}
        for one in self._entries(
            region, "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", arguments
        ):
            arn = one["ResourceARN"]
            service, rest = arn.split(":")[2], arn.split(":", 5)[5]
            if any(name in arn for name in known) or self._is_gone(region, service, rest):
                continue
            yield (
                self._key(region, rest)
                if service == "kms"
                else Left(kind=f"{service}, by its tag", name=rest, region=region, fate="unexpected")
            )

    def _is_gone(self, region: str, service: str, rest: str) -> bool:
        """Some stay listed after their end: task definitions, clusters, services, tasks, NAT gateways (for an hour)."""
        if service == "ecs" and rest.startswith("task-definition/"):
            return True
        if service == "ecs" and rest.startswith(("cluster/", "service/", "task/")):
            # AWS deletes no cluster that has a service or a task left, and they cannot be asked for without it.
            clusters = self._session.client("ecs", region_name=region).describe_clusters(clusters=[rest.split("/")[1]])
            return all(one["status"] == "INACTIVE" for one in clusters["clusters"])
        if service == "ec2" and rest.startswith("natgateway/"):
            gateways = self._entries(region, "ec2", "describe_nat_gateways", "NatGateways", {})
            return not any(one["NatGatewayId"] in rest and one["State"] != "deleted" for one in gateways)
        return False

    def _key(self, region: str, rest: str) -> Left:
        id_ = rest.removeprefix("key/")
        key = self._session.client("kms", region_name=region).describe_key(KeyId=id_)["KeyMetadata"]
        deletion: datetime | None = key.get("DeletionDate")
        return Left(
            kind="KMS key",
            name=f"{id_} ({key.get('Description', '')})",
            region=region,
            fate="goes by itself" if deletion else "unexpected",
            until=f"{deletion:%Y-%m-%d}" if deletion else "",
            what_to_do=f"aws kms cancel-key-deletion --key-id {id_} keeps it" if deletion else "",
        )

    def _entries(
        self, region: str, service: str, operation: str, key: str, arguments: Mapping[str, Any]
    ) -> Iterator[Any]:
        client: Any = self._session.client(service, region_name=region)  # type: ignore[call-overload]
        if client.can_paginate(operation):
            for page in client.get_paginator(operation).paginate(**arguments):
                yield from page.get(key, [])
        else:
            yield from getattr(client, operation)(**arguments).get(key, [])
