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
from scitex.db.adapters.sql.streams import Stream
from scitex.db.domain.errors import Error, ProgrammingError
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record

ROWS = 2000  # at a time: enough that the round trips do not show
_numbers = itertools.count(1)


class OpenRows(Stream[Record]):
    """
    Rows of a cursor that the server holds, for whichever thread asks for them.

    Parameters
    ----------
    session : Session
        With a transaction open.
    query : Query
    values : tuple or mapping
    """

    def __init__(self, session: Session, query: Query, values: Any) -> None:
        super().__init__()
        with session.turn:
            spec = session.described(query.table).spec
            found = plans.selection(session, spec, query)
            self._session = session
            self._name = f"scitex_rows_{next(_numbers)}"
            self._portion = Portion(ROWS)
            sql = f"DECLARE {self._name} NO SCROLL CURSOR FOR {found.sql}"
            session.run(sql, found.bind(values), table=query.table).close()
            session.streams.append(self)

    def _fetch(self, count: str) -> list[Record]:
        cursor = self._session.run(f"FETCH {count} FROM {self._name}")
        names = plans.cursor_names(cursor)
        rows = self._session.fetched(cursor)
        self._portion.seen(rows)
        return row_maker(names)(rows)

    def _remaining(self) -> list[Record]:
        return self._fetch("ALL")

    def records(self) -> Iterator[Record]:
        """Yield the records, each once."""
        while batch := self._next():
            yield from batch

    def _next(self) -> list[Record]:
        """Read some rows, unless they have been read ahead."""
        self._session.check_mine()
        with self._session.turn:
            return self.ahead() if self.is_ahead else self._fetch(str(self._portion.rows))

    def close(self) -> None:
        """Let go of the cursor."""
        release(self._session, self, self._name)
        self._rest = []


def release(session: Session, stream: Stream[Any], name: str) -> None:
    """Forget a stream, and close its cursor where that is not the parent process's."""
    if session.inherited:
        return
    with session.turn:
        if stream in session.streams:
            session.streams.remove(stream)
            if not stream.is_ahead and session.levels.owners:
                with suppress(Error):
                    session.run(f"CLOSE {name}").close()


def shared(session: Session, query: Query, values: Any) -> Iterator[Record]:
    """Yield records inside the transaction that is open."""
    rows = OpenRows(session, query, values)
    try:
        yield from rows.records()
    finally:
        rows.close()


def number(session: Session, table: str) -> int | None:
    """Return the number of the table that a session means by a name."""
    found: int | None = session.rows("SELECT to_regclass(%s)::oid", (session.regclass(table),))[0][
        0
    ]
    return found


def check_meant(session: Session, table: str, meant: int | None) -> None:
    """Refuse to read another table than the one that the thread's own session means."""
    if number(session, table) != meant:
        raise ProgrammingError(
            f"{table!r} is another table here than on the connection that the rows come over",
            hint="it is a temporary one, or the search path was changed: read it inside "
            "'with db.transaction()', or whole by select()",
        )


def alone(session: Session, query: Query, values: Any, meant: int | None) -> Iterator[Record]:
    """Yield records of a table over a connection of their own, as they are now."""
    with session.atomic():
        check_meant(session, query.table, meant)
        yield from shared(session, query, values)
