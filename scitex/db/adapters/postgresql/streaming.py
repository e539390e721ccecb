"""Reading rows a few at a time, through a cursor on the server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql import plans
from scitex.db.adapters.sql.portions import Portion
from scitex.db.adapters.sql.rowmaking import row_maker
from scitex.db.domain.errors import Error
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record

ROWS = 2000  # at a time: enough that the round trips do not show
_numbers = itertools.count(1)


class OpenRows:
    """
    Rows of a cursor that the server holds.

    Parameters
    ----------
    session : Session
        With a transaction open.
    query : Query
    values : tuple or mapping
    """

    def __init__(self, session: Session, query: Query, values: Any) -> None:
        spec = session.described(query.table).spec
        found = plans.selection(session, spec, query)
        self._session = session
        self._name = f"scitex_rows_{next(_numbers)}"
        self._rest: list[Record] | None = None
        self._portion = Portion(ROWS)
        sql = f"DECLARE {self._name} NO SCROLL CURSOR FOR {found.sql}"
        session.run(sql, found.bind(values), table=query.table).close()

    def _fetch(self, count: str) -> list[Record]:
        with self._session.run(f"FETCH {count} FROM {self._name}") as cursor:
            rows = cursor.fetchall()
            self._portion.seen(rows)
            return row_maker(plans.cursor_names(cursor))(rows)

    def drain(self) -> None:
        """Read the rest into memory, before a rollback takes it away."""
        if self._rest is None:
            self._rest = self._fetch("ALL")

    def records(self) -> Iterator[Record]:
        """Yield the records, each once."""
        while self._rest is None:
            batch = self._fetch(str(self._portion.rows))
            if not batch:
                return
            yield from batch
        yield from self._rest

    def close(self) -> None:
        """Let go of the cursor."""
        if self in self._session.streams:
            self._session.streams.remove(self)
            if self._rest is None and self._session.levels.owners:
                with suppress(Error):
                    self._session.run(f"CLOSE {self._name}").close()
        self._rest = []


def shared(session: Session, query: Query, values: Any) -> Iterator[Record]:
    """Yield records inside the transaction that is open."""
    rows = OpenRows(session, query, values)
    session.streams.append(rows)
    try:
        yield from rows.records()
    finally:
        rows.close()


def alone(session: Session, query: Query, values: Any) -> Iterator[Record]:
    """Yield records over a connection of their own, as they are now."""
    with session.atomic():
        yield from OpenRows(session, query, values).records()
