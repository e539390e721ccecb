"""
Working out the statements on records, for a table as it is now.

Each function is the first part of a plan's key: a session that has no plan for the key, or
whose plan is out of date, calls it with the rest of the key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import attrs

from scitex.db.adapters.sql import statements
from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.binding import RecordBinder, Spelling, record_binder
from scitex.db.adapters.sql.conditions import Clause, clause
from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.adapters.sql.rowmaking import Decoder, read, row_maker
from scitex.db.domain.errors import DataError
from scitex.db.domain.queries import Condition, OnConflict, Query, Text
from scitex.db.domain.tables import ColumnSpec, TableSpec


class Plan:
    """
    A statement worked out for a table as it is.

    Attributes
    ----------
    sql : str
    bind : callable
        Turns the call's argument into the driver's values.
    finish : callable
        Turns the cursor into the call's result.
    table : str
    writes : bool
    explain : callable
        Makes the error for a text in the argument that only the driver found to be no Unicode.
    """

    __slots__ = ("bind", "explain", "finish", "sql", "table", "writes")

    def __init__(
        self,
        sql: str,
        bind: Callable[[Any], Any],
        finish: Callable[[Any], Any],
        *,
        table: str,
        writes: bool,
        explain: Callable[[Any, Exception], DataError] | None = None,
    ) -> None:
        self.sql = sql
        self.bind = bind
        self.finish = finish
        self.table = table
        self.writes = writes
        self.explain = explain or _no_unicode


def _no_unicode(_argument: Any, error: Exception) -> DataError:
    return DataError(f"text must be valid Unicode: {error}", hint="store it as bytes")


@attrs.frozen
class Numbering:
    """
    What an INSERT has to do with the numbers that the engine gives out.

    Attributes
    ----------
    tells : bool
        Whether the cursor tells the number that a record got, which is then its key.
    before : str
        SQL that goes before the INSERT where a number is given: it moves the sequence.
    times : int
        How often that SQL binds the number.
    """

    tells: bool = False
    before: str = ""
    times: int = 0


class Planned(Protocol):
    """
    What a plan is worked out from: a session that knows its engine's ways.

    Attributes
    ----------
    dialect : Dialect
    schema_is_watched : bool
        Whether a plan is certainly thrown away when its table changes.
    """

    dialect: Dialect
    schema_is_watched: bool

    def described(self, table: str) -> Described:
        """Describe a table as it is now."""
        ...

    def target(self, table: str) -> str:
        """Quote a table's name, with its schema where there is one."""
        ...

    def spelling(self, column: ColumnSpec) -> Spelling:
        """Say how values of a column are spelt."""
        ...

    def decoder(self, table: str, column: ColumnSpec) -> Decoder | None:
        """Return what reads a column's values, or None where they come right."""
        ...

    def check_text(self, spec: TableSpec, text: str) -> None:
        """Refuse text that the engine would misread."""
        ...

    def numbering(self, described: Described, columns: tuple[str, ...]) -> Numbering:
        """Say how the engine numbers records that name these columns."""
        ...


F = TypeVar("F", bound=Callable[..., Plan])


def builder(*, writes: bool) -> Callable[[F], F]:
    """Mark whether what a function plans writes."""

    def mark(build: F) -> F:
        build.writes = writes  # type: ignore[attr-defined]
        return build

    return mark


def condition(session: Planned, spec: TableSpec, where: Condition | None) -> Clause:
    """Spell a condition on a table's records."""
    if isinstance(where, Text):
        session.check_text(spec, where.text)
    return clause(session.dialect, spec, where)


def selection(session: Planned, spec: TableSpec, query: Query) -> Clause:
    """Spell a SELECT."""
    for part in (query.where, query.order_by):
        if isinstance(part, Text):
            session.check_text(spec, part.text)
    return statements.select(session.dialect, spec, query, target=session.target(query.table))


def decoders(
    session: Planned, spec: TableSpec, names: tuple[str, ...] | None
) -> tuple[Decoder | None, ...]:
    """Return what reads each of the columns asked for."""
    columns = spec.names if names is None else names
    return tuple(session.decoder(spec.name, spec.column(name)) for name in columns)


def cursor_names(cursor: Any) -> tuple[str, ...]:
    """Return the names of a cursor's columns."""
    return tuple([column[0] for column in cursor.description])


@builder(writes=False)
def select(session: Planned, query: Query) -> Plan:
    """Plan a SELECT whose rows come as dicts."""
    spec = session.described(query.table).spec
    found = selection(session, spec, query)
    readers = decoders(session, spec, query.columns)
    make = row_maker(spec.names if query.columns is None else query.columns, readers)

    def known_rows(cursor: Any) -> list[dict[str, Any]]:
        return read(cursor, make)

    def told_rows(cursor: Any) -> list[dict[str, Any]]:
        return read(cursor, row_maker(cursor_names(cursor)))

    finish = known_rows if session.schema_is_watched else told_rows
    return Plan(found.sql, found.bind, finish, table=query.table, writes=False)


@builder(writes=False)
def count(session: Planned, table: str, where: Condition | None) -> Plan:
    """Plan a count."""
    found = condition(session, session.described(table).spec, where)
    sql = statements.count(found, target=session.target(table))
    return Plan(sql, found.bind, _first_value, table=table, writes=False)


