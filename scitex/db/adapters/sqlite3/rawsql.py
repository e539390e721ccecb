"""Running SQL text as it is given."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import pairwise

from scitex.db.adapters.sql.plans import cursor_names
from scitex.db.adapters.sql.rawsql import prepared, tells_its_change
from scitex.db.adapters.sql.rowmaking import row_maker
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.errors import DriverError
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import ReadOnlyError
from scitex.db.domain.rows import Rows
from scitex.db.domain.sql.sqltext import Parameters, Syntax, first_words, tokens

_QUIET = {("SELECT",), ("VALUES",), ("EXPLAIN",), ("PRAGMA",)}
_READS = {"SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA"}
# PRAGMAs that take in brackets what to tell about; others take a new value there.
_TELL = {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo"}
_TELL |= {"foreign_key_list", "foreign_key_check", "integrity_check", "quick_check"}


def change(session: Session, sql: str, params: Parameters) -> Rows:
    """Run one statement, of which nobody says that it only reads, and return its rows."""
    prepared(SQLITE, sql, params)
    if first_words(sql, Syntax.SQLITE) not in _QUIET:
        session.whereabouts.look()
    if not tells_its_change(sql, Syntax.SQLITE):
        return execute(session, sql, params)
    with session.atomic():  # what was changed is undone where its rows cannot be read
        return execute(session, sql, params)


def execute(session: Session, sql: str, params: Parameters) -> Rows:
    """Run one statement and return its rows."""
    text, bound = prepared(SQLITE, sql, params)
    cursor = session.run(text, bound)
    if cursor.description is None:
        return Rows(rowcount=cursor.rowcount)
    names = cursor_names(cursor)
    try:
        with closing(cursor):  # an error's frames would keep it, and what it locks
            rows = row_maker(names)(cursor)
            return Rows(rows, columns=names, rowcount=max(cursor.rowcount, len(rows)))
    except DriverError as error:  # met at a later row
        raise session.failed(error) from error


def query(session: Session, sql: str, params: Parameters) -> Rows:
    """
    Run one statement that only reads.

    Raises
    ------
    ReadOnlyError
        If it would write.
    """
    prepared(SQLITE, sql, params)
    _check_reads(sql)
    try:
        session.run("PRAGMA query_only = ON")
        return execute(session, sql, params)
    finally:
        session.run("PRAGMA query_only = OFF")


def _check_reads(sql: str) -> None:
    """Refuse a statement that is not one of those that read."""
    words = first_words(sql, Syntax.SQLITE, count=4)  # EXPLAIN QUERY PLAN PRAGMA
    if not words or words[0] not in _READS or _sets(words, sql):
        raise ReadOnlyError(
            f"query() only reads, and the statement is {words[0] if words else 'unknown'}",
            hint="use execute() for statements that write",
        )


def _sets(words: tuple[str, ...], sql: str) -> bool:
    """Say whether a statement gives a setting a value: some do so even if only explained."""
    if words[0] not in {"PRAGMA", "EXPLAIN"} or "PRAGMA" not in words:
        return False
    told = [
        token for token in tokens(sql, Syntax.SQLITE) if token.kind not in {"space", "comment"}
    ]
    names = [before.text.lower() for before, token in pairwise(told) if token.kind == "open"]
    return "=" in sql or not _TELL.issuperset(names)


def reading(session: Session, sql: str, params: Parameters) -> sqlite3.Cursor:
    """
    Run one statement that only reads, and leave its rows to be fetched.

    Raises
    ------
    ReadOnlyError
        If it would write.
    """
    text, bound = prepared(SQLITE, sql, params)
    _check_reads(sql)
    try:
        session.run("PRAGMA query_only = ON")
        return session.run(text, bound)  # what would write does so, or is refused, here
    finally:
        session.run("PRAGMA query_only = OFF")
