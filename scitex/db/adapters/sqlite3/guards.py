"""What guards a connection: against a changed schema, and against other threads."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
import types

from scitex.db.domain.errors import LockedError
from scitex.db.domain.transactions import closed

_LOOK = 0.05  # seconds, after which who waits looks whether there is still something to wait for


class Guard:
    """
    Says no to compiling a statement on a table anew while it is shut.

    SQLite compiles a kept statement again when the schema has changed, also when another
    process changed it, and asks the authorizer then.  Saying no tells us of the change before
    anything is done, at no cost where nothing has changed.

    Full-text search compiles statements of its own, on tables of its own, in the middle of
    others.  A no to those could fail so late that SQLite rolls the transaction back.

    Attributes
    ----------
    shut : str or None
        The table whose statements are not compiled anew; None while the guard is open.
    """

    __slots__ = ("shut",)

    def __init__(self) -> None:
        self.shut: str | None = None

    def __call__(self, action: int, what: str | None = None, *rest: object) -> int:
        return sqlite3.SQLITE_DENY if what == self.shut is not None else sqlite3.SQLITE_OK


class PatientLock:
    """
    A lock that is waited for no longer than the timeout, and taken again by who has it.

    Attributes
    ----------
    kept : bool
        Whether it stays with who has it, though no call of his is under way.
    ended : bool
        Whether nobody is to wait for it any more: who has it may never give it back.
    """

    def __init__(self, timeout: float) -> None:
        self._lock = threading.RLock()  # of which a thread gives back its own only
        self._timeout = timeout
        self._holder = 0
        self._calls = 0
        self.kept = False
        self.ended = False

    def __enter__(self) -> bool:
        if self._holder != threading.get_ident():
            self.acquire(timeout=self._timeout, must=True)
        else:
            self._calls += 1
        return True

    def acquire(self, *, timeout: float, must: bool = False) -> bool:
        """Say whether it could be had in time, or raise where it `must` be."""
        me = threading.get_ident()
        if self._holder != me:
            try:
                if not (self._lock.acquire(blocking=False) or self._waited(timeout, must=must)):
                    return False
                self._holder = me
            except BaseException:  # an interrupt may have come just after it was had
                self._holder = 0 if self._holder == me else self._holder
                with contextlib.suppress(RuntimeError):
                    self._lock.release()
                raise
        self._calls += 1
        return True

    def _waited(self, timeout: float, *, must: bool) -> bool:
        deadline = time.monotonic() + timeout
        while not self._lock.acquire(timeout=min(_LOOK, max(0.0, deadline - time.monotonic()))):
            if must and self.ended:
                raise closed()
            if time.monotonic() < deadline:
                continue
            if must:
                raise LockedError(
                    ":memory: is locked by another thread's transaction",
                    hint="let it finish, or wait longer: SQLite3(':memory:', timeout=60)",
                )
            return False
        return True

    def release(self) -> None:
        """Give it back, unless it is kept or a call further out goes on."""
        self.__exit__(None, None, None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self._calls -= 1
        if not self._calls and not self.kept:
            self._holder = 0
            self._lock.release()
