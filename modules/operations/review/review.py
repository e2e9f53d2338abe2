"""The review of a plan: all that whoever approves it has to know, the worst first."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from modules.operations.review.concern import Concern
from modules.operations.review.disruption import Disruption, disruptions
from modules.operations.review.permissions import widened
from modules.operations.review.plan_json import Change, Planned
from modules.operations.review.ports import opened
from modules.operations.review.stateful import Loss, losses
from modules.operations.review.weakened import weakened
from modules.planning.cost.compare import Change as CostChange

Outcome = Literal["none", "changes", "dangerous"]
EXIT_CODES: dict[Outcome, int] = {"none": 0, "changes": 2, "dangerous": 3}
"""For a pipeline; 1 is left to errors, and 0 and 2 are those of `terraform plan -detailed-exitcode`."""
VERBS = {"create": "create", "update": "change", "replace": "replace", "delete": "destroy", "forget": "forget"}


@dataclass(frozen=True, kw_only=True)
class Money:
    """USD of a typical month."""

    before_usd: float
    after_usd: float
    changes: tuple[CostChange, ...]
    note: str
    """How old the prices are."""


@dataclass(frozen=True, kw_only=True)
class Remarks:
    """What others say of the plan.

    Attributes:
        rules: findings of the rules on the settings.
        policy: findings that the policy gate does not let through.
        policy_summary: what the gate looked at, or why it did not.
        money: None where the plan cannot be priced, for the reason in `no_money`.
    """

    rules: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    policy_summary: str = "the policy gate was not asked"
    money: Money | None = None
    no_money: str = "it was not priced"


@dataclass(frozen=True, kw_only=True)
class Review:
    """
    Attributes:
        subject: the environment and where it is, for a person.
    """

    subject: str
    planned: Planned
    losses: tuple[Loss, ...]
    concerns: tuple[Concern, ...]
    disruptions: tuple[Disruption, ...]
    remarks: Remarks

    @property
    def dangers(self) -> list[str]:
        """Why a person has to look, each in a line; none lets a pipeline go on."""
        if self.planned.empty:
            return []
        return [
            *(f"{one.address} is {_done(one.action)}: {one.what}" for one in self.losses),
            *(f"{one.address}: {one.kind}: {one.what}: {one.before} -> {one.after}" for one in self.dangerous_concerns),
            *(f"{one.address}: users feel it: {one.what}" for one in self.outages),
            *(f"the policy gate: {one}" for one in self.remarks.policy),
        ]

    @property
    def dangerous_concerns(self) -> list[Concern]:
        return [one for one in self.concerns if one.dangerous]

    @property
    def outages(self) -> list[Disruption]:
        lost = {one.address for one in self.losses}
        return [one for one in self.disruptions if one.severity == "outage" and one.address not in lost]

    @property
    def outcome(self) -> Outcome:
        if self.planned.empty:
            return "none"
        return "dangerous" if self.dangers else "changes"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.outcome]

    @property
    def counts(self) -> str:
        """How many resources are created, changed, replaced and destroyed."""
        return count(self.planned.changes) or "no resource changes, outputs do"

    @property
    def headline(self) -> str:
        """The review in one line."""
        if self.planned.empty:
            return f"No changes: {self.subject} is as its settings have it."
        verdict = "DANGEROUS" if self.dangers else "Changes"
        return f"{verdict}: {self.subject}: {self.counts}."


def review(planned: Planned, subject: str, remarks: Remarks) -> Review:
    concerns = [*opened(planned), *widened(planned), *weakened(planned)]
    return Review(
        subject=subject,
        planned=planned,
        losses=tuple(losses(planned)),
        concerns=tuple(sorted(concerns, key=lambda one: not one.dangerous)),
        disruptions=tuple(disruptions(planned)),
        remarks=remarks,
    )


def count(changes: Iterable[Change]) -> str:
    numbers = Counter(change.action for change in changes)
    return ", ".join(f"{numbers[action]} to {verb}" for action, verb in VERBS.items() if numbers[action])  # type: ignore[index]


def _done(action: str) -> str:
    return "replaced" if action == "replace" else "destroyed"
