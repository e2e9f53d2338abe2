"""Notebooks that need no target run from top to bottom, and leave a page with their pictures."""

from pathlib import Path

import pytest

from modules.commands.notebook import NOTEBOOKS, run_notebook

WITHOUT_TARGET = ("capacity", "cost")


@pytest.mark.parametrize("name", WITHOUT_TARGET)
def test_a_notebook_runs_headless(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
    run_notebook(name, {"ENVIRONMENT": "benchmark"}, report=tmp_path / "page.html", runs=tmp_path / "runs")
    page = (tmp_path / "page.html").read_text()
    assert "benchmark" in page
    assert 'src="data:image/png;base64,' in page
