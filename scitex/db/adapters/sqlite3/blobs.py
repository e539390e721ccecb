"""Bytes that are written and read a part at a time, by SQLite's incremental I/O."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from scitex.db.adapters.sql import blobs, bulk, plans, statements
from scitex.db.adapters.sql.binding import record_binder
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.errors import DriverError
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.blobs import Buffer, Held, Parts
from scitex.db.domain.errors import IntegrityError, ProgrammingError
from scitex.db.domain.queries import Query, Text
from scitex.db.domain.singling import no_bytes, single, too_many
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.blobs import Blob
from scitex.db.ports.records import Values

_ROWIDS = ("rowid", "_rowid_", "oid")
_WORTH = 1 << 18  # bytes from which on opening a value is quicker than selecting it


class OpenBlob:
    """
    A value that is read where it is.

    Parameters
    ----------
    session : Session
    blob : sqlite3.Blob
    """

    at_once = 1 << 20

    def __init__(self, session: Session, blob: sqlite3.Blob) -> None:
        self._session = session
        self._blob = blob
        self.size = len(blob)

    def read(self, start: int, stop: int) -> Buffer:
        """Return the bytes from one place up to another."""
        try:
            self._blob.seek(start)
            return self._blob.read(stop - start)
        except DriverError as error:
            raise self._session.failed(error) from error


def _rowid(spec: TableSpec) -> str | None:
    """Return a name of the row's own number that no column has."""
    taken = {name.lower() for name in spec.names}
    return next((name for name in _ROWIDS if name not in taken), None)


def insert(
    session: Session, table: str, record: Mapping[str, object], column: str, parts: Parts
) -> Any:
    """Store one record whose column has the bytes of all parts; return its key."""
    most = session.connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH)
    if parts.size > most:
        raise too_many(parts, most, table=table, column=column)
    described = session.described(table)
    rowid = _rowid(described.spec)
    if rowid is not None and column in described.spec.names:
        # What is refused, or cannot be written so, goes the usual way, which tells what is wrong.
        with suppress(DriverError, IntegrityError, ProgrammingError), session.atomic():
            row = _written(session, described.spec, record, column, parts)
            return (
                row if described.rowid is not None else _key(session, described.spec, rowid, row)
            )
    return bulk.insert(
        session, table, {**record, column: parts.joined()}, policy="error", target=()
    )


def _written(
    session: Session, spec: TableSpec, record: Mapping[str, object], column: str, parts: Parts
) -> int:
    """Store a record with zeros, and write the parts over them; return its row's number."""
    others = tuple([name for name in record if name != column])
    text = statements.insert(SQLITE, spec, (*others, column), target=SQLITE.name(spec.name))
    sql = f"{text[: text.rindex('?')]}zeroblob(?))"
    bound = record_binder(spec, others, session.spelling).one({x: record[x] for x in others})
    row = session.run(sql, (*bound, parts.size), table=spec.name).lastrowid or 0
    with session.connection.blobopen(spec.name, column, row, name=_home(session, spec)) as blob:
        for part in parts:
            blob.write(part)
    return row


def _home(session: Session, spec: TableSpec) -> str:
    """Return the name of the database that a table is in."""
    sql = "SELECT count(*) FROM sqlite_temp_schema WHERE type = 'table' AND name = ?"
    return "temp" if session.rows(sql, (spec.name,))[0][0] else "main"


def _key(session: Session, spec: TableSpec, rowid: str, row: int) -> Any:
    """Return the primary key of a row."""
    if not spec.primary_key:
        return None
    query = Query(spec.name, spec.primary_key, Text(f"{rowid} = ?", "question"))
    (found,) = session.perform((plans.select, query), (row,))
    values = tuple(found.values())
    return values[0] if len(values) == 1 else values


@contextmanager
def opened(session: Session, query: Query, values: Values) -> Iterator[Blob | None]:
    """Give the value of the one column that is asked for, of the one record."""
    (column,) = query.columns or ()
    with session.turn, session.snapshot(writes=False):
        spec = session.described(query.table).spec
        name, rowid = SQLITE.name(spec.column(column).name), _rowid(spec)
        terms = f"typeof({name}), length({name}), {rowid or 'NULL'}"
        kind, size, row = _found(session, query, terms, values)
        if kind == "null":
            yield None
            return
        if kind != "blob":
            raise no_bytes(kind, table=query.table, column=column)
        blob = _opened(session, spec, column, row) if size >= _WORTH and row is not None else None
        if blob is None:
            yield Held(_found(session, query, name, values)[0])
            return
        with blob:
            yield OpenBlob(session, blob)


def _found(session: Session, query: Query, terms: str, values: Values) -> tuple[Any, ...]:
    sql, bind = blobs.locating(session, query, terms)
    try:
        found = session.rows(sql, bind(values))
    except DriverError as error:
        raise session.failed(error, query.table) from error
    return single(found, query.table)


def _opened(session: Session, spec: TableSpec, column: str, row: int) -> sqlite3.Blob | None:
    """Open a value; None where SQLite cannot, as in a view or a generated column."""
    with suppress(DriverError):
        home = _home(session, spec)
        return session.connection.blobopen(spec.name, column, row, readonly=True, name=home)
    return None
