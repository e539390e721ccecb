"""Bytes that are written and read a part at a time, by binary COPY."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from scitex.db.adapters.postgresql import citus
from scitex.db.adapters.postgresql.bulk import packing
from scitex.db.adapters.postgresql.bulk.sinks import Sink
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.postgresql.values import MOST_AS_TEXT
from scitex.db.adapters.sql import blobs, bulk, plans
from scitex.db.adapters.sql.asking import Described
from scitex.db.domain.blobs import Buffer, Held, Parts
from scitex.db.domain.errors import DataError, IntegrityError, OperationalError
from scitex.db.domain.queries import Query
from scitex.db.domain.singling import no_bytes, single, too_many
from scitex.db.domain.types import Kind
from scitex.db.domain.values import fit
from scitex.db.ports.blobs import Blob
from scitex.db.ports.records import Values

_LENGTH = struct.Struct(">i")
_MOST = (1 << 30) - (1 << 10)  # bytes that one field holds, and what the server needs beside
_LEAD = len(packing.HEADER) + struct.calcsize(">hi")  # before the only field of the only row


class _OneRow:
    """
    The file of a COPY with one row, whose last field is made while it is read.

    Parameters
    ----------
    row : bytes
        With an empty last field.
    parts : Parts
    """

    piece = 1 << 20
    error: Exception | None = None

    def __init__(self, row: bytes, parts: Parts) -> None:
        self._parts = self._made(row[: -_LENGTH.size], parts)
        self._rest = memoryview(b"")

    def _made(self, row: bytes, parts: Parts) -> Iterator[Buffer]:
        yield packing.HEADER + row + _LENGTH.pack(parts.size)
        yield from parts
        yield packing.TRAILER

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        try:
            while not self._rest and (part := next(self._parts, None)) is not None:
                self._rest = memoryview(part)
        except Exception as error:
            self.error = error
            raise
        piece, self._rest = bytes(self._rest[:size]), self._rest[size:]
        return piece


def insert(
    session: Session, table: str, record: Mapping[str, object], column: str, parts: Parts
) -> Any:
    """Store one record whose column has the bytes of all parts; return its key."""
    if parts.size > _MOST:
        raise too_many(parts, _MOST, table=table, column=column)
    described = session.described(table)
    names = described.spec.names
    bytes_there = column in names and described.spec.column(column).type.kind is Kind.BLOB
    if bytes_there and _relation(session, table).only_keeps:
        full = _numbered(session, described, {**record, column: b""})
        key = described.spec.primary_key
        if set(full) <= set(names) and set(key) <= set(full):
            given = record.get(described.spec.numbered or "") is not None
            if _copied(session, described, full, column, parts, given=given):
                found = tuple(fit(full[name], described.spec.column(name).type) for name in key)
                return found[0] if len(found) == 1 else found or None
    return bulk.insert(
        session, table, {**record, column: parts.joined()}, policy="error", target=()
    )


@attrs.frozen
class _Relation:
    """
    What keeps the records.

    Attributes
    ----------
    is_view : bool
    only_keeps : bool
        Whether a COPY stores just what it is given, as no trigger, rule or policy changes it.
    """

    is_view: bool
    only_keeps: bool


_RELATION = """
SELECT c.relkind = 'v',
       c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND NOT c.relhasrules
       AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
       AND NOT EXISTS (
           SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attidentity = 'a'
       )
