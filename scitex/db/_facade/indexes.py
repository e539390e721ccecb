"""Indexes."""

from __future__ import annotations

from collections.abc import Iterable

from scitex.db.domain.indexes import index_asked
from scitex.db.domain.names import identifier
from scitex.db.domain.predicates import Operand
from scitex.db.domain.tables import IndexSpec
from scitex.db.ports.storage import Storage


class Indexes:
    """The chapter on indexes."""

    storage: Storage

    def create_index(
        self,
        table: str,
        columns: str | Operand | Iterable[str | Operand],
        unique: bool = False,
        name: str | None = None,
    ) -> str:
        """
        Make an index, or leave one that is the same alone.

        Parameters
        ----------
        table : str
        columns : str or iterable of str
            In the order in which the index sorts; ``col("config")["lr"]`` inside a JSON column.
        unique : bool, default False
            Whether no two records may have the same values in them.
        name : str, optional
            ``idx_<table>_<columns>`` by default, shortened where it is too long.

        Returns
        -------
        str
            The index's name.

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        SchemaError
            If another index of that name exists.
        DuplicateKeyError
            If `unique` and records are equal already.

        Examples
        --------
        >>> db.create_index("users", ["name"])
        'idx_users_name'
        """
        index = index_asked(identifier(table), columns, unique=bool(unique), name=name)
        self.storage.create_index(index)
        return index.name

    def drop_index(self, table: str, name: str) -> None:
        """
        Remove an index.

        Parameters
        ----------
        table : str
        name : str

        Raises
        ------
        TableNotFoundError, IndexNotFoundError
            If a name is not there.

        Examples
        --------
        >>> db.drop_index("users", db.create_index("users", ["name"]))
        """
        self.storage.drop_index(identifier(table), identifier(name))

    def list_indexes(self, table: str) -> list[IndexSpec]:
        """
        Return a table's indexes, sorted by name.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of IndexSpec
            Each with ``name``, ``columns`` and ``unique``; the ones that carry the primary key
            and declared UNIQUE rules are left out (`get_table` tells those).

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> db.list_indexes("users")
        []
        """
        return self.storage.indexes(identifier(table))
