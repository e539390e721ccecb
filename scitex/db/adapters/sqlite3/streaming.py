"""Reading rows a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from scitex.db.adapters.sql import plans
from scitex.db.adapters.sql.portions import Portion
from scitex.db.adapters.sql.rowmaking import RowMaker, row_maker
from scitex.db.adapters.sqlite3.errors import DriverError
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record

ROWS = 500  # at a time; more than this leaves the processor's cache


class OpenRows:
    """
    Rows of a cursor that others may write under.

    Parameters
    ----------
    session : Session
    query : Query
    values : tuple or mapping
    """

    def __init__(self, session: Session, query: Query, values: Any) -> None:
        spec = session.described(query.table).spec
        found = plans.selection(session, spec, query)
        self._session = session
        self._table = query.table
        self._cursor = session.run(found.sql, found.bind(values), table=query.table)
        readers = plans.decoders(session, spec, query.columns)
        self._make: RowMaker = row_maker(plans.cursor_names(self._cursor), readers)
        self._rest: list[Record] | None = None
        self._portion = Portion(ROWS)

    def drain(self) -> None:
        """Read the rest into memory, so that a write cannot disturb it."""
        if self._rest is None:
            self._rest = self._make(self._cursor.fetchall())

    def records(self) -> Iterator[Record]:
        """Yield the records, each once."""
        while self._rest is None:
            batch = self._fetch()
            if not batch:
                break
            yield from self._make(batch)
        yield from self._rest or ()

    def _fetch(self) -> list[tuple[Any, ...]]:
        """Read some rows, unless another thread has drained them meanwhile."""
        with self._session.turn:
            if self._rest is not None:
                return []
            try:
                found = self._cursor.fetchmany(self._portion.rows)
            except DriverError as error:
                raise self._session.failed(error, self._table) from error
        self._portion.seen(found)
        return found

    def close(self) -> None:
        """Let go of the cursor."""
        if self in self._session.streams:
            self._session.streams.remove(self)
        self._rest = []
        with suppress(DriverError):
            self._cursor.close()


def shared(session: Session, query: Query, values: Any) -> Iterator[Record]:
    """Yield records over a connection that goes on working meanwhile."""
    with session.turn:
        rows = OpenRows(session, query, values)
        session.streams.append(rows)
    try:
        yield from rows.records()
    finally:
        rows.close()


def alone(session: Session, query: Query, values: Any) -> Iterator[Record]:
    """Yield records over a connection of their own, as they are now."""
    with session.atomic(writes=False):
        rows = OpenRows(session, query, values)
        yield from rows.records()
        rows.close()
