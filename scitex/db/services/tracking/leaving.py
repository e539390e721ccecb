"""What becomes of trackers that nobody closed when a program ends."""

from __future__ import annotations

import atexit
import os
import sys
import weakref
from typing import Protocol


class Open(Protocol):
    """Something that is to be ended."""

    def end(self, status: str) -> None:
        """End it, its runs with this status."""
        ...


_open: weakref.WeakKeyDictionary[Open, int] = weakref.WeakKeyDictionary()


def keep_open(tracker: Open) -> None:
    """Have a tracker ended before the program ends, by the process that made it."""
    if not _open:
        atexit.unregister(_at_exit)
        atexit.register(_at_exit)
    _open[tracker] = os.getpid()


def let_go(tracker: Open) -> None:
    """Forget a tracker that was ended."""
    _open.pop(tracker, None)


def _at_exit() -> None:
    """End runs that nobody ended: as failed where an error ended the program."""
    status = "failed" if hasattr(sys, "last_value") else "completed"
    for tracker in [each for each, pid in _open.items() if pid == os.getpid()]:
        tracker.end(status)
