"""A page about a deployment that ended halfway: what exists, what was under way, and how to go on."""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.operations.apply_progress import ApplyProgress

_NAMES = ("name", "bucket", "identifier", "family", "id")
CANNOT_BE_UNDONE = (
    "What the migration did to the database's schema: LiteLLM's migrations go forward alone. An older LiteLLM may run "
    "on a newer schema or not; the way back is a restore to a point in time before this deployment.",
    "What was replaced or destroyed already, with its data: a database (unless it left a final snapshot or backups), a "
    "log group, a cache.",
    "A database's storage and its major version: neither ever goes back.",
    "What requests did meanwhile: spend that was recorded, keys and users that were made.",
)
"""What the former files do not bring back."""


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """
    Attributes:
        description: the environment, its target and its region.
        error: why it ended, for a person.
        progress: as far as it was seen: on AWS cdktf may have had the terminal for itself.
        state: of Terraform, as it is saved; None when there is none yet.
        state_unknown: why it cannot be read; empty when it was.
        make_arguments: of this environment on this target, with a space before: " ENV=dev".
        locked_by: who still holds the state's lock; None: nobody.
    """

    description: str
    error: str
    progress: ApplyProgress
    state: Mapping[str, Any] | None
    make_arguments: str
    locked_by: str | None
    state_unknown: str = ""


def page(unfinished: Unfinished) -> str:
    """The body of a page of HTML."""
    progress, make = unfinished.progress, unfinished.make_arguments
    existing = list(_existing(unfinished.state or {}))
    counted = f"{progress.done} of {progress.planned} operations were done" if progress.planned else ""
    sections = [
        f"<h1>Unfinished: {html.escape(unfinished.description)}</h1>",
        f"<p>The deployment ended before it was complete. {counted}{'.' if counted else ''}</p>",
        "<h2>Why</h2>",
        f"<pre>{html.escape(unfinished.error)}</pre>",
        *_table(
            ("Terraform says", "of"),
            [(failure.what, failure.address or "no resource") for failure in progress.failures],
        ),
        "<h2>How to go on</h2>",
        _ordered(_steps(unfinished)),
        "<h2>What was under way</h2>",
        "<p>Begun and not seen to end. AWS may have completed it or not; the next run of Terraform looks.</p>"
        if progress.under_way
        else "<p>Nothing that was seen.</p>",
        *_table(("resource", "operation"), [(address, word) for address, word in progress.under_way.items()]),
        "<h2>Going back instead</h2>",
        f"<p>Take the change back in the files (<code>git</code> has them as they were) and run "
        f"<code>make deploy{make}</code>: Terraform makes of what exists what the former files say. "
        f"<code>make destroy{make}</code> removes all of it. Neither brings back:</p>",
        f"<ul>{''.join(f'<li>{html.escape(one)}</li>' for one in CANNOT_BE_UNDONE)}</ul>",
        "<h2>What exists</h2>",
        f"<p>Terraform's state cannot be read: {html.escape(unfinished.state_unknown)}</p>"
        if unfinished.state_unknown
        else f"<p>{len(existing)} resources, as Terraform's saved state knows them. They stay, and are paid for.</p>",
        *_table(("resource", "called", "condition"), existing),
    ]
    return "\n".join(sections)


def _why(unfinished: Unfinished) -> Iterator[str]:
    """In Terraform's words where they were heard."""
    if failures := [(one.what, one.address) for one in unfinished.progress.failures]:
        yield from _table(("Terraform says", "resource"), failures)
    else:
        yield f"<pre>{html.escape(unfinished.error)}</pre>"


def _steps(unfinished: Unfinished) -> Iterator[str]:
    make = unfinished.make_arguments
    if unfinished.locked_by:
        yield (
            f"The state is locked by {unfinished.locked_by}. When that run is no longer alive, "
            f"'make unlock{make}' removes the lock."
        )
    yield "Mend the reason above. After an interruption there is nothing to mend."
    yield f"'make plan{make}' shows what is still to be done."
    yield (
        f"'make deploy{make}' takes up where this one ended: what exists stays as it is; what is tainted, which is "
        "what failed while it was made, is made anew."
    )
    yield f"'make smoke{make}' asks whether it serves."


def _existing(state: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Address, name and condition of each resource, those that Terraform did not complete first."""
    found = [
        (
            f"{resource['type']}.{resource['name']}{_index(instance)}",
            _name(instance.get("attributes") or {}),
            _condition(instance),
        )
        for resource in state.get("resources", ())
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    ]
    yield from sorted(found, key=lambda one: (one[2] == "complete", one))


def _index(instance: Mapping[str, Any]) -> str:
    key = instance.get("index_key")
    if key is None:
        return ""
    return f"[{key}]" if isinstance(key, int) else f'["{key}"]'


def _name(attributes: Mapping[str, Any]) -> str:
    return next((str(attributes[name]) for name in _NAMES if attributes.get(name)), "")


def _condition(instance: Mapping[str, Any]) -> str:
    if "deposed" in instance:
        return "replaced already, to be destroyed"
    return "tainted: to be made anew" if instance.get("status") == "tainted" else "complete"


def _ordered(steps: Iterator[str]) -> str:
    return f"<ol>{''.join(f'<li>{html.escape(step)}</li>' for step in steps)}</ol>"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield f"<table><tr>{''.join(f'<th>{column}</th>' for column in columns)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>"
    yield "</table>"
