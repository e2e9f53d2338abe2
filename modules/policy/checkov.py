"""Running checkov, and reading what it says."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modules.policy.judgement import Result

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / ".tools/checkov/bin/checkov"
# Findings are no failure of checkov's: the judgement is ours.
OPTIONS = ("--framework", "terraform_json", "--skip-download", "--compact", "--soft-fail", "--output", "json")


class CheckovError(Exception):
    """checkov did not do its work; the message says why."""


def run_checkov(directory: Path) -> list[Result]:
    """What checkov says of `<environment>/stacks/<stack>/cdk.tf.json` below a directory; it needs no network.

    Raises:
        CheckovError: it is not installed, ended early, or did not look at every stack.
    """
    if not PROGRAM.is_file():
        raise CheckovError("checkov is not installed; run 'make policy', which installs it")
    process = subprocess.run(
        [str(PROGRAM), "--directory", ".", *OPTIONS],
        cwd=directory,
        # Neither its variables nor a file of a person's own, which it looks for at home, may change the verdict.
        env={"HOME": str(directory), "PATH": "/usr/bin:/bin", "LOG_LEVEL": "ERROR"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode != 0:
        raise CheckovError(f"checkov ended with exit code {process.returncode}: {process.stderr.strip()[-2000:]}")
    results = read_results(json.loads(process.stdout), directory)
    stacks = {path.parent.relative_to(directory) for path in directory.glob("*/stacks/*/cdk.tf.json")}
    if unseen := stacks - {Path(result.environment, "stacks", result.stack) for result in results}:
        raise CheckovError(f"checkov found nothing to check in {', '.join(sorted(map(str, unseen)))}")
    return results


def read_results(report: Any, directory: Path) -> list[Result]:
    """checkov's report as results with Terraform's own addresses.

    Raises:
        CheckovError: a file could not be read, or a check was switched off in the Terraform itself.
    """
    # A list where it found several kinds of files; without any it tells of no results.
    if isinstance(report, list) or "results" not in report:
        raise CheckovError("checkov's report is not one of Terraform's JSON alone")
    if unread := report["results"].get("parsing_errors"):
        raise CheckovError(f"checkov cannot read {', '.join(unread)}")
    if report["results"].get("skipped_checks"):
        raise CheckovError("a check is switched off in the Terraform itself; waive it where everybody looks")
    addresses = _Addresses(directory)
    return [
        _result(check, passed=passed, addresses=addresses)
        for kind, passed in (("passed_checks", True), ("failed_checks", False))
        for check in report["results"][kind]
    ]


def _result(check: dict[str, Any], *, passed: bool, addresses: "_Addresses") -> Result:
    file = check["file_path"].lstrip("/")
    environment, _, stack, _ = Path(file).parts
    return Result(
        environment=environment,
        stack=stack,
        resource=addresses.at(file, check["file_line_range"][0]),
        check=check["check_id"],
        title=check["check_name"],
        passed=passed,
    )


class _Addresses:
    """Terraform's addresses by file and line: half of checkov's checks tell a resource's name without its type."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._of_file: dict[str, dict[int, str]] = {}

    def at(self, file: str, line: int) -> str:
        if file not in self._of_file:
            self._of_file[file] = dict(address_lines((self._directory / file).read_text()))
        return self._of_file[file].get(line, f"line {line}")


def address_lines(text: str) -> Iterator[tuple[int, str]]:
    """The line on which each block begins, with its address, in JSON that is written with two spaces a level."""
    kind = type_ = ""
    for number, line in enumerate(text.splitlines(), start=1):
        name = line.strip().partition('"')[2].partition('"')[0]
        opens = line.rstrip().endswith(("{", "["))
        match len(line) - len(line.lstrip()):
            case 2:
                kind = name
            case 4:
                type_ = name
            case 6 if opens and name:
                yield number, f"{type_}.{name}" if kind == "resource" else f"{kind}.{type_}.{name}"
