"""A connection that works statements out for tables, and alters tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scitex.db.adapters.postgresql import catalog, normal, opening, values
from scitex.db.adapters.postgresql.bulk import loading
from scitex.db.adapters.postgresql.bulk.copying import Copying
from scitex.db.adapters.postgresql.dialect import POSTGRESQL, column_sql
from scitex.db.adapters.postgresql.errors import DriverError, drifted
from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.batches import Batch
from scitex.db.adapters.sql.plans import Numbering, Plan
from scitex.db.adapters.sql.rowmaking import Decoder
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DatabaseError,
    DataError,
    TableNotFoundError,
)
from scitex.db.domain.queries import OnConflict
from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec

_PLANS_KEPT = 512
_BELIEVED = 1.0  # seconds for which what was worked out for a table is used without asking again


class Session(Copying):
    """
    One connection to PostgreSQL, with the statements worked out for it.

    Parameters
    ----------
    target : Target
        What is opened.
    """

    def __init__(self, target: opening.Target) -> None:
        self._plans: dict[tuple[Any, ...], Plan] = {}
        self._born = 0.0
        super().__init__(target)

    dialect = POSTGRESQL
    schema_is_watched = False
    batch = 20_000
    batch_there = 1_000_000  # measured: one long COPY takes 0.85 of the time of many
    changes = 100_000
    rows_at_a_time = 500
    most_variables = 100_000
    repeats_keys = False  # one ON CONFLICT statement may touch a record only once

    # -------------------------------------------------------- what plans are made of

    def described(self, table: str) -> Described:
        """Describe a table as it is now."""
        return catalog.describe(self, table)

    def schema_mark(self) -> object:
        """Return another one each time: the server does not tell when a table changes."""
        return object()

    spelling = staticmethod(values.spelling)  # not bound: it outlives the session in a cache

    def decoder(self, table: str, column: ColumnSpec) -> Decoder | None:
        """Return None: the driver reads values by the types that the server tells."""
        return None

    def check_text(self, spec: TableSpec, text: str) -> None:
        """Let all text pass: PostgreSQL takes no name for a string."""

    def numbering(self, described: Described, columns: tuple[str, ...]) -> Numbering:
        """Move the sequence where a number is given, so that it is not given out again."""
        if described.sequence is None or described.spec.numbered not in columns:
            return Numbering()
        return Numbering(before=catalog.advance(described.sequence), times=3)

    def move_sequence(self, described: Described) -> None:
        """Move the sequence past the numbers that were given."""
        if described.sequence is not None and described.spec.numbered is not None:
            column = POSTGRESQL.name(described.spec.numbered)
            target = self.target(described.spec.name)
            most = self.rows(f"SELECT max({column}) FROM {target}", ())[0][0]  # noqa: S608
            if most is not None:
                self.run(catalog.advance(described.sequence), (most, most, most)).close()

    def load(self, batch: Batch, *, policy: OnConflict, target: tuple[str, ...]) -> int | None:
        """Store a batch by COPY, where that can be."""
        return loading.insert(self, batch, policy=policy, target=target)

    def load_changes(self, batch: Batch, *, key: tuple[str, ...]) -> int | None:
        """Change records by COPY and a join, where that can be."""
        return loading.update(self, batch, key=key)

    # --------------------------------------------------- what tables are altered by

    def column_sql(self, spec: TableSpec, column: ColumnSpec) -> str:
        """Spell one column of CREATE TABLE."""
        return column_sql(spec, column)

    def tables(self) -> list[str]:
        """Return the names of the tables."""
        return catalog.tables(self, self.server.schema)

    def has_table(self, table: str) -> bool:
        """Say whether something has this name."""
        return bool(self.rows("SELECT to_regclass(%s)", (self.regclass(table),))[0][0])

    def as_described(self, spec: TableSpec) -> TableSpec:
        """Return a table as the server would describe it once it is made."""
        return normal.as_described(self, spec)

    def check_new(self, spec: TableSpec) -> None:
        """Let every table be made."""

    def check_addition(self, spec: TableSpec, column: ColumnSpec) -> None:
        """Let every column be added."""

    def users_of(self, spec: TableSpec, column: str) -> list[str]:
        """Name nothing: the server knows what depends on a column, and refuses."""
        return []

    def referring(self, table: str) -> list[str]:
        """Return the other tables that refer to this one."""
        return catalog.referring(self, table)

    def indexes(self, table: str) -> list[IndexSpec]:
        """Return the table's indexes, those that carry a key left out."""
        return catalog.indexes(self, table)

    def index_owner(self, table: str, name: str) -> str | None:
        """Return the table whose index has this name in the same schema, if there is one."""
        return catalog.index_owner(self, table, name)

    @contextmanager
    def snapshot(self, *, writes: bool) -> Iterator[None]:
        """Do nothing: each statement sees what is there when it begins."""
        yield

    def perform(self, key: tuple[Any, ...], argument: Any) -> Any:
        """
        Carry out what `key` says, working its plan out when it is first asked for.

        Parameters
        ----------
        key : tuple
            ``(build, *arguments)``: what makes the plan from this session.
        argument : object
            What the plan binds.
        """
        if time.monotonic() - self._born > _BELIEVED:
            self.changed()
        plan = self._plans.get(key)
        if plan is None:
            return self._carry_out(self._plan(key), argument)
        try:
            return self._carry_out(plan, argument)
        except (DataError, ColumnNotFoundError, TableNotFoundError):
            pass
        except DatabaseError as error:
            if not (isinstance(error.__cause__, DriverError) and drifted(error.__cause__)):
                raise
        self.changed()
        return self._carry_out(self._plan(key), argument)

    def _plan(self, key: tuple[Any, ...]) -> Plan:
        build, *arguments = key
        plan: Plan = build(self, *arguments)
        if len(self._plans) >= _PLANS_KEPT:
            self._plans.clear()
        self._plans[key] = plan
        return plan

    def _carry_out(self, plan: Plan, argument: Any) -> Any:
        bound = plan.bind(argument)
        try:
            cursor = self.run(plan.sql, bound, table=plan.table, writes=plan.writes)
        except DataError as error:
            if isinstance(error.__cause__, UnicodeEncodeError):
                raise plan.explain(argument, error) from error.__cause__
            raise
        try:
            return plan.finish(cursor)
        except DriverError as error:  # another thread closes the connection
            raise self._failed(error, plan.table, writes=plan.writes) from error
        finally:
            cursor.close()

    def changed(self) -> None:
        """Work everything out anew from now on."""
        self._plans.clear()
        self._born = time.monotonic()
