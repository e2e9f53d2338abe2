"""A percentile is a value that occurred."""

import pytest

from modules.planning.percentile import percentile


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (25, 1), (50, 2), (51, 3), (75.1, 4), (100, 4)])
def test_a_percentile_is_one_of_the_values_in_whatever_order_they_are(percent: float, expected: float) -> None:
    assert percentile([4, 2, 1, 3], percent) == expected


def test_of_one_value_it_is_that() -> None:
    assert percentile([3.0], 99) == 3.0


def test_without_a_value_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="without a value"):
        percentile([], 50)
