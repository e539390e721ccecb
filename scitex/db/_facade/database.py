"""The whole book: every documented call, on any storage."""

from __future__ import annotations

import types
from typing import Self

from scitex.db._facade.arrays import Arrays
from scitex.db._facade.backup import Backup
from scitex.db._facade.content import Content
from scitex.db._facade.dividing import Dividing
from scitex.db._facade.documents import Documents
from scitex.db._facade.exchange import Exchange
from scitex.db._facade.frames import Frames
from scitex.db._facade.indexes import Indexes
from scitex.db._facade.inspect import Inspect
from scitex.db._facade.objects import Objects
from scitex.db._facade.parts import Parts
from scitex.db._facade.reading import Reading
from scitex.db._facade.schema import Schema
from scitex.db._facade.search import Search
from scitex.db._facade.sql import Sql
from scitex.db._facade.transactions import Transactions
from scitex.db._facade.upkeep import Upkeep
from scitex.db._facade.writing import Writing
from scitex.db.domain.capabilities import Capability
from scitex.db.domain.queries import Query
from scitex.db.ports.files import Files
from scitex.db.ports.storage import Storage
from scitex.db.services import overview


class Database(
    Reading,
    Writing,
    Documents,
    Frames,
    Exchange,
    Arrays,
    Content,
    Objects,
    Parts,
    Schema,
    Indexes,
    Dividing,
    Search,
    Backup,
    Upkeep,
    Inspect,
    Transactions,
    Sql,
):
    """
    A database, whichever engine keeps it.

    Parameters
    ----------
    storage : Storage
        The engine's adapter; `SQLite3`, `PostgreSQL` and `InMemory` bring their own.
    files : Files
        Where files are read and written.

    Examples
    --------
    >>> with InMemory() as memory:
    ...     memory.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
    ...     memory.insert("users", {"name": "Alice"})
    1
    """

    def __init__(self, storage: Storage, files: Files) -> None:
        self.storage = storage
        self.files = files
        self._queries: dict[tuple[object, ...], Query] = {}

    @staticmethod
    def _opening(storage: Storage, files: Files) -> Database:
        """Open what a worker was told of."""
        return Database(storage, files)

    @property
    def engine(self) -> str:
        """``"sqlite"``, ``"postgresql"`` or ``"memory"``."""
        return self.storage.engine

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this engine offers."""
        return self.storage.capabilities

    @property
    def summary(self) -> str:
        """The database in a few lines of text: its tables, their records and columns."""
        return overview.text(self.storage)

    def __call__(self) -> str:
        """
        Print the summary and return it.

        Returns
        -------
        str

        Examples
        --------
        >>> text = db()
        sqlite ...
        1 table, ...
          users          1 record  id INTEGER*, name TEXT, score REAL
        """
        text = self.summary
        print(text)  # noqa: T201 - that is what the call is for
        return text

    def close(self) -> None:
        """
        Let go of every connection; a transaction that is open is rolled back.

        Closing twice is harmless; any other call afterwards raises `InterfaceError`.

        Examples
        --------
        >>> db.close()
        """
        self.storage.close()

    def __enter__(self) -> Self:
        """Return the database itself; leaving the block closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        """Close; what was committed stays."""
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.storage.location}>"
