"""A connection that works statements out for tables, and carries them out."""

from __future__ import annotations

from typing import Any

import attrs

from scitex.db.adapters.sql import logs
from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.batches import Batch
from scitex.db.adapters.sql.plans import Numbering, Plan
from scitex.db.adapters.sql.rowmaking import Decoder
from scitex.db.adapters.sqlite3 import catalog, joining, values
from scitex.db.adapters.sqlite3.connection import Connection
from scitex.db.adapters.sqlite3.dialect import SQLITE, check_text, column_sql, in_own_words
from scitex.db.adapters.sqlite3.errors import DriverError, stale
from scitex.db.domain.errors import ColumnNotFoundError, DataError
from scitex.db.domain.queries import OnConflict
from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec


class Session(Connection):
    """
    One connection to SQLite, with the statements worked out for it.

    Parameters
    ----------
    target : Target
        What is opened.
    """

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

    def target(self, table: str) -> str:
        """Quote a table's name."""
        return SQLITE.name(table)

    spelling = staticmethod(values.spelling)  # not bound: it outlives the session in a cache

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
        """Return the table as SQLite tells it: in the words that it was declared with."""
        return attrs.evolve(spec, columns=[in_own_words(column) for column in spec.columns])

    check_new = staticmethod(catalog.check_new)

    def check_addition(self, spec: TableSpec, column: ColumnSpec) -> None:
        """Refuse a column that SQLite cannot add to this table."""
        catalog.check_addition(self, spec, column)

    def users_of(self, spec: TableSpec, column: str) -> list[str]:
        """Return the views and triggers that name a column."""
        return catalog.users_of(self, spec, column)

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

    def perform(self, key: tuple[Any, ...], argument: Any) -> Any:
        """Carry out what `key` says: what makes the plan, and its arguments; keep the plan."""
        plan = self._plans.by_key.get(key)
        if plan is None:
            return self._afresh(key, argument)
        if plan.writes:
            self.whereabouts.look()
            self.drain()
        levels = self.levels
        if levels.lost is not None:
            levels.check()
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
            self._plans.add(key, plan, self.schema_mark)
        return result
