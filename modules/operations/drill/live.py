"""A drill while it runs: the timeline as it grows, and a line now and then for whoever reads along in a terminal."""

from collections.abc import Callable

from matplotlib.figure import Figure

from modules.operations.drill.report import Settings
from modules.operations.drill.tables import progress_line
from modules.operations.drill.timeline import timeline
from modules.operations.drill.tools import Progress

EVERY_SECONDS = 10.0
"""A picture takes half a second to draw, for which nothing else is drawn."""


class Live:
    """To be told of each moment of a drill."""

    def __init__(self, settings: Settings, *, draw: Callable[[Figure], object], say: Callable[[str], None]) -> None:
        self._title = f"{settings.environment} on {settings.target}"
        self._draw = draw
        self._say = say
        self._shown = -EVERY_SECONDS

    def __call__(self, progress: Progress) -> None:
        if progress.now - self._shown < EVERY_SECONDS:
            return
        self._shown = progress.now
        self._say(progress_line(progress))
        if progress.measures:
            self._draw(timeline(progress.measures, progress.requests, progress.facts, title=self._title))
