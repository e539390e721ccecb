"""The front door to the engine in memory."""

from __future__ import annotations

from typing import Literal

from scitex.db._facade.database import Database
from scitex.db.adapters.disk import Disk
from scitex.db.adapters.memory.storage import MemoryStorage


class InMemory(Database):
    """
    A database in this process's memory, for the tests of programs that use the others.

    Parameters
    ----------
    emulate : {"sqlite", "postgresql"}, default "sqlite"
        Whose rules text conditions follow.
    timeout : float, default 30.0
        Seconds to wait for another thread's transaction.

    Notes
    -----
    It keeps the same rules as the other engines: keys, defaults, foreign keys, transactions
    that roll back, the same errors.  Conditions given as text are read by sqlglot (the extra
    ``testing``); what is not understood is refused, never guessed.

    Examples
    --------
    >>> with InMemory() as db:
    ...     db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT NOT NULL"})
    ...     key = db.insert("users", {"name": "Alice"})
    ...     db.select("users", where={"id": key})
    [{'id': 1, 'name': 'Alice'}]
    """

    def __init__(
        self, emulate: Literal["sqlite", "postgresql"] = "sqlite", *, timeout: float = 30.0
    ) -> None:
        super().__init__(MemoryStorage(emulate=emulate, timeout=timeout), Disk())
