"""A book of AWS's prices: a row for each price, with where it is from and when it was read."""

import csv
import difflib
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from modules.planning.cost.errors import CostError, NoPriceError

FROM_MEMORY = "memory"
CONFIDENCES = {
    "price list": "out of AWS's Price List",
    "published": "from a page, a bill or a program that quotes AWS's Price List",
    "inferred": "follows from other prices",
    FROM_MEMORY: "not looked up: check before relying on it",
}


@dataclass(frozen=True, kw_only=True)
class Price:
    """A row of the book.

    Attributes:
        unit: `share` in a row that is no price but a discount: 0.3 is 30 % less.
        from_quantity: of the tier, in the row's unit; 0 where there is one price for all.
        date: when the source was written or read, as 2026-09-29.
    """

    key: str
    region: str
    from_quantity: float
    usd: float
    unit: str
    service_code: str
    usage_type: str
    source: str
    date: str
    confidence: str


COLUMNS = tuple(field.name for field in fields(Price))


class PriceBook:
    """Prices by key and region."""

    def __init__(self, rows: Iterable[Price]) -> None:
        """
        Raises:
            CostError: the same price is stated twice, or tiers do not begin at 0.
        """
        self.rows = tuple(rows)
        self._tiers: dict[tuple[str, str], list[Price]] = defaultdict(list)
        for row in self.rows:
            self._tiers[row.key, row.region].append(row)
        for (key, region), tiers in self._tiers.items():
            tiers.sort(key=lambda row: row.from_quantity)
            starts = [row.from_quantity for row in tiers]
            if starts[0] != 0 or len(set(starts)) < len(starts):
                raise CostError(f"the price of {key} in {region}: its tiers begin at {starts}; one at 0, each once")

    @property
    def regions(self) -> list[str]:
        return sorted({row.region for row in self.rows})

    def keys(self, region: str) -> list[str]:
        return sorted({row.key for row in self.rows if row.region == region})

    def tiers(self, key: str, region: str) -> list[Price]:
        """The rows of a price, the tier that begins at 0 first.

        Raises:
            NoPriceError: there are none.
        """
        found = self._tiers.get((key, region))
        if found:
            return found
        close = difflib.get_close_matches(key, self.keys(region), n=1, cutoff=0.85)
        raise NoPriceError(
            f"the price book has no {key} in {region}"
            + (f"; it has {close[0]}" if close else "")
            + f": 'make prices REGIONS={region}' adds what AWS's Price List has"
        )

    def usd(self, key: str, region: str) -> float:
        """A price of one tier.

        Raises:
            NoPriceError: there is none.
        """
        return self.tiers(key, region)[0].usd

    def charged(self, key: str, region: str, quantity: float) -> Iterator[tuple[Price, float]]:
        """The rows that a quantity is charged by, with each one's part of it.

        Raises:
            NoPriceError: there is no such price.
        """
        tiers = self.tiers(key, region)
        ends = [*(tier.from_quantity for tier in tiers[1:]), float("inf")]
        for tier, end in zip(tiers, ends, strict=True):
            part = min(quantity, end) - tier.from_quantity
            if part > 0:
                yield tier, part

    def check_region(self, region: str) -> None:
        """
        Raises:
            CostError: the book has not a single price for the region.
        """
        if region not in self.regions:
            raise CostError(
                f"the price book has no prices of the region {region}; it has {', '.join(self.regions)}: "
                f"'make prices REGIONS={region}' adds them"
            )


def read_book(text: str) -> PriceBook:
    """The book out of its CSV.

    Raises:
        CostError: a column or a value is missing or wrong.
    """
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise CostError(f"the price book's columns are {reader.fieldnames}; they should be {', '.join(COLUMNS)}")
    return PriceBook(_row(row, reader.line_num) for row in reader)


def write_book(book: PriceBook) -> str:
    """The book as CSV, ordered so that a change of a price is one line's."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(book.rows, key=lambda row: (row.region, row.key, row.from_quantity)):
        cells = {
            **vars(row),
            "usd": f"{row.usd:.12f}".rstrip("0").rstrip("."),
            "from_quantity": f"{row.from_quantity:g}",
        }
        writer.writerow([cells[column] for column in COLUMNS])
    return out.getvalue()


def _row(cells: dict[str, str], line: int) -> Price:
    if empty := [column for column in COLUMNS if not cells.get(column) and column != "usage_type"]:
        raise CostError(f"the price book, line {line}: {', '.join(empty)} missing")
    try:
        usd, from_quantity = float(cells["usd"]), float(cells["from_quantity"])
    except ValueError as error:
        raise CostError(f"the price book, line {line}: {error}") from None
    if not 0 <= usd < float("inf") or from_quantity < 0:
        raise CostError(f"the price book, line {line}: usd {usd:g} from {from_quantity:g} is no price")
    if cells["confidence"] not in CONFIDENCES:
        raise CostError(
            f"the price book, line {line}: confidence is {cells['confidence']!r}; it should be one of "
            f"{', '.join(CONFIDENCES)}"
        )
    return Price(**{**cells, "usd": usd, "from_quantity": from_quantity})  # type: ignore[arg-type]
