"""Metric math of alarms."""

import pytest

from modules.rehearsal.alarms.metric_math import UnsupportedExpressionError, Values, formula_of

ERROR_RATE = "IF(FILL(requests, 0) > 60, 100 * FILL(errors, 0) / requests, 0)"


@pytest.mark.parametrize(
    ("expression", "values", "result"),
    [
        ("1 + 2 * 3", {}, 7),
        ("(1 + 2) * 3", {}, 9),
        ("8 / 4 / 2", {}, 1),
        ("-m1 + 1", {"m1": 3}, -2),
        ("wanted - running", {"wanted": 8, "running": 6}, 2),
        ("wanted - running", {"wanted": 8, "running": None}, None),
        ("m1 / m2", {"m1": 1, "m2": 0}, None),
        ("m1 >= 2", {"m1": 2}, 1),
        (ERROR_RATE, {"requests": 200, "errors": 10}, 5),
        (ERROR_RATE, {"requests": 200, "errors": None}, 0),
        (ERROR_RATE, {"requests": None, "errors": None}, 0),
        (ERROR_RATE, {"requests": 60, "errors": 60}, 0),
    ],
)
def test_formulas(expression: str, values: Values, result: float | None) -> None:
    assert formula_of(expression)(values) == result


@pytest.mark.parametrize(
    "expression",
    ["ANOMALY_DETECTION_BAND(m1, 2)", "FILL(m1, REPEAT)", "m1 +", "SUM(METRICS())", "m1 m2", "", "(", "m1; m2"],
)
def test_what_is_not_known_is_said(expression: str) -> None:
    with pytest.raises(UnsupportedExpressionError):
        formula_of(expression)
