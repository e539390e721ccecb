"""Running SQL text as it is given."""

from __future__ import annotations

from typing import Any

from scitex.db.adapters.postgresql.connection import alone
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.plans import cursor_names
from scitex.db.adapters.sql.rawsql import prepared, tells_its_change
from scitex.db.adapters.sql.rowmaking import row_maker
from scitex.db.domain.errors import ReadOnlyError
from scitex.db.domain.rows import Rows
from scitex.db.domain.sql.sqltext import Parameters, Syntax, first_words

_READS = {"SELECT", "VALUES", "TABLE", "SHOW", "EXPLAIN"}
_QUERIES = {*_READS, "WITH"}
_SETTINGS = {"SET", "RESET", "DISCARD"}


def execute(session: Session, sql: str, params: Parameters) -> Rows:
    """Run one statement and return its rows."""
    text, bound = prepared(POSTGRESQL, sql, params)
    word = first_words(sql, Syntax.POSTGRESQL)
    if session.server.read_only and alone(sql):
        raise ReadOnlyError(
            f"{word[0] if word else sql!r:.40} writes, and the database is opened for reading",
            hint="open it with read_only=False",
        )
    if session.server.read_only and _SETTINGS & set(word):
        raise ReadOnlyError(
            f"{word[0]} could make a database that is opened for reading one that writes",
            hint="open it with read_only=False",
        )
    if tells_its_change(sql, Syntax.POSTGRESQL):
        with session.atomic():  # what was changed is undone where its rows cannot be read
            return _rows(session, text, bound, writes=True)
    return _rows(session, text, bound, writes=word[:1] not in {(read,) for read in _READS})


def _rows(session: Session, text: str, bound: tuple[Any, ...], *, writes: bool) -> Rows:
    cursor = session.run(text, bound, writes=writes)
    if writes:
        session.changed()
    if cursor.description is None:
        cursor.close()
        return Rows(rowcount=cursor.rowcount)
    names, changed = cursor_names(cursor), cursor.rowcount
    rows = session.fetched(cursor, row_maker(names))
    return Rows(rows, columns=names, rowcount=changed)


def query(session: Session, sql: str, params: Parameters) -> Rows:
    """Run one statement in a transaction, or a savepoint, that only reads; and leave it."""
    text, bound = reading(sql, params)
    owner = object()
    inside = bool(session.levels.owners)
    try:
        session.begin(owner, **({} if inside else {"how": "BEGIN READ ONLY"}))
        if inside:
            session.read_only()
        return _rows(session, text, bound, writes=False)
    finally:
        session.rollback(owner)  # of a savepoint, this makes the transaction writable again


def reading(sql: str, params: Parameters) -> tuple[str, tuple[Any, ...]]:
    """
    Check and bind one statement that only reads.

    Raises
    ------
    ReadOnlyError
        If it would write.
    """
    found = prepared(POSTGRESQL, sql, params)
    word = first_words(sql, Syntax.POSTGRESQL)
    if not _QUERIES & set(word):  # COPY TO PROGRAM writes, and a transaction lets it
        raise ReadOnlyError(
            f"query() only reads, and the statement is {' '.join(word) or 'unknown'}",
            hint="use execute() for statements that write",
        )
    return found
