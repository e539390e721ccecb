"""What reading a catalogue needs of a session."""

from __future__ import annotations

from typing import Any, Protocol

import attrs

from scitex.db.domain.errors import TableNotFoundError
from scitex.db.domain.tables import TableSpec


@attrs.frozen
class Described:
    """
    A table as its database has it.

    Attributes
    ----------
    spec : TableSpec
    keys : tuple of frozenset of str
        Every set of columns that a key or a whole unique index covers.
    rowid : str or None
        On SQLite, the column that is another name of the row's own number.
    sequence : str or None
        On PostgreSQL, the quoted name of the sequence that numbers the records.
    """

    spec: TableSpec
    keys: tuple[frozenset[str], ...]
    rowid: str | None = None
    sequence: str | None = None


class Asked(Protocol):
    """A session that can be asked."""

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows."""
        ...

    def missing(self, table: str) -> TableNotFoundError:
        """Make the error that a table is not there."""
        ...

    def target(self, table: str) -> str:
        """Quote a table's name, with its schema where there is one."""
        ...
