"""What is left, and what it costs, for a notebook and a terminal."""

from collections import Counter
from collections.abc import Callable, Sequence

from modules.operations.table import Table
from modules.operations.teardown.left import Left

_ORDER = ("unexpected", "kept", "goes by itself")

Price = Callable[[str], float | None]
"""USD a month for a GiB of a snapshot or a backup, by the region; None: there is no price."""


def left(title: str, found: Sequence[Left], price: Price) -> Table:
    """What needs somebody first."""
    return Table(
        title=title if found else f"{title}: nothing",
        columns=("", "name", "region", "", "until", "USD a month, at most", "command"),
        rows=[
            (
                one.kind,
                one.name,
                one.region,
                one.fate,
                one.until,
                _cost(one, price),
                one.what_to_do,
            )
            for one in sorted(found, key=lambda one: (_ORDER.index(one.fate), one.kind, one.name))
        ],
    )


def there(title: str, found: Sequence[Left]) -> Table:
    """What an environment that is deployed consists of, counted by its kind."""
    counts = Counter(one.kind for one in found)
    examples = {one.kind: one.name for one in reversed(found)}
    return Table(
        title=title if found else f"{title}: nothing, it is not deployed",
        columns=("", "number", "one of them"),
        rows=[(kind, str(number), examples[kind]) for kind, number in sorted(counts.items())],
    )


def verdict(name: str, found: Sequence[Left], price: Price) -> str:
    unexpected = sum(one.fate == "unexpected" for one in found)
    usd = sum(one.gib * (price(one.region) or 0) for one in found if one.fate != "unexpected")
    going = sum(one.fate == "goes by itself" for one in found)
    kept = sum(one.fate == "kept" for one in found)
    state = f"{unexpected} left that should be gone" if unexpected else "empty"
    return (
        f"{name}: {state}; {kept} kept on purpose, {going} that go by themselves. They cost up to {usd:,.2f} USD a "
        "month, and the bucket of states a few cents."
    )


def _cost(one: Left, price: Price) -> str:
    if one.fate == "unexpected":
        return "?"
    usd = price(one.region) if one.gib else 0
    return "no price" if usd is None else f"{one.gib * usd:,.2f}"
