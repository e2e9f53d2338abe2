"""A review for a pull request."""

from collections.abc import Iterable

from modules.operations.review import tables
from modules.operations.review.review import Review
from modules.operations.table import Table

LONGEST_COMMENT = 60_000
"""GitHub takes 65,536 characters."""


def markdown(review: Review) -> str:
    """The page; a plan too long for a comment is told without each value."""
    if review.planned.empty:
        return f"{review.headline}\n"
    whole = _page(review, values=True)
    return whole if len(whole) <= LONGEST_COMMENT else _page(review, values=False)[:LONGEST_COMMENT]


def _page(review: Review, *, values: bool) -> str:
    parts = [f"## {_plain(review.headline)}"]
    if review.dangers:
        parts += ["A person has to approve this:", "\n".join(f"- {_code(one)}" for one in review.dangers)]
    else:
        parts.append("Nothing is lost, nothing is weakened, and no outage is expected.")
    parts += [_table(one) for one in (*tables.dangers(review), *tables.expectation(review))]
    changes = list(tables.groups(review, values=values))
    parts.append(_folded("Every change" if values else "Every change, without its values", changes))
    parts += [_folded(one.title, [one]) for one in tables.others(review)]
    parts += [_plain(note) for note in tables.notes(review)]
    return "\n\n".join(parts) + "\n"


def _folded(summary: str, found: Iterable[Table]) -> str:
    inside = "\n\n".join(_table(one) for one in found)
    return f"<details><summary>{_plain(summary)}</summary>\n\n{inside}\n\n</details>"


def _table(table: Table) -> str:
    lines = [f"**{_plain(table.title)}**", "", _line(table.columns), _line(("---",) * len(table.columns))]
    return "\n".join([*lines, *(_line(tuple(map(_cell, row))) for row in table.rows)])


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Values come from whoever wrote the change: none may become markup, a link or a mention."""
    plain = all(letter.isalnum() or letter in " ,.;:'!()" for letter in text)
    return text if plain else _code(text).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|").replace("@", "&#64;")
