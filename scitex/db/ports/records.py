"""The promise to keep records and give them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from scitex.db.domain.queries import Condition, OnConflict, Query
from scitex.db.domain.rows import Record

Values = tuple[object, ...] | Mapping[str, object]


class Records(Protocol):
    """
    Somewhere that keeps records in tables.

    **Promises every implementation keeps** (``scitex/db/testing/contract`` holds it to them):

    - A call either does all it says or raises and leaves nothing behind.
    - Nothing returned is alive: changing it changes no stored record.
    - Errors are those of `scitex.db.domain.errors`, the driver's own one as ``__cause__``.
    - Conditions keep a record only when *true*; NULL is neither true nor false.
    - A value comes back equal to what was given, or is refused with `DataError`.
    - Called outside a transaction, a change is committed when the call returns.

    Every method raises `TableNotFoundError` and `ColumnNotFoundError` for names that are not
    there, `LockedError` where another connection holds a lock for too long, and
    `ConnectionLostError` where the engine is gone.
    """

    def insert(
        self,
        table: str,
        record: Mapping[str, object],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: tuple[str, ...] = (),
    ) -> Any:
        """
        Store one record and return its primary key, a tuple where it has several columns.

        None is returned where the table has no key, or the record was ignored.  Columns that
        the record does not name take their defaults.  Raises `DataError` for a value that its
        column cannot keep, `IntegrityError` and its children for broken rules, and
        `SchemaError` where `conflict_columns` are not unique.
        """
        ...

    def insert_many(
        self,
        table: str,
        records: Iterable[Mapping[str, object]],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: tuple[str, ...] = (),
        batch_size: int | None = None,
    ) -> int:
        """
        Store records, all or none; return how many were written.

        A record may also be what `scitex.db.domain.records.record_of` reads as one.  The
        iterable is advanced a batch at a time, `batch_size` of them or what suits the engine,
        and may use the storage itself.  Records may
        name different columns.  A batch that repeats a key gives what storing its records one
        after the other gives.  Raises as `insert` does, naming the record's place.
        """
        ...

    def update(
        self,
        table: str,
        changes: Mapping[str, object],
        *,
        where: Condition,
        values: Values = (),
    ) -> int:
        """Change every record that meets the condition; return how many did."""
        ...

    def update_many(
        self,
        table: str,
        records: Iterable[Mapping[str, object]],
        *,
        key: tuple[str, ...],
        batch_size: int | None = None,
    ) -> int:
        """
        Change records found by their key columns, all or none; return how many were found.

        Raises `ProgrammingError` for a record that lacks a key column or has nothing else.
        """
        ...

    def delete(self, table: str, *, where: Condition, values: Values = ()) -> int:
        """Remove every record that meets the condition; return how many did."""
        ...

    def select(self, query: Query, *, values: Values = ()) -> list[Record]:
        """Return the records asked for, each a new dict in the columns' order."""
        ...

    def stream(self, query: Query, *, values: Values = ()) -> Iterator[Record]:
        """
        Yield the records asked for, as they were when the first was asked for.

        Memory does not grow with their number, and the caller's loop may write.
        """
        ...

    def count(self, table: str, *, where: Condition | None = None, values: Values = ()) -> int:
        """Return how many records meet the condition."""
        ...
