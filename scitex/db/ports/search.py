"""The promise to find records by what is written in them."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.rows import Record
from scitex.db.domain.search.searching import Search as Asked
from scitex.db.domain.search.searching import SearchSpec
from scitex.db.ports.records import Values


class Search(Protocol):
    """
    Somewhere whose texts can be searched.

    What can be searched is kept in the database itself, follows every change of the records,
    and is part of the transaction that is open.
    """

    def enable_search(self, table: str, spec: SearchSpec) -> None:
        """
        Let a table's texts be searched, those that are there too; leave the same alone.

        Raises `SchemaError` where it is searched otherwise, a column is not text, or the table
        has no primary key, and `UnsupportedFeatureError` for a language that is not known.
        """
        ...

    def disable_search(self, table: str) -> None:
        """Remove what search keeps of a table; nothing where there is none."""
        ...

    def search_of(self, table: str) -> SearchSpec | None:
        """Return what can be searched in a table, columns in its order; None for nothing."""
        ...

    def search(self, asked: Asked, *, values: Values = ()) -> list[tuple[Record, float]]:
        """
        Return the records asked for with their scores, best first, then in order of their keys.

        Raises `SchemaError` where the table, or a column asked for, is not searched, and
        `ProgrammingError` for a text that is not in the engine's own language of searches.
        """
        ...
