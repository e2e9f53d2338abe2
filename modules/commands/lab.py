"""JupyterLab on the notebooks."""

import os
from pathlib import Path

from modules.commands.session import ROOT, Session

CONFIGURATION = Path(__file__).parent / "lab_configuration.py"


def run_lab(session: Session) -> None:
    """Becomes JupyterLab, whose notebooks work on the session's target."""
    os.chdir(ROOT)
    # Jupyter refuses to run as root, as in a container, unless it is told that this is meant.
    as_root = ["--allow-root"] if os.geteuid() == 0 else []
    os.execvp(
        "jupyter",
        [
            "jupyter",
            "lab",
            f"--config={CONFIGURATION}",
            "--ServerApp.ip=127.0.0.1",
            "--notebook-dir=notebooks",
            *as_root,
        ],
    )
