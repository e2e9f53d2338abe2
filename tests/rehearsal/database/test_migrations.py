"""LiteLLM's own migrations apply to the database of the rehearsal, where no Prisma is."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modules.rehearsal.database import migrations

from .conftest import PASSWORD, Databases

PROJECT = Path(__file__).parents[3]


def migrate(databases: Databases, identifier: str, **given: str) -> "subprocess.CompletedProcess[str]":
    endpoint = databases.describe(identifier)["Endpoint"]
    variables = {
        "DATABASE_HOST": f"{endpoint['Address']}:{endpoint['Port']}",
        "DATABASE_USERNAME": "litellm",
        "DATABASE_PASSWORD": PASSWORD,
        "DATABASE_NAME": "litellm",
        "DATABASE_SSLMODE": "require",
    }
    command = [sys.executable, "-m", "modules.rehearsal.database.migrations"]
    environment = {**os.environ, **variables, **given}
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def test_all_migrations_apply_in_order_and_once(databases: Databases) -> None:
    databases.create("migrated")
    try:
        shipped = migrations.shipped()
        first = migrate(databases, "migrated")
        assert first.returncode == 0, first.stderr
        assert first.stdout.splitlines()[-1] == f"{len(shipped)} migrations applied, {len(shipped)} in all"
        assert first.stdout.splitlines()[0].startswith(f"10 of {len(shipped)} migrations applied")

        recorded = databases.query(
            "migrated",
            "SELECT migration_name, checksum, applied_steps_count FROM _prisma_migrations "
            "WHERE finished_at IS NOT NULL ORDER BY started_at",
        )
        assert recorded == [(one.name, hashlib.sha256(one.text).hexdigest(), 1) for one in shipped]
        assert databases.query("migrated", 'SELECT count(*) FROM "LiteLLM_VerificationToken"') == [(0,)]

        again = migrate(databases, "migrated")
        assert again.stdout == f"0 migrations applied, {len(shipped)} in all\n"
    finally:
        databases.delete("migrated")


def test_a_database_that_refuses_is_an_error_for_a_person(databases: Databases) -> None:
    databases.create("refusing")
    try:
        refused = migrate(databases, "refusing", DATABASE_PASSWORD="wrong")
        assert refused.returncode == 1
        assert "the database cannot be migrated" in refused.stderr
        assert "Traceback" not in refused.stderr
    finally:
        databases.delete("refusing")


def test_the_address_is_read_as_litellm_reads_it() -> None:
    url = "postgresql://me:secret@db.example:5433/litellm?connection_limit=10&schema=public&sslmode=require"
    assert migrations.connection_string({"DATABASE_URL": url}) == (
        "postgresql://me:secret@db.example:5433/litellm?sslmode=require"
    )
    parts = {"DATABASE_HOST": "db", "DATABASE_PORT": "5433", "DATABASE_USER": "me", "DATABASE_NAME": "litellm"}
    assert migrations.connection_string(parts) == "host=db port=5433 user=me dbname=litellm"
    with pytest.raises(migrations.MigrationError, match="set DATABASE_URL, or DATABASE_HOST"):
        migrations.connection_string({"DATABASE_HOST": "db"})