FROM pg_class c WHERE c.oid = %s::regclass
"""


def _relation(session: Session, table: str) -> _Relation:
    (found,) = session.rows(_RELATION, (session.regclass(table),))
    return _Relation(*found)


def _numbered(
    session: Session, described: Described, record: Mapping[str, object]
) -> Mapping[str, object]:
    """Give a record its number, where the server would."""
    numbered, sequence = described.spec.numbered, described.sequence
    if numbered is None or sequence is None or record.get(numbered) is not None:
        return record
    return {**record, numbered: session.rows("SELECT nextval(%s)", (sequence,))[0][0]}


def _copied(
    session: Session,
    described: Described,
    record: Mapping[str, object],
    column: str,
    parts: Parts,
    *,
    given: bool,
) -> bool:
    """Send a record; say whether that could be done: plain statements tell what is wrong."""
    columns = (*(name for name in record if name != column), column)
    pack = packing.packer(described.spec, columns)
    if pack is None:
        return False
    row = tuple(record[name] for name in columns)
    try:
        (packed,) = pack(iter([row if len(row) > 1 else row[0]]), 0)
        names, into = POSTGRESQL.names(columns), session.target(described.spec.name)
        sql = f"COPY {into} ({names}) FROM STDIN (FORMAT BINARY)"
        with session.atomic():
            session.copy(sql, _OneRow(packed, parts), table=described.spec.name)
            if given:
                session.move_sequence(described)
    except (DataError, IntegrityError, UnicodeEncodeError):
        if parts.size > MOST_AS_TEXT:  # no statement takes so many
            raise
        return False
    return True


@attrs.frozen
class _Place:
    """The version of a record that is read: where it is, and who wrote it."""

    table: str
    row: str
    writer: str


class _Whole(Sink):
    """A COPY's only field."""

    def __init__(self) -> None:
        super().__init__()
        self._chunks: list[bytes] = []

    @property
    def writer(self) -> object:
        return self

    def write(self, data: bytes) -> int:
        """Take what the driver got."""
        self._chunks.append(data)
        return len(data)

    def end(self) -> None:
        """Do nothing: all is there."""

    def field(self) -> memoryview | None:
        """Return the field; None where there is no row."""
        data = memoryview(b"".join(self._chunks) if len(self._chunks) > 1 else self._chunks[0])
        if len(data) < _LEAD:
            return None
        (size,) = _LENGTH.unpack(data[_LEAD - _LENGTH.size : _LEAD])
        return data[_LEAD : _LEAD + size]


class OpenBlob:
    """
    A value that is read where it is.

    Parameters
    ----------
    session : Session
        With a transaction open.
    query : Query
    place : tuple
        The version of the record.
    size : int
    """

    at_once = 4 << 20

    def __init__(self, session: Session, query: Query, place: _Place, size: int) -> None:
        (column,) = query.columns or ()
        self._session = session
        self._table = session.target(query.table)
        self._column = POSTGRESQL.name(column)
        self._place = place
        self.size = size

    def read(self, start: int, stop: int) -> Buffer:
        """Return the bytes from one place up to another."""
        sink = _Whole()
        select = (
            f"SELECT substring({self._column} FROM %s FOR %s) FROM {self._table} "  # noqa: S608
            "WHERE tableoid = %s::oid AND ctid = %s::tid AND xmin::text = %s"
        )
        where = (self._place.table, self._place.row, self._place.writer)
        bound = (start + 1, stop - start, *where)
        self._session.copy_out(select, bound, "(FORMAT BINARY)", sink)
        field = sink.field()
        if field is None:
            raise OperationalError(
                "the record was changed by another connection while it was read",
                hint="read it again",
            )
        return field


@plans.builder(writes=False)
def _locating(session: Session, query: Query) -> plans.Plan:
    """Plan the search for the version of a record, two of them at most."""
    (column,) = query.columns or ()
    spec = session.described(query.table).spec
    kind = spec.column(column).type.kind
    if kind is not Kind.BLOB:
        raise no_bytes(kind.value, table=query.table, column=column)
    # A view has no versions of its records; of one on another node they say nothing here.
    where = "NULL, NULL, NULL"
    spread = citus.distribution(session, query.table)
    is_here = spread is None or not spread.is_spread
    if is_here and not _relation(session, query.table).is_view:
        where = "tableoid::text, ctid::text, xmin::text"
    terms = f"octet_length({POSTGRESQL.name(column)}), {where}"
    sql, bind = blobs.locating(session, query, terms)
    return plans.Plan(sql, bind, _fetched, table=query.table, writes=False)


def _fetched(cursor: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@contextmanager
def opened(session: Session, query: Query, values: Values) -> Iterator[Blob | None]:
    """Give the value of the one column that is asked for, of the one record."""
    (column,) = query.columns or ()
    with session.atomic():
        size, *place = single(session.perform((_locating, query), values), query.table)
        if size is None:
            yield None
        elif place[0] is None:
            yield Held(single(session.perform((plans.select, query), values), query.table)[column])
        else:
            yield OpenBlob(session, query, _Place(*place), size)
