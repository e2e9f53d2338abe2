"""Terraform in the folder of the environment's synthesized stack, as `make` has set this process up for it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from modules.operations.restore.state import Terraform, TerraformError

ROOT = Path(__file__).resolve().parents[3]
SYNTHESIZED = ROOT / "cdktf.out"


def terraform_of(environment: str) -> Terraform:
    """Synthesizes the stack and prepares its folder.

    Raises:
        TerraformError: that failed.
    """
    _run([sys.executable, "main.py"], {"CDKTF_OUTDIR": str(SYNTHESIZED)})
    command = ["terraform", f"-chdir={SYNTHESIZED / 'stacks' / environment}"]
    _run([*command, "init", "-input=false", "-no-color"], {})
    return lambda *arguments: _run([*command, *arguments], {})


def _run(command: Sequence[str], variables: dict[str, str]) -> str:
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        raise TerraformError((ran.stderr or ran.stdout).strip())
    return ran.stdout
