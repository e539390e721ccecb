"""One connection: its statements, its transaction, and how it ends."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from scitex.db.adapters.sql import logs, streams
from scitex.db.adapters.sql.sessions import had, inherited, keep_for_ever
from scitex.db.adapters.sqlite3 import opening
from scitex.db.adapters.sqlite3.errors import DriverError, translated
from scitex.db.adapters.sqlite3.guards import Guard, PatientLock
from scitex.db.adapters.sqlite3.known import names_meant
from scitex.db.adapters.sqlite3.plankeeping import PlansKept
from scitex.db.domain.errors import DataError, Error, IntegrityError, TableNotFoundError
from scitex.db.domain.transactions import Levels, closed

_DDL = ("CREATE", "DROP", "ALTER", "VACUUM", "ANALYZE", "REINDEX")


class Connection:
    """
    One connection to SQLite.

    Parameters
    ----------
    target : Target
        What is opened.

    Attributes
    ----------
    turn : context manager
        Whose turn it is: nobody uses the connection without it, since SQLite's driver may not be
        used by one thread while another one closes.  In memory, where threads share a connection,
        a transaction keeps it.
    thread : int
        Whose transaction is open; 0 for nobody's.
    """

    def __init__(self, target: opening.Target) -> None:
        self.pid = os.getpid()
        self.file = target
        self.levels = Levels()
        self.thread = 0
        self._patient = PatientLock(target.timeout) if target.in_memory else None
        self.turn: Any = threading.RLock() if self._patient is None else self._patient
        self.streams: streams.Streams = []
        self._plans = PlansKept()
        self._guard = Guard()
        self._shut = False
        self.whereabouts = target.whereabouts
        self.whereabouts.look(soon=True)  # or another file would be made in its place
        self.connection = opening.connect(target)
        self.whereabouts.look(soon=True)
        self.connection.set_authorizer(self._guard)
        self._execute = self.connection.execute

    @property
    def inherited(self) -> bool:
        """Whether this is a child of the process whose connection it is."""
        return self.pid != os.getpid()

    def check_mine(self) -> None:
        """Refuse a connection that is the parent process's."""
        if self.inherited:
            raise inherited()

    def schema_mark(self) -> object:
        """Return what is another one when a table has changed."""
        return self.rows("PRAGMA schema_version") + self.rows("PRAGMA temp.schema_version")

    # ------------------------------------------------------------------ statements

    def run(self, sql: str, bound: Any = (), *, table: str | None = None) -> sqlite3.Cursor:
        """Run a statement; its errors come in this package's words."""
        if sql.startswith(_DDL):
            self.whereabouts.look(soon=True)
        if self.streams and not sql.startswith("SELECT"):
            self.drain()
        self.levels.check()
        if sql in self._plans.texts:
            self._plans.settle(self.schema_mark)
        began = logs.began()
        try:
            with self.turn:
                cursor = self._execute(sql, bound)
        except DriverError as error:
            raise self.failed(error, table) from error
        except (OverflowError, UnicodeEncodeError) as error:
            raise DataError(f"a value does not fit SQLite: {error}", table=table) from error
        if began:
            logs.note(sql, began)
        return cursor

    def run_many(
        self, sql: str, rows: Iterable[Sequence[Any]], *, table: str | None = None
    ) -> int:
        """Run a statement for each of several rows; return how many records it changed."""
        self.drain()
        self.levels.check()
        if sql in self._plans.texts:
            self._plans.settle(self.schema_mark)
        began = logs.began()
        try:
            changed = self.connection.executemany(sql, rows).rowcount
        except DriverError as error:
            raise self.failed(error, table) from error
        except UnicodeEncodeError as error:
            raise DataError(f"text must be valid Unicode: {error}", table=table) from error
        if began:
            logs.note(sql, began)
        return changed

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows."""
        try:
            with self.turn:
                return self.run(sql, values).fetchall()
        except DriverError as error:  # a damaged page, met after the first row
            raise self.failed(error) from error

    def failed(self, error: DriverError, table: str | None = None) -> Error:
        """Say an error in this package's words; note if the transaction is gone with it."""
        if self.levels.closed:
            return closed()
        known = names_meant(self.connection, str(error), table)
        mine = translated(error, where=self.file.path, table=table, known=known)
        if self.levels.owners and not self.connection.in_transaction:
            self.levels.lost = mine
        return mine

    def missing(self, table: str) -> TableNotFoundError:
        """Make the error that a table is not there."""
        return TableNotFoundError(table, names_meant(self.connection, "no such table", None))

    # ---------------------------------------------------------------- transactions

    @contextmanager
    def snapshot(self, *, writes: bool) -> Iterator[None]:
        """See, and change, one state of the database for the length of a block."""
        if self.levels.owners:
            yield
            return
        with self.atomic(writes=writes):
            yield

    @contextmanager
    def atomic(self, *, writes: bool = True) -> Iterator[None]:
        """Do all of a block or nothing: a transaction, or a savepoint inside one."""
        owner = object()
        try:
            self.begin(owner, writes=writes)
            yield
            self.commit(owner)
        except BaseException:
            self.rollback(owner)
            raise

    def begin(self, owner: object, *, writes: bool = True) -> None:
        """Open a level; whatever comes between, an interrupt too, leaves none."""
        with self.turn:
            depth = self.levels.depth
            try:
                if depth:
                    self.run(f"SAVEPOINT level_{depth}")
                else:
                    self._begin(writes=writes)
                self.levels.owners.append(owner)
            except BaseException:
                self.back_to(depth)
                raise

    def _begin(self, *, writes: bool) -> None:
        self.thread = threading.get_ident()
        if self._patient is not None:
            self._patient.kept = True
        self.run("BEGIN IMMEDIATE" if writes and not self.file.read_only else "BEGIN")
        self._changes = self.connection.total_changes

    def commit(self, owner: object) -> None:
        """Close the innermost level and keep its work."""
        levels = self.levels
        with self.turn:
            levels.closing(owner, "commit")
            levels.check()
            depth = levels.depth - 1
            if not depth and self.connection.total_changes != self._changes:
                self.whereabouts.look(soon=True)
            try:
                self.run(f"RELEASE level_{depth}" if depth else "COMMIT")
            except IntegrityError:
                self.rollback(owner)  # a commit that fails ends the transaction, as on a server
                raise
            levels.owners.pop()
            if not depth:
                self._left()

    def rollback(self, owner: object) -> None:
        """Undo the owner's level with those inside it, whatever becomes of open streams."""
        levels = self.levels
        if owner is None:
            if not levels.owners:
                return
            levels.closing(owner, "rollback")
        depth = levels.level_of(owner)
        if depth == levels.depth or self.inherited:
            return
        with self.turn:
            try:
                self.drain()
            finally:
                self._undo(depth)

    def back_to(self, depth: int) -> None:
        """Undo the levels past a depth, also one whose beginning was interrupted."""
        if self.thread != threading.get_ident():
            return
        with self.turn:
            if not depth or self.levels.depth > depth:
                self._undo(depth)

    def _undo(self, depth: int) -> None:
        del self.levels.owners[depth:]
        self._plans.doubt()
        try:
            if not self._shut and self.connection.in_transaction:
                if depth:
                    self._execute(f"ROLLBACK TO level_{depth}")
                    self._execute(f"RELEASE level_{depth}")
                else:
                    self._execute("ROLLBACK")
        except DriverError as error:
            raise self.failed(error) from error
        finally:
            if not depth:
                self._left()

    def _left(self) -> None:
        """Forget the transaction that has ended."""
        self.levels.over()
        self.thread = 0
        if self._patient is not None:
            self._patient.kept = False
        if self.levels.closed:
            self._end()

    def drain(self) -> None:
        """Read what open streams still have to give, before something changes under them."""
        if self.streams:
            streams.drain(self.streams)

    # ----------------------------------------------------------------------- ending

    def close(self) -> None:
        """
        Roll back what is open and close, from whichever thread.

        What another thread is doing is interrupted.  Where it goes on nevertheless, as in a
        generator that records are taken from, that thread closes when it comes back.
        """
        if self._shut:
            return
        if self.levels.owners and not self.levels.closed:
            logs.log.warning(
                "%s is closed with a transaction open; it is rolled back", self.file.path
            )
        self.levels.close()
        if self._patient is not None:
            self._patient.ended = True
        if had(self.turn, self._interrupt):
            try:
                self._end()
            finally:
                self.turn.release()

    def _interrupt(self) -> None:
        with suppress(DriverError):
            self.connection.interrupt()

    def _end(self) -> None:
        """Let go of everything; the turn is ours."""
        if self._shut:
            return
        self._shut = True
        self.streams.clear()
        self._plans.clear()
        opening.close(self.connection)

    def __del__(self) -> None:
        if getattr(self, "_shut", True) or not hasattr(self, "connection"):
            return
        if self.inherited:
            keep_for_ever(self.connection)
        else:
            self.close()
