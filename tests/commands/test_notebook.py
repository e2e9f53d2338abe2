"""A notebook that is run from the terminal says at once what it prints, and leaves a page whatever comes of it."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from modules.commands import notebook
from modules.commands.errors import CommandError
from modules.commands.notebook import run_notebook


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cells = [
        new_markdown_cell("# A runbook"),
        new_code_cell("DIVISOR = 1", metadata={"tags": ["parameters"]}),
        new_code_cell("print('about to divide')"),
        new_code_cell("if not DIVISOR:\n    raise ValueError('nothing can be divided by it')\n6 / DIVISOR"),
    ]
    written = new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    nbformat.write(written, tmp_path / "divide.ipynb")
    monkeypatch.setattr(notebook, "NOTEBOOKS", tmp_path)
    return tmp_path / "reports" / "one.html"


def test_what_it_prints_is_in_the_terminal_and_what_it_shows_on_the_page_without_its_code(
    page: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run_notebook("divide", {"DIVISOR": 4}, report=page, runs=page.parent / "runs")
    said, warned = capfd.readouterr()
    assert said == "about to divide\n"
    assert warned == ""
    shown = page.read_text()
    assert "A runbook" in shown
    assert "1.5" in shown
    assert "print(" not in shown
    assert "<script" not in shown
    assert "http" not in shown


def test_the_executed_notebook_is_kept_with_who_ran_it(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_OPERATOR", "ann")
    monkeypatch.setenv("DEPLOY_ENVIRONMENT", "production")
    run_notebook("divide", {"DIVISOR": 4}, report=page, runs=page.parent / "runs")
    (kept,) = (page.parent / "runs").iterdir()
    assert kept.name.endswith("-production-divide.ipynb")
    assert nbformat.read(kept, as_version=4).metadata["run"]["operator"] == "ann"
    assert "Run by ann at " in page.read_text()


def test_a_cell_that_fails_is_told_in_its_own_words_and_the_page_is_left(page: Path) -> None:
    with pytest.raises(CommandError, match=r"^nothing can be divided by it$"):
        run_notebook("divide", {"DIVISOR": 0}, report=page, runs=page.parent / "runs")
    assert "about to divide" in page.read_text()
