"""What the policy gate says of one stack that is about to be deployed."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from modules.policy.checkov import PROGRAM, ROOT, run_checkov
from modules.policy.judgement import CHEAP, WAIVERS_FILE, Result, Waiver, judge
from modules.policy.waivers import read_waivers


@dataclass(frozen=True, kw_only=True)
class Findings:
    """
    Attributes:
        problems: what stops it; none lets it pass.
        summary: what was looked at, or why nothing was.
    """

    problems: tuple[str, ...]
    summary: str


def findings_of(
    environment: str,
    stack_file: Path,
    today: date,
    *,
    waivers_file: Path = ROOT / WAIVERS_FILE,
    program: Path = PROGRAM,
    checkov: Callable[[Path], list[Result]] = run_checkov,
) -> Findings:
    """Of a synthesized stack (`cdk.tf.json`) that is called as its environment.

    Raises:
        CheckovError: it did not do its work.
        WaiversError, SettingsError: the file of waivers is wrong.
    """
    if environment in CHEAP:
        return Findings(problems=(), summary=f"{environment} is not judged: cheap on purpose")
    if not program.is_file():
        return Findings(problems=(), summary="not asked: checkov is not installed; 'make policy' installs it")
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary).resolve()
        copy = directory / environment / "stacks" / environment / stack_file.name
        copy.parent.mkdir(parents=True)
        shutil.copy(stack_file, copy)
        results = checkov(directory)
    verdict = judge(results, _of_stack(read_waivers(waivers_file), environment), today)
    return Findings(problems=tuple(verdict.problems), summary="; ".join(map(str, verdict.counts)))


def _of_stack(waivers: list[Waiver], stack: str) -> list[Waiver]:
    """The other stacks' are no concern of this one's."""
    return [waiver for waiver in waivers if waiver.stack == stack]
