"""A rotation for a notebook and a terminal: what is there, what will happen, how it went."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from matplotlib.figure import Figure

from modules.operations.rotation.evidence import Evidence, WhichKey
from modules.operations.rotation.found import SecretAge, Tasks
from modules.operations.rotation.kinds import GENERATIONS, SALT_KEY
from modules.operations.rotation.verdict import Changeover, Check
from modules.operations.table import Table
from modules.settings import Environment

_WHAT_HAPPENS = {
    "master_key": "every task is replaced; while that goes on, some take the former key and some the new one",
    "database_password": "the other of LiteLLM's two users gets it, then every task is replaced; no request fails",
    SALT_KEY: "never rotated: it encrypts the providers' keys in LiteLLM's database",
}
_COLORS: dict[WhichKey, str] = {"former": "#57606a", "new": "#1f6feb"}


def secrets(environment: Environment, ages: Mapping[str, SecretAge], now: datetime) -> Table:
    """How old each secret's value is, and what rotating it means; no values."""
    generations = {
        "master_key": environment.secrets.master_key_generation,
        "database_password": environment.database.password_generation,
    }
    return Table(
        title=f"Secrets of {environment.name}-litellm",
        columns=("", "days old", "generation in the file", "setting", "when it is rotated"),
        rows=[
            (
                name.replace("_", " "),
                f"{(now - age.changed).days:,}",
                str(generations.get(name, "-")),
                GENERATIONS.get(name, "none"),
                _WHAT_HAPPENS[name],
            )
            for name, age in ages.items()
        ],
    )


def verdict(found: Sequence[Check]) -> Table:
    return Table(
        title="Verified",
        columns=("", "holds", ""),
        rows=[(one.name, "yes" if one.holds else "NO", one.said) for one in found],
    )


def course(change: Changeover, evidence: Evidence, tasks: Tasks) -> str:
    """What users may have seen meanwhile, and what is left to know."""
    lines = [f"Watched for {evidence.ended:.0f} s with {len(evidence.probes):,} requests."]
    if "master_key" in evidence.which:
        lines.append(
            f"For {change.mixed_seconds:.0f} s some tasks took the former master key and some the new one; "
            f"{change.neither_rounds} rounds of requests passed without any being accepted."
        )
    if "database_password" in evidence.which:
        lines.append(
            f"Tasks log in as {tasks.user}. The other user keeps its former password until the next rotation: when the "
            "password has leaked, rotate twice."
        )
    return "\n".join(lines)


def picture(evidence: Evidence, *, title: str) -> Figure:
    """The share of each round's requests that were accepted, by their key."""
    figure = Figure(figsize=(10, 3), layout="constrained")
    axes = figure.subplots()
    for key, color in _COLORS.items():
        rounds: dict[float, list[bool]] = defaultdict(list)
        for probe in evidence.probes:
            if probe.key == key:
                rounds[probe.seconds].append(probe.accepted)
        shares = [100 * sum(accepted) / len(accepted) for accepted in rounds.values()]
        axes.step(list(rounds), shares, where="post", color=color, label=f"{key} master key")
    axes.set_ylim(-5, 105)
    axes.set_ylabel("accepted (%)")
    axes.set_xlabel("seconds since the deployment began")
    axes.legend(loc="center left", fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    return figure
