"""The promise to tell, and to remove, records that say the same as another one."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.duplicates import Repeats
from scitex.db.domain.rows import Record


class Duplicates(Protocol):
    """
    Somewhere whose repeated records can be removed by one statement.

    Text is the same where its characters are.  Without a primary key, the record that came first
    is the first.  Both methods raise `SchemaError` where nothing tells records apart.
    """

    def delete_duplicates(self, asked: Repeats) -> int:
        """
        Remove all records that repeat another one; return how many.

        Raises `ForeignKeyError`, naming what refers to them, where others need them; nothing is
        removed then.
        """
        ...

    def duplicates(self, asked: Repeats, *, limit: int) -> tuple[int, list[Record]]:
        """Return how many records would go, and the first of them; nothing is changed."""
        ...
