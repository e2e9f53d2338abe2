"""Whether findings and waivers agree; nothing here reads a file, a clock or the network."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

CHEAP = frozenset({"dev", "benchmark"})
"""Environments that are cheap on purpose: their findings are counted and stop nothing. Every other one is judged."""
MOST_WAIVERS = 6
"""For one stack. More say that the architecture is to be mended, not the list."""
LONGEST_WAIVER = timedelta(days=366)
"""From today: what nobody looks at again is no waiver."""
WAIVERS_FILE = "policy/waivers.yaml"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one check says of one resource."""

    environment: str
    stack: str
    resource: str
    check: str
    title: str
    passed: bool


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """A finding that stays, for a reason, until a day."""

    check: str
    resource: str
    stack: str
    reason: str
    expires: date

    def __str__(self) -> str:
        return f"{WAIVERS_FILE}: {self.check} of {self.resource} in {self.stack}"


@dataclass(frozen=True, kw_only=True)
class Count:
    environment: str
    stack: str
    passed: int
    waived: int
    failed: int
    judged: bool

    def __str__(self) -> str:
        outcome = f"{self.passed} passed, {self.waived} waived, {self.failed} failed"
        return f"{self.environment}/{self.stack}: {outcome}" + (
            "" if self.judged else " (not judged: cheap on purpose)"
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    counts: Sequence[Count]
    problems: Sequence[str]
    """What a person has to mend; none lets everything pass."""


def judge(results: Iterable[Result], waivers: Sequence[Waiver], today: date) -> Verdict:
    """Holds each judged stack to: every check passes or is waived, and every waiver is needed and in time."""
    results = list(results)
    judged = [result for result in results if result.environment not in CHEAP]
    problems = [
        *sorted(_unwaived(result) for result in _failed(judged) if not _waived(result, waivers)),
        *(problem for waiver in waivers for problem in _problems_of(waiver, judged, today)),
        *_problems_of_all(waivers),
    ]
    return Verdict(counts=_counts(results, waivers), problems=list(dict.fromkeys(problems)))


def _failed(results: Iterable[Result]) -> list[Result]:
    return [result for result in results if not result.passed]


def _waived(result: Result, waivers: Iterable[Waiver]) -> bool:
    return any(_concerns(waiver, result) for waiver in waivers)


def _concerns(waiver: Waiver, result: Result) -> bool:
    return (waiver.stack, waiver.resource, waiver.check) == (result.stack, result.resource, result.check)


def _unwaived(result: Result) -> str:
    return f"{result.stack}: {result.resource} fails {result.check}: {result.title}"


def _problems_of(waiver: Waiver, results: Iterable[Result], today: date) -> Iterable[str]:
    if waiver.expires < today:
        yield f"{waiver} expired on {waiver.expires}: mend the finding, or look at the reason again and set a new day"
    if waiver.expires - today > LONGEST_WAIVER:
        yield f"{waiver} expires on {waiver.expires}: at most {LONGEST_WAIVER.days} days from today are allowed"
    of_stack = [result for result in results if result.stack == waiver.stack]
    of_resource = [result for result in of_stack if result.resource == waiver.resource]
    of_check = [result for result in of_resource if result.check == waiver.check]
    if not of_stack:
        yield f"{waiver} is not needed: no judged stack is called {waiver.stack}"
    elif not of_resource:
        yield f"{waiver} is not needed: the stack has no such resource; take it out"
    elif not of_check:
        yield f"{waiver} is not needed: checkov has no check {waiver.check} for this resource; take it out"
    elif not _failed(of_check):
        yield f"{waiver} is not needed: the check passes; take it out"


def _problems_of_all(waivers: Sequence[Waiver]) -> Iterable[str]:
    for (stack, resource, check), times in Counter((w.stack, w.resource, w.check) for w in waivers).items():
        if times > 1:
            yield f"{WAIVERS_FILE}: {check} of {resource} in {stack} is waived {times} times; keep one"
    for stack, number in Counter(waiver.stack for waiver in waivers).items():
        if number > MOST_WAIVERS:
            yield f"{WAIVERS_FILE}: {stack} has {number} waivers, at most {MOST_WAIVERS} are allowed; mend a finding"


def _counts(results: Sequence[Result], waivers: Sequence[Waiver]) -> list[Count]:
    counts = []
    for environment, stack in sorted({(result.environment, result.stack) for result in results}):
        here = [result for result in results if (result.environment, result.stack) == (environment, stack)]
        failed, is_judged = _failed(here), environment not in CHEAP
        waived = sum(_waived(result, waivers) for result in failed) if is_judged else 0
        counts.append(
            Count(
                environment=environment,
                stack=stack,
                passed=len(here) - len(failed),
                waived=waived,
                failed=len(failed) - waived,
                judged=is_judged,
            )
        )
    return counts
