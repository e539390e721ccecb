"""Changing records: insert, update, delete, one or many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.names import identifiers
from scitex.db.domain.queries import OnConflict, Where, asked
from scitex.db.domain.sqltext import Parameters
from scitex.db.ports.storage import Storage

_POLICIES = ("error", "ignore", "update")


def _policy(on_conflict: str) -> None:
    if on_conflict not in _POLICIES:
        raise InterfaceError(f"on_conflict must be one of {_POLICIES}, not {on_conflict!r}")


def _record(data: object) -> Mapping[str, object]:
    if isinstance(data, Mapping):
        return data
    raise InterfaceError(
        f"a record must be a mapping of column names to values, not {type(data).__name__}",
        hint='write {"name": "Alice", "score": 85.5}',
    )


def _no_batch(records: object) -> bool:
    return isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable)


class Writing:
    """The chapter on changing records."""

    storage: Storage

    def insert(
        self,
        table: str,
        data: Mapping[str, object],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: str | Iterable[str] = (),
    ) -> Any:
        """
        Store one record.

        Parameters
        ----------
        table : str
        data : mapping of str to object
            Values by column; a column that is left out takes its default.
        on_conflict : {"error", "ignore", "update"}, default "error"
            What happens where a record with the same key exists: refuse, keep the old one, or
            change the old one in the columns given.
        conflict_columns : str or iterable of str, optional
            The columns that make two records the same; the primary key by default.

        Returns
        -------
        object
            The record's primary key; a tuple where it has several columns; None where the
            table has no key or the record was ignored.

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there; the nearest one is offered.
        DataError
            If a column cannot keep its value exactly.
        DuplicateKeyError, NotNullError, CheckError, ForeignKeyError
            If a rule of the table would be broken.
        SchemaError
            If `conflict_columns` are not unique in the table.
        LockedError
            If another connection holds a lock for longer than ``timeout``.

        Notes
        -----
        Outside a transaction the record is on disk when the call returns.  For many records
        `insert_many` is faster by far.

        Examples
        --------
        >>> db.insert("users", {"name": "Bob", "score": 75})
        2
        """
        if on_conflict == "error":
            return self.storage.insert(table, data if type(data) is dict else _record(data))
        _policy(on_conflict)
        return self.storage.insert(
            table,
            _record(data),
            on_conflict=on_conflict,
            conflict_columns=identifiers(conflict_columns),
        )

    def insert_many(
        self,
        table: str,
        records: Iterable[Mapping[str, object]],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: str | Iterable[str] = (),
    ) -> int:
        """
        Store many records, all of them or none.

        Parameters
        ----------
        table : str
        records : iterable of mapping
            Any iterable, a generator too, also one that itself uses this database.  Records
            may name different columns; one that is left out takes its default.
        on_conflict : {"error", "ignore", "update"}, default "error"
            As in `insert`.  A batch that repeats a key gives what storing its records one
            after the other gives.
        conflict_columns : str or iterable of str, optional
            As in `insert`.

        Returns
        -------
        int
            Number of records written (ignored ones are not counted).

        Raises
        ------
        Error
            As `insert`, naming the record's place in ``row``; nothing is stored then.

        Notes
        -----
        Reads the iterable in batches; memory does not grow with their number.

        Examples
        --------
        >>> db.insert_many("users", [{"name": "Bob", "score": 75}, {"name": "Eve", "score": 82}])
        2
        """
        _policy(on_conflict)
        if _no_batch(records):
            raise InterfaceError(
                f"insert_many takes an iterable of records, not {type(records).__name__}",
                hint="one record goes to insert(); several go in a list",
            )
        return self.storage.insert_many(
            table,
            records,
            on_conflict=on_conflict,
            conflict_columns=identifiers(conflict_columns),
        )

    def update(
        self,
        table: str,
        data: Mapping[str, object],
        where: Where = None,
        params: Parameters = None,
    ) -> int:
        """
        Change the records that meet a condition.

        Parameters
        ----------
        table : str
        data : mapping of str to object
            New values by column; the others stay.
        where : str, mapping or predicate
            As in `select`, but it must be given: ``where=ALL_ROWS`` means every record.
        params : sequence or mapping, optional
            The values of ``?`` or ``:name`` in a text.

        Returns
        -------
        int
            Number of records that met the condition.

        Raises
        ------
        UnsafeFragmentError
            If `where` is missing, blank, or could leave its clause.
        Error
            As `insert`; nothing is changed then.

        Examples
        --------
        >>> db.update("users", data={"score": 90.0}, where="name = ?", params=["Alice"])
        1
        """
        if not _record(data):
            raise InterfaceError("update needs at least one column to change")
        found = asked(where, params, deed="update")
        assert found.condition is not None  # noqa: S101 - `asked` sees to it
        return self.storage.update(table, data, where=found.condition, values=found.values)

    def update_many(
        self,
        table: str,
        updates: Iterable[Mapping[str, object]],
        key: str | Iterable[str] = "id",
    ) -> int:
        """
        Change many records, each found by its key, all of them or none.

        Parameters
        ----------
        table : str
        updates : iterable of mapping
            Each with the key's columns and the columns to change; they may differ.
        key : str or iterable of str, default "id"
            The columns that tell which record is meant.

        Returns
        -------
        int
            Number of records found; a key that is not there changes nothing.

        Raises
        ------
        ProgrammingError
            If a record lacks a key column, or has nothing else.
        Error
            As `insert`; nothing is changed then.

        Examples
        --------
        >>> db.update_many("users", [{"id": 1, "score": 80}], key="id")
        1
        """
        if _no_batch(updates):
            raise InterfaceError(
                f"update_many takes an iterable of records, not {type(updates).__name__}",
                hint="several records go in a list; one goes to update()",
            )
        names = identifiers(key)
        if not names:
            raise InterfaceError("update_many needs a key", hint='pass key="id"')
        return self.storage.update_many(table, updates, key=names)

    def delete(self, table: str, where: Where = None, params: Parameters = None) -> int:
        """
        Remove the records that meet a condition.

        Parameters
        ----------
        table : str
        where : str, mapping or predicate
            As in `select`, but it must be given: ``where=ALL_ROWS`` means every record.
        params : sequence or mapping, optional
            The values of ``?`` or ``:name`` in a text.

        Returns
        -------
        int
            Number of records removed.

        Raises
        ------
        UnsafeFragmentError
            If `where` is missing, blank, or could leave its clause.
        ForeignKeyError
            If a record elsewhere still refers to one of them.

        Examples
        --------
        >>> db.delete("users", where="score < 50")
        0
        """
        found = asked(where, params, deed="delete")
        assert found.condition is not None  # noqa: S101 - `asked` sees to it
        return self.storage.delete(table, where=found.condition, values=found.values)
