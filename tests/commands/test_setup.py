"""The set-up on a fresh machine: what is missing is named in one line, and a second run installs nothing.

Tools are stand-ins that print a version and note how they were called; nothing is downloaded.
"""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BASIC_TOOLS = (
    "cat",
    "chmod",
    "cksum",
    "cut",
    "dirname",
    "find",
    "grep",
    "head",
    "ls",
    "mkdir",
    "sed",
    "sh",
    "sort",
    "tail",
)
MORE_BASIC_TOOLS = ("touch", "tr", "wc")
LEAST = {"python3": "3.11.0", "node": "20.0.0", "npm": "9.0.0", "terraform": "1.11.0"}
SHOWN = {
    "python3": '*platform.python_version*) echo "$version" ;;',
    "node": '--version) echo "v$version" ;;',
    "npm": '--version) echo "$version" ;;',
    "terraform": 'version) printf "Terraform v%s\\non linux_amd64\\n\\nA newer one is out.\\n" "$version" ;;',
}
INSTALLS = {
    "python3": """-m\\ venv\\ *)
    for folder in "$@"; do :; done
    mkdir -p "$folder/bin"
    printf '#!/bin/sh\\necho pip "$@" >>"$CALLS"\\n' >"$folder/bin/pip"
    printf '#!/bin/sh\\necho pipenv "$@" >>"$CALLS"\\nexit ${PIPENV_FAILS:-0}\\n' >"$folder/bin/pipenv"
    touch "$folder/bin/python"
    chmod +x "$folder"/bin/* ;;""",
    "node": "",
    "npm": 'ci\\ *) mkdir -p node_modules; [ -z "${NPM_FAILS:-}" ] || { echo "npm says why"; exit 1; } ;;',
    "terraform": "",
}
INSTALL = {
    "python3": "Python 3.11 or later",
    "node": "Node.js 22 or 24",
    "npm": "npm, which comes with Node.js",
    "terraform": "Terraform 1.11 or later",
}


