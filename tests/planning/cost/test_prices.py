"""The book of prices: what it answers, and what it refuses to be."""

import pytest
from hypothesis import given, strategies as st

from modules.planning.cost.errors import CostError, NoPriceError
from modules.planning.cost.prices import COLUMNS, PriceBook, read_book, write_book
from modules.price_file import load_prices

from .conftest import price

TIERED = PriceBook([price("gb", 0.09), price("gb", 0.05, 1_000), price("gb", 0.02, 5_000)])


@given(st.floats(0, 1e7))
def test_tiers_share_a_quantity_out_and_each_charges_its_part(quantity: float) -> None:
    charged = list(TIERED.charged("gb", "us-east-1", quantity))
    assert sum(part for _, part in charged) == pytest.approx(quantity)
    for row, part in charged:
        assert 0 < part <= {0: 1_000, 1_000: 4_000, 5_000: float("inf")}[row.from_quantity] + 1e-6


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_never_costs_less(one: float, other: float) -> None:
    def usd(quantity: float) -> float:
        return sum(row.usd * part for row, part in TIERED.charged("gb", "us-east-1", quantity))

    less, more = sorted([one, other])
    assert usd(less) <= usd(more) + 1e-9


def test_a_price_that_is_missing_is_named_with_one_that_is_close_and_the_way_to_get_it() -> None:
    book = PriceBook([price("rds.postgres.single_az.db.t3.medium", 0.07)])
    with pytest.raises(NoPriceError) as caught:
        book.usd("rds.postgres.single_az.db.t3.large", "us-east-1")
    assert str(caught.value) == (
        "the price book has no rds.postgres.single_az.db.t3.large in us-east-1; it has "
        "rds.postgres.single_az.db.t3.medium: 'make prices REGIONS=us-east-1' adds what AWS's Price List has"
    )


def test_a_region_without_any_price_is_told_with_those_that_there_are() -> None:
    with pytest.raises(CostError, match=r"no prices of the region eu-north-1; it has us-east-1: 'make prices REGIONS="):
        TIERED.check_region("eu-north-1")


@pytest.mark.parametrize("rows", [[price("a", 1), price("a", 2)], [price("a", 1, 10)]])
def test_a_price_stated_twice_or_without_its_first_tier_is_refused(rows: list[object]) -> None:
    with pytest.raises(CostError, match="the price of a in us-east-1: its tiers begin at"):
        PriceBook(rows)  # type: ignore[arg-type]


def test_a_written_book_is_read_as_it_was() -> None:
    book = load_prices()
    assert set(read_book(write_book(book)).rows) == set(book.rows)
    assert write_book(read_book(write_book(book))) == write_book(book)


HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("key,usd\nalb.hour,1", "the price book's columns are"),
        (f"{HEADER}\nalb.hour,us-east-1,0,cheap,hour,AWSELB,LCU,x,2026-10-01,published", "line 2: could not convert"),
        (f"{HEADER}\nalb.hour,us-east-1,0,-1,hour,AWSELB,LCU,x,2026-10-01,published", "line 2: usd -1 from 0 is no"),
        (f"{HEADER}\nalb.hour,us-east-1,0,1,hour,AWSELB,LCU,,2026-10-01,published", "line 2: source missing"),
        (f"{HEADER}\nalb.hour,us-east-1,0,1,hour,AWSELB,LCU,x,2026-10-01,rumour", "line 2: confidence is 'rumour'"),
    ],
)
def test_a_book_that_is_none_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(CostError, match=told):
        read_book(text)


def test_the_projects_book_has_three_regions_and_every_row_says_where_it_is_from() -> None:
    book = load_prices()
    assert book.regions == ["eu-west-1", "us-east-1", "us-west-2"]
    assert all(row.source and row.date for row in book.rows)
