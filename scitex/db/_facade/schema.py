"""Tables and columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scitex.db.domain.declarations import column_declared, table_declared
from scitex.db.domain.errors import InterfaceError, SchemaError
from scitex.db.domain.names import identifier
from scitex.db.domain.partitions import PartitionBy
from scitex.db.domain.tables import ColumnSpec, ForeignKey, TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services import dividing


class Schema:
    """The chapter on tables."""

    storage: Storage

    def create_table(
        self,
        table: str | TableSpec,
        columns: Mapping[str, str | ColumnSpec] | None = None,
        *,
        primary_key: str | Iterable[str] = (),
        unique: Iterable[str | Iterable[str]] = (),
        foreign_keys: Iterable[ForeignKey] | Mapping[str, str] = (),
        partition_by: PartitionBy | str | None = None,
        distribute_by: str | None = None,
        colocate_with: str | None = None,
    ) -> None:
        """
        Make a table, or leave one that is the same alone.

        Parameters
        ----------
        table : str or TableSpec
            Its name, or the whole table as a value.
        columns : mapping of str to str
            Each column's type and rules, in the words of either engine:
            ``{"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "name": "TEXT NOT NULL"}``.
        primary_key : str or iterable of str, optional
            The key's columns, where it has several.
        unique : iterable of str or of iterables of str, optional
            Columns, or sets of columns, of which no two records have the same values.
        foreign_keys : iterable of ForeignKey, or mapping of str to str, optional
            As specs, or ``{"user_id": "users.id"}``.
        partition_by : PartitionBy or str, optional
            PostgreSQL keeps the table in parts: ``by_range("at", [...])``,
            ``by_hash("subject_id", 8)``; a column's name alone means ranges of it, which
            `add_partition` makes.
        distribute_by : str, optional
            The column by whose hash a Citus cluster spreads the records over its nodes.
        colocate_with : str, optional
            A table that is distributed: records with the same value are on the same node there.

        Raises
        ------
        SchemaError
            If another table of that name exists (its differences are listed), or a declaration
            cannot be understood.
        UnsupportedFeatureError
            If the engine keeps no table in parts, or is no cluster.
        InvalidNameError
            If a name is empty, holds NUL, or is too long for the engine.
        UnsafeFragmentError
            If a declaration could leave its place in the statement.

        Notes
        -----
        INTEGER and REAL are 64 bits wide on every engine; AUTOINCREMENT and SERIAL, BLOB and
        BYTEA, DATETIME and TIMESTAMP, JSON and JSONB mean the same.

        A table that is divided can only compare records within a part: so `partition_by` and
        `distribute_by` put their column into the primary key and into each UNIQUE rule, and
        what is unique then is so for each of its values.

        Examples
        --------
        >>> db.create_table("notes", {"id": "INTEGER PRIMARY KEY", "text": "TEXT NOT NULL"})
        >>> db.table_exists("notes")
        True
        """
        if isinstance(table, TableSpec):
            if columns is not None or primary_key or unique or foreign_keys:
                raise InterfaceError("a TableSpec says it all: pass nothing beside it")
            spec = table
        elif columns is None:
            raise SchemaError(
                f"table {table!r} has no columns", hint='give some: {"id": "INTEGER"}'
            )
        else:
            spec = table_declared(
                table, columns, primary_key=primary_key, unique=unique, foreign_keys=foreign_keys
            )
        dividing.create(self.storage, spec, partition_by, distribute_by, colocate_with)

    def drop_table(self, table: str) -> None:
        """
        Remove a table with its records and indexes.

        Parameters
        ----------
        table : str

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        ForeignKeyError
            If another table refers to it.

        Examples
        --------
        >>> db.create_table("old", {"id": "INTEGER"})
        >>> db.drop_table("old")
        """
        self.storage.drop_table(identifier(table))

    def rename_table(self, table: str, new_name: str) -> None:
        """
        Give a table another name; what refers to it follows.

        Parameters
        ----------
        table : str
        new_name : str

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        SchemaError
            If the new name is taken.

        Examples
        --------
        >>> db.create_table("old", {"id": "INTEGER"})
        >>> db.rename_table("old", "new")
        >>> db.table_exists("new")
        True
        """
        self.storage.rename_table(identifier(table), to=identifier(new_name))

    def table_exists(self, table: str) -> bool:
        """
        Say whether there is such a table.

        Parameters
        ----------
        table : str
            Its exact name.

        Returns
        -------
        bool

        Raises
        ------
        InvalidNameError
            If it cannot be a name.

        Examples
        --------
        >>> db.table_exists("users")
        True
        """
        return identifier(table) in self.storage.tables()

    def list_tables(self) -> list[str]:
        """
        Return the names of the tables, sorted.

        Returns
        -------
        list of str
            The engine's own tables are left out.

        Examples
        --------
        >>> db.list_tables()
        ['users']
        """
        return self.storage.tables()

    def get_columns(self, table: str) -> list[ColumnSpec]:
        """
        Return a table's columns, in order.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of ColumnSpec
            Each with ``name``, ``type``, ``nullable``, ``default`` and more.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> [column.name for column in db.get_columns("users")]
        ['id', 'name', 'score']
        """
        return list(self.storage.describe(identifier(table)).columns)

    def get_table(self, table: str) -> TableSpec:
        """
        Return what a table is: columns, keys and rules.

        Parameters
        ----------
        table : str

        Returns
        -------
        TableSpec

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> db.get_table("users").primary_key
        ('id',)
        """
        return self.storage.describe(identifier(table))

    def add_column(self, table: str, column: str | ColumnSpec, declaration: str = "") -> None:
        """
        Add a column at the end.

        Parameters
        ----------
        table : str
        column : str or ColumnSpec
            Its name, or the whole column as a value.
        declaration : str
            Its type and rules, as in `create_table`.

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        SchemaError
            If the name is taken, or the rules cannot hold for the records that are there.

        Examples
        --------
        >>> db.add_column("users", "notes", "TEXT")
        """
        if isinstance(column, ColumnSpec):
            self.storage.add_column(identifier(table), column)
            return
        declared = column_declared(identifier(column), declaration)
        if declared.primary_key or declared.unique or declared.references or declared.checks:
            raise SchemaError(
                f"column {column!r} cannot be added with a key or a check",
                hint="add it plain; for UNIQUE use create_index(..., unique=True)",
            )
        self.storage.add_column(identifier(table), declared.column)

    def drop_column(self, table: str, column: str) -> None:
        """
        Remove a column with its values.

        Parameters
        ----------
        table, column : str

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        SchemaError
            If a key, an index, a rule or a view needs the column; on SQLite a trigger, too.

        Examples
        --------
        >>> db.drop_column("users", "score")
        """
        self.storage.drop_column(identifier(table), identifier(column))

    def rename_column(self, table: str, column: str, new_name: str) -> None:
        """
        Give a column another name; what refers to it follows.

        Parameters
        ----------
        table, column, new_name : str

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        SchemaError
            If the new name is taken.

        Examples
        --------
        >>> db.rename_column("users", "score", "points")
        """
        self.storage.rename_column(identifier(table), identifier(column), to=identifier(new_name))
