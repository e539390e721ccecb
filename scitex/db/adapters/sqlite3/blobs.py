"""Bytes that are written and read a part at a time, by SQLite's incremental I/O."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import attrs

from scitex.db.adapters.sql import blobs, bulk, plans, statements
from scitex.db.adapters.sql.binding import record_binder
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.errors import DriverError
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.blobs import Buffer, Held, Parts
from scitex.db.domain.errors import DataError, Error, IntegrityError, ProgrammingError
from scitex.db.domain.queries import Query, Text
from scitex.db.domain.singling import no_bytes, single, too_many
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind
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


@attrs.frozen
class _Row:
    """
    A row that was stored with zeros in the place of its bytes.

    Attributes
    ----------
    number : int
    spec : TableSpec
    home : str
        The database that its table is in.
    rowid : str
        A name of the row's own number.
    is_key : bool
        Whether that number is the record's key.
    """

    number: int
    spec: TableSpec
    home: str
    rowid: str
    is_key: bool


def _rowid(session: Session, spec: TableSpec) -> str | None:
    """Return a name of the row's own number that no column has; None where it has none."""
    taken = {name.lower() for name in spec.names}
    found = next((name for name in _ROWIDS if name not in taken), None)
    if found is not None:
        with suppress(Error):
            session.rows(f"SELECT {found} FROM {SQLITE.name(spec.name)} LIMIT 0")  # noqa: S608
            return found
    return None


def _only_kept(session: Session, spec: TableSpec, column: str, home: str) -> bool:
    """
    Say whether nothing looks at the value while its record is stored.

    A rule, a trigger, an index or another column would see the zeros, and a conflict could leave
    the record out.
    """
    if spec.column(column).type.kind not in {Kind.BLOB, Kind.ANY}:
        return False
    if any(each.generated is not None for each in spec.columns):
        return False
    (looking,) = session.rows(_INDEXED, (spec.name, home, home))[0]
    schemas = ("sqlite_temp_schema", f"{home}.sqlite_schema")
    for schema in dict.fromkeys(schemas):
        sql = f"SELECT type, upper(coalesce(sql, '')) FROM {schema} WHERE tbl_name = ?"  # noqa: S608
        for kind, text in session.rows(sql, (spec.name,)):
            looking += kind == "trigger" or (kind == "table" and bool(_LOOKING & _words(text)))
    return not looking and all(column not in key for key in spec.unique)


# Indexes with a condition or an expression.
_INDEXED = """
SELECT count(*) FROM pragma_index_list(?, ?) AS l, pragma_index_xinfo(l.name, ?) AS x
WHERE l.partial OR x.cid = -2
"""
_LOOKING = {"CHECK", "GENERATED", "CONFLICT"}


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def insert(
    session: Session, table: str, record: Mapping[str, object], column: str, parts: Parts
) -> Any:
    """Store one record whose column has the bytes of all parts; return its key."""
    most = session.connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH)
    if parts.size > most:
        raise too_many(parts, most, table=table, column=column)
    others = {name: value for name, value in record.items() if name != column}
    # What is refused, or cannot be written so, goes the usual way, which tells what is wrong.
    with suppress(DriverError, IntegrityError, ProgrammingError, DataError), session.atomic():
        row: _Row = session.perform((_zeros, table, column, *others), (others, parts.size))
        connection, name = session.connection, row.spec.name
        with connection.blobopen(name, column, row.number, name=row.home) as blob:
            for part in parts:
                blob.write(part)
        return row.number if row.is_key else _key(session, row)
    return bulk.insert(
        session, table, {**record, column: parts.joined()}, policy="error", target=()
    )


