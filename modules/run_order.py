"""A runbook's cells run from top to bottom: a fault is not injected by a cell that was clicked on too early."""

import ast
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from IPython.core.error import InputRejected
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

NOTEBOOK = "JPY_SESSION_NAME"
"""Jupyter Server's variable with a kernel's notebook."""


class RunOrder(ast.NodeTransformer):
    """Refuses a cell as long as one before it has not run, or has run again with what followed now being out of date.

    Cells that are not in the file, as those just added, are let through.
    """

    def __init__(self, cells: Sequence[str]) -> None:
        """
        Args:
            cells: ids of the code cells, from top to bottom.
        """
        self._cells = list(cells)
        self._done = -1

    def may_run(self, cell: str) -> bool:
        return cell not in self._cells or self._cells.index(cell) <= self._done + 1

    def has_run(self, cell: str) -> None:
        if cell in self._cells:
            self._done = self._cells.index(cell)

    def visit(self, node: ast.AST) -> ast.AST:
        """IPython's way to refuse a cell, with all of its code."""
        shell = InteractiveShell.instance()
        if not self.may_run(_cell(shell)):
            raise InputRejected(
                "this runbook runs from top to bottom: run the cells before this one first, all of them again after "
                "one that was run again"
            )
        return node

    def after(self, result: ExecutionResult) -> None:
        """IPython's event `post_run_cell`."""
        if result.success:
            self.has_run(_cell(InteractiveShell.instance()))


def enforce(shell: InteractiveShell | None, variables: Mapping[str, str] = os.environ) -> None:
    """From the cell that runs now on; a notebook that is run headless knows no other order anyway."""
    notebook = Path(variables.get(NOTEBOOK, ""))
    if shell is None or notebook.suffix != ".ipynb" or not notebook.is_file():
        return
    for former in [one for one in shell.ast_transformers if isinstance(one, RunOrder)]:
        shell.ast_transformers.remove(former)
        shell.events.unregister("post_run_cell", former.after)
    order = RunOrder(_code_cells(notebook))
    order.has_run(_cell(shell))
    shell.ast_transformers.append(order)
    shell.events.register("post_run_cell", order.after)


def _code_cells(notebook: Path) -> list[str]:
    return [cell["id"] for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]


def _cell(shell: InteractiveShell) -> str:
    """Id of the cell that JupyterLab had run; empty for another client."""
    parent: Any = getattr(shell, "parent_header", None) or {}
    return str(parent.get("metadata", {}).get("cellId", ""))
