"""One connection: its transaction, and the statements worked out for it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from scitex.db.adapters.sql import logs
from scitex.db.adapters.sql.asking import Described, Stream
from scitex.db.adapters.sql.batches import Batch
from scitex.db.adapters.sql.binding import Spelling
from scitex.db.adapters.sql.plans import Numbering, Plan
from scitex.db.adapters.sql.rowmaking import Decoder
from scitex.db.adapters.sql.sessions import keep_for_ever
from scitex.db.adapters.sqlite3 import catalog, joining, opening, values
from scitex.db.adapters.sqlite3.dialect import SQLITE, check_text, column_sql
from scitex.db.adapters.sqlite3.errors import DriverError, stale, translated
from scitex.db.adapters.sqlite3.guards import Guard, PatientLock
from scitex.db.adapters.sqlite3.known import names_meant
from scitex.db.adapters.sqlite3.plankeeping import PlansKept
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    Error,
    IntegrityError,
    TableNotFoundError,
)
from scitex.db.domain.queries import OnConflict
from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec
from scitex.db.domain.transactions import Levels

_DDL = ("CREATE", "DROP", "ALTER", "VACUUM", "ANALYZE", "REINDEX")


class Session:
    """
    One connection to SQLite.

    Parameters
    ----------
    target : Target
        What is opened.
    """

    def __init__(self, target: opening.Target) -> None:
        self.pid = os.getpid()
        self.file = target
        self.levels = Levels()
        self.thread = 0
        self.turn: Any = PatientLock(target.timeout) if target.in_memory else threading.RLock()
        self.streams: list[Stream] = []
        self._plans = PlansKept(self.schema_mark)
        self._guard = Guard()
        self._closed = False
        self.whereabouts = target.whereabouts
        self.whereabouts.look(soon=True)  # or another file would be made in its place
        self.connection = opening.connect(target)
        self.whereabouts.look(soon=True)
        self.connection.set_authorizer(self._guard)
        self._execute = self.connection.execute

    # -------------------------------------------------------- what plans are made of

    dialect = SQLITE
    schema_is_watched = True  # by the guard
    batch = batch_there = 5_000  # stays in the processor's cache
    changes = 100_000
    rows_at_a_time = 200  # measured: flat from 20 rows, slower past 1,000
    most_variables = 32_000  # SQLite's least limit since 3.32 is 32,766
    repeats_keys = True  # one statement may touch a record twice

    def described(self, table: str) -> Described:
        """Describe a table as it is now."""
        return catalog.describe(self, table)

    def schema_mark(self) -> object:
        """Return what is another one when a table has changed."""
        return self.rows("PRAGMA schema_version") + self.rows("PRAGMA temp.schema_version")

    def target(self, table: str) -> str:
        """Quote a table's name."""
        return SQLITE.name(table)

    def spelling(self, column: ColumnSpec) -> Spelling:
        """Say how values of a column are spelt."""
        return values.spelling(column)

    def decoder(self, table: str, column: ColumnSpec) -> Decoder | None:
        """Return what reads a column's values, or None where they come right."""
        return values.decoder(table, column)

    check_text = staticmethod(check_text)

    def numbering(self, described: Described, columns: tuple[str, ...]) -> Numbering:
        """Take the row's own number for its key, where it is another name of it."""
        return Numbering(tells=described.rowid is not None)

    def move_sequence(self, described: Described) -> None:
        """Do nothing: SQLite counts the numbers that are given too."""

    def load(self, batch: Batch, *, policy: OnConflict, target: tuple[str, ...]) -> int | None:
        """Leave it to statements of many rows, which nothing beats here."""
        return None

    def load_changes(self, batch: Batch, *, key: tuple[str, ...]) -> int | None:
        """Change records by a join, where that can be."""
        return joining.update(self, batch, key=key)

    # --------------------------------------------------- what tables are altered by

    prefix = ""

    def column_sql(self, spec: TableSpec, column: ColumnSpec) -> str:
        """Spell one column of CREATE TABLE."""
        return column_sql(spec, column)

    def tables(self) -> list[str]:
        """Return the names of the tables."""
        return catalog.tables(self)

    def has_table(self, table: str) -> bool:
        """Say whether something has this name."""
        return catalog.has_table(self, table)

    def as_described(self, spec: TableSpec) -> TableSpec:
        """Return the table as it is: SQLite keeps the words that it was declared with."""
        return spec

    check_new = staticmethod(catalog.check_new)

    def check_addition(self, spec: TableSpec, column: ColumnSpec) -> None:
        """Refuse a column that SQLite cannot add to this table."""
        catalog.check_addition(self, spec, column)

    def referring(self, table: str) -> list[str]:
        """Return the other tables that refer to this one."""
        return catalog.referring(self, table)

    def indexes(self, table: str) -> list[IndexSpec]:
        """Return the table's indexes, those that carry a key left out."""
        return catalog.indexes(self, table)

    def index_owner(self, table: str, name: str) -> str | None:
        """Return the table whose index has this name, if there is one."""
        return catalog.index_owner(self, name)

    # ------------------------------------------------------------------ statements

    def run(self, sql: str, bound: Any = (), *, table: str | None = None) -> sqlite3.Cursor:
        """Run a statement; its errors come in this package's words."""
        self.levels.check()
        if sql.startswith(_DDL):
            self.whereabouts.look(soon=True)
        if self.streams and not sql.startswith("SELECT"):
            self.drain()
        if sql in self._plans.texts:
            self._plans.settle()
        began = logs.began()
        try:
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
        self.levels.check()
        self.drain()
        if sql in self._plans.texts:
            self._plans.settle()
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
            return self.run(sql, values).fetchall()
        except DriverError as error:  # a damaged page, met after the first row
            raise self.failed(error) from error

    def perform(self, key: tuple[Any, ...], argument: Any) -> Any:
        """Carry out what `key` says: what makes the plan, and its arguments; keep the plan."""
        plan = self._plans.by_key.get(key)
        if plan is None:
            return self._afresh(key, argument)
        levels = self.levels
        if levels.lost is not None:
            levels.check()
        if plan.writes:
            self.whereabouts.look()
            self.drain()
        try:
            bound = plan.bind(argument)
        except (DataError, ColumnNotFoundError):
            return self._afresh(key, argument)  # the column may have changed meanwhile
        began = logs.began()
        guard = self._guard
        guard.shut = plan.table
        try:
            result = plan.finish(self._execute(plan.sql, bound))
        except (DriverError, UnicodeEncodeError) as error:
            guard.shut = None
            return self._mended(plan, key, argument, error)
        finally:
            guard.shut = None
        if began:
            logs.note(plan.sql, began)
        return result

    def _mended(self, plan: Plan, key: tuple[Any, ...], argument: Any, error: Exception) -> Any:
        """Work the plan out anew if it was out of date; tell any other error."""
        if isinstance(error, UnicodeEncodeError):
            raise plan.explain(argument, error) from error
        gone = self.levels.owners and not self.connection.in_transaction
        if isinstance(error, DriverError) and (gone or not stale(error)):
            raise self.failed(error, plan.table) from error
        self._plans.clear()
        return self._afresh(key, argument)

    def _afresh(self, key: tuple[Any, ...], argument: Any) -> Any:
        """Work a plan out and carry it out, in one snapshot of the schema."""
        build, *arguments = key
        self.levels.check()
        with self.snapshot(writes=build.writes):
            plan: Plan = build(self, *arguments)
            bound = plan.bind(argument)
            try:
                cursor = self.run(plan.sql, bound, table=plan.table)
            except DataError as error:
                if isinstance(error.__cause__, UnicodeEncodeError):
                    raise plan.explain(argument, error) from error.__cause__
                raise
            try:
                result = plan.finish(cursor)
            except DriverError as error:
                raise self.failed(error, plan.table) from error
            self._plans.add(key, plan)
        return result

    def failed(self, error: DriverError, table: str | None = None) -> Error:
        """Say an error in this package's words; note if the transaction is gone with it."""
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
        self.begin(owner, writes=writes)
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

    def begin(self, owner: object, *, writes: bool = True) -> None:
        """Open a level."""
        levels = self.levels
        depth = levels.depth
        if depth:
            self.run(f"SAVEPOINT level_{depth}")
        else:
            self.turn.__enter__()
            try:
                immediate = writes and not self.file.read_only
                self.run("BEGIN IMMEDIATE" if immediate else "BEGIN")
                self._changes = self.connection.total_changes
            except BaseException:
                self.turn.__exit__(None, None, None)
                raise
            self.thread = threading.get_ident()
        levels.owners.append(owner)

    def commit(self, owner: object) -> None:
        """Close the innermost level and keep its work."""
        levels = self.levels
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
        """Undo the owner's level with those inside it."""
        levels = self.levels
        if owner is None:
            if not levels.owners:
                return
            levels.closing(owner, "rollback")
        depth = levels.level_of(owner)
        if depth == levels.depth:
            return
        del levels.owners[depth:]
        self.drain()
        self._plans.doubt()
        try:
            if self.connection.in_transaction:
                self._undo(depth)
        except DriverError as error:
            raise self.failed(error) from error
        finally:
            if not depth:
                self._left()

    def _undo(self, depth: int) -> None:
        if depth:
            self._execute(f"ROLLBACK TO level_{depth}")
            self._execute(f"RELEASE level_{depth}")
        else:
            self._execute("ROLLBACK")

    def _left(self) -> None:
        """Forget the transaction that has ended."""
        self.levels.lost = None
        self.thread = 0
        self.turn.__exit__(None, None, None)

    def drain(self) -> None:
        """Read what open streams still have to give, before something changes under them."""
        if self.streams:
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
                "%s is closed with a transaction open; it is rolled back", self.file.path
            )
            self.levels.owners.clear()
        self.streams.clear()
        self._plans.clear()
        opening.close(self.connection)

    def __del__(self) -> None:
        if getattr(self, "_closed", True) or not hasattr(self, "connection"):
            return
        if self.pid == os.getpid():
            self.close()
        else:
            keep_for_ever(self.connection)
