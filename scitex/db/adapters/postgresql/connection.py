"""One connection: its statements, its transaction, and how it ends."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
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
)
from scitex.db.adapters.sql import logs
from scitex.db.adapters.sql.asking import Stream
from scitex.db.adapters.sql.sessions import keep_for_ever
from scitex.db.domain.errors import (
    CommitUnknownError,
    ConnectionLostError,
    DataError,
    Error,
    TableNotFoundError,
    TransactionLostError,
)
from scitex.db.domain.transactions import Levels

_PLANS_KEPT = 512
_BELIEVED = 1.0  # seconds for which what was worked out for a table is used without asking again
_BY_RECORDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_LAST = 4  # warnings that an error may be explained by
_PARSED_KEPT = 1024
# What the server takes in a message of its own only.
_ALONE = re.compile(
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
        self.streams: list[Stream] = []
        self._saved = False
        self._parsed: set[str] = set()
        self._closed = False
        self.connection, self.each = opening.connect(target)

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
        cursor = self.connection.cursor()
        try:
            if not levels.owners:
                cursor.execute(self.each + sql if self.each and not _ALONE(sql) else sql, bound)
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
        with self.run(sql, values) as cursor:
            return cursor.fetchall()

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
        if writes and not self.levels.owners and not ended_by_server(error):
            return CommitUnknownError(
                f"the connection to {self.server.location} was lost while a change was under "
                f"way: {text}",
                hint="look whether it is stored before doing it again",
            )
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

    def _reconnect(self) -> None:
        self.connection, self.each = opening.connect(self.server)
        self._saved = False
        self.changed()

    def changed(self) -> None:
        """Note that tables may not be what they were."""

    def missing(self, table: str) -> TableNotFoundError:
        """Make the error that a table is not there."""
        return TableNotFoundError(table, sorted(row[0] for row in self.rows(known.TABLES)))

    # ---------------------------------------------------------------- transactions

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Do all of a block or nothing: a transaction, or a savepoint inside one."""
        owner = object()
        self.begin(owner)
        try:
            yield
        except BaseException:
            self.rollback(owner)
            raise
        try:
            self.commit(owner)
        except BaseException:
            self.rollback(owner)
            raise

    def begin(self, owner: object, *, how: str = "BEGIN") -> None:
        """Open a level."""
        levels = self.levels
        levels.check()
        if not levels.owners:
            self.run(how)
            self._saved = False
        else:
            release = "RELEASE SAVEPOINT scitex_call; " if self._saved else ""
            self._control(f"{release}SAVEPOINT level_{levels.depth}")
        levels.owners.append(owner)

    def read_only(self) -> None:
        """Let the innermost level read only, to its end."""
        release = "RELEASE SAVEPOINT scitex_call; " if self._saved else ""
        self._control(f"{release}SET TRANSACTION READ ONLY")

    def _control(self, sql: str) -> str:
        """Run a statement that moves between levels; return what the server calls it done."""
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql)
                self._saved = False
                return cursor.statusmessage or ""
        except DriverError as error:
            if self._is_gone(error):
                raise self._lost(error, writes=False) from error
            raise translated(error) from error

    def commit(self, owner: object) -> None:
        """Close the innermost level and keep its work."""
        levels = self.levels
        levels.closing(owner, "commit")
        levels.check()
        depth = levels.depth - 1
        if depth:
            self._control(f"RELEASE SAVEPOINT level_{depth}")
            levels.owners.pop()
            return
        self._commit()
        levels.owners.pop()

    def _commit(self) -> None:
        """End the transaction; whatever happens, it is ended then."""
        began = logs.began()
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("COMMIT")
                done = cursor.statusmessage
        except DriverError as error:
            if self._is_gone(error):
                raise self._unknown(error) from error
            self.levels.owners.clear()
            raise translated(error, warnings=self.connection.notices[-_LAST:]) from error
        finally:
            self._saved = False
        if began:
            logs.note("COMMIT", began)
        if done != "COMMIT":
            self.levels.owners.clear()
            raise TransactionLostError(
                "the server rolled the transaction back instead of committing it",
                hint="run the transaction again",
            )

    def _unknown(self, error: DriverError) -> Error:
        """Make the error that a commit may have happened or not."""
        self.levels.owners.clear()
        self._drop()
        if ended_by_server(error):
            return ConnectionLostError(
                f"the server ended the connection before the commit: {first_line(error)}",
                hint="nothing of the transaction was stored: run it again",
            )
        return CommitUnknownError(
            f"the connection to {self.server.location} was lost during COMMIT: "
            f"{first_line(error)}",
            hint="the transaction may be stored or not: look before doing it again",
        )

    def rollback(self, owner: object) -> None:
        """Undo the owner's level with those inside it."""
        levels = self.levels
        if not levels.owners:
            if owner is None:
                return
            levels.lost = None
            return  # ended already, by a commit that failed
        if owner is None:
            levels.closing(owner, "rollback")
        depth = levels.level_of(owner)
        if depth == levels.depth:
            return
        if levels.lost is None:
            self.drain()
        try:
            self._undo(depth)
        finally:
            del levels.owners[depth:]
            if not depth:
                levels.lost = None
                self.changed()

    def _undo(self, depth: int) -> None:
        if self.connection.closed or self._status() == driver.TRANSACTION_STATUS_IDLE:
            return
        undo = f"ROLLBACK TO SAVEPOINT level_{depth}; RELEASE SAVEPOINT level_{depth}"
        try:
            self._control(undo if depth else "ROLLBACK")
        except ConnectionLostError:
            if depth:
                raise  # the outer levels are lost too; ended outermost, all is undone anyway

    def drain(self) -> None:
        """Read what open streams still have to give, before a rollback takes it away."""
        streams, self.streams = self.streams, []
        for stream in streams:
            stream.drain()

    # ----------------------------------------------------------------------- ending

    def close(self) -> None:
        """Roll back what is open and close, from whichever thread."""
        if self._closed:
            return
        self._closed = True
        if self.levels.owners:
            logs.log.warning(
                "%s is closed with a transaction open; it is rolled back", self.server.location
            )
            self.levels.owners.clear()
        with suppress(DriverError):
            if self._status() == driver.TRANSACTION_STATUS_ACTIVE:
                self.connection.cancel()
        self._drop()

    def __del__(self) -> None:
        if getattr(self, "_closed", True) or not hasattr(self, "connection"):
            return
        if self.pid == os.getpid():
            self.close()
        else:
            keep_for_ever(self.connection)
