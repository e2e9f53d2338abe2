"""A rehearsal whose RDS is a real PostgreSQL, with AWS's waits thirty times shorter."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.rehearsal.parts import Rehearsed, started, wait_until

PASSWORD = "master-password-of-the-tests"
FAILOVER_SECONDS = 90 / 30


class Databases(Rehearsed):
    """RDS as a user has it."""

    @property
    def rds(self) -> Any:
        return self.client("rds")

    def create(self, identifier: str, **settings: Any) -> dict[str, Any]:
        """An instance as Terraform creates it, available."""
        given = {
            "DBInstanceClass": "db.r6g.large",
            "Engine": "postgres",
            "EngineVersion": "16",
            "AllocatedStorage": 100,
            "MasterUsername": "litellm",
            "MasterUserPassword": PASSWORD,
            "DBName": "litellm",
        }
        self.rds.create_db_instance(DBInstanceIdentifier=identifier, **{**given, **settings})
        return self.wait_for(identifier)

    def describe(self, identifier: str) -> dict[str, Any]:
        found: dict[str, Any] = self.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
        return found

    def wait_for(self, identifier: str, status: str = "available") -> dict[str, Any]:
        wait_until(lambda: self.describe(identifier)["DBInstanceStatus"] == status)
        return self.describe(identifier)

    def wait_for_standby(self, identifier: str) -> None:
        wait_until(lambda: self.status(identifier)["standby_synchronous"])

    def delete(self, identifier: str) -> None:
        self.rds.delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True)

    def connect(self, identifier: str, **given: Any) -> "psycopg.Connection[Any]":
        endpoint = self.describe(identifier)["Endpoint"]
        login = {"user": "litellm", "password": PASSWORD, "dbname": "litellm", "sslmode": "require"}
        return psycopg.connect(
            host=endpoint["Address"], port=endpoint["Port"], autocommit=True, **{"connect_timeout": 5, **login, **given}
        )

    def query(self, identifier: str, statement: str, **given: Any) -> list[tuple[Any, ...]]:
        with self.connect(identifier, **given) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def refuses(self, identifier: str, **given: Any) -> bool:
        try:
            self.connect(identifier, **given).close()
        except psycopg.OperationalError:
            return True
        return False

    def status(self, identifier: str) -> dict[str, Any]:
        said: dict[str, Any] = self.part("database")["instances"][identifier]
        return said

    def fault(self, **verb: str) -> None:
        urllib.request.urlopen(f"{self.rehearsal.url}/_rehearsal/database", json.dumps(verb).encode()).close()

    def events(self, identifier: str) -> list[str]:
        """What RDS says of the instance, without moto's own of its backups."""
        listed = self.rds.describe_events(SourceIdentifier=identifier, SourceType="db-instance")["Events"]
        return [one["Message"] for one in listed if "backup" not in one["Message"] and "Back" not in one["Message"]]


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    directory = tmp_path_factory.mktemp("databases") / ".rehearsal"
    with started(directory, pace="30") as rehearsal:
        yield Databases(rehearsal, directory)
