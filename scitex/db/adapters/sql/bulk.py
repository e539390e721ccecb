"""Many records at a time: statements of many rows, all or nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from scitex.db.adapters.sql import plans, statements
from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.batches import Batch, ColumnRecords, batches, pieces, rows_of, runs
from scitex.db.adapters.sql.binding import RecordBinder
from scitex.db.adapters.sql.telling import tell
from scitex.db.domain.errors import DataError, Error, IntegrityError, NotNullError
from scitex.db.domain.pieces import Values as ColumnValues
from scitex.db.domain.queries import OnConflict, Query, given
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind

Record = Mapping[str, object]
Row = tuple[Any, ...]
Values = list[Any]


class Writing(plans.Planned, Protocol):
    """
    What many records are written through.

    Attributes
    ----------
    batch : int
        Records gathered before the database is asked.
    batch_there : int
        The same where the records are a list: they take no memory more.
    changes : int
        Changes gathered before the database is asked; the more are sorted together, the fewer
        pages of the file are visited twice.
    rows_at_a_time : int
        Rows of one statement.
    most_variables : int
        Values that one statement may bind.
    repeats_keys : bool
        Whether one statement may touch a record twice.
    """

    batch: int
    batch_there: int
    changes: int
    rows_at_a_time: int
    most_variables: int
    repeats_keys: bool

    def atomic(self) -> AbstractContextManager[None]:
        """Do all of a block or nothing."""
        ...

    def perform(self, key: tuple[Any, ...], argument: Any) -> Any:
        """Carry out what `key` says."""
        ...

    def run_many(
        self, sql: str, rows: Iterable[Sequence[Any]], *, table: str | None = None
    ) -> int:
        """Run a statement for each of several rows; return how many records it changed."""
        ...

    def schema_mark(self) -> object:
        """Return what is another one when a table may have changed."""
        ...

    def load(self, batch: Batch, *, policy: OnConflict, target: tuple[str, ...]) -> int | None:
        """Store a batch in the engine's fastest way; None where plain statements must do."""
        ...

    def load_changes(self, batch: Batch, *, key: tuple[str, ...]) -> int | None:
        """Change records in the engine's fastest way; None where plain statements must do."""
        ...

    def move_sequence(self, described: Described) -> None:
        """Move the sequence past the numbers that were given."""
        ...


