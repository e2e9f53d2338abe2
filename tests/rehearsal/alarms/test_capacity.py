"""How many tasks a policy wants."""

from typing import Any

import pytest

from modules.rehearsal.alarms.capacity import after_step, for_target

OUT = {"StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}]}
IN = {"StepAdjustments": [{"MetricIntervalUpperBound": 0.0, "ScalingAdjustment": -1}]}
STEPS = {
    "StepAdjustments": [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 15.0, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 15.0, "ScalingAdjustment": 3},
    ]
}


def percent(adjustment: int, least: int | None = None) -> dict[str, Any]:
    bound = "MetricIntervalLowerBound" if adjustment > 0 else "MetricIntervalUpperBound"
    return {
        "AdjustmentType": "PercentChangeInCapacity",
        "MinAdjustmentMagnitude": least,
        "StepAdjustments": [{bound: 0.0, "ScalingAdjustment": adjustment}],
    }


@pytest.mark.parametrize(
    ("policy", "current", "beyond", "wanted"),
    [
        (OUT, 6, 5, 7),
        (OUT, 6, -5, 6),
        (IN, 6, -5, 5),
        (IN, 6, 5, 6),
        (STEPS, 6, 14.9, 7),
        (STEPS, 6, 15, 9),
        (percent(10), 4, 1, 5),
        (percent(50), 5, 1, 7),
        (percent(10, least=2), 4, 1, 6),
        (percent(-10), 4, -1, 3),
        (percent(-50), 5, -1, 3),
        ({**OUT, "AdjustmentType": "ExactCapacity"}, 6, 5, 1),
    ],
)
def test_steps(policy: dict[str, Any], current: int, beyond: float, wanted: int) -> None:
    assert after_step(policy, current=current, base=current, beyond_threshold=beyond) == wanted


@pytest.mark.parametrize(("value", "wanted"), [(600, 6), (601, 7), (1200, 12), (300, 3), (1, 1)])
def test_a_target_is_reached_by_sharing_evenly(value: float, wanted: int) -> None:
    assert for_target(current=6, value=value, target=600) == wanted
