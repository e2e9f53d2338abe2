"""What a drill is told to do, and what it leaves behind."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from modules.operations.drill.hypothesis import Hypothesis
from modules.operations.drill.measures import Limits, Measures
from modules.operations.drill.verdict import Bounds, Verdict


class Settings(BaseModel):
    """
    Attributes:
        drill: its name, such as `task`.
        target: where, for a person: an AWS account and region, or the rehearsal.
        rehearsal: what a rehearsal says of itself, `pace` among it: how many times shorter than AWS's its waits are.
            None on AWS.
        template_id: of the experiment that is started.
        template_ids: all of this environment, none of whose experiments may be under way.
        alarms: whose time is told; quiet before the drill.
        objectives: at most; `predictions`: between; both by names of `verdict.MEASURED`.
        observe_at_least_seconds: after the fault, as effects and alarms may come late.
        timeout_seconds: after which the drill ends also without a recovery.
        mitigate_after_seconds: how long an operator takes to do something about the fault, in a drill that has it done.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: str
    drill: str = Field(pattern=r"^[a-z0-9-]+$")
    target: str
    rehearsal: dict[str, Any] | None
    template_id: str
    template_ids: tuple[str, ...]
    hypothesis: Hypothesis
    limits: Limits = Limits()
    objectives: dict[str, float]
    predictions: dict[str, Bounds] = {}
    alarms: tuple[str, ...] = ()
    baseline_seconds: float = Field(30, gt=0)
    observe_at_least_seconds: float = Field(120, ge=0)
    timeout_seconds: float = Field(1200, gt=0)
    mitigate_after_seconds: float = Field(60, ge=0)


class Report(BaseModel):
    """
    Attributes:
        outcome: `refused` before anything was broken, `interrupted` by a person, a machine or an error.
        reasons: for a person.
        put_in_order: what the drill did about its experiment in the end.
    """

    model_config = ConfigDict(frozen=True)

    settings: Settings
    began: float
    ended: float
    outcome: Literal["pass", "fail", "inconclusive", "refused", "interrupted"]
    reasons: tuple[str, ...]
    experiment_id: str | None = None
    measures: Measures | None = None
    verdict: Verdict | None = None
    put_in_order: tuple[str, ...] = ()
