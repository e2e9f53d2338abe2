"""`python -m modules.rehearsal.database.migrations`: LiteLLM's own SQL migrations, recorded as Prisma records them.

For a machine without Prisma's engine, which no package index carries. A real Prisma finds them applied afterwards.
"""

import hashlib
import importlib.util
import os
import re
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import pq

_PACKAGE = "litellm_proxy_extras"
_PRISMAS_LOCK = 72707369
"""The advisory lock that Prisma holds while it migrates (Prisma, "Advisory locking")."""
_LINE_EVERY = 10
_TABLE = """
CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
)"""
_APPLIED = "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL"
_RECORD = """
INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
VALUES (%s, %s, %s, clock_timestamp(), clock_timestamp(), 1)"""

Connection = psycopg.Connection[Any]


class MigrationError(Exception):
    """A migration that failed, or a database that cannot be migrated; for a person."""


@dataclass(frozen=True)
class Migration:
    name: str
    text: bytes

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text).hexdigest()

    @property
    def outside_transaction(self) -> bool:
        """PostgreSQL builds an index concurrently outside of a transaction only."""
        return re.search(rb"\bCONCURRENTLY\b", re.sub(rb"--[^\n]*", b"", self.text)) is not None


def shipped() -> list[Migration]:
    """The migrations in LiteLLM's package, in the order in which they apply.

    Raises:
        MigrationError: the package is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise MigrationError(f"the package {_PACKAGE}, which brings LiteLLM's migrations, is not installed")
    files = sorted(Path(found.origin).with_name("migrations").glob("*/migration.sql"))
    return [Migration(file.parent.name, file.read_bytes()) for file in files]


def apply(connection_string: str, say: Callable[[str], None] = lambda line: None) -> int:
    """Applies what is not applied yet, one migration after the other.

    Args:
        say: gets a line for every ten migrations.

    Returns:
        How many were applied.

    Raises:
        MigrationError: the database is away, refuses the login, or one failed: what came before it is kept.
    """
    try:
        # Autocommit: a transaction is opened where one is wanted.
        with psycopg.connect(connection_string, autocommit=True, connect_timeout=10) as connection:
            connection.execute(f"SELECT pg_advisory_lock({_PRISMAS_LOCK})")
            connection.execute(_TABLE)
            done = {row[0] for row in connection.execute(_APPLIED)}
            waiting = [migration for migration in shipped() if migration.name not in done]
            for number, migration in enumerate(waiting, start=1):
                _apply_one(connection, migration)
                if number % _LINE_EVERY == 0:
                    say(f"{number} of {len(waiting)} migrations applied, the last one {migration.name}")
            return len(waiting)
    except psycopg.OperationalError as error:
        raise MigrationError(f"the database cannot be migrated: {error}") from error


def connection_string(variables: Mapping[str, str]) -> str:
    """From the variables that LiteLLM reads: DATABASE_URL, or the parts of one.

    Raises:
        MigrationError: neither is complete.
    """
    if url := variables.get("DATABASE_URL"):
        return _without_prismas_options(url)
    host, _, port = variables.get("DATABASE_HOST", "").partition(":")
    user = variables.get("DATABASE_USERNAME") or variables.get("DATABASE_USER", "")
    database = variables.get("DATABASE_NAME", "")
    if not (host and user and database):
        raise MigrationError("set DATABASE_URL, or DATABASE_HOST, DATABASE_USERNAME, DATABASE_PASSWORD, DATABASE_NAME")
    given = {
        "host": host,
        "port": port or variables.get("DATABASE_PORT", "") or "5432",
        "user": user,
        "dbname": database,
        "password": variables.get("DATABASE_PASSWORD", ""),
        "sslmode": variables.get("DATABASE_SSLMODE", ""),
    }
    return psycopg.conninfo.make_conninfo(**{name: value for name, value in given.items() if value})


def main() -> int:
    try:
        count = apply(connection_string(os.environ), say=_say)
    except MigrationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _say(f"{count} migrations applied, {len(shipped())} in all")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _apply_one(connection: Connection, migration: Migration) -> None:
    record = (str(uuid.uuid4()), migration.checksum, migration.name)
    try:
        if migration.outside_transaction:
            connection.execute(migration.text)
            connection.execute(_RECORD, record)
        else:
            with connection.transaction():
                connection.execute(migration.text)
                connection.execute(_RECORD, record)
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise MigrationError(f"migration {migration.name} failed and was taken back: {error}") from error


def _without_prismas_options(url: str) -> str:
    """Prisma's own options of an address, such as `connection_limit`, are errors to PostgreSQL's library."""
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    parts = urlsplit(url)
    options = [(name, value) for name, value in parse_qsl(parts.query) if name in known]
    return urlunsplit(parts._replace(query=urlencode(options)))


if __name__ == "__main__":
    sys.exit(main())
