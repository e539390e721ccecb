"""Reading results a column at a time: by a binary COPY, or through a cursor on the server."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import attrs

from scitex.db.adapters.postgresql import rawsql
from scitex.db.adapters.postgresql.bulk import csvlines
from scitex.db.adapters.postgresql.bulk.sinks import FileSink
from scitex.db.adapters.postgresql.bulk.unpacking import WIRES, Head, Unpacking
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.postgresql.streaming import check_meant, release
from scitex.db.adapters.sql import plans
from scitex.db.adapters.sql.rowmaking import distinct
from scitex.db.adapters.sql.streams import Stream
from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.pieces import Column, Piece
from scitex.db.domain.queries import Query, held
from scitex.db.domain.types import ColumnType, Kind, column_type
from scitex.db.ports.columns import Asked, Given

ROWS = 4_000  # measured: about as many as stay in the processor's cache
_numbers = itertools.count(1)


@attrs.frozen
class Result:
    """
    A statement that gives rows, before it is run.

    Attributes
    ----------
    sql : str
        With the driver's placeholders.
    bound : object
        What fills them.
    names : tuple of str
    oids : tuple of int
        The numbers of the columns' types.
    types : mapping of str to ColumnType
        Those that are declared.
    """

    sql: str
    bound: Any
    names: tuple[str, ...]
    oids: tuple[int, ...]
    types: Mapping[str, ColumnType]

    def selecting(self, terms: Iterator[str]) -> str:
        """Spell a SELECT of these terms from the result."""
        return f"SELECT {', '.join(terms)} FROM ({self.sql}\n) AS scitex_result"  # noqa: S608

    def type_of(self, name: str, oid: int) -> ColumnType | None:
        """Return a column's type, as declared or as the server tells it."""
        declared = self.types.get(name)
        if declared is not None or oid not in WIRES:
            return declared
        return _TOLD[WIRES[oid].kind]


_TOLD = {kind: column_type(kind.value) for kind in Kind}


@contextmanager
def reading(session: Session, isolation: str = "") -> Iterator[None]:
    """Let nothing be written, and no table be changed, for the length of a block."""
    owner = object()
    inside = bool(session.levels.owners)
    try:
        session.begin(owner, **({} if inside else {"how": f"BEGIN {isolation} READ ONLY"}))
        if inside:
            session.read_only()
        yield
    finally:
        session.rollback(owner)  # of a savepoint, this makes the transaction writable again


def _result(session: Session, asked: Asked, values: Given) -> Result:
    """Ask the server what a result's columns are."""
    types: dict[str, ColumnType] = {}
    bound: Any
    if isinstance(asked, Query):
        spec = session.described(asked.table).spec
        found = plans.selection(session, spec, asked)
        sql, bound = found.sql, found.bind(held(values))
        types = {column.name: column.type for column in spec.columns}
    else:
        sql, bound = rawsql.reading(asked, values)
    with session.run(f"SELECT * FROM ({sql}\n) AS scitex_result LIMIT 0", bound) as cursor:  # noqa: S608
        names = plans.cursor_names(cursor)
        oids = tuple([column[1] for column in cursor.description or ()])
    distinct(names)
    return Result(sql, bound, names, oids, types)


def unload(session: Session, asked: Asked, values: Given, take: Callable[[Piece], object]) -> None:
    """Give all rows to `take`."""
    with reading(session):
        result = _result(session, asked, values)
        if not result.names or not set(result.oids) <= set(WIRES):
            cursor = OpenColumns(session, result, ROWS)
            try:
                for piece in cursor.pieces():
                    take(piece)
            finally:
                cursor.close()
            return
        heads = [
            Head(name, result.type_of(name, oid), WIRES[oid])
            for name, oid in zip(result.names, result.oids, strict=True)
        ]
        terms = (POSTGRESQL.name(head.name) + head.wire.cast for head in heads)
        sink = Unpacking(heads, take, ROWS)
        session.copy_out(result.selecting(terms), result.bound, "(FORMAT BINARY)", sink)


def unload_csv(
    session: Session, asked: Asked, values: Given, file: BinaryIO, form: CsvForm, *, header: bool
) -> int | None:
    """Write all rows as lines of CSV, where the server spells all of them as this package."""
    with reading(session):
        result = _result(session, asked, values)
        if not result.names or not set(result.oids) <= set(csvlines.TERMS):
            return None
        names = map(POSTGRESQL.name, result.names)
        terms = (
            f"{csvlines.TERMS[oid].format(name)} AS {name}"
            for name, oid in zip(names, result.oids, strict=True)
        )
        how = csvlines.options(form, header=header)
        return session.copy_out(result.selecting(terms), result.bound, how, FileSink(file))


class OpenColumns(Stream[tuple[Any, ...]]):
    """
    A result behind a cursor that the server holds.

    Parameters
    ----------
    session : Session
        With a transaction open.
    result : Result
    rows : int
        How many rows a piece has.
    """

    def __init__(self, session: Session, result: Result, rows: int) -> None:
        super().__init__()
        self._session = session
        self._result = result
        self._rows = rows
        self._name = f"scitex_columns_{next(_numbers)}"
        sql = f"DECLARE {self._name} NO SCROLL CURSOR FOR {result.sql}"
        with session.turn:
            session.run(sql, result.bound).close()
            session.streams.append(self)

    def _remaining(self) -> list[tuple[Any, ...]]:
        return self._session.rows(f"FETCH ALL FROM {self._name}")

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces, at least one."""
        found = self._fetch()
        yield self._piece(found)
        while found and (found := self._fetch()):
            yield self._piece(found)

    def _fetch(self) -> list[tuple[Any, ...]]:
        self._session.check_mine()
        with self._session.turn:
            if self.is_ahead:
                return self.ahead(self._rows)
            return self._session.rows(f"FETCH {self._rows} FROM {self._name}")

    def _piece(self, rows: list[tuple[Any, ...]]) -> Piece:
        result = self._result
        lists = zip(*rows, strict=True) if rows else ((),) * len(result.names)
        columns = tuple(
            [
                Column(name, result.type_of(name, oid), values)
                for name, oid, values in zip(result.names, result.oids, lists, strict=True)
            ]
        )
        return Piece(columns, len(rows))

    def close(self) -> None:
        """Let go of the cursor."""
        release(self._session, self, self._name)
        self._rest = []


def shared(session: Session, asked: Asked, values: Given, rows: int) -> Iterator[Piece]:
    """Yield pieces inside the transaction that is open."""
    opened = OpenColumns(session, _result(session, asked, values), rows)
    try:
        yield from opened.pieces()
    finally:
        opened.close()


def alone(
    session: Session, asked: Asked, values: Given, rows: int, *, meant: int | None
) -> Iterator[Piece]:
    """Yield pieces over a connection of their own, as they are now."""
    with reading(session):
        if isinstance(asked, Query):
            check_meant(session, asked.table, meant)
        yield from shared(session, asked, values, rows)
