"""The price of a number of tasks, as the capacity model's search for a configuration asks for it."""

import pytest
from hypothesis import given, strategies as st

from modules.planning.cost.errors import NoPriceError
from modules.planning.cost.fargate import monthly_cost
from modules.price_file import load_prices

from .conftest import BOOK


def test_the_benchmarks_four_tasks_on_x86_and_on_arm() -> None:
    """operations.md, section 7, "Totals"."""
    book = load_prices()
    for architecture, usd in (("x86_64", 576.64), ("arm64", 461.36)):
        cost = monthly_cost(book, "us-east-1", cpu_units=4096, memory_mib=8192, architecture=architecture, tasks=4)
        assert cost == pytest.approx(usd, abs=0.01)


@given(st.floats(0, 100), st.floats(0, 1))
def test_spot_never_costs_more_and_a_task_costs_the_same_wherever_it_is_counted(tasks: float, share: float) -> None:
    def usd(spot_tasks: float) -> float:
        return monthly_cost(
            BOOK,
            "us-east-1",
            cpu_units=1024,
            memory_mib=2048,
            architecture="X86_64",
            tasks=tasks,
            spot_tasks=spot_tasks,
        )

    assert usd(tasks * share) <= usd(0) + 1e-9
    assert usd(0) == pytest.approx(tasks * 730 * (0.04 + 2 * 0.004))


def test_an_architecture_that_the_region_has_no_price_of_is_told() -> None:
    with pytest.raises(NoPriceError, match=r"no fargate\.arm64\.vcpu in us-west-2"):
        monthly_cost(load_prices(), "us-west-2", cpu_units=1024, memory_mib=2048, architecture="arm64", tasks=1)