class Insertion:
    """
    An insert_many under way.

    Parameters
    ----------
    session : Writing
    table : str
    policy : {"error", "ignore", "update"}
    target : tuple of str
        The columns that make two records the same.
    """

    def __init__(
        self, session: Writing, table: str, *, policy: OnConflict, target: tuple[str, ...]
    ) -> None:
        self._session = session
        self._table = table
        self._policy = policy
        self._target = target
        self._seen: tuple[object, Described] | None = None

    def write(self, records: Iterable[Record], size: int | None) -> int:
        """Store all records, or none, `size` at a time; return how many were written."""
        session = self._session
        usual = session.batch_there if isinstance(records, list) else session.batch
        return self._write(batches(records, size or usual))

    def write_columns(
        self, names: tuple[str, ...], given: Iterable[Sequence[ColumnValues]]
    ) -> int:
        """Store records that come a column at a time, all or none; return how many."""
        return self._write(pieces(names, given))

    def _write(self, gathered: Iterator[tuple[int, Sequence[Record]]]) -> int:
        """Store batches, all or none."""
        session = self._session
        first = next(gathered, None)
        if first is None:
            session.described(self._table)
            return 0
        written = 0
        given: Described | None = None  # a table whose sequence the numbers given have left behind
        with session.atomic():
            for start, batch in itertools.chain([first], gathered):
                described = self._described()
                spec = described.spec
                new = spec if self._policy != "update" else None
                for place, columns, run in runs(start, unnumbered(spec, batch), stored_in=new):
                    if spec.numbered in columns:
                        given = described
                    elif given is not None:  # or a number that was given would come again
                        session.move_sequence(given)
                        given = None
                    written += self._run(described, place, columns, run)
            if given is not None:
                session.move_sequence(given)
        return written

    def _described(self) -> Described:
        """Describe the table, which the iterable may have changed while it was advanced."""
        mark = self._session.schema_mark()
        if self._seen is None or self._seen[0] != mark:
            self._seen = (mark, self._session.described(self._table))
        return self._seen[1]

    def _run(
        self, described: Described, start: int, columns: tuple[str, ...], records: Sequence[Record]
    ) -> int:
        """Store records that name the same columns."""
        if self._policy == "update" and described.spec.lacking(columns):
            return self._one_at_a_time(start, records)
        batch = Batch(described, columns, records, start)
        loaded = self._session.load(batch, policy=self._policy, target=self._target)
        if loaded is not None:
            return loaded
        tail, binder = plans.insertion(
            self._session, described, columns, self._policy, self._target
        )
        values = bound(self._session, binder, batch)
        pages = _Sent(self._pages(batch, values))
        try:
            return self._send(batch, tail, pages)
        except (IntegrityError, DataError) as error:
            done = pages.done // max(binder.width, 1)
            self._find_refused(batch, tail, binder, done, error.__cause__)
            raise

    def _find_refused(
        self, batch: Batch, tail: str, binder: RecordBinder, done: int, cause: object
    ) -> None:
        """Store what was not done one by one: the refusal then names the record at fault."""
        session = self._session
        sql = self._spelt(batch, tail)
        for row, record in enumerate(batch.records[done:], batch.start + done):
            with naming(session, row, record):
                if isinstance(cause, UnicodeEncodeError):
                    self._explain(binder, record, cause)
                session.run_many(sql, binder.many([record]), table=self._table)

    def _explain(self, binder: RecordBinder, record: Record, error: UnicodeEncodeError) -> None:
        """Raise for a text that only the driver found to be no Unicode."""
        found = binder.explain(record, error)
        if found.column is not None:
            raise found

    def _send(self, batch: Batch, tail: str, pages: Iterable[Values]) -> int:
        """Send the values of all records, most of them in statements of many."""
        width = max(len(batch.columns), 1)
        written = 0
        for size, group in itertools.groupby(pages, key=len):
            sql = self._spelt(batch, tail, rows=max(size // width, 1))
            written += self._session.run_many(sql, group, table=self._table)
        return written

    def _pages(self, batch: Batch, values: Values) -> Iterable[Values]:
        """Cut values into what one statement takes each: those of many records, or of one."""
        session, width = self._session, len(batch.columns)
        if not width:
            return [[] for _ in batch.records]
        many = max(1, min(session.rows_at_a_time, session.most_variables // width))
        if self._policy == "update" and not session.repeats_keys:
            keys = batch.described.keys
            meant = statements.conflict_target(batch.spec, self._target, keys=keys)
            places = [batch.columns.index(name) for name in meant if name in batch.columns]
            types = [batch.spec.column(name).type for name in meant]
            sure = all(type.kind in _SPELT_ALIKE or type.portable == "TEXT" for type in types)
            return _without_repeats(values, width, places, many if sure else 1)
        page = many * width
        whole = len(values) // page * page
        return itertools.chain(
            (values[place : place + page] for place in range(0, whole, page)),
            (values[place : place + width] for place in range(whole, len(values), width)),
        )

    def _spelt(self, batch: Batch, tail: str, *, rows: int = 1) -> str:
        """Spell an INSERT of `rows` records."""
        session = self._session
        target = session.target(self._table)
        text = statements.insert(
            session.dialect, batch.spec, batch.columns, target=target, rows=rows
        )
        return text + tail

    def _one_at_a_time(self, start: int, records: Sequence[Record]) -> int:
        """Store or change records one after the other."""
        session = self._session
        for row, record in enumerate(records, start):
            with naming(session, row, record):
                insert(session, self._table, record, policy=self._policy, target=self._target)
        return len(records)


class _Sent:
    """
    Pages on their way to the driver.

    Attributes
    ----------
    done : int
        Values of the pages that were stored.
    """

    def __init__(self, pages: Iterable[Values]) -> None:
        self._pages = pages
        self.done = 0

    def __iter__(self) -> Iterator[Values]:
        for page in self._pages:
            yield page
            self.done += len(page)


# Of these, values that are spelt otherwise are never one key: NUMERIC has 1 and 1.0, CHAR blanks.
_SPELT_ALIKE = {Kind.INTEGER, Kind.UUID, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.BOOLEAN}


def _without_repeats(values: Values, width: int, places: list[int], many: int) -> Iterator[Values]:
    """Cut values where a key comes again: one statement may touch a record only once."""
    page: Values = []
    seen: set[Row] = set()
    for start in range(0, len(values), width):
        row = values[start : start + width]
        key = tuple([row[place] for place in places])
        if len(page) == many * width or (key in seen and None not in key):
            yield page
            page, seen = [], set()
        page += row
        seen.add(key)
    if page:
        yield page


class naming:  # noqa: N801 - reads as a word: with naming(session, row, record)
    """Note in an error which record of its batch it speaks of."""

    __slots__ = ("_record", "_row", "_session")

    def __init__(self, session: Writing, row: int, record: Record) -> None:
        self._session = session
        self._row = row
        self._record = record

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Error):
            tell(self._session, error, self._record, row=self._row)


def unnumbered(spec: TableSpec, records: Sequence[Record]) -> Sequence[Record]:
    """Leave out a numbering column that has no value, so that the engine fills it."""
    numbered = spec.numbered
    if isinstance(records, ColumnRecords) and numbered not in records.columns:
        return records
    if numbered is None or not _lacks_value(records, numbered):
        return records
    return [_without(record, numbered) for record in records]


def _lacks_value(records: Sequence[Record], column: str) -> bool:
    """Say whether one of the records names the column without a value."""
    try:
        return None in rows_of(records, (column,))
    except KeyError:
        return any(record.get(column, 0) is None for record in records)


def _without(record: Record, column: str) -> Record:
    if record.get(column, 0) is not None:
        return record
    return {name: value for name, value in record.items() if name != column}


def bound(session: Writing, binder: RecordBinder, batch: Batch) -> Values:
    """Bind records; a refusal names the record's place."""
    try:
        return binder.flat(batch.records)
    except DataError:
        for row, record in enumerate(batch.records, batch.start):
            with naming(session, row, record):
                binder.flat([record])
        raise


def insert(
    session: Writing, table: str, record: Record, *, policy: OnConflict, target: tuple[str, ...]
) -> Any:
    """
    Store a record, or change the one with the same `target`; return its primary key.

    Engines look at NOT NULL before they look for a conflict.  A record that leaves out a column
    which must have a value is therefore tried again as a change of one that is there; and one
    that names its number without a value, as one that leaves it to the engine.
    """
    missing = policy != "error" and any(value is None for value in record.values())
    if missing:  # else a new number would replace the old
        numbered = session.described(table).spec.numbered
        record = record if numbered is None else _without(record, numbered)
    try:
        return session.perform((plans.insert, table, policy, target, *record), record)
    except NotNullError:
        spec = session.described(table).spec
        numbered = spec.numbered
        if numbered is not None and record.get(numbered, 0) is None:
            return insert(session, table, _without(record, numbered), policy=policy, target=target)
        key = target or spec.primary_key
        if policy != "update" or not spec.lacking(record) or not set(key) < set(record):
            raise
        with session.atomic():
            if not session.perform((plans.update_by_key, table, key, *record), record):
                raise
            return _key_of(session, spec, key, record)
    except IntegrityError as error:
        tell(session, error, record)
        raise


def _key_of(session: Writing, spec: TableSpec, key: tuple[str, ...], record: Record) -> Any:
    """Return the primary key of the record that `record` changed."""
    where = given({name: record[name] for name in key})
    query = Query(spec.name, spec.primary_key or key, where.condition)
    found = session.perform((plans.select, query), where.values)
    values = tuple(found[0].values())
    return values[0] if len(values) == 1 else values


def update_many(
    session: Writing, table: str, records: Iterable[Record], *, key: tuple[str, ...], size: int
) -> int:
    """Change records found by their key, all or none; return how many were found."""
    gathered = batches(records, size)
    first = next(gathered, None)
    if first is None:
        spec = session.described(table).spec
        for name in key:
            spec.column(name)
        return 0
    found = 0
    with session.atomic():
        for start, batch in itertools.chain([first], gathered):
            described = session.described(table)  # the iterable may have changed the table
            for place, columns, run in runs(start, batch):
                statements.keyed_update_columns(table, columns, key, row=place)
                changes = Batch(described, columns, run, place)
                loaded = session.load_changes(changes, key=key)
                if loaded is not None:
                    found += loaded
                    continue
                plan = (plans.update_by_key, table, key, *columns)
                for row, record in enumerate(run, place):
                    with naming(session, row, record):
                        found += session.perform(plan, record)
    return found
