"""The files of docs/iam, from the recorded calls."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from modules.permissions import policy
from modules.permissions.calls import CALLS_FILE, FOLDER, Called, Calls
from modules.permissions.reference import Reference

DEPLOYER = "deployer"
DEPLOYING = ("deploy", "destroy", "plan", "unlock")
"""Commands of whoever deploys: one policy for all of them."""
Document = Mapping[str, Any]


def policies(calls: Calls, reference: Reference) -> dict[str, Sequence[Document]]:
    """By name: the deployer's, and one for each command that is no other than the deployer's.

    Raises:
        UnknownActionError: an operation's permission is not known.
    """
    together = Called()
    for command in DEPLOYING:
        together = together.joined(calls.get(command, Called()))
    found = {DEPLOYER: (together, True)}
    found |= {name: (called, False) for name, called in calls.items() if name == "plan" or name not in DEPLOYING}
    return {
        name: policy.documents(policy.statements(called, reference, changes=changes, reads_state=name == "plan"))
        for name, (called, changes) in sorted(found.items())
        if called.operations
    }


def needed_actions(calls: Calls, reference: Reference) -> set[str]:
    """Every action that a policy of these calls looks up."""
    return {
        action
        for command, called in calls.items()
        for action in policy.actions(called, reference, changes=command in DEPLOYING)
    }


def texts(found: Mapping[str, Sequence[Document]]) -> dict[str, str]:
    """File names and contents; a policy of several documents is numbered."""
    return dict(_texts(found))


def write(files: Mapping[str, str], folder: Path = FOLDER) -> None:
    """Those files and no others of their kind."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in (CALLS_FILE.name, *files):
            path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text)


def _texts(found: Mapping[str, Sequence[Document]]) -> Iterator[tuple[str, str]]:
    for name, documents in found.items():
        for number, document in enumerate(documents, start=1):
            suffix = f"-{number}" if len(documents) > 1 else ""
            yield f"{name}{suffix}.json", json.dumps(document, indent=2) + "\n"
