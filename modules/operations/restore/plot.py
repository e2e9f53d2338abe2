"""A restore as the database's clients had it: what was written when, and what became of it."""

from collections import Counter

from matplotlib.figure import Figure

from modules.operations.restore.prepare import Outcome

_KEPT, _GONE, _MOMENT = "#1f6feb", "#cf222e", "#57606a"


def writes(outcome: Outcome, *, title: str) -> Figure | None:
    """Acknowledged writes in each second, kept and gone, with the restore's steps; None without any."""
    if outcome.writes is None:
        return None
    restored, lost = outcome.restored, set(outcome.writes.lost)
    figure = Figure(figsize=(10, 3.4), layout="constrained")
    axes = figure.subplots()
    for color, label, chosen in (
        (_KEPT, "in the restored database", [at for number, at in outcome.acknowledged if number not in lost]),
        (_GONE, "in the old instance alone", [at for number, at in outcome.acknowledged if number in lost]),
    ):
        seconds = Counter(int((at - restored.decided) // 1) for at in chosen)
        axes.bar(list(seconds), list(seconds.values()), width=1, align="edge", color=color, label=label)
    backed_up = restored.moment.timestamp() - restored.decided
    for at, name, side in ((backed_up, "the backups' end ", "right"), (0.0, " decision", "left")):
        axes.axvline(at, color=_MOMENT, linestyle="--", linewidth=1)
        axes.annotate(name, (at, 1.02), xycoords=("data", "axes fraction"), ha=side, fontsize=8)
    aside = next((one for one in restored.steps if "aside" in one.what), None)
    if aside:
        axes.axvspan(
            aside.began - restored.decided, restored.seconds, color="#eaeef2", zorder=0, label="changing places"
        )
    axes.set_xlabel("seconds since the decision")
    axes.set_ylabel("acknowledged writes/s")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=3, fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    return figure
