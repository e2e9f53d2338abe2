"""A runbook's cells run from top to bottom, as JupyterLab's kernel has it."""

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from nbformat.v4 import new_code_cell, new_notebook

CELLS = {
    "open": "from modules.run_order import enforce; enforce(get_ipython())",
    "prepare": "prepared = True",
    "break": "print('broken')",
}


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[BlockingKernelClient]:
    notebook = tmp_path / "drill.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(source, id=name) for name, source in CELLS.items()]), notebook)
    environment = {**os.environ, "JPY_SESSION_NAME": str(notebook), "PYTHONPATH": str(Path(__file__).parents[1])}
    manager, client = start_new_kernel(env=environment)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, cell: str, code: str | None = None) -> str:
    """The outcome of a cell, asked for as JupyterLab does."""
    content = {
        "code": code if code is not None else CELLS[cell],
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    message = client.session.msg("execute_request", content, metadata={"cellId": cell})
    client.shell_channel.send(message)
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            said = reply["content"]
            return str(said.get("evalue", said["status"]))


def test_a_cell_is_refused_until_those_before_it_have_run(kernel: BlockingKernelClient) -> None:
    assert run(kernel, "open") == "ok"
    assert "from top to bottom" in run(kernel, "break")
    assert run(kernel, "prepare") == "ok"
    assert run(kernel, "break") == "ok"


def test_after_a_cell_was_run_again_so_are_those_that_follow(kernel: BlockingKernelClient) -> None:
    for cell in ("open", "prepare", "break", "open"):
        assert run(kernel, cell) == "ok"
    assert "from top to bottom" in run(kernel, "break")


def test_a_cell_that_failed_has_not_run(kernel: BlockingKernelClient) -> None:
    assert run(kernel, "open") == "ok"
    assert "division" in run(kernel, "prepare", "1 / 0")
    assert "from top to bottom" in run(kernel, "break")


def test_a_cell_that_a_person_added_runs_at_any_time(kernel: BlockingKernelClient) -> None:
    assert run(kernel, "open") == "ok"
    assert run(kernel, "my own", "print(1)") == "ok"