@plans.builder(writes=True)
def _zeros(session: Session, table: str, column: str, *others: str) -> plans.Plan:
    """Plan the INSERT of a record with zeros in one column; binds the rest and their number."""
    described = session.described(table)
    spec = described.spec
    rowid = _rowid(session, spec)
    home = _home(session, table)
    if rowid is None or not _only_kept(session, spec, column, home):
        raise DataError("no bytes are written there in parts", table=table, column=column)
    text = statements.insert(SQLITE, spec, (*others, column), target=SQLITE.name(table))
    binder = record_binder(spec, others, session.spelling)
    is_key = described.rowid is not None

    def bind(argument: tuple[Mapping[str, object], int]) -> tuple[Any, ...]:
        return (*binder.one(argument[0]), argument[1])

    def finish(cursor: Any) -> _Row:
        if cursor.rowcount != 1:
            raise DataError("the record was not stored", table=table)
        return _Row(cursor.lastrowid, spec, home, rowid, is_key)

    def explain(argument: tuple[Mapping[str, object], int], error: Exception) -> DataError:
        return binder.explain(argument[0], error)

    sql = f"{text[: text.rindex('?')]}zeroblob(?))"
    return plans.Plan(sql, bind, finish, table=table, writes=True, explain=explain)


def _home(session: Session, table: str) -> str:
    """Return the name of the database that a table is in."""
    sql = "SELECT count(*) FROM sqlite_temp_schema WHERE type = 'table' AND name = ?"
    return "temp" if session.rows(sql, (table,))[0][0] else "main"


def _key(session: Session, row: _Row) -> Any:
    """Return the primary key of a row."""
    if not row.spec.primary_key:
        return None
    query = Query(row.spec.name, row.spec.primary_key, Text(f"{row.rowid} = ?", "question"))
    (found,) = session.perform((plans.select, query), (row.number,))
    values = tuple(found.values())
    return values[0] if len(values) == 1 else values


@attrs.frozen
class _Value:
    """
    A value that was found.

    Attributes
    ----------
    kind : str
        SQLite's word for what it is.
    row : int or None
        The number of its row, where it can be opened by that.
    data : bytes or None
        The bytes, if they are few.
    home : str
        The database that its table is in.
    """

    kind: str
    row: int | None
    data: bytes | None
    home: str


@plans.builder(writes=False)
def _locating(session: Session, query: Query) -> plans.Plan:
    """Plan the search for a value, in two records at most."""
    (column,) = query.columns or ()
    spec = session.described(query.table).spec
    name, home = SQLITE.name(spec.column(column).name), _home(session, query.table)
    few = f"CASE WHEN typeof({name}) = 'blob' AND length({name}) < {_WORTH} THEN {name} END"
    terms = f"typeof({name}), {_rowid(session, spec) or 'NULL'}, {few}"
    sql, bind = blobs.locating(session, query, terms)

    def finish(cursor: Any) -> list[_Value]:
        return [_Value(kind, row, data, home) for kind, row, data in cursor.fetchall()]

    return plans.Plan(sql, bind, finish, table=query.table, writes=False)


@contextmanager
def opened(session: Session, query: Query, values: Values) -> Iterator[Blob | None]:
    """Give the value of the one column that is asked for, of the one record."""
    (column,) = query.columns or ()
    with session.turn, session.snapshot(writes=False):
        found: _Value = single(session.perform((_locating, query), values), query.table)
        if found.kind == "null":
            yield None
            return
        if found.kind != "blob":
            raise no_bytes(found.kind, table=query.table, column=column)
        if found.data is not None:
            yield Held(found.data)
            return
        blob = _opened(session, query.table, column, found)
        if blob is None:
            (record,) = session.perform((plans.select, query), values)
            yield Held(record[column])
            return
        with blob:
            yield OpenBlob(session, blob)


def _opened(session: Session, table: str, column: str, found: _Value) -> sqlite3.Blob | None:
    """Open a value; None where SQLite cannot, as in a view or without a number of its row."""
    if found.row is None:
        return None
    with suppress(DriverError):
        return session.connection.blobopen(
            table, column, found.row, readonly=True, name=found.home
        )
    return None
