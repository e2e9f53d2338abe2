"""What the project promises about its own files: imports run one way, and nothing of one machine is written down."""

import ast
import json
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from modules.settings import LoadGenerators, Service

PROJECT = Path(__file__).parents[1]
MODULES = PROJECT / "modules"
# With a bar in each, so that this file does not hold what it looks for.
HOSTS_OF_PACKAGE_INDEXES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com")
PLACES_OF_ONE_MACHINE = ("/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "/wo" + "rk/")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    return [PROJECT / name for name in listed.split("\0") if name and (PROJECT / name).is_file()]


def test_the_projects_files_are_found() -> None:
    assert {PROJECT / "README.md", PROJECT / "Pipfile.lock"} & set(tracked())


def imports(path: Path) -> Iterator[str]:
    """Full names of what a file imports anywhere in it, for type checking alone as well."""
    package = path.relative_to(PROJECT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            # `from modules import rules` imports modules.rules.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def parts_of_the_project(where: str) -> set[str]:
    """Which of the project's own modules a file or a package imports, by the first name below `modules`."""
    paths = sorted((MODULES / where).rglob("*.py")) if (MODULES / where).is_dir() else [MODULES / f"{where}.py"]
    assert paths
    names = [name.split(".") for path in paths for name in imports(path)]
    return {name[1] for name in names if name[0] == "modules" and len(name) > 1}


@pytest.mark.parametrize(
    ("where", "allowed"),
    [
        ("settings", {"settings", "target"}),
        ("planning", {"settings", "planning"}),
        ("rules", {"rules", "settings", "planning"}),
        ("target", set()),
        ("environment_file", {"settings", "file_errors"}),
        ("operations", {"settings", "planning", "target", "operations"}),
        ("rehearsal", {"rehearsal"}),
        ("permissions", {"permissions"}),
        ("policy", {"policy", "architecture", "environment_file"}),
        ("picture", {"picture", "architecture", "target"}),
    ],
)
def test_imports_run_one_way(where: str, allowed: set[str]) -> None:
    """design.md, "The house"."""
    assert parts_of_the_project(where) <= allowed


def test_the_architecture_knows_nothing_of_what_runs_it() -> None:
    assert not parts_of_the_project("architecture") & {"operations", "rehearsal", "commands"}


def test_the_test_of_imports_sees_imports() -> None:
    assert parts_of_the_project("rules") >= {"settings", "planning"}
    assert parts_of_the_project("rehearsal") == {"rehearsal"}
    assert "commands" in parts_of_the_project("commands")


def test_only_the_architecture_knows_cdktf() -> None:
    knowing = {
        path.relative_to(MODULES).parts[0]
        for path in MODULES.rglob("*.py")
        if {name.split(".")[0] for name in imports(path)} & {"cdktf", "constructs", "jsii"}
    }
    assert knowing == {"architecture"}


def test_models_import_neither_aws_nor_terraform_nor_a_clock() -> None:
    """modules/planning/__init__.py says so."""
    for path in (MODULES / "planning").rglob("*.py"):
        for name in imports(path):
            first = name.split(".")[0]
            # The simulation is the one model that draws, from a seed of its caller's.
            if path.name == "simulation.py" and first in ("random", "simpy"):
                continue
            assert first == "modules" or first in sys.stdlib_module_names, f"{path.name} imports {name}"
            assert first not in ("time", "datetime", "subprocess", "socket", "random", "urllib"), path.name


@pytest.mark.parametrize("module", ["planning.connections", "rules", "preparation", "commands.__main__"])
def test_whoever_plans_or_commands_does_not_wait_for_cdktf_to_load(module: str) -> None:
    code = f"import modules.{module}, sys; sys.exit('jsii' in sys.modules or 'cdktf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


@pytest.mark.parametrize("pattern", [*HOSTS_OF_PACKAGE_INDEXES, *PLACES_OF_ONE_MACHINE])
def test_no_package_index_and_no_place_of_one_machine_is_written_down(pattern: str) -> None:
    written = pattern.replace("|", "").encode()
    holding = [path.relative_to(PROJECT).as_posix() for path in tracked() if written in path.read_bytes()]
    assert holding == []


def test_the_lock_of_python_packages_leaves_the_index_to_whoever_installs() -> None:
    lock = json.loads((PROJECT / "Pipfile.lock").read_text())
    assert lock["_meta"]["sources"] == []
    packages = {**lock["default"], **lock["develop"]}
    assert len(packages) > 100
    assert [name for name, package in packages.items() if "index" in package] == []
    assert [name for name, package in packages.items() if not re.match(r"==\d", package["version"])] == []
    assert "[[source]]" not in (PROJECT / "Pipfile").read_text()


@pytest.mark.parametrize("patch", ["3.11.0", "3.11.99"])
def test_every_python_3_11_gets_all_that_the_locked_packages_need(patch: str) -> None:
    """A lock is made on one Python, and leaves out what only an earlier or a later one needs."""
    lock = json.loads((PROJECT / "Pipfile.lock").read_text())
    locked = {canonicalize_name(name) for name in {**lock["default"], **lock["develop"]}}
    on_it = {"python_version": "3.11", "python_full_version": patch, "extra": ""}
    site = [sysconfig.get_path("purelib")]
    installed = [one for one in metadata.distributions(path=site) if canonicalize_name(one.metadata["Name"]) in locked]
    assert len(installed) > 100

    refusing = [
        one.metadata["Name"] for one in installed if patch not in SpecifierSet(one.metadata.get("Requires-Python", ""))
    ]
    missing = {
        requirement.name
        for one in installed
        for requirement in map(Requirement, one.requires or [])
        if (requirement.marker is None or requirement.marker.evaluate(on_it))
        and canonicalize_name(requirement.name) not in locked
    }
    assert (refusing, missing) == ([], set())


def test_the_lock_of_node_packages_leaves_the_registry_to_whoever_installs() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    own = {name: package for name, package in packages.items() if not package.get("inBundle")}
    assert [name for name, package in own.items() if "integrity" not in package] == []


def test_the_image_runs_the_litellm_that_the_rehearsal_runs() -> None:
    lock = json.loads((PROJECT / "Pipfile.lock").read_text())
    assert f"=={Service().version}" == lock["default"]["litellm"]["version"]


def test_notebooks_are_committed_without_outputs_and_with_their_parameters_first() -> None:
    for path in tracked("notebooks/*.ipynb"):
        cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
        assert cells, path.name
        assert "parameters" in cells[0]["metadata"].get("tags", []), path.name
        for cell in cells:
            assert cell["outputs"] == [], path.name
            assert cell["execution_count"] is None, path.name


def test_the_image_of_the_load_generators_has_the_locust_that_runs_here() -> None:
    lock = json.loads((PROJECT / "Pipfile.lock").read_text())
    _, _, tag = LoadGenerators().image.rpartition(":")
    assert f"=={tag}" == lock["default"]["locust"]["version"]


def test_documents_name_only_commands_and_files_that_exist() -> None:
    commands = set(re.findall(r"^([a-z][a-z-]*):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    for path in tracked("*.md"):
        text = path.read_text()
        named = re.findall(r"(?:^|`)make (?:-s )?([a-z][a-z-]*)", text, re.MULTILINE)
        assert set(named) <= commands, path.name
        links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
        missing = [link for link in links if link and not (path.parent / link).exists()]
        assert missing == [], path.name


def test_every_notebook_is_in_the_index() -> None:
    listed = re.findall(r"\(([a-z_]+\.ipynb)\)", (PROJECT / "notebooks/README.md").read_text())
    assert sorted(listed) == sorted(path.name for path in tracked("notebooks/*.ipynb"))