@dataclass
class Machine:
    """A copy of the project's set-up, and a PATH with nothing but basic tools and the stand-ins."""

    project: Path
    tools: Path
    calls: Path
    variables: dict[str, str] = field(default_factory=dict)

    def install(self, tool: str, version: str, name: str | None = None) -> None:
        script = self.tools / (name or tool)
        script.write_text(
            f'#!/bin/sh\nversion="{version}"\n[ -z "$*" ] || case "$*" in\n{SHOWN[tool]}\n'
            f'*) echo {tool} "$@" >>"$CALLS"; case "$*" in\n{INSTALLS[tool]}\nesac ;;\nesac\n'
        )
        script.chmod(0o755)

    def remove(self, tool: str) -> None:
        (self.tools / tool).unlink()

    def set_up(self, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "modules/commands/setup.sh"],
            cwd=self.project,
            env={"PATH": str(self.tools), "CALLS": str(self.calls), "HOME": str(self.project), **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def has_nothing_installed(self) -> bool:
        return not self.called() and not any(
            (self.project / folder).exists() for folder in (".tools", ".venv", "node_modules")
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One that has the least versions of everything, and nothing installed."""
    (tmp_path / "project/modules/commands").mkdir(parents=True)
    shutil.copy(PROJECT / "modules/commands/setup.sh", tmp_path / "project/modules/commands")
    for file in ("Pipfile", "Pipfile.lock", "package.json", "package-lock.json"):
        shutil.copy(PROJECT / file, tmp_path / "project")
    (tmp_path / "tools").mkdir()
    for tool in (*BASIC_TOOLS, *MORE_BASIC_TOOLS):
        real = shutil.which(tool)
        assert real is not None
        (tmp_path / "tools" / tool).symlink_to(real)
    sleep = tmp_path / "tools/sleep"
    sleep.write_text("#!/bin/sh\n")
    sleep.chmod(0o755)
    machine = Machine(project=tmp_path / "project", tools=tmp_path / "tools", calls=tmp_path / "calls")
    for tool, version in LEAST.items():
        machine.install(tool, version)
    return machine


def the_error(result: "subprocess.CompletedProcess[str]") -> str:
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize("tool", LEAST)
def test_a_tool_that_is_missing_is_named_with_what_to_install_and_nothing_is_installed(
    machine: Machine, tool: str
) -> None:
    machine.remove(tool)
    assert the_error(machine.set_up()).startswith(f"error: {tool} is missing: install {INSTALL[tool]}")
    assert machine.has_nothing_installed()


@pytest.mark.parametrize(
    ("tool", "version"),
    [("python3", "3.10.14"), ("python3", "3.9.2"), ("node", "18.20.4"), ("npm", "8.19.4"), ("terraform", "1.9.8")],
)
def test_a_tool_that_is_too_old_is_named_with_its_version_and_nothing_is_installed(
    machine: Machine, tool: str, version: str
) -> None:
    machine.install(tool, version)
    least = LEAST[tool].removesuffix(".0").removesuffix(".0")
    error = the_error(machine.set_up())
    assert error.startswith(f"error: {tool} is version {version}, but {least} or later is needed: install ")
    assert INSTALL[tool] in error
    assert machine.has_nothing_installed()


def test_a_tool_that_does_not_tell_its_version_is_refused(machine: Machine) -> None:
    (machine.tools / "node").write_text("#!/bin/sh\nexit 1\n")
    assert the_error(machine.set_up()).startswith("error: node is version unknown, but 20 or later is needed: ")


def test_newer_versions_are_fine(machine: Machine) -> None:
    for tool, version in {"python3": "3.14.0", "node": "24.11.1", "npm": "11.6.2", "terraform": "1.100.0"}.items():
        machine.install(tool, version)
    assert machine.set_up().returncode == 0


def test_another_python_can_be_named_where_the_systems_own_is_too_old(machine: Machine) -> None:
    machine.install("python3", "3.9.2")
    machine.install("python3", "3.12.1", name="python3.12")
    assert machine.set_up(PYTHON="python3.12").returncode == 0


def test_the_first_run_installs_what_the_lock_files_say_and_shows_its_progress(machine: Machine) -> None:
    result = machine.set_up()
    assert result.returncode == 0, result.stderr
    packages = (machine.project / "Pipfile.lock").read_text().count('"version": "==')
    assert f"Installing {packages} Python packages into .venv" in result.stderr
    assert "Installing the cdktf command line into node_modules" in result.stderr
    assert "pipenv sync --dev" in machine.called()
    assert [call for call in machine.called() if call.startswith("npm ci")]
    assert result.stdout == ""


def test_the_second_run_installs_nothing_and_says_nothing(machine: Machine) -> None:
    machine.set_up()
    before = machine.called()
    result = machine.set_up()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert machine.called() == before


@pytest.mark.parametrize(("lock", "call"), [("Pipfile.lock", "pipenv sync --dev"), ("package-lock.json", "npm ci")])
def test_a_changed_lock_file_installs_that_part_again_and_only_that(machine: Machine, lock: str, call: str) -> None:
    machine.set_up()
    before = len(machine.called())
    with (machine.project / lock).open("a") as file:
        file.write("\n")
    assert machine.set_up().returncode == 0
    (again,) = machine.called()[before:]
    assert again.startswith(call)


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        ({"PIPENV_FAILS": "1"}, "error: the Python packages cannot be installed; the whole log is .tools/setup.log"),
        ({"NPM_FAILS": "1"}, "error: cdktf-cli cannot be installed; the whole log is .tools/setup.log"),
    ],
)
def test_an_installation_that_fails_says_why_and_is_tried_again_the_next_time(
    machine: Machine, failing: dict[str, str], said: str
) -> None:
    failed = machine.set_up(**failing)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1] == said
    if "NPM_FAILS" in failing:
        assert "npm says why" in failed.stderr
    assert machine.set_up().returncode == 0


def test_it_works_from_any_folder(machine: Machine, tmp_path: Path) -> None:
    result = subprocess.run(
        ["sh", str(machine.project / "modules/commands/setup.sh")],
        cwd=tmp_path,
        env={"PATH": str(machine.tools), "CALLS": str(machine.calls), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert (machine.project / ".venv").is_dir()
    assert not (tmp_path / ".venv").exists()
