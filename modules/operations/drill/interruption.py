"""Being interrupted once, and then not again until everything is put in order."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a stopped kernel or machine, and a lost terminal."""


class InterruptedDrillError(KeyboardInterrupt):
    """Somebody, or the machine, wants the drill to end."""


class Interruptions:
    """Makes each of SIGNALS an exception, once; whatever comes after the first one would break off the cleaning up."""

    def __init__(self) -> None:
        self._deaf = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        # Python delivers signals to the main thread, which alone may say what is to be done with them.
        if threading.current_thread() is threading.main_thread():
            # One that is ignored stays so: whoever started this process, as with nohup, wants that.
            heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._interrupt) for number in heeded}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def deafen(self) -> None:
        """From now on nothing interrupts."""
        self._deaf = True

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if not self._deaf:
            self._deaf = True
            raise InterruptedDrillError(f"the drill was interrupted by {signal.Signals(number).name}")
