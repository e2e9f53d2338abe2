"""The source architecture's "Expected Performance by Scale", line by line: claim, model, verdict.

Its first two lines are LiteLLM's published benchmark (`published`); its third has no source.
"""

from dataclasses import dataclass
from typing import Literal

from modules.planning.capacity.closed_loop import ClosedLoop, Users, closed_loop
from modules.planning.capacity.fleet import capacity, utilisation_percent
from modules.planning.capacity.published import USERS, WORKERS_OF_A_TASK
from modules.planning.capacity.worker import PUBLISHED, Worker

Verdict = Literal["holds", "not confirmed", "contradicts itself"]

RATE_WITHIN_PERCENT, MEDIAN_WITHIN_PERCENT = 5, 15
"""How far the model may be from a claim that holds."""
_MOST_USERS = 20_000


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A line of the source's table; the median is a range, of one number in most lines."""

    tasks: int
    requests_per_second: float
    median_seconds: tuple[float, float]

    @property
    def possible(self) -> bool:
        """Whether the benchmark's users can ask so much, even of answers that take no time."""
        return self.requests_per_second <= USERS.requests_per_second(0)


CLAIMS = (
    Claim(tasks=2, requests_per_second=1035, median_seconds=(0.200, 0.200)),
    Claim(tasks=4, requests_per_second=1170, median_seconds=(0.100, 0.100)),
    Claim(tasks=8, requests_per_second=2000, median_seconds=(0.050, 0.075)),
)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A claim beside what the model says of the same tasks and the benchmark's users.

    Attributes:
        rate_percent: the model's deviation from the claim.
        median_percent: from the nearer end of the claimed range; 0 inside of it.
    """

    claim: Claim
    requests_per_second: float
    median_seconds: float
    why: str

    @property
    def rate_percent(self) -> float:
        return 100 * (self.requests_per_second / self.claim.requests_per_second - 1)

    @property
    def median_percent(self) -> float:
        least, most = self.claim.median_seconds
        return 100 * (self.median_seconds / min(max(self.median_seconds, least), most) - 1)

    @property
    def verdict(self) -> Verdict:
        if not self.claim.possible:
            return "contradicts itself"
        near = abs(self.rate_percent) <= RATE_WITHIN_PERCENT and abs(self.median_percent) <= MEDIAN_WITHIN_PERCENT
        return "holds" if near else "not confirmed"


def source_table(worker: Worker = PUBLISHED) -> list[Judgement]:
    """The three lines."""
    return [_judged(claim, worker) for claim in CLAIMS]


def users_for(requests_per_second: float, workers: int, worker: Worker = PUBLISHED) -> int:
    """The fewest of the benchmark's users that ask so much.

    Raises:
        ValueError: the workers do not carry it, whatever the users.
    """
    many = Users(number=_MOST_USERS, think_seconds=USERS.think_seconds)
    for number, throughput in enumerate(closed_loop(many, workers, worker).throughputs):
        if throughput >= requests_per_second:
            return number
    raise ValueError(f"{workers} workers carry {workers * worker.requests_per_second:g} requests/s at the most")


def _judged(claim: Claim, worker: Worker) -> Judgement:
    loop = closed_loop(USERS, claim.tasks * WORKERS_OF_A_TASK, worker)
    return Judgement(
        claim=claim,
        requests_per_second=loop.requests_per_second,
        median_seconds=loop.percentile_seconds(50),
        why=_utilised(loop) if claim.possible else _contradiction(claim, worker),
    )


def _utilised(loop: ClosedLoop) -> str:
    limit = "the workers are the limit" if loop.utilisation > 0.9 else "the users are the limit, not the tasks"
    return f"{100 * loop.utilisation:.0f} % of the workers' time is used: {limit}"


def _contradiction(claim: Claim, worker: Worker) -> str:
    users, think, (least, most) = USERS.number, USERS.mean_think_seconds, claim.median_seconds
    rate, workers = claim.requests_per_second, claim.tasks * WORKERS_OF_A_TASK
    used = utilisation_percent(rate, claim.tasks, WORKERS_OF_A_TASK, worker)
    needed = users_for(rate, workers, worker)
    return (
        f"{users:,} users who think for {think:g} s cannot ask more than {users:,} / {think:g} = "
        f"{USERS.requests_per_second(0):,.0f} requests/s, even of answers that take no time, and "
        f"{users:,} / ({think:g} + {most:g}) = {USERS.requests_per_second(most):,.0f} to "
        f"{USERS.requests_per_second(least):,.0f} with the claimed latency; {rate:,.0f} would need "
        f"{rate * (think + least):,.0f} to {rate * (think + most):,.0f} users. The latency is below the "
        f"{1000 * worker.fixed_delay_seconds:.0f} ms that no task can shorten (mock and network). As capacity it is "
        f"plausible: {rate:,.0f} of {capacity(claim.tasks, WORKERS_OF_A_TASK, worker):,.0f} requests/s are "
        f"{used:.0f} %, asked by {needed:,} users"
    )
