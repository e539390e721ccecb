"""Whose turn it is: one thread at a time, for as long as its transaction lasts."""

from __future__ import annotations

import contextlib
import threading
import time

from scitex.db.domain.errors import LockedError

_LOOK_SECONDS = 0.05  # how often those waiting look whether the holder is still there


class _Turn:
    """A lock with its holder; where the holder ended with it, another takes its place."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.holder: threading.Thread | None = None

    def give_back(self) -> None:
        """
        Release the lock, if it is the calling thread's.

        As often as it was taken: an interrupt may have kept an earlier release from happening.
        """
        with contextlib.suppress(RuntimeError):
            while True:
                self.lock.release()

    def successor(self) -> _Turn:
        """Return the turn that comes after this one, the same to all who ask at once."""
        found: _Turn = self.__dict__.setdefault("next", _Turn())
        return found


class Turns:
    """
    The one lock of a storage.

    Parameters
    ----------
    timeout : float
        Seconds that a thread waits for its turn.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._turn = _Turn()
        self._ended = False

    @property
    def mine(self) -> bool:
        """Whether it is the calling thread's turn."""
        return self._turn.holder is threading.current_thread()

    def take(self) -> bool:
        """
        Wait for the turn; say whether it is a new one.

        Raises
        ------
        LockedError
            If another thread keeps it for longer than the timeout.
        """
        if self.mine:
            return False
        try:
            self._wait()
        except BaseException:
            self._turn.give_back()  # an interrupt may have come just after it was had
            raise
        return True

    def _wait(self) -> None:
        deadline = time.monotonic() + self._timeout
        while not self._ended:
            turn = self._turn
            left = max(0.0, deadline - time.monotonic())
            if turn.lock.acquire(timeout=min(left, _LOOK_SECONDS)):
                turn.holder = threading.current_thread()
                return
            holder = turn.holder
            if holder is not None and not holder.is_alive():
                self._turn = turn.successor()
            elif not left:
                raise self._locked(holder)

    def _locked(self, holder: threading.Thread | None) -> LockedError:
        name = "another thread" if holder is None else f"thread {holder.name!r}"
        return LockedError(
            f"the database in memory is locked by the transaction of {name}",
            hint=f"let it end, or wait longer than {self._timeout:g} s: pass timeout=",
        )

    def leave(self) -> None:
        """End the turn, if it is the calling thread's."""
        if self.mine:
            turn = self._turn
            turn.holder = None
            turn.give_back()

    def end(self) -> None:
        """Let nobody wait any more."""
        self._ended = True
        self.leave()
