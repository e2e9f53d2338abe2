"""Executed notebooks are kept in `.runs`, each with who ran it, when and on what."""

import copy
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from modules.commands.provenance import provenance
from modules.commands.session import ROOT

RUNS = ROOT / ".runs"
METADATA = "run"
"""Of an archived notebook: its provenance."""

Notebook = dict[str, Any]
"""As nbformat writes it."""


def run_file(runs: Path, notebook: str, *, environment: str, now: float) -> Path:
    """Where a run is kept: its name sorts by time."""
    return runs / f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{environment}-{notebook}.ipynb"


def is_continued(before: Notebook, after: Notebook) -> bool:
    """Whether the second is the first one's run, further on: what was executed then has been executed again since, or
    still shows the same."""
    cells = {cell.get("id"): cell for cell in after["cells"]}
    for old in before["cells"]:
        if not old.get("execution_count"):
            continue
        new = cells.get(old.get("id"), {})
        count = new.get("execution_count") or 0
        if count < old["execution_count"]:
            return False
        if count == old["execution_count"] and new["outputs"] != old["outputs"]:
            return False
    return True


class Archive:
    """Keeps what JupyterLab saves: a file for each run, and no outputs in the notebook itself, which git tracks."""

    def __init__(self, runs: Path, variables: Mapping[str, str]) -> None:
        self._runs = runs
        self._variables = variables
        self._kept: dict[str, tuple[Path, Notebook]] = {}

    def before_save(self, *, model: dict[str, Any], path: str, contents_manager: object) -> None:
        """Jupyter Server's `pre_save_hook`; https://jupyter-server.readthedocs.io, "File save hooks"."""
        if model["type"] != "notebook" or model["content"].get("nbformat") != 4:
            return
        notebook: Notebook = model["content"]
        if any(cell.get("execution_count") for cell in notebook["cells"]):
            self._keep(path, copy.deepcopy(notebook))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None

    def _keep(self, path: str, notebook: Notebook) -> None:
        import nbformat

        kept = self._kept.get(path)
        now = time.time()
        if kept and is_continued(kept[1], notebook):
            file = kept[0]
            notebook["metadata"][METADATA] = kept[1]["metadata"][METADATA]
        else:
            environment = self._variables.get("DEPLOY_ENVIRONMENT", "none")
            file = run_file(self._runs, Path(path).stem, environment=environment, now=now)
            notebook["metadata"][METADATA] = provenance(self._variables, now=now, root=ROOT)
        self._runs.mkdir(exist_ok=True)
        nbformat.write(nbformat.from_dict(notebook), file)
        self._kept[path] = (file, notebook)


def archive_of_lab() -> Archive:
    return Archive(RUNS, os.environ)
