"""The promise to make, change and describe tables."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec


class Schema(Protocol):
    """
    Somewhere whose tables can be made, changed and described.

    Changes are part of the transaction that is open, and go with it when it is rolled back.
    Every method raises `TableNotFoundError` and `ColumnNotFoundError` for names that are not
    there, and `InvalidNameError` for names that the engine cannot keep whole.
    """

    def create_table(self, spec: TableSpec) -> None:
        """
        Make a table; leave one that is the same alone.

        Raises `SchemaError` listing the differences where another of that name exists.
        """
        ...

    def drop_table(self, table: str) -> None:
        """Remove a table with its records and indexes."""
        ...

    def rename_table(self, table: str, *, to: str) -> None:
        """Give a table another name; raise `SchemaError` if that one is taken."""
        ...

    def add_column(self, table: str, column: ColumnSpec) -> None:
        """
        Add a column at the end; records that are there take its default.

        Raises `SchemaError` where the name is taken, or it may not be NULL and has no default.
        """
        ...

    def drop_column(self, table: str, column: str) -> None:
        """Remove a column; raise `SchemaError` where a key or an index needs it."""
        ...

    def rename_column(self, table: str, column: str, *, to: str) -> None:
        """Give a column another name; raise `SchemaError` if that one is taken."""
        ...

    def tables(self) -> list[str]:
        """Return the names of the tables, sorted; the engine's own ones are left out."""
        ...

    def describe(self, table: str) -> TableSpec:
        """Return what the table is, as the engine tells it now."""
        ...

    def create_index(self, index: IndexSpec) -> None:
        """
        Make an index; leave one that is the same alone.

        Raises `SchemaError` where another of that name exists, and `DuplicateKeyError` where
        a unique one meets records that are equal.
        """
        ...

    def drop_index(self, table: str, name: str) -> None:
        """Remove an index of the table; raise `IndexNotFoundError` if it has none such."""
        ...

    def indexes(self, table: str) -> list[IndexSpec]:
        """Return the table's indexes, sorted by name; those that carry a key are left out."""
        ...
