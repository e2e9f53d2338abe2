"""How far an apply of Terraform's is, from the lines that it prints for a person."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_PLANNED = re.compile(r"\bPlan: (?P<counts>\d+ to .*)")
_RESOURCE = re.compile(
    r"(?:^|\s)(?P<address>[a-z][\w-]*\.[^\s:]+)(?: \([^)]*\))?: "
    r"(?:(?P<begun>Creating|Modifying|Destroying|Importing)\.\.\."
    r"|(?P<done>Creation|Modifications|Destruction|Import) complete\b)"
)
_FAILED = re.compile(r"^\W*Error: (?!execution halted)(?P<what>.+)")
"""After an interruption Terraform halts whatever it had not begun, each with an error of its own."""
_BY = re.compile(r"^\W*with (?P<address>[a-z][\w-]*\.[^\s,]+)")


@dataclass(kw_only=True)
class Failure:
    """
    Attributes:
        address: of the resource; empty where Terraform names none.
    """

    what: str
    address: str = ""


@dataclass
class ApplyProgress:
    """
    Attributes:
        clock: seconds, from any start.
        planned: operations in all: a replacement is two.
        under_way: what was begun and is not done, by address, in Terraform's word: "Creating".
        failures: in Terraform's words.
    """

    clock: Callable[[], float]
    planned: int = 0
    done: int = 0
    under_way: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    began: float | None = None

    def read(self, line: str) -> str:
        """Takes note of a line, and returns it with how far the apply is, where it tells of an operation's end."""
        if planned := _PLANNED.search(line):
            self.planned += sum(int(count) for count in re.findall(r"(\d+) to ", planned["counts"]))
        elif resource := _RESOURCE.search(line):
            if self.began is None:
                self.began = self.clock()
            if resource["begun"]:
                self.under_way[resource["address"]] = resource["begun"]
            else:
                self.under_way.pop(resource["address"], None)
                self.done += 1
                return f"{line} ({self.done} of {self.planned}, {duration(self.clock() - self.began)})"
        elif failed := _FAILED.match(line):
            self.failures.append(Failure(what=failed["what"].strip()))
        elif self.failures and not self.failures[-1].address and (by := _BY.match(line)):
            self.failures[-1].address = by["address"]
        return line


def operations(plan: Mapping[str, Any]) -> int:
    """How many Terraform counts: a replacement is two.

    Args:
        plan: as `terraform show -json` prints it.
    """
    counted = ("create", "update", "delete")
    return sum(one["change"]["actions"].count(action) for one in plan.get("resource_changes", ()) for action in counted)


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
