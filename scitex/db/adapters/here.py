"""A database in the memory of a process, as it is told to others of that process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import attrs

from scitex.db.domain.errors import UnsupportedFeatureError


@attrs.frozen
class Here:
    """
    The database itself, for threads; no other process can open it.

    Attributes
    ----------
    storage : Storage
    """

    storage: Any

    def __reduce__(self) -> NoReturn:
        raise UnsupportedFeatureError(
            "a database in memory cannot be opened by another process",
            engine=self.storage.engine,
            hint="use threads here, or a file: SQLite3('my_data.db')",
        )

    @contextmanager
    def opened(self, *, password: str | None = None) -> Iterator[Any]:
        """Give the database as it is now."""
        yield self.storage


def refuse_snapshot(engine: str, *, snapshot: bool) -> None:
    """
    Refuse to show one state of a database to several readers.

    Raises
    ------
    UnsupportedFeatureError
    """
    if snapshot:
        raise UnsupportedFeatureError(
            "only PostgreSQL shows one state of a database to several readers",
            engine=engine,
            hint="read a copy, which stays as it is: db.backup_database('copy.db')",
        )


@contextmanager
def told(storage: Any, *, snapshot: bool) -> Iterator[Here]:
    """Give the database itself."""
    refuse_snapshot(storage.engine, snapshot=snapshot)
    yield Here(storage)
