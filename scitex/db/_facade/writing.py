"""Changing records: insert, update, delete, one or many."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.names import identifiers
from scitex.db.domain.queries import OnConflict, Where, asked
from scitex.db.domain.records import record_of
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress, counted, length, reporting

_POLICIES = ("error", "ignore", "update")
_ROWS = 5000  # of a DataFrame that are turned to records at a time


def _policy(on_conflict: str) -> None:
    if on_conflict not in _POLICIES:
        raise InterfaceError(f"on_conflict must be one of {_POLICIES}, not {on_conflict!r}")


def _batch_size(number: object) -> None:
    if number is not None and (not isinstance(number, int) or number < 1):
        raise InterfaceError(
            f"batch_size={number!r} is no number of records",
            hint="pass 1 or more, or leave it out: the engine's own suits it best",
        )


def rows_of(frame: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a DataFrame, its index left out, as records; few are alive at once."""
    for start in range(0, len(frame), _ROWS):
        yield from frame.iloc[start : start + _ROWS].to_dict("records")


def _many(records: object, *, deed: str, one: str) -> Iterable[Any]:
    """Return an iterable of records; a DataFrame gives its rows."""
    if isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable):
        raise InterfaceError(
            f"{deed} takes an iterable of records, not {type(records).__name__}",
            hint=f"one record goes to {one}(); several go in a list",
        )
    # Another thread may be importing pandas for the first time: the module is there, no class yet.
    frame = getattr(sys.modules.get("pandas"), "DataFrame", None)
    if frame is not None and isinstance(records, frame):
        return rows_of(records)
    return records


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
            Values by column; a column that is left out takes its default.  An instance of an
            attrs class or a dataclass gives its fields.
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
            return self.storage.insert(table, data if type(data) is dict else record_of(data))
        _policy(on_conflict)
        return self.storage.insert(
            table,
            record_of(data),
            on_conflict=on_conflict,
            conflict_columns=identifiers(conflict_columns),
        )

    def insert_many(
        self,
        table: str,
        records: Iterable[Any],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: str | Iterable[str] = (),
        batch_size: int | None = None,
        progress: Progress = False,
    ) -> int:
        """
        Store many records, all of them or none.

        Parameters
        ----------
        table : str
        records : iterable of mapping, or DataFrame
            Any iterable, a generator too, also one that itself uses this database.  Instances
            of attrs classes and dataclasses, and named tuples, are records as well.  Records
            may name different columns; one that is left out takes its default.
        on_conflict : {"error", "ignore", "update"}, default "error"
            As in `insert`.  A batch that repeats a key gives what storing its records one
            after the other gives.
        conflict_columns : str or iterable of str, optional
            As in `insert`.
        batch_size : int, optional
            How many records are held in memory and sent at a time; by default what suits the
            engine.
        progress : bool or callable, default False
            True shows a bar; a callable is given the number done and the total, or None.

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
        _batch_size(batch_size)
        given = _many(records, deed="insert_many", one="insert")
        target = identifiers(conflict_columns)
        with reporting(progress, total=length(records), what=f"insert into {table}") as report:
            return self.storage.insert_many(
                table,
                counted(given, report) if progress else given,
                on_conflict=on_conflict,
                conflict_columns=target,
                batch_size=batch_size,
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
        changes = record_of(data)
        if not changes:
            raise InterfaceError("update needs at least one column to change")
        found = asked(where, params, deed="update")
        assert found.condition is not None  # noqa: S101 - `asked` sees to it
        return self.storage.update(table, changes, where=found.condition, values=found.values)

    def update_many(
        self,
        table: str,
        updates: Iterable[Any],
        key: str | Iterable[str] = "id",
        *,
        batch_size: int | None = None,
        progress: Progress = False,
    ) -> int:
        """
        Change many records, each found by its key, all of them or none.

        Parameters
        ----------
        table : str
        updates : iterable of mapping, or DataFrame
            Each with the key's columns and the columns to change; they may differ.
        key : str or iterable of str, default "id"
            The columns that tell which record is meant.
        batch_size : int, optional
        progress : bool or callable, default False
            As in `insert_many`.

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
        _batch_size(batch_size)
        given = _many(updates, deed="update_many", one="update")
        names = identifiers(key)
        if not names:
            raise InterfaceError("update_many needs a key", hint='pass key="id"')
        with reporting(progress, total=length(updates), what=f"update {table}") as report:
            return self.storage.update_many(
                table,
                counted(given, report) if progress else given,
                key=names,
                batch_size=batch_size,
            )

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
