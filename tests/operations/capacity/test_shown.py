"""What the capacity runbook shows."""

import io

import pytest
from matplotlib.figure import Figure

from modules.environment_file import load
from modules.operations.capacity import plots, surroundings, tables
from modules.planning.capacity import published
from modules.planning.capacity.cheapest import fargate_usd_per_month, offers
from modules.planning.capacity.closed_loop import Users, closed_loop
from modules.planning.capacity.connection_cases import connection_cases
from modules.planning.capacity.connection_remedies import connection_remedies
from modules.planning.capacity.quotas import quotas
from modules.planning.capacity.scale_out import scale_out, zone_loss
from modules.planning.capacity.simulation import simulate_closed
from modules.planning.capacity.sizing import LatencyObjective, Need
from modules.planning.capacity.worker import PUBLISHED

BENCHMARK = load("benchmark")
NEED = Need(requests_per_second=1170, latency=LatencyObjective(percent=99, seconds=0.5))


def test_a_fleet_that_a_lost_zone_saturates_is_shown_as_such() -> None:
    table = tables.fleet(BENCHMARK, NEED, PUBLISHED)
    rows = {row[0]: row for row in table.rows}
    assert table.title == "benchmark-litellm at 1,170 requests/s"
    assert table.columns[-1] == "99 %"
    assert rows["wanted"][4] == "57 %"
    assert rows["wanted, one zone lost"][4:] == ("113 %, saturated", "grows", "grows")


def test_a_zone_that_takes_every_task_along_is_shown_as_such() -> None:
    alone = BENCHMARK.model_copy(update={"service": BENCHMARK.service.model_copy(update={"desired_tasks": 1})})
    assert "no task is left" in str(tables.fleet(alone, NEED, PUBLISHED))


def test_fitted_numbers_are_said_to_prove_nothing() -> None:
    rows = tables.reproduction(published.reproduction()).rows
    assert {row[5] for row in rows if row[1] == "mean"} == {"nothing: fitted to it"}
    assert {row[5] for row in rows if row[1] != "mean"} == {"checked, not fitted"}


def test_the_sources_third_line_is_shown_to_contradict_itself() -> None:
    *_, eight = tables.source().rows
    assert eight[:2] == ("8", "2,000 at 50 to 75 ms")
    assert eight[4] == "contradicts itself"


def test_a_backlog_without_end_is_not_shown_as_a_number() -> None:
    (row,) = tables.courses({"jump": scale_out(BENCHMARK, 6000, "best")}).rows
    assert row[2:5] == ("without end", "never", "never")


def test_every_table_has_a_cell_for_each_column() -> None:
    load = Users(number=50)
    shown = (
        tables.fleet(BENCHMARK, NEED, PUBLISHED),
        tables.carried(BENCHMARK, NEED, PUBLISHED),
        tables.reproduction(published.reproduction()),
        tables.source(),
        tables.simulated(closed_loop(load, 4), simulate_closed(load, 4, seed=1, seconds=10), load),
        tables.courses({"zone lost": zone_loss(BENCHMARK, 1170, "worst")}),
        tables.fleets_by_price(offers(NEED, fargate_usd_per_month)),
        surroundings.connections(10, connection_cases(BENCHMARK, 10)),
        surroundings.remedies(10, connection_remedies(BENCHMARK, 10)),
        surroundings.memory(),
        surroundings.data(BENCHMARK, 1170, 300),
        surroundings.quotas(quotas(BENCHMARK, 1170, 0.1)),
    )
    for table in shown:
        assert table.rows, table.title
        assert {len(row) for row in table.rows} == {len(table.columns)}, table.title


@pytest.mark.parametrize("rate", [100, 6000])
def test_pictures_can_be_drawn(rate: float) -> None:
    figures: list[Figure] = [
        plots.users_over_tasks(Users(number=100), 16),
        plots.rates_of_a_fleet({"all": 4, "one zone lost": 2, "nothing": 0}, 4, NEED, PUBLISHED),
        plots.timeline({"best": zone_loss(BENCHMARK, rate, "best")}, title="a zone is lost"),
        plots.timeline({luck: scale_out(BENCHMARK, rate, luck) for luck in ("best", "worst")}, title="a jump"),
        plots.connection_budget({pool: connection_cases(BENCHMARK, pool) for pool in (3, 10)}),
    ]
    for figure in figures:
        written = io.BytesIO()
        figure.savefig(written)
        assert written.tell() > 5000


def test_the_picture_of_a_jump_says_how_long_requests_wait() -> None:
    figure = plots.timeline({"best": scale_out(BENCHMARK, 2340, "best")}, title="a jump")
    _, wait = figure.axes
    (text,) = (one.get_text() for one in wait.get_legend().get_texts())
    assert text == "best: up to 27 s, until 343 s after the change"
    figure = plots.timeline({"best": scale_out(BENCHMARK, 6000, "best")}, title="a jump")
    assert "without end" in figure.axes[1].get_legend().get_texts()[0].get_text()
