"""The repository's book of prices, and how old it is."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from modules.planning.cost.errors import CostError
from modules.planning.cost.prices import FROM_MEMORY, Price, PriceBook, read_book, write_book

PRICES_FILE = Path(__file__).resolve().parent / "planning/cost/prices.csv"
STALE_AFTER_DAYS = 180
"""AWS changes a price of these services about once in a year, and mostly downwards."""


def load_prices(path: Path = PRICES_FILE) -> PriceBook:
    """
    Raises:
        CostError: there is no such file, or it is no price book.
    """
    if not path.is_file():
        raise CostError(
            f"there is no price book at {path}; it belongs to the repository: 'git checkout' brings it back"
        )
    return read_book(path.read_text())


def save_prices(book: PriceBook, path: Path = PRICES_FILE) -> None:
    path.write_text(write_book(book))


def age_days(price: Price, today: date) -> int:
    """
    Raises:
        CostError: the row's date is none.
    """
    try:
        return (today - date.fromisoformat(price.date)).days
    except ValueError:
        raise CostError(
            f"the price of {price.key} in {price.region}: {price.date!r} is no date as 2026-09-29"
        ) from None


def how_old(prices: Iterable[Price], today: date) -> str:
    """A sentence on the age of the prices that an estimate uses, and on those that nobody has looked up.

    Raises:
        CostError: a row's date is none.
    """
    used = {(price.key, price.region, price.from_quantity): price for price in prices}.values()
    if not used:
        return "No price is used."
    ages = {price: age_days(price, today) for price in used}
    said = [f"{len(used)} prices, read {min(ages.values())} to {max(ages.values())} days ago."]
    if old := {price.key for price, age in ages.items() if age > STALE_AFTER_DAYS}:
        said.append(f"Older than {STALE_AFTER_DAYS} days: {_some(old)}; 'make prices' renews them.")
    if guessed := {price.key for price in used if price.confidence == FROM_MEMORY}:
        said.append(f"From memory, not looked up: {_some(guessed)}.")
    return " ".join(said)


def _some(keys: set[str], at_most: int = 5) -> str:
    shown = sorted(keys)[:at_most]
    return ", ".join(shown) + (f" and {len(keys) - at_most} more" if len(keys) > at_most else "")
