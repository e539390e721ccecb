"""The front door to SQLite."""

from __future__ import annotations

import os
from typing import Literal

from scitex.db._facade.database import Database
from scitex.db.adapters.disk import Disk
from scitex.db.adapters.sqlite3.opening import Target, absolute
from scitex.db.adapters.sqlite3.storage import Sqlite3Storage


class SQLite3(Database):
    """
    A database in a SQLite file.

    Parameters
    ----------
    path : str or path-like, default ":memory:"
        The file, made if it is not there; ``":memory:"`` keeps all in this process.
    timeout : float, default 30.0
        Seconds to wait for a lock that another connection holds.
    read_only : bool, default False
        Whether writing is refused; the file must exist then.
    synchronous : {"FULL", "NORMAL", "OFF", "EXTRA"}, default "FULL"
        When a commit is safe from a power cut: at once with "FULL"; with "NORMAL" the last
        commits may be lost, but never part of one, and writing is faster.
    foreign_keys : bool, default True
        Whether foreign keys are held to.
    page_size : int, optional
        Bytes of a page in a new file: 512 to 65536, 4096 by default.  With 65536 large arrays are
        written twice as fast, and small records take more room in the log.

    Raises
    ------
    OperationalError
        If the folder is missing, or the file cannot be opened.
    InternalError
        If the file is no SQLite database; it is not changed.
    InterfaceError
        If `path` is no path, or `page_size` is not that of a file which is there.

    Notes
    -----
    A new file on a local disk is put into WAL mode, so readers and a writer do not block one
    another; on a network mount it is not, since WAL loses data there.  An existing file keeps
    its mode.  One object may be used by many threads; after a fork the child opens the file
    for itself.

    Examples
    --------
    >>> with SQLite3(":memory:") as db:
    ...     db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT NOT NULL"})
    ...     key = db.insert("users", {"name": "Alice"})
    ...     db.select("users", where={"id": key})
    [{'id': 1, 'name': 'Alice'}]
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = ":memory:",
        timeout: float = 30.0,
        *,
        read_only: bool = False,
        synchronous: Literal["FULL", "NORMAL", "OFF", "EXTRA"] = "FULL",
        foreign_keys: bool = True,
        page_size: int | None = None,
    ) -> None:
        target = Target(
            absolute(path),
            timeout=timeout,
            read_only=read_only,
            synchronous=synchronous,
            foreign_keys=foreign_keys,
            page_size=page_size,
        )
        super().__init__(Sqlite3Storage(target), Disk())
