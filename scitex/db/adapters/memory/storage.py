"""The storage in memory."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, BinaryIO

import attrs

from scitex.db.adapters import here
from scitex.db.adapters.memory import answers, documents, finding, ordering
from scitex.db.adapters.memory.answers import maker, size
from scitex.db.adapters.memory.changes import Changing
from scitex.db.adapters.memory.duplicates import Deduplicating
from scitex.db.adapters.memory.expressions import texts
from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.inspection import Inspecting
from scitex.db.adapters.memory.keys import Record as Row
from scitex.db.adapters.memory.moving import Moving
from scitex.db.adapters.memory.schema import Schema
from scitex.db.adapters.memory.searching import Searching
from scitex.db.adapters.memory.session import Session
from scitex.db.adapters.memory.snapshots import SnapshotStorage as Snapshots
from scitex.db.adapters.memory.store import Store
from scitex.db.adapters.memory.upkeep import Upkeep
from scitex.db.adapters.memory.writing import Statement, policy
from scitex.db.domain.blobs import Held, Parts
from scitex.db.domain.capabilities import Capability
from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.errors import InterfaceError, ProgrammingError, UnsupportedFeatureError
from scitex.db.domain.jsonpaths import Step
from scitex.db.domain.jsonsides import changed_column
from scitex.db.domain.pieces import Piece, listed
from scitex.db.domain.pieces import Values as ColumnValues
from scitex.db.domain.queries import Condition, OnConflict, Query, held
from scitex.db.domain.records import record_of
from scitex.db.domain.rows import Record, Rows
from scitex.db.domain.singling import no_bytes, single
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.blobs import Blob
from scitex.db.ports.columns import Asked, Given

Values = tuple[object, ...] | Mapping[str, object]
Batch = list[tuple[int, Mapping[str, object]]]
_BATCH = 1000


class MemoryStorage(
    Snapshots, Searching, Deduplicating, Moving, Changing, Upkeep, Inspecting, Schema
):
    """
    Tables in the memory of this process, gone when it is closed.

    Parameters
    ----------
    timeout : float, default 30
        Seconds that a thread waits while another one's transaction is open.
    emulate : {"sqlite", "postgresql"}, default "sqlite"
        Whose rules count for texts of conditions and orders, and for arithmetic.

    Notes
    -----
    All threads see one database.  One of them at a time has it, for the length of a call or of
    its transaction.
    """

    def __init__(self, *, timeout: float = 30.0, emulate: Engine = "sqlite") -> None:
        if emulate not in ("sqlite", "postgresql"):
            raise InterfaceError(
                f"emulate must be 'sqlite' or 'postgresql', not {emulate!r}",
            )
        self._emulate: Engine = emulate
        self._session = Session(emulate, timeout)

    @property
    def engine(self) -> str:
        return "memory"

    @property
    def location(self) -> str:
        return ":memory:"

    @property
    def version(self) -> str:
        return f"1, by the rules of {self._emulate}"

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset({Capability.BACKUPS})

    @property
    def size(self) -> int:
        with self._session as store:
            return sum(map(size, store.tables.values()))

    def elsewhere(self, *, snapshot: bool) -> AbstractContextManager[here.Here]:
        return here.told(self, snapshot=snapshot)

    def close(self) -> None:
        self._session.close()

    def insert(
        self,
        table: str,
        record: Mapping[str, object],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: tuple[str, ...] = (),
    ) -> Any:
        given = _checked(record)
        with self._session as store:
            target = store.table(table)
            target.rules.refuse_strangers(given)
            chosen = policy(target, on_conflict, conflict_columns)
            kept = Statement(store).insert(target, given, chosen)
            return None if kept is None else target.key_of(kept)

    def insert_blob(
        self, table: str, record: Mapping[str, object], *, column: str, parts: Parts
    ) -> Any:
        return self.insert(table, {**record, column: parts.joined()})

    @contextmanager
    def open_blob(self, query: Query, *, values: Values = ()) -> Iterator[Blob | None]:
        (column,) = query.columns or ()
        value = single(self.select(attrs.evolve(query, limit=2), values=values), query.table)[
            column
        ]
        if value is not None and not isinstance(value, bytes):
            raise no_bytes(type(value).__name__, table=query.table, column=column)
        yield None if value is None else Held(value)

    def insert_many(
        self,
        table: str,
        records: Iterable[Mapping[str, object]],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: tuple[str, ...] = (),
        batch_size: int | None = None,
    ) -> int:
        def store_batch(store: Store, batch: Batch) -> int:
            target = store.table(table)
            if not batch:
                return 0
            target.rules.refuse_strangers(batch[0][1])
            chosen = policy(target, on_conflict, conflict_columns)
            statement, done = Statement(store), 0
            for statement.row, record in batch:
                done += statement.insert(target, record, chosen) is not None
            return done

        return self._in_batches(records, store_batch, batch_size)

    def insert_columns(
        self,
        table: str,
        columns: tuple[str, ...],
        pieces: Iterable[Sequence[ColumnValues]],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: tuple[str, ...] = (),
    ) -> int:
        records = (
            dict(zip(columns, row, strict=True))
            for lists in pieces
            for row in zip(*map(listed, lists), strict=True)
        )
        return self.insert_many(
            table, records, on_conflict=on_conflict, conflict_columns=conflict_columns
        )

    def update(
        self,
        table: str,
        changes: Mapping[str, object],
        *,
        where: Condition,
        values: Values = (),
    ) -> int:
        given = _checked(changes)
        with self._session as store:
            target = store.table(table)
            if not given:
                raise ProgrammingError(f"nothing is to be changed in table {table!r}")
            texts.refuse_strangers(where, target.spec)
            places = target.rules.values(given)
            wanted = texts.wanted(where, target.spec, self._emulate, values)
            numbers = finding.numbers(target, wanted)
            Statement(store).update(target, numbers, places)
            return len(numbers)

    def update_many(
        self,
        table: str,
        records: Iterable[Mapping[str, object]],
        *,
        key: tuple[str, ...],
        batch_size: int | None = None,
    ) -> int:
        def change_batch(store: Store, batch: Batch) -> int:
            target = store.table(table)
            for name in key:
                target.spec.column(name)
            statement, done = Statement(store), 0
            for row, record in batch:
                statement.row = row
                numbers, changes = finding.keyed(target, record, key, row=row)
                statement.update(target, numbers, changes)
                done += len(numbers)
            return done

        return self._in_batches(records, change_batch, batch_size)

    def update_json(
        self,
        table: str,
        column: str,
        path: tuple[Step, ...],
        text: str,
        *,
        where: Condition,
        values: Values = (),
    ) -> int:
        with self._session as store:
            target = store.table(table)
            changed_column(target.spec, column)
            wanted = texts.wanted(where, target.spec, self._emulate, values)
            numbers = finding.numbers(target, wanted)
            documents.replace(Statement(store), target, numbers, (column, path), text)
            return len(numbers)

    def delete(self, table: str, *, where: Condition, values: Values = ()) -> int:
        with self._session as store:
            target = store.table(table)
            wanted = texts.wanted(where, target.spec, self._emulate, values)
            numbers = finding.numbers(target, wanted)
            Statement(store).delete(target, numbers)
            return len(numbers)

    def select(self, query: Query, *, values: Values = ()) -> list[Record]:
        with self._session as store:
            rows, made = self._asked(store, query, values)
            return list(map(made, rows))

    def stream(self, query: Query, *, values: Values = ()) -> Iterator[Record]:
        with self._session as store:
            rows, made = self._asked(store, query, values)
        for row in rows:
            self._session.refuse_closed()
            yield made(row)

    def unload(
        self, asked: Asked, *, values: Given = None, take: Callable[[Piece], object]
    ) -> None:
        for piece in self.pages(asked, values=values, rows=_BATCH):
            take(piece)

    def pages(self, asked: Asked, *, values: Given = None, rows: int) -> Iterator[Piece]:
        if isinstance(asked, str):
            raise self._no_statements()
        with self._session as store:
            table = store.table(asked.table)
            kept, _ = self._asked(store, asked, held(values))
        return answers.pieces(table, asked.columns, kept, rows)

    def unload_csv(
        self, asked: Asked, *, values: Given = None, file: BinaryIO, form: CsvForm, header: bool
    ) -> int | None:
        return None

    def count(self, table: str, *, where: Condition | None = None, values: Values = ()) -> int:
        with self._session as store:
            target = store.table(table)
            wanted = texts.wanted(where, target.spec, self._emulate, values)
            if wanted is None:
                return len(target.shelf.records)
            return sum(1 for _ in finding.found(target, wanted))

    def _asked(
        self, store: Store, query: Query, values: Values
    ) -> tuple[list[Row], Callable[[Row], Record]]:
        """Return the records that a query asks for, and what makes a dict of each."""
        table = store.table(query.table)
        made = maker(table, query.columns)
        by = ordering.terms(query.order_by, table.spec, self._emulate)
        wanted = texts.wanted(query.where, table.spec, self._emulate, values)
        kept = (row for _, row in finding.found(table, wanted))
        rows = ordering.ordered(list(kept), by) if by else kept
        start = min(query.offset, sys.maxsize)  # more than that islice does not take
        end = None if query.limit is None else min(query.offset + query.limit, sys.maxsize)
        return list(itertools.islice(rows, start, end)), made

    def _in_batches(
        self,
        records: Iterable[Mapping[str, object]],
        work: Callable[[Store, Batch], int],
        size: int | None,
    ) -> int:
        """Do the work batch by batch, all of it or none; records are asked for between calls."""
        block = object()
        try:
            self._session.begin(block)
            with self._session as store:
                done = work(store, [])
            numbered = enumerate(records)
            while batch := [
                (row, _checked(record, row=row))
                for row, record in itertools.islice(numbered, size or _BATCH)
            ]:
                with self._session as store:
                    done += work(store, batch)
            self._session.commit(block)
        except BaseException:
            self._session.abandon(block)
            raise
        return done

    def begin(self, owner: object = None) -> None:
        self._session.begin(owner)

    def commit(self, owner: object = None) -> None:
        self._session.commit(owner)

    def rollback(self, owner: object = None) -> None:
        self._session.rollback(owner)

    @contextmanager
    def reading(self) -> Iterator[None]:
        block = object()
        self._session.begin(block)
        try:
            yield
        finally:
            self._session.abandon(block)

    @property
    def depth(self) -> int:
        return self._session.depth

    def execute(self, sql: str, *, params: Parameters = None) -> Rows:
        raise self._no_statements()

    def query(self, sql: str, *, params: Parameters = None) -> Rows:
        raise self._no_statements()

    def _no_statements(self) -> UnsupportedFeatureError:
        self._session.refuse_closed()
        return UnsupportedFeatureError(
            "the in-memory engine runs no SQL statements",
            engine="memory",
            hint="use select(), insert() and the like, or SQLite3(':memory:') for SQL",
        )


def _checked(record: object, *, row: int | None = None) -> Mapping[str, object]:
    """Return a copy of a record: its giver may change it, or use it again, meanwhile."""
    return dict(record_of(record, row=row))
