"""Every notebook runs from top to bottom on the deployment, as `make lab` opens it, and once more after that."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.test_notebooks import WITHOUT_TARGET

from .checkout import PROJECT, Checkout, Result

pytestmark = pytest.mark.end_to_end
BY_MAKE = ("load", "calibrate", "restore")
# These and the drills' are run by `make`, in tests of their own; those without a target in tests/test_notebooks.py.
NOTEBOOKS = sorted(
    path
    for path in (PROJECT / "notebooks").glob("*.ipynb")
    if not path.stem.startswith("drill_") and path.stem not in (*WITHOUT_TARGET, *BY_MAKE)
)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_headless_twice_in_a_row(
    path: Path, checkout: Checkout, deployment: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = checkout.shell("env -0").output.split("\0")
    for name, value in (variable.split("=", 1) for variable in prepared if "=" in variable):
        monkeypatch.setenv(name, value)
    for _ in range(2):
        notebook = nbformat.read(path, as_version=4)
        resources = {"metadata": {"path": checkout.directory / "notebooks"}}

        NotebookClient(notebook, timeout=120, resources=resources).execute()

        shown = "".join(str(cell.get("outputs", "")) for cell in notebook.cells)
        assert "benchmark-litellm" in shown
