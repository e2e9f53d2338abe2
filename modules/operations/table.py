"""A table that a notebook shows and a terminal prints."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def _repr_markdown_(self) -> str:
        """How a notebook shows it."""
        lines = [f"**{self.title}**", "", self._line(self.columns), self._line(("---",) * len(self.columns))]
        return "\n".join([*lines, *(self._line(row) for row in self.rows)])

    @staticmethod
    def _line(cells: tuple[str, ...]) -> str:
        return f"| {' | '.join(cells)} |"

    def __str__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.columns))]
        padded = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        return "\n".join([self.title, *padded])
