"""`make policies`: the IAM policies of docs/iam, from what commands were seen to call."""

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

from modules.commands.errors import CommandError
from modules.commands.session import ROOT, rehearsal_directory
from modules.environment_file import shown
from modules.permissions.calls import CALLS_FILE, FOLDER, joined, parsed, read_calls, write_calls
from modules.permissions.generation import needed_actions, policies, texts, write
from modules.permissions.policy import UnknownActionError
from modules.permissions.reference import keep, whole_reference
from modules.rehearsal import lifecycle

RECORDED = ROOT / ".tools/calls"
"""Where the end-to-end tests leave what their rehearsals recorded."""


def write_policies(_: str, variables: Mapping[str, str] = os.environ) -> None:
    """Adds what was recorded to the calls that are known, and writes every policy anew.

    Raises:
        CommandError: AWS's reference is not there, or has no permission for an operation.
    """
    calls = read_calls()
    for recorded in _recorded(variables):
        calls = joined(calls, parsed(recorded))
    try:
        reference = whole_reference()
        needed = needed_actions(calls, reference)
        files = texts(policies(calls, reference))
    except FileNotFoundError as error:
        raise CommandError(
            f"AWS's Service Authorization Reference is not there: {error}; 'make policies' installs it with checkov"
        ) from None
    except UnknownActionError as error:
        raise CommandError(str(error)) from None
    write_calls(calls)
    keep(reference, needed)
    write(files)
    print(f"{len(files)} policies of {len(calls)} commands in {shown(FOLDER)}, from {shown(CALLS_FILE)}")


def _recorded(variables: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Of the rehearsal that runs, and of the end-to-end tests."""
    if rehearsal := lifecycle.running(rehearsal_directory(variables)):
        with urllib.request.urlopen(f"{rehearsal.url}{lifecycle.CALLS_PATH}", timeout=30) as answer:
            yield json.load(answer)
    for path in sorted(RECORDED.glob("*.json")):
        yield json.loads(path.read_text())
