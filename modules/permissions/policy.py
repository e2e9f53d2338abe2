"""From calls to IAM policies: one statement for each set of resources, split where a document would be too long."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.permissions.actions import actions_of
from modules.permissions.calls import Called
from modules.permissions.reference import Reference
from modules.permissions.resources import ACCOUNT, resources_of
from modules.permissions.rules import (
    BEHIND,
    GLOBAL,
    IRREGULAR,
    KEYS_OF,
    LINKED_SERVICES,
    LOCKING,
    LOCKS,
    MAKING,
    PASSED_TO,
    REGIONS,
    TAGGING,
    VERBS,
    WITHOUT_PERMISSION,
)

CHARACTERS = 6144
"""Of a managed policy, white space not counted (IAM User Guide, "IAM and AWS STS quotas")."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        return {
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
            **({"Condition": self.condition} if self.condition else {}),
        }


class UnknownActionError(Exception):
    """An operation has no permission of its own name, and no exception says which it takes."""


def actions(called: Called, reference: Reference, *, changes: bool) -> list[str]:
    """Every action of the calls, with what goes along: tags that are set at the creation, and, of a command that
    changes infrastructure, the ways back.

    Raises:
        UnknownActionError: of modules/permissions/actions.py.
    """
    own = {action for operation in called.operations for action in actions_of(operation)} - {*WITHOUT_PERMISSION}
    if unknown := sorted(own - reference.keys()):
        raise UnknownActionError(
            f"IAM has no action {', '.join(unknown)}: state which permission the operation takes in "
            "modules/permissions/actions.py, or fetch the reference anew with 'make policies'"
        )
    if changes:
        own |= {one for action in own for one in _ways_back(action) if one in reference}
        tagged = {action.partition(":")[0] for action in own if action.partition(":")[2].startswith(MAKING)}
        own |= {f"{service}:{name}" for service in tagged for name in TAGGING} & reference.keys()
    behind = {one for action in own for one in BEHIND.get(action, ())}
    return sorted(own | behind)


def statements(called: Called, reference: Reference, *, changes: bool, reads_state: bool = False) -> list[Statement]:
    """In the order of their first actions.

    Args:
        changes: the command is one of those that create and remove the environment's resources.
        reads_state: all that the command writes to S3 is the lock of a state.
    """
    grouped: dict[tuple[tuple[str, ...], bool], list[str]] = defaultdict(list)
    own = actions(called, reference, changes=changes)
    for action in own:
        everywhere = action.partition(":")[0] in GLOBAL
        resources = LOCKS if reads_state and action in LOCKING else resources_of(reference[action])
        grouped[resources, everywhere].append(action)
    found = [
        Statement(actions=tuple(some), resources=resources, condition={} if everywhere else REGIONS)
        for (resources, everywhere), some in grouped.items()
    ]
    keys = (action for action in own if not (reads_state and action in LOCKING))
    return [*found, *_passed(called), *_keys(keys), *(_linked() if changes else ())]


def documents(found: Sequence[Statement]) -> list[dict[str, Any]]:
    """As few as the limit of a managed policy allows, in the order of the statements."""
    made: list[list[Statement]] = [[]]
    for statement in (part for one in found for part in _fitting(one)):
        if size(_document([*made[-1], statement])) > CHARACTERS:
            made.append([])
        made[-1].append(statement)
    return [_document(some) for some in made]


def size(document: Mapping[str, Any]) -> int:
    """Characters as IAM counts them."""
    return len(re.sub(r"\s", "", json.dumps(document)))


def _document(found: Iterable[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [one.document() for one in found]}


def _fitting(statement: Statement) -> Iterator[Statement]:
    """The statement, in halves while it is too long for a document of its own."""
    if size(_document([statement])) <= CHARACTERS or len(statement.actions) == 1:
        yield statement
        return
    middle = len(statement.actions) // 2
    for some in (statement.actions[:middle], statement.actions[middle:]):
        yield from _fitting(Statement(actions=some, resources=statement.resources, condition=statement.condition))


def _ways_back(action: str) -> Iterator[str]:
    yield from IRREGULAR.get(action, ())
    service, _, name = action.partition(":")
    for verb, others in VERBS.items():
        if name.startswith(verb):
            yield from (f"{service}:{other}{name.removeprefix(verb)}" for other in others)


def _passed(called: Called) -> Iterator[Statement]:
    """The right to hand a role to the service that takes it on, and to no other."""
    by_service: dict[str, set[str]] = defaultdict(set)
    for named in called.roles:
        operation, _, role = named.partition(" ")
        if operation in PASSED_TO:
            by_service[PASSED_TO[operation]].add(f"arn:aws:iam::{ACCOUNT}:role/{role}")
    for service, roles in sorted(by_service.items()):
        yield Statement(
            actions=("iam:PassRole",),
            resources=tuple(sorted(roles)),
            condition={"StringEquals": {"iam:PassedToService": service}},
        )


def _keys(own: Iterable[str]) -> Iterator[Statement]:
    by_actions: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for action in own:
        if action in KEYS_OF:
            by_actions[KEYS_OF[action]].add(f"{action.partition(':')[0]}.*.amazonaws.com")
    for some, services in sorted(by_actions.items()):
        yield Statement(
            actions=some,
            resources=(f"arn:aws:kms:*:{ACCOUNT}:key/*",),
            condition={"StringLike": {"kms:ViaService": sorted(services)}},
        )


def _linked() -> Iterator[Statement]:
    yield Statement(
        actions=("iam:CreateServiceLinkedRole",),
        resources=(f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/*",),
        condition={"StringEquals": {"iam:AWSServiceName": list(LINKED_SERVICES)}},
    )


def allowed(found: Iterable[Mapping[str, Any]]) -> set[str]:
    """All actions that the documents allow."""
    return {action for one in found for statement in one["Statement"] for action in statement["Action"]}
