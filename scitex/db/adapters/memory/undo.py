"""What has been done, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class UndoLog:
    """
    The deeds of a transaction, each as the step that takes it back.

    A step is noted *before* its deed, and must do no harm when the deed never came, or when it
    is taken twice: an interrupt may strike between any two instructions.  What lies behind
    `settled` belongs to a call that has not ended; whoever finds such steps takes them.
    """

    __slots__ = ("_steps", "settled")

    def __init__(self) -> None:
        self._steps: list[tuple[Callable[..., object], tuple[Any, ...]]] = []
        self.settled = 0

    def __len__(self) -> int:
        return len(self._steps)

    def note(self, step: Callable[..., object], *facts: Any) -> None:
        """Remember the step that takes back what is about to be done."""
        self._steps.append((step, facts))

    def settle(self) -> None:
        """Let what was noted so far stand, until the transaction is rolled back."""
        self.settled = len(self._steps)

    def back_to(self, mark: int) -> None:
        """Take back, last deed first, all that was noted since the log was `mark` long."""
        self.settled = min(self.settled, mark)
        while len(self._steps) > mark:
            step, facts = self._steps[-1]
            step(*facts)
            self._steps.pop()

    def back_to_settled(self) -> None:
        """Take back what a call left half done."""
        if len(self._steps) > self.settled:
            self.back_to(self.settled)

    def forget(self) -> None:
        """Let everything stand for good."""
        self._steps = []
        self.settled = 0
