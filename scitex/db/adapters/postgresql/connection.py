"""One connection: its statements, their errors, and how it ends."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import psycopg2.extensions as driver

from scitex.db.adapters.postgresql import known, opening
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.errors import (
    DriverError,
    ended_by_server,
    first_line,
    torn,
    translated,
    unsent,
)
from scitex.db.adapters.sql import logs
from scitex.db.adapters.sql.sessions import had, inherited, keep_for_ever
from scitex.db.adapters.sql.streams import Streams
from scitex.db.domain.errors import (
    CommitUnknownError,
    ConnectionLostError,
    DataError,
    Error,
    TableNotFoundError,
)
from scitex.db.domain.transactions import Levels, closed

_BY_RECORDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_LAST = 4  # warnings that an error may be explained by
_PARSED_KEPT = 1024
# What the server takes in a message of its own only.
alone = re.compile(
    r"\s*(VACUUM|(CREATE|DROP|ALTER)\s+(DATABASE|TABLESPACE|SYSTEM)|"
    r"(CREATE|DROP|REINDEX)\b[^;]*\bCONCURRENTLY)\b",
    re.IGNORECASE,
).match


class Connection:
    """
    One connection to PostgreSQL.

    Parameters
    ----------
    target : Target
        What is opened.

    Attributes
    ----------
    each : str
        What is said before every transaction, and before a statement outside of one; empty but
        behind a pooler.
    """

    def __init__(self, target: opening.Target) -> None:
        self.pid = os.getpid()
        self.server = target
        self.levels = Levels()
        self.turn = threading.RLock()
        self.streams: Streams = []
        self._saved = False
        self._parsed: set[str] = set()
        self._closed = False
        self._connect()

    @property
    def inherited(self) -> bool:
        """Whether this is a child of the process whose connection it is."""
        return self.pid != os.getpid()

    def check_mine(self) -> None:
        """Refuse a connection that is the parent process's."""
        if self.inherited:
            raise inherited()

    def target(self, table: str) -> str:
        """Quote a table's name, with its schema where one was chosen."""
        return self.prefix + POSTGRESQL.name(table)

    def regclass(self, table: str) -> str:
        """Quote a table's name, with its schema, for to_regclass()."""
        schema = self.server.schema
        before = "" if schema is None else POSTGRESQL.quoted(schema) + "."
        return before + POSTGRESQL.quoted(table)

    @property
    def prefix(self) -> str:
        """What stands before a table's quoted name: its schema and a dot, or nothing."""
        schema = self.server.schema
        return "" if schema is None else POSTGRESQL.name(schema) + "."

    # ------------------------------------------------------------------ statements

    def run(
        self, sql: str, bound: Any = (), *, table: str | None = None, writes: bool = False
    ) -> driver.cursor:
        """
        Run a statement; its errors come in this package's words.

        Inside a transaction a savepoint travels in the same message, so a statement that fails
        undoes itself alone and costs no further round trip when it does not.  Only text that
        was never parsed goes behind a savepoint of its own: a message that does not parse is
        refused whole, its savepoint included.
        """
        levels = self.levels
        if levels.lost is not None:
            levels.check()
        if self.connection.closed and not levels.owners:
            self._reconnect()
        began = logs.began()
        try:
            cursor = self.connection.cursor()
            if not levels.owners:
                first = self._first
                cursor.execute(first + sql if first and not alone(sql) else sql, bound)
            elif sql in self._parsed:
                cursor.execute(self._savepoint() + sql, bound)
                self._saved = True
            else:
                cursor.execute(self._savepoint())
                self._saved = True
                cursor.execute(sql, bound)
                self._remember(sql)
        except DriverError as error:
            raise self._failed(error, table, writes=writes) from error
        except UnicodeEncodeError as error:
            self._back()
            raise DataError(f"text must be valid Unicode: {error}", table=table) from error
        if began:
            logs.note(sql, began)
        return cursor

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows."""
        return self.fetched(self.run(sql, values))

    def cursor(self) -> driver.cursor:
        """Make a cursor; its errors come in this package's words."""
        try:
            return self.connection.cursor()
        except DriverError as error:
            raise self._failed(error, None, writes=False) from error

    def fetched(
        self, cursor: driver.cursor, make: Callable[[Any], list[Any]] = driver.cursor.fetchall
    ) -> list[Any]:
        """Make something of a cursor's rows, unless another thread closes the connection."""
        try:
            with cursor:
                return make(cursor)
        except DriverError as error:
            raise self._failed(error, None, writes=False) from error

    def run_many(
        self, sql: str, rows: Iterable[Sequence[Any]], *, table: str | None = None
    ) -> int:
        """Run a statement for each of several rows; return how many records it changed."""
        changed = 0
        for row in rows:
            with self.run(sql, row, table=table, writes=True) as cursor:
                changed += cursor.rowcount
        return changed

    def _remember(self, sql: str) -> None:
        """
        Note that a statement parses.

        What changes the schema goes alone for ever: Citus hands the whole message to its nodes.
        """
        if not sql.lstrip()[:6].upper().startswith(_BY_RECORDS):
            return
        if len(self._parsed) >= _PARSED_KEPT:
            self._parsed.clear()
        self._parsed.add(sql)

    def _savepoint(self) -> str:
        release = "RELEASE SAVEPOINT scitex_call; " if self._saved else ""
        return release + "SAVEPOINT scitex_call; "

    # ---------------------------------------------------------------------- errors

    def _failed(self, error: DriverError, table: str | None, *, writes: bool) -> Error:
        """Say an error in this package's words, and bring the transaction back to before it."""
        if self._is_gone(error):
            return self._lost(error, writes=writes)
        if self.levels.closed:
            return closed()
        self._back()
        if self.levels.owners and self._status() != driver.TRANSACTION_STATUS_INTRANS:
            mine = translated(error, table=table, warnings=self.connection.notices[-_LAST:])
            self.levels.lost = mine
            return mine
        return translated(
            error,
            table=table,
            warnings=self.connection.notices[-_LAST:],
            meant=known.meant(self.connection, error, table and self.regclass(table), self.each),
        )

    def _is_gone(self, error: DriverError) -> bool:
        return bool(self.connection.closed) or ended_by_server(error) or torn(error)

    def _back(self) -> None:
        """Undo the call that failed, and it alone."""
        if self._status() != driver.TRANSACTION_STATUS_INERROR:
            return
        with suppress(DriverError), self.connection.cursor() as cursor:
            cursor.execute("ROLLBACK TO SAVEPOINT scitex_call")
            self._saved = True

    def _status(self) -> int:
        if self.connection.closed:
            return driver.TRANSACTION_STATUS_UNKNOWN
        return self.connection.info.transaction_status

    def _lost(self, error: DriverError, *, writes: bool) -> Error:
        """Make the error that the connection is gone, telling whether anything was stored."""
        text = first_line(error)
        told = error.pgcode is not None or ended_by_server(error) or unsent(error)
        if writes and not self.levels.owners and not told:
            return CommitUnknownError(
                f"the connection to {self.server.location} was lost while a change was under "
                f"way: {text}",
                hint="look whether it is stored before doing it again",
            )
        if self.levels.closed:
            return closed()
        mine = ConnectionLostError(
            f"the connection to {self.server.location} was lost: {text}",
            hint="nothing of this call was stored; the next call outside a transaction "
            "connects again",
        )
        if self.levels.owners:
            self.levels.lost = mine
        self._drop()
        return mine

    def _drop(self) -> None:
        with suppress(DriverError):
            self.connection.close()

    def _connect(self) -> None:
        self.connection, self.each = opening.connect(self.server)
        # Not left to the session's default alone, which a function in a SELECT can change.
        self._first = self.each or (opening.READ_ONLY if self.server.read_only else "")

    def _reconnect(self) -> None:
        self.levels.check()  # what was closed stays so
        self._connect()
        self._saved = False
        self.changed()

    def changed(self) -> None:
        """Note that tables may not be what they were."""

    def missing(self, table: str) -> TableNotFoundError:
        """Make the error that a table is not there."""
        return TableNotFoundError(table, sorted(row[0] for row in self.rows(known.TABLES)))

    # ----------------------------------------------------------------------- ending

    def close(self) -> None:
        """Roll back what is open and close, from whichever thread; what runs is cancelled."""
        if self._closed:
            return
        self._closed = True
        self.levels.close()
        if self.levels.owners:
            logs.log.warning(
                "%s is closed with a transaction open; it is rolled back", self.server.location
            )
        is_mine = had(self.turn, self._cancel)
        try:
            self._cancel()  # not every call takes its turn
            self._drop()
        finally:
            if is_mine:
                self.turn.release()

    def _cancel(self) -> None:
        with suppress(DriverError):
            if self._status() == driver.TRANSACTION_STATUS_ACTIVE:
                self.connection.cancel()

    def __del__(self) -> None:
        if getattr(self, "_closed", True) or not hasattr(self, "connection"):
            return
        if self.inherited:
            keep_for_ever(self.connection)
        else:
            self.close()
