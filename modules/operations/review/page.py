"""A review as a page of HTML that needs nothing else."""

from collections.abc import Iterable
from html import escape

from modules.operations.review import tables
from modules.operations.review.review import Review
from modules.operations.table import Table

STYLE = """
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: #1f2328; }
h1 { font-size: 1.5rem; line-height: 1.25; padding: .8rem 1rem; border-left: .5rem solid; }
h1.none { background: #f6f8fa; border-color: #59636e; }
h1.changes { background: #ddf4ff; border-color: #0969da; }
h1.dangerous { background: #ffebe9; border-color: #cf222e; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
ul { padding-left: 1.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .6rem; border: 1px solid #d1d9e0; text-align: left; vertical-align: top; }
th { background: #f6f8fa; font-weight: 600; }
td { overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
td:nth-child(2) { min-width: 16rem; }
td.code { font: 12.5px/1.5 ui-monospace, monospace; }
tr.danger td { background: #ffebe9; }
summary { margin: 1.8rem 0 .4rem; font-weight: 600; font-size: 1.1rem; cursor: pointer; }
p.note { color: #59636e; margin: .3rem 0; }
"""
PLAIN = ("", "what", "what is lost", "way back", "finding", "USD")
"""Columns of words; the others are of code."""


def page(review: Review) -> str:
    parts = [f'<h1 class="{review.outcome}">{escape(review.headline)}</h1>']
    if review.dangers:
        items = "".join(f"<li>{escape(one)}</li>" for one in review.dangers)
        parts.append(f"<p>A person has to approve this:</p><ul>{items}</ul>")
    elif not review.planned.empty:
        parts.append("<p>Nothing is lost, nothing is weakened, and no outage is expected.</p>")
    parts += [_titled(one) for one in (*tables.dangers(review), *tables.expectation(review))]
    if not review.planned.empty:
        parts.append("".join(_titled(one) for one in tables.groups(review)))
    parts += [_folded(one) for one in tables.others(review)]
    if not review.planned.empty:
        parts += [f'<p class="note">{escape(note)}</p>' for note in tables.notes(review)]
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(review.headline)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _titled(table: Table) -> str:
    return f"<h2>{escape(table.title)}</h2>{_table(table)}"


def _folded(table: Table) -> str:
    return f"<details><summary>{escape(table.title)}</summary>{_table(table)}</details>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    return f"<table><tr>{head}</tr>{''.join(_row(table.columns, row) for row in table.rows)}</table>"


def _row(columns: Iterable[str], row: tuple[str, ...]) -> str:
    cells = "".join(
        f"<td>{escape(cell)}</td>" if name in PLAIN else f'<td class="code">{escape(cell)}</td>'
        for name, cell in zip(columns, row, strict=True)
    )
    return f"<tr{' class=danger' if row[0].startswith(('!', 'outage')) else ''}>{cells}</tr>"
