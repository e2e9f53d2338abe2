"""Renewing the book of prices from AWS's Price List."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from modules.operations.cost.price_list import PriceList, ProductError, Tier, product, tiers
from modules.planning.cost.prices import Price, PriceBook

SOURCE = "AWS Price List API"
REFERENCE_REGION = "us-east-1"
"""A region that the book does not have yet gets the prices that this one has."""


class UnreachableError(Exception):
    """AWS's Price List does not answer, or not to these credentials."""


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """A renewed book.

    Attributes:
        read: prices that were read.
        changes: a sentence for each price that differs.
        failures: a sentence for each price that was kept, because not exactly one product has it.
        unlisted: rows that the Price List does not have, and that were kept.
    """

    book: PriceBook
    read: int
    changes: tuple[str, ...]
    failures: tuple[str, ...]
    unlisted: int


def renew(
    book: PriceBook, client: PriceList, regions: Iterable[str], today: str, say: Callable[[str], None]
) -> Renewal:
    """The book with the prices of these regions as the Price List has them today; the rest stays as it is.

    Raises:
        UnreachableError: the Price List is out of reach; nothing is lost.
    """
    kept = {(row.key, row.region): book.tiers(row.key, row.region) for row in book.rows}
    read, changes, failures, unlisted = 0, [], [], 0
    for region in regions:
        keys = book.keys(region) or book.keys(REFERENCE_REGION)
        say(f"Reading {len(keys)} prices of {region}")
        for key in keys:
            wanted, old = product(key), kept.get((key, region), [])
            if wanted is None:
                unlisted += len(old)
                continue
            try:
                found = tiers(client, wanted, region)
            except ProductError as error:
                failures.append(f"{key} in {region}: {error}")
                continue
            except (BotoCoreError, ClientError) as error:
                raise UnreachableError(str(error)) from None
            read += 1
            if difference := _difference(old, found):
                changes.append(f"{key} in {region}: {difference}")
            unit = old[0].unit if old else book.tiers(key, REFERENCE_REGION)[0].unit
            kept[key, region] = [_row(key, region, tier, unit, wanted.service_code, today) for tier in found]
    return Renewal(
        book=PriceBook(row for rows in kept.values() for row in rows),
        read=read,
        changes=tuple(changes),
        failures=tuple(failures),
        unlisted=unlisted,
    )


def _row(key: str, region: str, tier: Tier, unit: str, service_code: str, today: str) -> Price:
    return Price(
        key=key,
        region=region,
        from_quantity=tier.from_quantity,
        usd=tier.usd,
        unit=unit,
        service_code=service_code,
        usage_type=tier.usage_type,
        source=SOURCE,
        date=today,
        confidence="price list",
    )


def _difference(old: list[Price], found: list[Tier]) -> str:
    before = [(row.from_quantity, row.usd) for row in old]
    after = [(tier.from_quantity, tier.usd) for tier in found]
    if before == after:
        return ""
    if not before:
        return f"new, {_shown(after)}"
    percent = 100 * (after[0][1] / before[0][1] - 1) if before[0][1] else 0
    return f"{_shown(before)} -> {_shown(after)} ({percent:+.1f} %)"


def _shown(steps: list[tuple[float, float]]) -> str:
    return ", ".join(f"{usd:.10g}" + (f" from {start:g}" if start else "") for start, usd in steps)
