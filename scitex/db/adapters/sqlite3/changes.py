"""Taking part in a sync: turns, and a log of changes that triggers write."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from scitex.db.adapters.sql.changes import keys_of
from scitex.db.adapters.sql.series import SeriesStorage
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.errors import DriverError, translated
from scitex.db.adapters.sqlite3.opening import Target
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import LockedError, TableNotFoundError
from scitex.db.domain.names import OWN
from scitex.db.domain.predicates import And, Column, Compare, IsNull, Or, Parameter
from scitex.db.domain.queries import Query
from scitex.db.domain.search.searching import PREFIX
from scitex.db.domain.sync.bookkeeping import LOG_ROWS, own_name
from scitex.db.domain.tables import TableSpec

_ORIGIN = f"{OWN}origin"
_OTHERS = (
    "SELECT 1 FROM (SELECT name, type FROM sqlite_schema UNION ALL "
    "SELECT name, type FROM sqlite_temp_schema) WHERE type = 'trigger' "
    "AND name NOT LIKE ? AND name NOT LIKE ? LIMIT 1"
)
_TURNS: dict[int, threading.Lock] = {}


class Changing(SeriesStorage[Session]):
    """The calls of those who sync."""

    _target: Target

    @contextmanager
    def sync_turn(self) -> Iterator[None]:
        if self._target.in_memory:
            with self._own_turn():
                yield
            return
        path = f"{self._target.path}-sync"  # an empty file; what counts is who has it locked
        try:
            connection = sqlite3.connect(path, self._target.timeout, isolation_level=None)
            with contextlib.closing(connection):
                connection.execute("BEGIN EXCLUSIVE")
                yield
        except DriverError as error:
            raise translated(error, where=f"another sync of {self._target.path}") from error

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        lock = _TURNS.setdefault(id(self), threading.Lock())
        if not lock.acquire(timeout=self._target.timeout):
            raise LockedError("another sync of this database goes on", hint="let it finish")
        try:
            yield
        finally:
            lock.release()

    def hold_tables(self, tables: Sequence[str]) -> None:
        """Do nothing: who has begun to write keeps all others from writing."""

    def defer_references(self) -> None:
        self._sessions.current().run("PRAGMA defer_foreign_keys = ON")

    def place(self) -> str:
        if self._target.in_memory:
            return f"memory {id(self)}"
        found = os.stat(self._target.path)  # noqa: PTH116 - text
        return f"{self._target.path}\n{found.st_dev}:{found.st_ino}"

    # ------------------------------------------------------------------------- the log

    def log_changes(self, table: str, *, key: tuple[str, ...]) -> None:
        if self.log_position(table) is not None:
            return
        session = self._sessions.current()
        with session.turn, session.atomic():
            self.end_log(table)
            log = self._make_log(table, key)
            session.run(f"CREATE TABLE IF NOT EXISTS {_ORIGIN} (name TEXT)")
            for sql in _triggers(self.describe(table), key, log, self._sets(table)):
                session.run(sql, table=table)

    def _sets(self, table: str) -> list[tuple[str, ...]]:
        """Return the sets of columns by which a record may take another one's place."""
        indexes = self.indexes(table)
        spec = self.describe(table)
        made = [each.names for each in indexes if each.unique and set(each.names) <= {*spec.names}]
        return [*spec.unique, *made]

    def end_log(self, table: str) -> None:
        session = self._sessions.current()
        with session.turn, session.atomic():
            mine = [own_name(event, table) for event in (*_EVENTS, *_BEFORE)]
            for name in {
                *self._trigger_names(table),
                *mine,
            }:  # a table may be called otherwise now
                session.run(f"DROP TRIGGER IF EXISTS {SQLITE.name(name)}")
            self._drop_log(table)

    def _trigger_names(self, table: str) -> list[str]:
        sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"
        rows = self._sessions.current().rows(sql, (table,))
        return [name for (name,) in rows if name.startswith(OWN)]

    def log_position(self, table: str) -> str | None:
        known = self._log(table)
        if known is None or len(self._trigger_names(table)) < len(_EVENTS):
            return None
        return f"{known['id']}:{self._last(table)}"

    def _last(self, table: str) -> int:
        sql = "SELECT seq FROM sqlite_sequence WHERE name = ?"
        rows = self._sessions.current().rows(sql, (own_name("log", table),))
        return int(rows[0][0]) if rows else 0

    def logged(self, table: str, *, since: str, but: str | None) -> list[Any] | None:
        known = self._log(table)
        name, _, number = since.partition(":")
        if known is None or known["id"] != name:
            return None
        if not known["cut"] <= int(number) <= self._last(table):  # let go, or put back
            return None
        log = own_name("log", table)
        columns = tuple(column.name for column in self.describe(log).columns[3:])
        others = Or(IsNull(Column("origin")), Compare(Column("origin"), "<>", Parameter(1)))
        where = And(Compare(Column("seq"), ">", Parameter(0)), others)
        query = Query(log, ("whole", *columns), where)
        return keys_of(self.select(query, values=(int(number), but or "")))

    @contextmanager
    def writing_as(self, name: str) -> Iterator[None]:
        session = self._sessions.current()
        there = session.rows("SELECT 1 FROM sqlite_schema WHERE name = ?", (_ORIGIN,))
        # What triggers of others make of what is written is to be seen: it is anybody's change.
        if not there or session.rows(_OTHERS, (f"{OWN}%", f"{PREFIX}%")):
            yield
            return
        session.run(f"DELETE FROM {_ORIGIN}")  # noqa: S608 - ours
        session.run(f"INSERT INTO {_ORIGIN} VALUES (?)", (name,))  # noqa: S608 - ours
        yield
        session.run(f"DELETE FROM {_ORIGIN}")  # noqa: S608 - ours
        self._trim()

    def _trim(self) -> None:
        """Let the older half go of logs that have grown long."""
        try:
            known = self.select(Query(f"{OWN}logs"))
        except TableNotFoundError:
            return
        for row in known:
            last = self._last(row["name"])
            if last - row["cut"] > LOG_ROWS:
                self._cut_log(row["name"], last - LOG_ROWS // 2)


_EVENTS = ("insert", "update", "delete")
_BEFORE = ("before_insert", "before_update")


def _triggers(
    spec: TableSpec, key: tuple[str, ...], log: str, sets: list[tuple[str, ...]]
) -> Iterator[str]:
    """Spell the triggers that note which records change, also those that REPLACE takes away."""
    names = [SQLITE.name(name) for name in key]
    target = SQLITE.name(spec.name)
    into = (
        f"INSERT INTO {SQLITE.name(log)} (origin, {', '.join(f'k{n}' for n in range(len(key)))})"
    )
    origin = f"(SELECT name FROM {_ORIGIN})"  # noqa: S608 - ours

    def note(of: str, rest: str = "") -> str:
        values = ", ".join(f"{of}.{name}" for name in names)
        return f"{into} SELECT {origin}, {values}{rest};"

    moved = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in names)
    bodies = {
        "insert": note("NEW"),
        "update": note("OLD") + " " + note("NEW", f" WHERE {moved}"),
        "delete": note("OLD"),
    }
    for event in _EVENTS:
        name = SQLITE.name(own_name(event, spec.name))
        yield (
            f"CREATE TRIGGER {name} AFTER {event.upper()} ON {target} BEGIN {bodies[event]} END"
        )
    taken = [
        note("t", f" FROM {target} AS t WHERE {_same(columns)}") for columns in sets if columns
    ]
    for event in ("insert", "update") if taken else ():
        name = SQLITE.name(own_name(f"before_{event}", spec.name))
        body = " ".join(taken)
        yield f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {target} BEGIN {body} END"


def _same(columns: tuple[str, ...]) -> str:
    quoted = [SQLITE.name(name) for name in columns]
    return " AND ".join(f"t.{name} = NEW.{name}" for name in quoted)
