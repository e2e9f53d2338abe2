"""A restore in tables, for a notebook."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from modules.operations.restore.loss import Loss
from modules.operations.restore.prepare import Outcome, Preparation
from modules.operations.restore.run import Restored
from modules.operations.restore.state import Change
from modules.operations.table import Table

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

UPLOADS_SECONDS = 300
"""RDS keeps the transaction logs every five minutes (RDS User Guide, "Restoring a DB instance to a specified time")."""
LONGEST = 20
"""Tables that are shown."""
_NOTHING = "-"


def backups(source: "DBInstanceTypeDef", *, now: float) -> Table:
    """How far the backups reach: what a restore would lose if it began now."""
    latest = source.get("LatestRestorableTime")
    return Table(
        title=f"Backups of {source['DBInstanceIdentifier']}",
        columns=("kept for", "reach until (UTC)", "a restore now would lose"),
        rows=[
            (
                f"{source['BackupRetentionPeriod']} days" if source["BackupRetentionPeriod"] else "not kept at all",
                _time(latest) if latest else _NOTHING,
                f"the last {now - latest.timestamp():.0f} s" if latest else "everything",
            )
        ],
    )


def intention(preparation: Preparation) -> Table:
    """What is going to have which identifier."""
    names, wish = preparation.names, preparation.wish
    return Table(
        title=f"Restoring {names.serving} to {wish.at}",
        columns=("instance", "identifier now", "and then"),
        rows=[
            ("the old one, with all that is in it", names.serving, names.old),
            ("the restored one", names.restored, names.serving),
        ],
    )


def steps(restored: Restored) -> Table:
    return Table(
        title=f"{restored.names.serving} serves the data of {_time(restored.moment)} UTC",
        columns=("step", "began after (s)", "took (s)"),
        rows=[
            (one.what, f"{one.began - restored.decided:.1f}", f"{one.ended - one.began:.1f}") for one in restored.steps
        ],
    )


def outcome(result: Outcome, lost: Loss | None, *, pace: float) -> Table:
    """Recovery point and recovery time, as they were measured.

    Args:
        pace: of the target: AWS's own waits are so many times shorter.
    """
    restored = result.restored
    uploads = UPLOADS_SECONDS / pace
    if lost:
        # An exercise decides as soon as its rows are in the backups, when the least would be lost.
        point = (f"{lost.seconds:.1f} s", f"little, just after an upload; up to {uploads:g} s at another moment")
        more = [
            ("acknowledged writes that are gone", f"{lost.writes:,}", "those of that time"),
            ("writes that the old instance took meanwhile", f"{lost.meanwhile:,}", "they are in it, and nowhere else"),
            ("gone although later ones were kept", f"{lost.holes:,}", "none"),
        ]
    else:
        point = (f"{restored.decided - restored.moment.timestamp():.1f} s", "as it was asked for; not measured by rows")
        more = []
    away = (
        [("no write was taken for", f"{result.writes.refused_seconds:.1f} s", "two renames, each with a restart")]
        if result.writes
        else []
    )
    return Table(
        title=_title(result, lost),
        columns=("measure", "measured", "expected"),
        rows=[
            (f"RPO: from {'the last write that was kept' if lost else 'the moment'} to the decision", *point),
            *more,
            (
                "RTO: from the decision until LiteLLM had its database",
                f"{restored.seconds:.1f} s",
                "by the size of the data",
            ),
            *away,
        ],
    )


def rows(old: Mapping[str, int] | None, new: Mapping[str, int] | None) -> Table:
    """Row counts side by side; None: that instance is out of reach from here."""
    if old is None or new is None:
        return Table(title="Rows: the databases are out of reach from here", columns=("",), rows=[])
    tables = sorted({*old, *new})
    differing = [one for one in tables if old.get(one) != new.get(one)]
    filled = [one for one in tables if old.get(one) or new.get(one)]
    return Table(
        title=f"Rows: {len(tables)} tables, {len(filled)} of them with rows; {len(differing)} differ",
        columns=("table", "old instance", "restored"),
        rows=[(one, _count(old, one), _count(new, one)) for one in (differing or filled)[:LONGEST]],
    )


def next_plan(changes: Sequence[Change]) -> Table:
    """What `make plan` says next."""
    dangerous = [one for one in changes if not one.in_place]
    if dangerous:
        title = "The next plan does more than it should: read it before you deploy"
    elif changes:
        title = "The next plan changes in place what AWS does not tell Terraform; nothing is replaced"
    else:
        title = "The next plan changes nothing"
    return Table(
        title=title,
        columns=("resource", "action", "attributes"),
        rows=[(one.address, " and ".join(one.actions), ", ".join(one.attributes)) for one in changes],
    )


def afterwards(preparation: Preparation, *, protected: bool) -> str:
    """What to do with the old instance, in Markdown."""
    old = preparation.names.old
    unprotect = (
        f"aws rds modify-db-instance --db-instance-identifier {old} --no-deletion-protection --apply-immediately\n"
    )
    return (
        f"`{old}` is kept, and **costs as much as the one that serves**. It has every write that the restored one "
        "lacks. Carry over what is to be kept, then delete it; as long as it is there, `make destroy` cannot remove "
        "the subnets and groups that it uses:\n\n```\n"
        f"{unprotect if protected else ''}"
        f"aws rds delete-db-instance --db-instance-identifier {old} --final-db-snapshot-identifier {old}\n```"
    )


def _title(result: Outcome, lost: Loss | None) -> str:
    names = result.restored.names
    if result.restored.unserved:
        return f"Restored: {names.serving}, but not in use: {result.restored.unserved}"
    measured = f"RPO {lost.seconds:.0f} s, " if lost else ""
    return f"Restored: {names.serving}, {measured}RTO {result.restored.seconds:.0f} s"


def _count(counted: Mapping[str, int], table: str) -> str:
    return f"{counted[table]:,}" if table in counted else _NOTHING


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
