"""A rehearsal whose ElastiCache is a real Redis, with AWS's waits fifty times shorter."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.rehearsal.parts import Rehearsed, started, wait_until


class Caches(Rehearsed):
    """ElastiCache as a user has it."""

    @property
    def elasticache(self) -> Any:
        return self.client("elasticache")

    def create(self, name: str, **settings: Any) -> dict[str, Any]:
        """A group as Terraform creates it, available."""
        given = {
            "ReplicationGroupDescription": "tests",
            "Engine": "valkey",
            "CacheNodeType": "cache.t4g.small",
            "TransitEncryptionEnabled": True,
        }
        self.elasticache.create_replication_group(ReplicationGroupId=name, **{**given, **settings})
        wait_until(lambda: self.describe(name)["Status"] == "available")
        return self.describe(name)

    def describe(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.elasticache.describe_replication_groups(ReplicationGroupId=name)
        group: dict[str, Any] = found["ReplicationGroups"][0]
        return group

    def user(self, name: str, group: str, **settings: Any) -> None:
        """A user in a group of its own."""
        given = {"Engine": "valkey", "AccessString": "on ~* &* +@all -@dangerous", **settings}
        self.elasticache.create_user(UserId=name, UserName=name, **given)
        self.elasticache.create_user_group(UserGroupId=group, Engine="valkey", UserIds=[name])

    def delete(self, name: str) -> None:
        self.elasticache.delete_replication_group(ReplicationGroupId=name)

    def connect(self, name: str, endpoint: str = "PrimaryEndpoint", **given: Any) -> Any:
        """A client that trusts the authorities that tasks trust, and tries once."""
        where = self.describe(name)["NodeGroups"][0][endpoint]
        trust = {"ssl": True, "ssl_ca_certs": str(self.directory / "cache" / "authorities.pem")}
        trust = {} if given.get("ssl") is False else trust
        return redis.Redis(
            host=where["Address"],
            port=where["Port"],
            decode_responses=True,
            socket_timeout=5,
            retry=Retry(NoBackoff(), 0),
            **trust,
            **given,
        )

    def refuses(self, name: str, endpoint: str = "PrimaryEndpoint", **login: Any) -> bool:
        try:
            return not self.connect(name, endpoint, **login).ping()
        except redis.RedisError:
            return True

    def status(self, name: str) -> dict[str, Any]:
        said: dict[str, Any] = self.part("cache")["groups"][name]
        return said


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caches]:
    directory = tmp_path_factory.mktemp("caches") / ".rehearsal"
    with started(directory, pace="50") as rehearsal:
        yield Caches(rehearsal, directory)
