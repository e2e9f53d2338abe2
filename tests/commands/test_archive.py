"""What is run in JupyterLab is kept, a file for each run, and the notebook in git stays without outputs."""

import copy
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from modules.commands.archive import Archive, is_continued

VARIABLES = {
    "DEPLOY_ENVIRONMENT": "production",
    "DEPLOY_TARGET": "aws",
    "DEPLOY_ACCOUNT_ID": "111122223333",
    "DEPLOY_OPERATOR": "arn:aws:iam::111122223333:user/ann",
    "AWS_REGION": "eu-west-1",
}


def executed(*counts: int | None, says: str = "hello") -> dict[str, Any]:
    """A notebook whose code cells were executed as the so-manieth."""
    cells = [
        new_code_cell(
            "print()",
            id=f"code-{number}",
            execution_count=count,
            outputs=[new_output("stream", text=says)] if count else [],
        )
        for number, count in enumerate(counts)
    ]
    notebook: dict[str, Any] = json.loads(nbformat.writes(new_notebook(cells=[new_markdown_cell("# Drill"), *cells])))
    return notebook


def save(archive: Archive, notebook: dict[str, Any]) -> dict[str, Any]:
    """What JupyterLab then writes into the notebook's file."""
    model = {"type": "notebook", "content": copy.deepcopy(notebook)}
    archive.before_save(model=model, path="drill_az.ipynb", contents_manager=None)
    content: dict[str, Any] = model["content"]  # type: ignore[assignment]
    return content


def test_a_saved_run_is_kept_with_who_ran_it_and_the_notebook_stays_empty(tmp_path: Path) -> None:
    written = save(Archive(tmp_path / "runs", VARIABLES), executed(1, 2))

    code = [cell for cell in written["cells"] if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None), ([], None)]
    (kept,) = (tmp_path / "runs").iterdir()
    assert kept.name.endswith("Z-production-drill_az.ipynb")
    notebook = nbformat.read(kept, as_version=4)
    assert notebook.cells[1].outputs[0].text == "hello"
    run = notebook.metadata["run"]
    assert run["operator"] == VARIABLES["DEPLOY_OPERATOR"]
    assert (run["account"], run["region"], run["environment"]) == ("111122223333", "eu-west-1", "production")
    assert run["time"].endswith("+00:00")


def test_a_notebook_that_was_only_read_leaves_nothing(tmp_path: Path) -> None:
    save(Archive(tmp_path / "runs", VARIABLES), executed(None, None))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("after", "continued"),
    [
        (executed(1, 2), True),  # saved once more
        (executed(1, 2, 3), True),  # a cell further
        (executed(1, 5), True),  # a cell once more
        (executed(1, None), False),  # restarted
        (executed(1, 2, says="goodbye"), False),  # restarted, and run as far as before
    ],
)
def test_a_run_is_kept_once_and_the_next_one_beside_it(after: dict[str, Any], continued: bool) -> None:
    assert is_continued(executed(1, 2), after) is continued


def test_what_is_no_notebook_is_left_alone(tmp_path: Path) -> None:
    model = {"type": "file", "content": "text"}
    Archive(tmp_path / "runs", VARIABLES).before_save(model=model, path="notes.txt", contents_manager=None)
    assert model["content"] == "text"
    assert not (tmp_path / "runs").exists()
