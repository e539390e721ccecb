"""What guards a connection: against a changed schema, and against other threads."""

from __future__ import annotations

import sqlite3
import threading
import types

from scitex.db.domain.errors import LockedError


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
    """A lock that is waited for no longer than the timeout."""

    def __init__(self, timeout: float) -> None:
        self._lock = threading.RLock()
        self._timeout = timeout

    def __enter__(self) -> bool:
        if not self._lock.acquire(timeout=self._timeout):
            raise LockedError(
                ":memory: is locked by another thread's transaction",
                hint="let it finish, or wait longer: SQLite3(':memory:', timeout=60)",
            )
        return True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self._lock.release()
