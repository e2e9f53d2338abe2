"""What is told when a deployment has ended, one way or the other."""

import json
from collections.abc import Iterator
from pathlib import Path

from modules.commands.session import Session
from modules.litellm_file import REHEARSAL_MODEL
from modules.operations.outputs import Outputs
from modules.rehearsal import lifecycle, status


def summary(session: Session, outputs: Outputs) -> str:
    """The outputs, what the rehearsal says of itself, and where to look further."""
    lines = [""]
    lines += [
        f"  {name.replace('_', ' '):<26}{', '.join(value) if isinstance(value, dict) else value}"
        for name, value in outputs
        if value is not None
    ]
    arguments = make_arguments(session)
    rehearsal = _rehearsal(session)
    told = status.read(rehearsal) if rehearsal else None
    if told:
        lines += ["", *status.summary(told)]
    lines += [
        "",
        "Look further:",
        f'  eval "$(make -s env{arguments})"     this shell sees the target: aws, cdktf, terraform, boto3',
        f"  aws ecs describe-services --cluster {outputs.cluster} --services {outputs.service}",
        *([_first_request(status.curl(told, outputs.endpoint), arguments)] if told else []),
        f"  make plan{arguments}                 what a deployment would change",
        f"  make lab{arguments}                  the runbooks",
    ]
    return "\n".join(lines)


def faults(session: Session) -> Iterator[str]:
    """What is wrong with the rehearsal itself, for whoever looks for the cause of a failed deployment."""
    if rehearsal := _rehearsal(session):
        yield from status.faults(status.read(rehearsal))
        yield f"the rehearsal's log: {rehearsal.log}"


def make_arguments(session: Session) -> str:
    """With which `make` finds the same environment again."""
    target = "" if session.target.rehearsal else " TARGET=aws"
    return target + ("" if session.name == "benchmark" else f" ENV={session.name}")


def _rehearsal(session: Session) -> lifecycle.Rehearsal | None:
    return lifecycle.running(Path(session.variables["REHEARSAL_DIRECTORY"])) if session.target.rehearsal else None


def _first_request(curl: str, arguments: str) -> str:
    body = json.dumps({"model": REHEARSAL_MODEL, "messages": [{"role": "user", "content": "Are you there?"}]})
    # Ubuntu 22.04's curl has no --json.
    headers = f"""-H "Authorization: Bearer $(make -s master-key{arguments})" -H 'Content-Type: application/json'"""
    return f"  {curl}/v1/chat/completions {headers} -d '{body}'"
