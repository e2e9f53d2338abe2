"""Running a notebook from the terminal: what it prints comes at once, and a page of it is left in the end."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbconvert import HTMLExporter
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from modules.commands.errors import CommandError
from modules.commands.session import ROOT

NOTEBOOKS = ROOT / "notebooks"


def run_notebook(name: str, parameters: Mapping[str, Any], *, report: Path) -> None:
    """Runs it with these parameters, and leaves it with all that it showed as a page of HTML, whatever came of it.

    Raises:
        CommandError: a cell failed, with its words.
    """
    with tempfile.TemporaryDirectory() as scratch:
        executed = Path(scratch) / f"{name}.ipynb"
        try:
            papermill.execute_notebook(
                NOTEBOOKS / f"{name}.ipynb",
                executed,
                parameters,
                cwd=NOTEBOOKS,
                kernel_name="python3",
                progress_bar=False,
                stdout_file=sys.stdout,
                # Nobody else on the machine can listen in, as on a port of the loopback.
                config=Config(KernelManager={"transport": "ipc"}),
            )
        except PapermillExecutionError as error:
            raise CommandError(error.evalue) from None
        finally:
            if executed.is_file():
                report.parent.mkdir(parents=True, exist_ok=True)
                report.write_text(_page(executed, title=report.stem))


def _page(executed: Path, *, title: str) -> str:
    exporter = HTMLExporter(exclude_input=True, exclude_output_prompt=True)
    page, _ = exporter.from_notebook_node(
        nbformat.read(executed, as_version=4), resources={"metadata": {"name": title}}
    )
    return str(page)
