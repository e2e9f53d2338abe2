"""What a drill is held to: objectives and predictions of what it measures, from the settings."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from modules.operations.drill.verdict import LOST_WRITES, REFUSED_WRITES, RTO_DEGRADED, RTO_FULL, Bounds
from modules.planning.recovery.faults import Circumstances, measures, predict
from modules.planning.recovery.objectives import objective_seconds
from modules.planning.recovery.prediction import Fault, Measure, paced
from modules.settings import Environment

_TIMES: Mapping[str, Measure] = {RTO_DEGRADED: "degraded", RTO_FULL: "full", REFUSED_WRITES: "writes"}


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """
    Attributes:
        environment: with as many tasks as run at the moment.
        pace: how many times shorter than AWS's a rehearsal's waits are; `rehearsal`: whether it is one.
        writes: whether acknowledged writes are counted.
        shift_seconds: after which an operator shifts a lost zone's traffic away; None: nobody does.
    """

    environment: Environment
    fault: Fault
    requests_per_second: float
    rehearsal: bool
    pace: float
    writes: bool
    shift_seconds: float | None = None

    @property
    def circumstances(self) -> Circumstances:
        drills = self.environment.drills
        outage = drills.duration_minutes * 60 / self.pace if drills else 0.0
        return Circumstances(requests_per_second=self.requests_per_second, outage_seconds=outage)

    @property
    def objectives(self) -> dict[str, float]:
        """At most. Times are AWS's: a rehearsal at another pace is held to its predictions alone."""
        held = {name: objective_seconds(self.environment, self.fault, one) for name, one in self._times.items()}
        times = {name: float(seconds) for name, seconds in held.items() if seconds is not None and self.pace == 1}
        return times | ({LOST_WRITES: 0.0} if self.writes else {})

    @property
    def predictions(self) -> dict[str, Bounds]:
        return {name: self._bounds(name, measure) for name, measure in self._times.items()}

    @property
    def _times(self) -> dict[str, Measure]:
        return {
            name: measure
            for name, measure in _TIMES.items()
            if measure in measures(self.fault) and (self.writes or name != REFUSED_WRITES)
        }

    def _bounds(self, name: str, measure: Measure) -> Bounds:
        prediction = predict(self.environment, self.fault, measure, self.circumstances)
        if self.rehearsal:
            in_a_row = math.ceil(self.environment.service.desired_tasks / 2)
            prediction = paced(prediction, self.pace, starts_in_a_row=in_a_row)
        least = prediction.lower
        if self.fault is Fault.DATABASE_FAILOVER and name != REFUSED_WRITES:
            # LiteLLM may answer from its caches while its database is away, and on the rehearsal it has none.
            least = 0
        if self.shift_seconds is not None and name == RTO_DEGRADED:
            least = min(least, self.shift_seconds)
        return Bounds(least=least, most=prediction.upper)
