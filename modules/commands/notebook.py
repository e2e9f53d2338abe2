"""Running a notebook from the terminal: what it prints comes at once, and a page of it is left in the end."""

import html
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from traitlets.config import Config

from modules.commands.archive import METADATA, RUNS, run_file
from modules.commands.errors import CommandError
from modules.commands.provenance import provenance, told
from modules.commands.session import ROOT

NOTEBOOKS = ROOT / "notebooks"
KERNEL = Config(
    # It would complain of the closed connection after Ctrl-C; a cell's own errors come another way.
    NotebookClient={"extra_arguments": ["--log-level=CRITICAL"]},
    KernelManager={
        # Nobody else on the machine can listen in, as on a port of the loopback.
        "transport": "ipc",
        # After Ctrl-C a drill ends its experiment, waits for its last requests and seals its evidence.
        "shutdown_wait_time": 90.0,
    },
)
PAPERMILLS_ERROR = "papermill-error-cell-tag"
PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title</title>
<style>
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: #1f2328; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.5rem; padding-bottom: .3rem; border-bottom: 1px solid #d1d9e0; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { padding: .3rem .8rem; border: 1px solid #d1d9e0; text-align: left; vertical-align: top; }
tr:nth-child(even) td { background: #f6f8fa; }
pre { padding: .8rem; background: #f6f8fa; font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; }
img { max-width: 100%; }
.anchor-link { display: none; }
footer { margin-top: 2.5rem; color: #59636e; font-size: 13px; }
</style>
</head>
<body>
$body
<footer>$run</footer>
</body>
</html>
""")


def run_notebook(name: str, parameters: Mapping[str, Any], *, report: Path, runs: Path = RUNS) -> None:
    """Runs it with these parameters, and leaves it with all that it showed as a page of HTML, whatever came of it.

    Args:
        runs: folder of the archive that takes the executed notebook.

    Raises:
        CommandError: a cell failed, with its words.
    """
    # Seconds to import, for which no other command should wait.
    import papermill
    from papermill.exceptions import PapermillExecutionError

    now = time.time()
    run = provenance(os.environ, now=now, root=ROOT)
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
                config=KERNEL,
            )
        except PapermillExecutionError as error:
            raise CommandError(error.evalue) from None
        finally:
            if executed.is_file():
                _leave(executed, run, page=report, kept=run_file(runs, name, environment=run["environment"], now=now))


def _leave(executed: Path, run: Mapping[str, str], *, page: Path, kept: Path) -> None:
    """The page is without the code, and without anything that a browser would fetch from elsewhere."""
    import nbformat
    from nbconvert import HTMLExporter

    notebook = nbformat.read(executed, as_version=4)
    notebook.metadata[METADATA] = dict(run)
    kept.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, kept)
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(_for_a_reader(notebook))
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(PAGE.substitute(title=page.stem, body=body, run=html.escape(told(run))))


def _for_a_reader(notebook: Any) -> Any:
    """What went wrong in its own words, where it did: without a traceback, and without papermill's links to code that
    the page does not show."""
    notebook.cells = [cell for cell in notebook.cells if PAPERMILLS_ERROR not in cell.metadata.get("tags", [])]
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        if output.output_type == "error":
            output.traceback = [output.evalue]
    return notebook
