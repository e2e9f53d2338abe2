"""The source's five recovery objectives: whether an environment meets them, and which setting decides."""

import math
from dataclasses import dataclass
from typing import Literal

from modules.planning.recovery.faults import USUAL, Circumstances, predict, predictions
from modules.planning.recovery.prediction import Fault, Measure, Prediction
from modules.settings import Environment

Verdict = Literal["always", "sometimes", "never"]

REGION_OBJECTIVE_SECONDS = 24 * 3600
"""The source says "Hours": fewer than a day's."""
_TASK = (Fault.TASK_STOPPED, Fault.TASK_KILLED, Fault.TASK_HUNG)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """
    Attributes:
        objective: as the source names the scenario.
        prediction: of the fault that is worst for it; None: the environment cannot have it.
    """

    objective: str
    seconds: int
    prediction: Prediction | None

    @property
    def verdict(self) -> Verdict | None:
        return verdict(self.prediction, self.seconds) if self.prediction else None

    @property
    def deciding(self) -> str:
        """Path of the setting that decides the verdict; empty when none does."""
        return _deciding(self.prediction, self.verdict) if self.prediction else ""

    def __str__(self) -> str:
        if self.prediction is None:
            return f"{self.objective}: does not apply"
        best, worst = self.prediction.lower, self.prediction.upper
        bounds = {
            "always": f"at most {worst:g} s",
            "sometimes": f"{best:g} s at best, but up to {_limit(worst)}",
            "never": "not by its own means" if math.isinf(best) else f"{best:g} s at best",
        }[verdict(self.prediction, self.seconds)]
        decides = f" ({self.deciding} decides)" if self.deciding else ""
        return f"{self.objective}: {self.verdict} met: {bounds}, and {self.seconds} s are allowed{decides}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table of predictions, for notebooks and reports."""

    fault: str
    measure: Measure
    lower_seconds: float
    upper_seconds: float
    objective_seconds: int | None
    verdict: Verdict | None
    deciding: str

    @property
    def predicted(self) -> str:
        """`70 s to 100 s`."""
        if math.isinf(self.lower_seconds):
            return "not by its own means"
        return f"{self.lower_seconds:g} s to {_limit(self.upper_seconds)}"


def _limit(seconds: float) -> str:
    return "no limit" if math.isinf(seconds) else f"{seconds:g} s"


def verdict(prediction: Prediction, seconds: float) -> Verdict:
    if prediction.upper <= seconds:
        return "always"
    return "never" if prediction.lower > seconds else "sometimes"


def _deciding(prediction: Prediction, result: Verdict | None) -> str:
    """An objective that is never met fails at the lower bound already."""
    return prediction.deciding("lower" if result == "never" else "upper")


def judgements(environment: Environment, circumstances: Circumstances = USUAL) -> tuple[Judgement, ...]:
    """All five, by RTO degraded: the source itself leaves capacity reduced until a lost zone is back."""
    objectives, multi_az = environment.objectives, environment.database.multi_az
    scenarios = (
        ("Single task failure", objectives.task_failure_seconds, _TASK),
        ("AZ failure", objectives.zone_failure_seconds, (Fault.ZONE_LOST,)),
        (
            "Database failure (Multi-AZ)",
            objectives.database_failure_seconds,
            (Fault.DATABASE_FAILOVER,) if multi_az else (),
        ),
        (
            "Database failure (Single-AZ)",
            objectives.database_failure_seconds,
            () if multi_az else (Fault.DATABASE_LOST,),
        ),
        ("Complete region failure", REGION_OBJECTIVE_SECONDS, (Fault.REGION_LOST,)),
    )
    judged = []
    for name, seconds, candidates in scenarios:
        predicted = [predict(environment, fault, "degraded", circumstances) for fault in candidates]
        worst = max(predicted, key=lambda one: (one.upper, one.lower), default=None)
        judged.append(Judgement(objective=name, seconds=seconds, prediction=worst))
    return tuple(judged)


def objective_seconds(environment: Environment, fault: Fault, measure: Measure) -> int | None:
    """What the measure of the fault is held to; None: nothing. A task has to be replaced in its time as well."""
    objectives = environment.objectives
    if measure == "data_loss" or (measure == "full" and fault not in _TASK):
        return None
    if fault in _TASK:
        return objectives.task_failure_seconds
    return {
        Fault.ZONE_LOST: objectives.zone_failure_seconds,
        Fault.HOME_ZONE_LOST: objectives.zone_failure_seconds,
        Fault.DATABASE_FAILOVER: objectives.database_failure_seconds,
        Fault.DATABASE_LOST: None if environment.database.multi_az else objectives.database_failure_seconds,
        Fault.REGION_LOST: REGION_OBJECTIVE_SECONDS,
    }.get(fault)


def table(environment: Environment, circumstances: Circumstances = USUAL) -> list[Row]:
    """Every prediction beside its objective."""
    rows = []
    for prediction in predictions(environment, circumstances):
        seconds = objective_seconds(environment, prediction.fault, prediction.measure)
        result = None if seconds is None else verdict(prediction, seconds)
        rows.append(
            Row(
                fault=prediction.fault,
                measure=prediction.measure,
                lower_seconds=prediction.lower,
                upper_seconds=prediction.upper,
                objective_seconds=seconds,
                verdict=result,
                deciding=_deciding(prediction, result),
            )
        )
    return rows
