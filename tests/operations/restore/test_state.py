"""Terraform lets go of the old instance, takes the one that serves, and its next plan is told."""

import json

import pytest

from modules.operations.restore.state import Change, TerraformError, address_of, adopt, next_changes
from modules.operations.restore.tables import next_plan, rows

STATE = {
    "resources": [
        {"mode": "managed", "type": "aws_vpc", "name": "vpc", "instances": [{"attributes": {"id": "vpc-1"}}]},
        {
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "database_replica",
            "instances": [{"attributes": {"id": "db-REPLICA"}}],
        },
        {
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "database",
            "instances": [{"attributes": {"id": "db-1"}}],
        },
    ]
}


class PlayedTerraform:
    def __init__(self, *, imports: bool = True, changes: list[dict[str, object]] | None = None) -> None:
        self.called: list[tuple[str, ...]] = []
        self._imports = imports
        self._changes = changes or []

    def __call__(self, *arguments: str) -> str:
        self.called.append(arguments)
        if arguments[0] == "import" and not self._imports:
            raise TerraformError("no credentials")
        return json.dumps({"resource_changes": self._changes})


def changed(address: str, *actions: str, **attributes: tuple[object, object]) -> dict[str, object]:
    before = {name: value[0] for name, value in attributes.items()}
    after = {name: value[1] for name, value in attributes.items()}
    return {"address": address, "change": {"actions": list(actions), "before": before, "after": after}}


def test_the_instance_is_found_by_its_resource() -> None:
    assert address_of(STATE, "db-1") == "aws_db_instance.database"


def test_an_instance_that_terraform_does_not_know_is_said() -> None:
    with pytest.raises(TerraformError, match="Terraform follows another instance than db-2"):
        address_of(STATE, "db-2")


def test_the_old_one_is_forgotten_and_the_one_that_serves_is_imported() -> None:
    terraform = PlayedTerraform()
    adopt(terraform, "aws_db_instance.database", "benchmark-litellm")
    assert [call[:2] for call in terraform.called] == [("state", "rm"), ("import", "-input=false")]
    assert terraform.called[1][-2:] == ("aws_db_instance.database", "benchmark-litellm")


def test_a_failed_import_leaves_the_command_that_mends_it() -> None:
    with pytest.raises(TerraformError, match=r"terraform import aws_db_instance\.database benchmark-litellm"):
        adopt(PlayedTerraform(imports=False), "aws_db_instance.database", "benchmark-litellm")


def test_the_next_plan_is_told_by_resource_and_attribute() -> None:
    terraform = PlayedTerraform(
        changes=[
            changed("aws_vpc.vpc", "no-op", id=("vpc-1", "vpc-1")),
            changed("aws_db_instance.database", "update", password_wo_version=(None, 1), port=(5432, 5432)),
        ]
    )
    changes = next_changes(terraform, "plan")
    assert changes == [
        Change(address="aws_db_instance.database", actions=("update",), attributes=("password_wo_version",))
    ]
    assert next_plan(changes).title.startswith("The next plan changes in place")


def test_a_plan_that_would_replace_the_database_is_called_dangerous() -> None:
    replaced = changed("aws_db_instance.database", "delete", "create", storage_encrypted=(False, True))
    changes = next_changes(PlayedTerraform(changes=[replaced]), "plan")
    assert next_plan(changes).title == "The next plan does more than it should: read it before you deploy"


def test_an_empty_plan_is_said() -> None:
    assert next_plan([]).title == "The next plan changes nothing"


def test_tables_that_differ_are_shown_and_empty_ones_are_not() -> None:
    old, new = {"a": 3, "b": 0, "c": 5}, {"a": 3, "b": 0, "c": 4}
    assert rows(old, new).rows == [("c", "5", "4")]
    assert rows(old, old).rows == [("a", "3", "3"), ("c", "5", "5")]
    assert rows(None, new).title == "Rows: the databases are out of reach from here"
