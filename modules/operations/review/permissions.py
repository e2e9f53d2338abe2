"""Which permissions a plan gives that nobody had, and which refusals it takes away."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modules.operations.review.concern import Concern, Kind
from modules.operations.review.differences import parsed
from modules.operations.review.plan_json import UNKNOWN, Change, Json, Planned

DOCUMENTS = {
    "aws_iam_role_policy": "policy",
    "aws_iam_policy": "policy",
    "aws_iam_role": "assume_role_policy",
    "aws_s3_bucket_policy": "policy",
    "aws_kms_key": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_sqs_queue_policy": "policy",
    "aws_secretsmanager_secret_policy": "policy",
    "aws_cloudwatch_log_resource_policy": "policy_document",
    "aws_vpc_endpoint": "policy",
}
"""Where each type of resource keeps its IAM policy."""
SHOWN = 4
"""Grants in one line of the page; the plan itself has them all."""


@dataclass(frozen=True)
class Grant:
    """One permission, or one refusal, of a policy; `condition` is JSON, empty without one."""

    effect: str
    principal: str
    action: str
    resource: str
    condition: str

    def __str__(self) -> str:
        who = f"{self.principal}: " if self.principal else ""
        return f"{who}{self.action} on {self.resource or 'itself'}" + (
            f" if {self.condition}" if self.condition else ""
        )

    def within(self, other: "Grant") -> bool:
        """Whether the other one says this as well."""
        return (
            self.effect == other.effect
            and (other.condition in ("", self.condition))
            and _matches(self.action.lower(), other.action.lower())
            and _matches(self.resource, other.resource)
            and (other.principal in (self.principal, "*", "AWS=*"))
        )

    @property
    def all_powerful(self) -> bool:
        return (self.effect, self.action, self.resource, self.condition) == ("Allow", "*", "*", "")


def widened(planned: Planned) -> Iterator[Concern]:
    """Permissions of who is there already, and such over everything; refusals that are no more."""
    new_roles = {
        change.after.get("name") for change in planned.changes if change.type == "aws_iam_role" and not change.before
    }
    for change in planned.changes:
        new = change.after.get("role") in {*new_roles, UNKNOWN}
        if change.type == "aws_iam_role_policy_attachment" and change.action in ("create", "replace") and not new:
            yield _concern(change, "a role gets a policy of AWS's", "", str(change.after.get("policy_arn")))
        if change.type in DOCUMENTS and change.after:
            yield from _of_document(change, DOCUMENTS[change.type], new=new)


def _of_document(change: Change, attribute: str, *, new: bool) -> Iterator[Concern]:
    was, becomes = change.before.get(attribute), change.after.get(attribute)
    if was == becomes:
        return
    if becomes == UNKNOWN:
        if was:
            what = "a policy that names resources which do not exist yet: read it in modules/architecture"
            yield _concern(change, what, _in_short(grants(was)), UNKNOWN, dangerous=False)
        return
    before, after = grants(was), grants(becomes)
    # What nobody could do before because there was nothing to do it to is no widening, but for everything.
    there = bool(before) or (change.type == "aws_iam_role_policy" and not new)
    added = [one for one in _left(after, before, "Allow") if there or one.all_powerful]
    if added:
        replaced = [one for one in before if one.effect == "Allow" and one not in after]
        yield _concern(change, "more is allowed than before", _in_short(replaced) or "not allowed", _in_short(added))
    if refusals := _left(before, after, "Deny"):
        yield Concern(
            kind=Kind.PROTECTION,
            address=change.address,
            what="a refusal is taken away",
            before=_in_short(refusals),
            after="allowed to whoever else allows it",
        )


def grants(document: Any) -> list[Grant]:
    """The single permissions and refusals of a policy."""
    content = parsed(document)
    if not isinstance(content, dict):
        return []
    return [grant for statement in _several(content.get("Statement")) for grant in _of_statement(statement)]


def _of_statement(statement: Json) -> Iterator[Grant]:
    condition = json.dumps(statement["Condition"], sort_keys=True) if statement.get("Condition") else ""
    for principal in _principals(statement):
        for action in _named(statement, "Action"):
            for resource in _named(statement, "Resource") or [""]:
                yield Grant(str(statement.get("Effect")), principal, action, resource, condition)


def _principals(statement: Json) -> list[str]:
    stated = statement.get("Principal", "")
    if isinstance(stated, dict):
        return [f"{kind}={name}" for kind, names in stated.items() for name in _several(names)]
    return [f"not {statement['NotPrincipal']}"] if "NotPrincipal" in statement else [str(stated)]


def _named(statement: Json, key: str) -> list[str]:
    """Actions or resources; "everything but these" is a name of its own, which equals itself alone."""
    if f"Not{key}" in statement:
        return [f"everything but {', '.join(sorted(map(str, _several(statement[f'Not{key}']))))}"]
    return [str(one) for one in _several(statement.get(key))]


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _matches(value: str, pattern: str) -> bool:
    """IAM User Guide, "IAM JSON policy elements: Action": * is any characters, ? is one."""
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value))


def _left(some: list[Grant], others: list[Grant], effect: str) -> list[Grant]:
    """Those of an effect that the others do not say."""
    return [one for one in some if one.effect == effect and not any(one.within(other) for other in others)]


def _in_short(some: list[Grant]) -> str:
    shown = [str(one) for one in some[:SHOWN]]
    return "; ".join(shown + ([f"and {len(some) - SHOWN} more"] if len(some) > SHOWN else []))


def _concern(change: Change, what: str, before: str, after: str, *, dangerous: bool = True) -> Concern:
    return Concern(
        kind=Kind.WIDENED, address=change.address, what=what, before=before, after=after, dangerous=dangerous
    )
