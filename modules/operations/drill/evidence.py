"""What a drill leaves behind: a folder of files, and a manifest that shows whether any was changed afterwards."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

DRILLS_FOLDER = Path(".drills")
MANIFEST = "manifest.json"
PROBE = "probe.jsonl"
FACTS = "facts.jsonl"
REPORT = "report.json"
MEASURES = "measures.json"
SETTINGS = "settings.json"
TEMPLATE = "template.json"


def folder_of(drills: Path, *, now: float, environment: str, drill: str) -> Path:
    """Where a drill that begins now leaves its evidence, so that the folders' names are in the drills' order."""
    return drills / f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{environment}-{drill}"


class Evidence:
    """
    Attributes:
        probe, facts: files that grow while the drill runs.
    """

    def __init__(self, folder: Path) -> None:
        """Makes the folder.

        Raises:
            FileExistsError: another drill has left its evidence there.
        """
        self.folder = folder
        self.folder.mkdir(parents=True)
        self.probe = self.folder / PROBE
        self.facts = self.folder / FACTS

    def keep(self, name: str, content: BaseModel | dict[str, Any]) -> None:
        if isinstance(content, BaseModel):
            text = content.model_dump_json(indent=2)
        else:
            text = json.dumps(content, indent=2, default=str)
        (self.folder / name).write_text(f"{text}\n")

    def seal(self) -> str:
        """Writes the manifest, and returns its own SHA-256: noted elsewhere, it vouches for all of the files."""
        (self.folder / MANIFEST).write_text(json.dumps({"sha256": _digests(self.folder)}, indent=2) + "\n")
        return _digest(self.folder / MANIFEST)


def verify(folder: Path) -> list[str]:
    """What was changed since the drill; nothing when all is as it was."""
    try:
        sealed: dict[str, str] = json.loads((folder / MANIFEST).read_text())["sha256"]
    except FileNotFoundError:
        return [f"{MANIFEST} is missing: the drill did not come to its end, or somebody removed it"]
    except (ValueError, KeyError, TypeError):
        return [f"{MANIFEST} is not a manifest any more"]
    found = _digests(folder)
    return [
        *(f"{name} is missing" for name in sorted(sealed.keys() - found.keys())),
        *(f"{name} was added" for name in sorted(found.keys() - sealed.keys())),
        *(f"{name} was changed" for name in sorted(sealed.keys() & found.keys()) if sealed[name] != found[name]),
    ]


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): _digest(path) for path in files}


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
