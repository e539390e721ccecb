"""Reading rows a few at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from scitex.db.adapters.sql import plans
from scitex.db.adapters.sql.portions import Portion
from scitex.db.adapters.sql.rowmaking import RowMaker, row_maker
from scitex.db.adapters.sql.sessions import keep_for_ever
from scitex.db.adapters.sql.streams import Stream
from scitex.db.adapters.sqlite3.errors import DriverError
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record

ROWS = 500  # at a time; more than this leaves the processor's cache


class OpenRows(Stream[Record]):
    """
    Rows of a cursor that others may write under, in whichever thread they are asked for.

    Parameters
    ----------
    session : Session
    query : Query
    values : tuple or mapping
    """

    def __init__(self, session: Session, query: Query, values: Any) -> None:
        super().__init__()
        self._session = session
        self._table = query.table
        self._portion = Portion(ROWS)
        with session.turn:
            spec = session.described(query.table).spec
            found = plans.selection(session, spec, query)
            self._cursor = session.run(found.sql, found.bind(values), table=query.table)
            readers = plans.decoders(session, spec, query.columns)
            self._make: RowMaker = row_maker(plans.cursor_names(self._cursor), readers)
            session.streams.append(self)

    def _remaining(self) -> list[Record]:
        return self._make(self._fetched(None))

    def records(self) -> Iterator[Record]:
        """Yield the records, each once."""
        while batch := self._next():
            yield from batch

    def _next(self) -> list[Record]:
        """Read some rows, unless another thread has drained them meanwhile."""
        self._session.check_mine()
        with self._session.turn:
            if self.is_ahead:
                return self.ahead()
            found = self._fetched(self._portion.rows)
        self._portion.seen(found)
        return self._make(found)

    def _fetched(self, rows: int | None) -> list[tuple[Any, ...]]:
        """Fetch some rows, or all that there are."""
        try:
            return self._cursor.fetchall() if rows is None else self._cursor.fetchmany(rows)
        except DriverError as error:
            raise self._session.failed(error, self._table) from error

    def close(self) -> None:
        """Let go of the cursor."""
        release(self._session, self, self._cursor)
        self._rest = []


def release(session: Session, stream: Stream[Any], cursor: sqlite3.Cursor) -> None:
    """Forget a stream, and let go of its cursor where it is not the parent process's."""
    if session.inherited:
        keep_for_ever(cursor)
        return
    with session.turn:
        if stream in session.streams:
            session.streams.remove(stream)
        with suppress(DriverError):  # the database may be closed by now
            cursor.close()


def shared(session: Session, query: Query, values: Any) -> Iterator[Record]:
    """Yield records over a connection that goes on working meanwhile."""
    rows = OpenRows(session, query, values)
    try:
        yield from rows.records()
    finally:
        rows.close()


def alone(session: Session, query: Query, values: Any) -> Iterator[Record]:
    """Yield records over a connection of their own, as they are now."""
    with session.atomic(writes=False):
        yield from shared(session, query, values)
