"""Many records at once: a binary COPY, and one statement more where keys may meet."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from scitex.db.adapters.postgresql import citus
from scitex.db.adapters.postgresql.bulk import arrays, csvlines, packing
from scitex.db.adapters.postgresql.bulk.copying import Source
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.values import spelling
from scitex.db.adapters.sql import plans, statements
from scitex.db.adapters.sql.batches import Batch, ColumnRecords, keys_of, rows_of
from scitex.db.adapters.sql.binding import record_binder
from scitex.db.adapters.sql.telling import tell
from scitex.db.domain.errors import (
    DataError,
    IntegrityError,
    SchemaError,
    UnsupportedFeatureError,
)
from scitex.db.domain.queries import OnConflict
from scitex.db.domain.types import Kind

FEW = 5  # measured: below it one statement of several rows is faster
_STAGE = "pg_temp.scitex_load"
_PLACE = "scitex_place"


class Loading(plans.Planned, citus.Spreading, Protocol):
    """A session that records are loaded through."""

    def copy(self, sql: str, source: Source, *, table: str) -> int:
        """Send a file to a COPY; return how many records it stored."""
        ...

    def run(
        self, sql: str, bound: Any = ..., *, table: str | None = None, writes: bool = ...
    ) -> Any:
        """Run a statement."""
        ...

    def perform(self, key: tuple[Any, ...], argument: Any) -> Any:
        """Carry out what `key` says."""
        ...

    def atomic(self) -> AbstractContextManager[None]:
        """Do all of a block or nothing."""
        ...


def insert(
    session: Loading, batch: Batch, *, policy: OnConflict, target: tuple[str, ...]
) -> int | None:
    """
    Store a batch; return how many records were written.

    Returns
    -------
    int or None
        None where it is left to plain statements: few records, a column whose values travel in
        a way that is not known, keys that are NULL, or a rule whose breaker COPY cannot tell.
    """
    if len(batch.records) < FEW or not batch.columns:
        return None
    if policy == "error":
        return _copied(session, batch)
    key = statements.conflict_target(batch.spec, target, keys=batch.described.keys)
    if not set(key) <= set(batch.columns):
        return None
    repeats = _repeats(batch, key)
    if repeats is None:
        return None
    names = POSTGRESQL.names(batch.columns)
    source = _source(key, repeats=repeats, last=policy == "update")
    tail = statements.on_conflict(POSTGRESQL, batch.columns, key, policy)
    into = session.target(batch.spec.name)
    if policy == "ignore" and citus.distribution(session, batch.spec.name) is not None:
        tail += f" RETURNING {POSTGRESQL.names(key)}"  # Citus counts those that were there, too
    # A temporary table is read in the order it was written in; one without repeats needs no more.
    order = f" ORDER BY {_PLACE}" if repeats else ""
    how = POSTGRESQL.numbers_given if batch.spec.numbered in batch.columns else ""
    sql = f"INSERT INTO {into} ({names}){how} SELECT {names} FROM {source} AS s{order}{tail}"  # noqa: S608
    stored = _staged(session, batch, sql, counted=repeats)
    return len(batch.records) if policy == "update" and stored is not None else stored


def update(session: Loading, batch: Batch, *, key: tuple[str, ...]) -> int | None:
    """
    Change the records of a batch by their key; return how many were found.

    Returns
    -------
    int or None
        None where it is left to plain statements, as in `insert`.
    """
    if len(batch.records) < FEW:
        return None
    repeats = _repeats(batch, key)
    if repeats is None:
        return None
    name = POSTGRESQL.name
    changed = [column for column in batch.columns if column not in key]
    assignments = ", ".join(f"{name(column)} = s.{name(column)}" for column in changed)
    meeting = " AND ".join(f"t.{name(column)} = s.{name(column)}" for column in key)
    target = session.target(batch.spec.name)
    source = _source(key, repeats=repeats, last=True)
    sql = f"UPDATE {target} AS t SET {assignments} FROM {source} AS s WHERE {meeting}"  # noqa: S608
    count = f"SELECT count(*) FROM {target} AS t, {_STAGE} AS s WHERE {meeting}"  # noqa: S608
    return _staged(session, batch, sql, counted=repeats, count=count if repeats else None)


def _source(key: tuple[str, ...], *, repeats: bool, last: bool) -> str:
    """Spell where records come from: of those with one key the last, or the first."""
    if not repeats:
        return _STAGE
    names = POSTGRESQL.names(key)
    order = f"{names}, {_PLACE}{' DESC' if last else ''}"
    return f"(SELECT DISTINCT ON ({names}) * FROM {_STAGE} ORDER BY {order})"  # noqa: S608


def _repeats(batch: Batch, key: tuple[str, ...]) -> bool | None:
    """
    Say whether two records may have one key; None where a key is missing or cannot be told.

    Text may spell one key in two ways: of a moment, of a UUID, with blanks that a type leaves out.
    """
    try:
        keys = keys_of(batch.records, key)
    except TypeError:
        return None
    types = [batch.spec.column(name).type for name in key]
    exact = all(type.kind is Kind.INTEGER or type.portable == "TEXT" for type in types)
    if None in keys or any(None in each for each in keys if isinstance(each, tuple)):
        return None
    return len(keys) < len(batch.records) or not exact


def _refused(batch: Batch, error: Exception) -> DataError:
    """Find the first record that does not fit, for an error that names it."""
    binder = record_binder(batch.spec, batch.columns, spelling)
    for row, record in enumerate(batch.records, batch.start):
        found = binder.explain(record, error)
        if found.column is not None:
            found.row = row
            found.message = f"record {row}: {found.message}"
            return found
    return DataError(f"a value does not fit: {error}", table=batch.spec.name)


def _packed(batch: Batch, *, counted: bool) -> packing.Pieces | None:
    """Return the file that a COPY reads; None where that is not known of one of the columns."""
    records = batch.records
    ready, lists = arrays.spelt(batch.spec, records)
    pack = packing.packer(batch.spec, batch.columns, counted=counted, ready=ready)
    if pack is None:
        return None
    if lists and isinstance(records, ColumnRecords):
        spelt = [lists.get(name) or records.list_of(name) for name in batch.columns]
        rows = zip(*spelt, strict=True) if len(spelt) > 1 else iter(spelt[0])
        return packing.Pieces(pack, rows, len(records))
    return packing.Pieces(pack, rows_of(records, batch.columns), len(records))


def _copied(session: Loading, batch: Batch) -> int | None:
    """Send a batch straight into its table."""
    given = batch.records.csv if isinstance(batch.records, ColumnRecords) else None
    lines = csvlines.readable(given)
    if given is None or lines is None:
        return _copied_packed(session, batch)
    names = POSTGRESQL.names(batch.columns)
    into = f"{session.target(batch.spec.name)} ({names})"
    how = csvlines.options(given.form)
    try:
        with session.atomic():
            return session.copy(f"COPY {into} FROM STDIN {how}", lines, table=batch.spec.name)
    except (DataError, IntegrityError, SchemaError):
        # Which record is at fault, or which column, is told when it is packed.
        return _copied_packed(session, batch)


def _copied_packed(session: Loading, batch: Batch) -> int | None:
    """Send a batch straight into its table, packed."""
    pieces = _packed(batch, counted=False)
    if pieces is None:
        return None
    table = batch.spec.name
    names = POSTGRESQL.names(batch.columns)
    sql = f"COPY {session.target(table)} ({names}) FROM STDIN (FORMAT BINARY)"
    return _sent(session, batch, lambda: session.copy(sql, pieces, table=table))


def _staged(
    session: Loading, batch: Batch, sql: str, *, counted: bool, count: str | None = None
) -> int | None:
    """Send a batch into a temporary table, and run a statement that reads it."""
    pieces = _packed(batch, counted=counted)
    if pieces is None:
        return None
    table = batch.spec.name
    names = POSTGRESQL.names(batch.columns)
    place = f", 0::bigint AS {_PLACE}" if counted else ""
    make = (
        f"CREATE TEMPORARY TABLE scitex_load ON COMMIT DROP AS "  # noqa: S608 - quoted
        f"SELECT {names}{place} FROM {session.target(table)} LIMIT 0"
    )

    def send() -> int:
        session.run(make, table=table).close()
        session.copy(f"COPY {_STAGE} FROM STDIN (FORMAT BINARY)", pieces, table=table)
        found = None if count is None else _first(session.run(count))
        with session.run(sql, table=table, writes=True) as cursor:
            changed: int = cursor.rowcount
        session.run(f"DROP TABLE {_STAGE}").close()
        return changed if found is None else found

    return _sent(session, batch, send)


def _first(cursor: Any) -> int:
    with cursor:
        return int(cursor.fetchone()[0])


def _sent(session: Loading, batch: Batch, send: Callable[[], int]) -> int | None:
    """Send a batch, all or nothing; None where plain statements must tell what is wrong."""
    try:
        with session.atomic():
            return send()
    except UnicodeEncodeError as error:
        raise _refused(batch, error) from error
    except UnsupportedFeatureError:  # no COPY where policies say who may store what, or in a view
        return None
    except (IntegrityError, DataError) as error:
        if isinstance(error, DataError) and error.column is not None:
            raise _refused(batch, error) from error.__cause__
        if error.row is None:
            return None
        place, error.row = error.row, None
        if isinstance(error, DataError):
            raise _refused(batch, error) from error.__cause__
        tell(session, error, batch.records[place], row=batch.start + place)
        raise