def _first_value(cursor: Any) -> Any:
    return cursor.fetchall()[0][0]


def rowcount(cursor: Any) -> int:
    """Return how many records a statement changed."""
    return int(cursor.rowcount)


def nothing(cursor: Any) -> None:
    """Return nothing."""


def _lone_value(cursor: Any) -> Any:
    # All rows are fetched: SQLite ends a statement that returns rows only then.
    found = cursor.fetchall()
    return found[0][0] if found else None


def returned_key(session: Planned, spec: TableSpec) -> Callable[[Any], Any]:
    """Return what reads the primary key that a statement returns; None where it returns none."""
    names = spec.primary_key
    readers = decoders(session, spec, names)
    if readers == (None,):
        return _lone_value
    make = row_maker(names, readers)

    def finish(cursor: Any) -> Any:
        found = read(cursor, make)
        if not found:
            return None
        values = tuple(found[0].values())
        return values[0] if len(values) == 1 else values

    return finish


@builder(writes=True)
def insert(
    session: Planned, table: str, policy: OnConflict, target: tuple[str, ...], *columns: str
) -> Plan:
    """Plan the INSERT of one record that names exactly `columns`, in that order."""
    described = session.described(table)
    spec = described.spec
    numbering = session.numbering(described, columns)
    tail, binder = insertion(session, described, columns, policy, target)
    bind = binder.one
    dialect = session.dialect
    sql = statements.insert(dialect, spec, columns, target=session.target(table)) + tail
    if numbering.before:
        sql = numbering.before + sql
        bind = _twice_bound(bind, columns.index(spec.numbered or ""), numbering.times)
    if numbering.tells and policy == "error":
        finish: Callable[[Any], Any] = _last_row
    elif spec.primary_key:
        sql += f" RETURNING {dialect.names(spec.primary_key)}"
        finish = returned_key(session, spec)
    else:
        finish = nothing
    return Plan(sql, bind, finish, table=table, writes=True, explain=binder.explain)


def insertion(
    session: Planned,
    described: Described,
    columns: tuple[str, ...],
    policy: OnConflict,
    target: tuple[str, ...],
) -> tuple[str, RecordBinder]:
    """Spell what follows the values of an INSERT, and make what binds a record."""
    spec = described.spec
    binder = record_binder(spec, columns, session.spelling)
    if policy == "error":
        return "", binder
    meant = statements.conflict_target(spec, target, keys=described.keys)
    if not columns:
        return "", binder
    return statements.on_conflict(session.dialect, columns, meant, policy), binder


def _twice_bound(
    bind: Callable[[Mapping[str, object]], tuple[Any, ...]], place: int, times: int
) -> Callable[[Mapping[str, object]], tuple[Any, ...]]:
    """Bind the value at `place` some times more, before the others."""

    def bound(record: Mapping[str, object]) -> tuple[Any, ...]:
        values = bind(record)
        return (*[values[place]] * times, *values)

    return bound


def _last_row(cursor: Any) -> Any:
    # Where the table itself ignored the record, the number is that of the one stored before.
    return cursor.lastrowid if cursor.rowcount else None


@builder(writes=True)
def update(session: Planned, table: str, where: Condition, *columns: str) -> Plan:
    """Plan an UPDATE by a condition; binds the changes with the condition's values."""
    spec = session.described(table).spec
    binder = record_binder(spec, columns, session.spelling)
    found = condition(session, spec, where)
    sql = statements.update(session.dialect, spec, columns, found, target=session.target(table))

    def bind(argument: tuple[Mapping[str, object], Any]) -> tuple[Any, ...]:
        changes, values = argument
        return binder.one(changes) + found.bind(values)

    def explain(argument: tuple[Mapping[str, object], Any], error: Exception) -> DataError:
        return binder.explain(argument[0], error)

    return Plan(sql, bind, rowcount, table=table, writes=True, explain=explain)


@builder(writes=True)
def update_by_key(session: Planned, table: str, key: tuple[str, ...], *columns: str) -> Plan:
    """Plan an UPDATE by key of records that name exactly `columns`; binds one record."""
    spec = session.described(table).spec
    binder = record_binder(spec, columns, session.spelling)
    changed = [place for place, name in enumerate(columns) if name not in key]
    order = [*changed, *(columns.index(name) for name in key)]
    dialect = session.dialect
    equal = " AND ".join(f"{dialect.name(name)} = {dialect.placeholder}" for name in key)
    sql = statements.update(
        dialect,
        spec,
        [columns[place] for place in changed],
        Clause(equal, lambda _: ()),
        target=session.target(table),
    )

    def bind(record: Mapping[str, object]) -> tuple[Any, ...]:
        values = binder.one(record)
        return tuple([values[place] for place in order])

    return Plan(sql, bind, rowcount, table=table, writes=True, explain=binder.explain)


@builder(writes=True)
def delete(session: Planned, table: str, where: Condition) -> Plan:
    """Plan a DELETE by a condition."""
    found = condition(session, session.described(table).spec, where)
    sql = statements.delete(found, target=session.target(table))
    return Plan(sql, found.bind, rowcount, table=table, writes=True)
