"""The book says how old it is."""

from datetime import date
from pathlib import Path

import pytest

from modules.planning.cost.errors import CostError
from modules.price_file import STALE_AFTER_DAYS, how_old, load_prices, save_prices
from tests.planning.cost.conftest import price

TODAY = date(2026, 11, 24)


def test_a_fresh_book_tells_its_age_alone() -> None:
    rows = [price("alb.hour", 1, date="2026-11-14"), price("nat.hour", 1, date="2026-11-20")]
    assert how_old(rows, TODAY) == "2 prices, read 4 to 10 days ago."


def test_a_stale_price_is_named_with_the_command_that_renews_it() -> None:
    rows = [price("alb.hour", 1, date="2026-05-27"), price("nat.hour", 1, date="2026-05-28")]
    assert STALE_AFTER_DAYS == 180
    assert how_old(rows, TODAY) == (
        "2 prices, read 180 to 181 days ago. Older than 180 days: alb.hour; 'make prices' renews them."
    )


def test_many_stale_prices_are_counted() -> None:
    rows = [price(f"price.{number}", 1, date="2020-01-01") for number in range(7)]
    assert "price.4 and 2 more; 'make prices'" in how_old(rows, TODAY)


def test_a_price_from_memory_is_named() -> None:
    rows = [price("sns.email", 1, confidence="memory", date="2026-11-24")]
    assert how_old(rows, TODAY).endswith("From memory, not looked up: sns.email.")


def test_a_date_that_is_none_is_told() -> None:
    with pytest.raises(CostError, match=r"the price of alb\.hour in us-east-1: 'last week' is no date"):
        how_old([price("alb.hour", 1, date="last week")], TODAY)


def test_no_book_is_told_and_a_saved_one_is_read_again(tmp_path: Path) -> None:
    with pytest.raises(CostError, match="there is no price book at"):
        load_prices(tmp_path / "prices.csv")
    book = load_prices()
    save_prices(book, tmp_path / "prices.csv")
    assert set(load_prices(tmp_path / "prices.csv").rows) == set(book.rows)
    assert how_old([], TODAY) == "No price is used."
