"""The drill's own writes against a real PostgreSQL that is restarted, robbed and switched off."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from modules.operations.drill.login import connector, secret_value
from modules.operations.drill.writes import TIMEOUTS, Writer
from modules.operations.drill.written import WritesError
from modules.rehearsal.database.postgres import ADMINISTRATOR, Server

from .shapes import PlayedClient

PASSWORD = "password-of-the-tests"
SCHEMA = "drill_20270115t080000z"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(tmp_path_factory.mktemp("postgres") / "server", "127.0.0.1", port, "us-east-1a", PASSWORD)
    server.make()
    server.configure({}, trust_iam=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def writer(server: Server, said: list[str]) -> Iterator[Writer]:
    writer = Writer(
        lambda: connect(server),
        schema=SCHEMA,
        clock=time.time,
        say=said.append,
        interval_seconds=0.01,
        read_back_timeout_seconds=0.5,
    )
    yield writer
    writer.finish()


def connect(server: Server) -> "psycopg.Connection[Any]":
    return psycopg.connect(
        host=server.address,
        port=server.port,
        user=ADMINISTRATOR,
        password=PASSWORD,
        dbname="postgres",
        **TIMEOUTS,
    )


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def schemas(server: Server) -> list[Any]:
    with connect(server) as connection:
        return connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'drill%'").fetchall()


def test_a_restart_refuses_writes_for_a_while_and_loses_none(server: Server, writer: Writer) -> None:
    writer.start()
    wait_until(lambda: len(writer.acknowledged) > 20)
    server.stop()
    down = time.time()
    time.sleep(0.8)
    up = time.time()
    server.start()
    before = len(writer.acknowledged)
    wait_until(lambda: len(writer.acknowledged) > before + 20)
    written = writer.finish()
    assert written
    assert written.acknowledged == len(writer.acknowledged)
    assert written.lost == ()
    assert up - down <= written.refused_seconds < 10
    assert schemas(server) == []
    assert writer.finish() == written, "asking again changes nothing"


def test_acknowledged_writes_that_are_gone_are_named(server: Server, writer: Writer) -> None:
    """As after a failover to a standby that had not got them."""
    writer.start()
    wait_until(lambda: len(writer.acknowledged) > 20)
    with connect(server) as connection:
        connection.execute(f"DELETE FROM {SCHEMA}.write WHERE number IN (7, 11)")
    written = writer.finish()
    assert written
    assert written.lost == (7, 11)


def test_a_steady_database_refuses_nothing(server: Server, writer: Writer) -> None:
    writer.start()
    wait_until(lambda: len(writer.acknowledged) > 20)
    written = writer.finish()
    assert written
    assert written.refused_seconds < 1


def test_a_schema_that_is_there_already_is_left_alone(server: Server, writer: Writer) -> None:
    with connect(server) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
    with pytest.raises(WritesError, match="already exists"):
        writer.start()
    assert writer.finish() is None
    assert schemas(server) == [(SCHEMA,)]
    with connect(server) as connection:
        connection.execute(f"DROP SCHEMA {SCHEMA}")


def test_a_database_that_stays_away_leaves_the_rpo_open_and_says_so(
    server: Server, writer: Writer, said: list[str]
) -> None:
    writer.start()
    wait_until(lambda: len(writer.acknowledged) > 20)
    server.stop()
    assert writer.finish() is None
    (line,) = said
    assert "cannot be read back" in line
    assert SCHEMA in line
    server.start()


ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:benchmark-database-AbCdEf"


def container(secrets: list[dict[str, str]], **variables: str) -> Any:
    environment = [{"name": name, "value": value} for name, value in variables.items()]
    definition = {
        "containerDefinitions": [
            {"name": "agent", "environment": []},
            {"name": "litellm", "environment": environment, "secrets": secrets},
        ]
    }
    return PlayedClient(
        "ecs",
        DescribeServices={"services": [{"taskDefinition": "benchmark-litellm:3"}]},
        DescribeTaskDefinition={"taskDefinition": definition},
    )


def test_it_logs_in_as_litellm_does(server: Server) -> None:
    ecs = container(
        [{"name": "DATABASE_PASSWORD", "valueFrom": f"{ARN}:password::"}],
        DATABASE_HOST=f"{server.address}:{server.port}",
        DATABASE_NAME="postgres",
        DATABASE_USERNAME=ADMINISTRATOR,
        DATABASE_SSLMODE="prefer",
    )
    secrets: Any = PlayedClient("secretsmanager", GetSecretValue={"SecretString": f'{{"password": "{PASSWORD}"}}'})
    rds: Any = PlayedClient("rds")
    with connector(ecs, secrets, rds, cluster="benchmark", service="litellm")() as connection:
        assert connection.execute("SELECT current_user").fetchone() == (ADMINISTRATOR,)


def test_with_iam_it_shows_a_token(server: Server) -> None:
    class Rds:
        def generate_db_auth_token(self, **asked: Any) -> str:
            self.asked = asked
            return PASSWORD

    rds: Any = Rds()
    ecs = container(
        [],
        DATABASE_HOST=server.address,
        DATABASE_PORT=str(server.port),
        DATABASE_NAME="postgres",
        DATABASE_USER=ADMINISTRATOR,
        DATABASE_SSLMODE="prefer",
    )
    secrets: Any = PlayedClient("secretsmanager")
    with connector(ecs, secrets, rds, cluster="benchmark", service="litellm")() as connection:
        assert connection.execute("SELECT current_user").fetchone() == (ADMINISTRATOR,)
    assert rds.asked == {"DBHostname": server.address, "Port": server.port, "DBUsername": ADMINISTRATOR}


def test_a_whole_secret_and_a_stated_version_are_asked_for_as_ecs_does() -> None:
    client: Any = PlayedClient("secretsmanager", GetSecretValue={"SecretString": "plain"})
    assert secret_value(client, ARN) == "plain"
    assert secret_value(client, f"{ARN}::AWSPREVIOUS:") == "plain"
    assert [request for _, request in client.requests] == [
        {"SecretId": ARN},
        {"SecretId": ARN, "VersionStage": "AWSPREVIOUS"},
    ]
