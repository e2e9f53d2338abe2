"""Terraform's state: it follows an instance by its resource, so that it has to be told which one serves now."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Terraform = Callable[..., str]
"""Runs `terraform` with these arguments in the environment's synthesized stack, and returns what it printed; raises
TerraformError."""


class TerraformError(Exception):
    """Terraform failed; in its own words."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the next plan would do to a resource.

    Attributes:
        attributes: that would change, of an update.
    """

    address: str
    actions: tuple[str, ...]
    attributes: tuple[str, ...]

    @property
    def in_place(self) -> bool:
        return self.actions == ("update",)


def address_of(state: Mapping[str, Any], resource: str) -> str:
    """Terraform's address of the instance, by its resource, which is its id (`aws_db_instance`, version 5 and later).

    Raises:
        TerraformError: the state has no such instance.
    """
    for one in state["resources"]:
        ids = [each["attributes"].get("id") for each in one["instances"]]
        if one["mode"] == "managed" and one["type"] == "aws_db_instance" and resource in ids:
            return f"{one['type']}.{one['name']}"
    raise TerraformError(
        f"Terraform follows another instance than {resource}, which serves: a restore was not brought to its end; in "
        "cdktf.out/stacks/ENVIRONMENT: terraform state rm aws_db_instance.database, then terraform import "
        "aws_db_instance.database IDENTIFIER"
    )


def adopt(terraform: Terraform, address: str, identifier: str) -> None:
    """Lets Terraform forget the old instance, which stays as it is, and take the one that has the identifier now.

    Raises:
        TerraformError: with the command that is left to do.
    """
    terraform("state", "rm", address)
    try:
        terraform("import", "-input=false", "-no-color", address, identifier)
    except TerraformError as error:
        raise TerraformError(
            f"{error}\nTerraform knows no database now, and a deployment would fail on its identifier; when that is "
            f"mended: terraform import {address} {identifier}"
        ) from None


def next_changes(terraform: Terraform, plan_file: str) -> list[Change]:
    """What the next deployment would change."""
    terraform("plan", "-input=false", "-no-color", f"-out={plan_file}")
    plan = json.loads(terraform("show", "-json", plan_file))
    changes = []
    for one in plan.get("resource_changes", []):
        change = one["change"]
        if change["actions"] in (["no-op"], ["read"]):
            continue
        before, after = change["before"] or {}, change["after"] or {}
        unknown = change.get("after_unknown") or {}
        names = [name for name in {*before, *after} if before.get(name) != after.get(name) or unknown.get(name) is True]
        changes.append(
            Change(address=one["address"], actions=tuple(change["actions"]), attributes=tuple(sorted(names)))
        )
    return changes
