"""Whether a rotation has done what it was to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from modules.operations.rotation.evidence import Evidence, Probe, WhichKey
from modules.operations.rotation.found import Tasks


class NotRotatedError(Exception):
    """Something does not hold; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Check:
    name: str
    holds: bool
    said: str


@dataclass(frozen=True, kw_only=True)
class Changeover:
    """
    Attributes:
        mixed_seconds: from the first task that took the new key to the last one that took the former.
        neither_rounds: rounds of requests, a second apart, of which none was accepted, whatever the key.
    """

    mixed_seconds: float
    neither_rounds: int


def checks(
    evidence: Evidence,
    *,
    current: Mapping[str, str | None],
    tasks: Tasks,
    with_new: Sequence[int | None],
    with_former: Sequence[int | None],
) -> Iterator[Check]:
    """
    Args:
        current: version of each secret.
        with_new, with_former: what HTTP said to the master keys.
    """
    for name in evidence.which:
        words, now = name.replace("_", " "), current[name]
        yield Check(
            name=f"{words}: new",
            holds=now is not None and now != evidence.versions[name],
            said=f"version {_short(now)}, before {_short(evidence.versions[name])}",
        )
        if name in tasks.given:
            yield Check(
                name=f"{words}: given to the tasks",
                holds=tasks.given[name] == now and tasks.others == 0,
                said=f"version {_short(tasks.given[name])} in {tasks.running - tasks.others} of {tasks.running} tasks",
            )
    yield Check(
        name="master key: accepted",
        holds=bool(with_new) and all(status == 200 for status in with_new),
        said=_counted(with_new),
    )
    if "master_key" in evidence.which:
        yield Check(
            name="former master key: refused",
            holds=bool(with_former) and all(status is not None and 400 <= status < 500 for status in with_former),
            said=_counted(with_former),
        )
    else:
        failed = sum(not probe.accepted for probe in evidence.probes)
        yield Check(
            name="requests meanwhile: answered",
            holds=failed == 0,
            said=f"{len(evidence.probes) - failed} of {len(evidence.probes)}",
        )


def changeover(probes: Sequence[Probe]) -> Changeover:
    """How long both keys were in use, as far as requests that went to whichever task show it."""

    def moments(key: WhichKey, *, accepted: bool) -> list[float]:
        return [probe.seconds for probe in probes if probe.key == key and probe.accepted is accepted]

    new, former = moments("new", accepted=True), moments("former", accepted=True)
    first = min([*new, *moments("former", accepted=False)], default=0)
    last = max([*former, *moments("new", accepted=False)], default=0)
    asked, served = {probe.seconds for probe in probes}, {probe.seconds for probe in probes if probe.accepted}
    return Changeover(mixed_seconds=max(0, last - first) if new else 0, neither_rounds=len(asked - served))


def hold(found: Sequence[Check]) -> None:
    """
    Raises:
        NotRotatedError: a check does not hold.
    """
    if wrong := [f"{one.name}: no, {one.said}" for one in found if not one.holds]:
        raise NotRotatedError("\n".join(wrong))


def _short(version: str | None) -> str:
    return f"...{version[-8:]}" if version else "none"


def _counted(statuses: Sequence[int | None]) -> str:
    if not statuses:
        return "there is no such key"
    said = sorted({f"HTTP {status}" if status else "no answer" for status in statuses})
    return f"{', '.join(said)} to {len(statuses)} requests"
