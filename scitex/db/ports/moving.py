"""The promise to take whole tables, and to tell all that belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from scitex.db.domain.copying import Uncarried
from scitex.db.domain.tables import TableSpec


class Moving(Protocol):
    """Somewhere that tables can be moved to, and from."""

    def building(self, specs: Sequence[TableSpec]) -> AbstractContextManager[None]:
        """
        Make tables that may refer to one another in any way, inside a transaction.

        In the block their records come in any order; when it ends every reference holds.  Raises
        `SchemaError` where a name is taken, and `ForeignKeyError` where a reference does not hold.
        """
        ...

    def drop_tables(self, tables: Sequence[str]) -> None:
        """Remove tables that may refer to one another; `ForeignKeyError` where others refer."""
        ...

    def counter(self, table: str) -> int | None:
        """Return the last number given to a record; None where none is remembered."""
        ...

    def set_counter(self, table: str, number: int) -> None:
        """Have the next record numbered behind this number, where numbers are remembered."""
        ...

    def belongings(self) -> list[Uncarried]:
        """Return what there is beside tables, their columns, rules, indexes and search."""
        ...
