"""The database's processes belong to the rehearsal: they end with it, and need no root."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.rehearsal import lifecycle, processes
from modules.rehearsal.database import binaries
from modules.rehearsal.database.leftovers import clean
from tests.rehearsal.parts import wait_until

from .conftest import Databases

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def directory() -> Iterator[Path]:
    """Where every user may write: pytest's own folder is its user's."""
    home = Path(tempfile.mkdtemp())
    home.chmod(0o777)
    yield home / ".rehearsal"
    shutil.rmtree(home, ignore_errors=True)


def test_when_the_rehearsal_is_killed_its_databases_end_and_their_data_can_be_cleaned(directory: Path) -> None:
    databases = Databases(lifecycle.start(directory), directory)
    databases.create("orphan", MultiAZ=True)
    said = databases.status("orphan")
    with databases.connect("orphan"):
        os.kill(databases.rehearsal.pid, signal.SIGKILL)
        wait_until(lambda: [processes.identity(said[pid]) for pid in ("pid", "standby_pid")] == [None, None])
    clean(directory)
    assert not (directory / "database").exists()
    lifecycle.stop(directory)
    assert not directory.exists()


def test_its_programs_work_below_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    installed = binaries.program("initdb").parents[2]
    closed = tmp_path / "closed"
    for folder in (installed, installed.with_name(f"{installed.name}.libs")):
        shutil.copytree(folder, closed / folder.name)
    data = closed / "database"
    data.mkdir()
    binaries.hand_over(data)
    closed.chmod(0o700)

    binaries.run(closed / installed.name / "pginstall/bin/initdb", f"--pgdata={data}", "--no-sync", folder=data)

    assert (data / "PG_VERSION").read_text() == "16\n"


def test_it_works_for_an_ordinary_user(directory: Path) -> None:
    # Root's Python may be in a folder that only root can read.
    reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--securebits=+no_setuid_fixup"]
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *reads]
    user = nobody if os.geteuid() == 0 else []

    def rehearsal(verb: str) -> str:
        command = [*user, sys.executable, "-B", "-m", "modules.rehearsal", verb, "--directory", str(directory)]
        environment = {**os.environ, "HOME": str(directory.parent), "REHEARSAL_PACE": "30"}
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        url = rehearsal("start").split()[0]
        found = lifecycle.running(directory)
        assert found is not None
        assert found.url == url
        databases = Databases(found, directory)
        databases.create("ordinary", MultiAZ=True)
        assert databases.query("ordinary", "SELECT 1") == [(1,)]
        owner = Path(f"/proc/{databases.status('ordinary')['pid']}").stat().st_uid
        assert owner == (65534 if user else os.geteuid())
    finally:
        rehearsal("stop")
    assert not directory.exists()
