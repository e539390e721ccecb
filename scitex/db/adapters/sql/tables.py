"""Making and changing tables and indexes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from scitex.db.adapters.sql import ddl
from scitex.db.adapters.sql.asking import Asked, Described
from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.domain.errors import (
    ForeignKeyError,
    IndexNotFoundError,
    IntegrityError,
    ProgrammingError,
    SchemaError,
    UnsupportedFeatureError,
)
from scitex.db.domain.jsonsides import check_indexed
from scitex.db.domain.references import check_reference, referred
from scitex.db.domain.tables import (
    ColumnSpec,
    IndexSpec,
    TableSpec,
    differences,
    index_taken,
    name_taken,
    needed_by,
    table_differs,
)
from scitex.db.domain.types import Kind

_DEPENDENTS = "drop what uses it first: a view, a trigger"


class Altered(Asked, Protocol):
    """A session through which tables are made and changed."""

    dialect: Dialect

    @property
    def prefix(self) -> str:
        """What stands before a table's quoted name: its schema and a dot, or nothing."""
        ...

    def run(self, sql: str, bound: Any = ..., *, table: str | None = None) -> Any:
        """Run a statement."""
        ...

    def snapshot(self, *, writes: bool) -> AbstractContextManager[None]:
        """See one state of the database for the length of a block."""
        ...

    def atomic(self) -> AbstractContextManager[None]:
        """Do all of a block or nothing."""
        ...

    def described(self, table: str) -> Described:
        """Describe a table as it is now."""
        ...

    def column_sql(self, spec: TableSpec, column: ColumnSpec) -> str:
        """Spell one column of CREATE TABLE."""
        ...

    def tables(self) -> list[str]:
        """Return the names of the tables."""
        ...

    def has_table(self, table: str) -> bool:
        """Say whether something has this name; raise where it cannot be told from another."""
        ...

    def as_described(self, spec: TableSpec) -> TableSpec:
        """Return a table as the engine would describe it once it is made."""
        ...

    def check_new(self, spec: TableSpec) -> None:
        """Refuse a table that the engine cannot have."""
        ...

    def check_addition(self, spec: TableSpec, column: ColumnSpec) -> None:
        """Refuse a column that the engine cannot add to this table."""
        ...

    def users_of(self, spec: TableSpec, column: str) -> list[str]:
        """Return what uses a column and would not keep the engine from dropping it."""
        ...

    def referring(self, table: str) -> list[str]:
        """Return the other tables that refer to this one."""
        ...

    def indexes(self, table: str) -> list[IndexSpec]:
        """Return the table's indexes, those that carry a key left out."""
        ...

    def index_owner(self, table: str, name: str) -> str | None:
        """Return the table whose index has this name, beside `table`, if there is one."""
        ...


def create_table(session: Altered, spec: TableSpec, *, tail: str = "") -> None:
    """Make a table, with `tail` behind its columns; leave one that is the same alone."""
    spec = spec.with_keys_required()
    with session.snapshot(writes=False):
        if _left_alone(session, spec):
            return
        check_references(session, spec)
    try:
        with session.atomic():
            if not _left_alone(session, spec):
                make_table(session, spec, tail=tail)
    except (IntegrityError, SchemaError):
        # Another process may have made it meanwhile: PostgreSQL then speaks of a duplicate.
        if not _left_alone(session, spec):
            raise


def make_table(session: Altered, spec: TableSpec, *, tail: str = "") -> None:
    """Make a table, whatever it refers to."""
    session.check_new(spec)
    sql = ddl.create_table(
        session.dialect,
        spec,
        session.column_sql,
        target=session.target(spec.name),
        prefix=session.prefix,
    )
    session.run(sql + tail, table=spec.name)
    _have_in_place(session, spec.name, spec.columns)


def _have_in_place(session: Altered, table: str, columns: Sequence[ColumnSpec]) -> None:
    """Have bytes be kept so that parts of them can be read; that they be compressed costs more."""
    dialect = session.dialect
    clauses = [
        dialect.in_place.format(dialect.name(column.name))
        for column in columns
        if column.type.kind is Kind.BLOB and dialect.in_place
    ]
    if clauses:
        with contextlib.suppress(UnsupportedFeatureError), session.atomic():  # Citus does not
            session.run(f"ALTER TABLE {session.target(table)} {', '.join(clauses)}", table=table)


def check_references(session: Altered, spec: TableSpec) -> None:
    """See that every foreign key refers to a key of a table that there is."""
    for key in spec.foreign_keys:
        if key.table == spec.name:
            check_reference(spec, key, spec, unique=False)
        else:
            parent = session.described(key.table)
            unique = frozenset(referred(key, parent.spec)) in parent.keys
            check_reference(spec, key, parent.spec, unique=unique)


def _left_alone(session: Altered, spec: TableSpec) -> bool:
    """Say whether the table is there already; raise where it is another."""
    if not session.has_table(spec.name):
        return False
    found = session.described(spec.name).spec
    if differences(spec, found):
        words = differences(session.as_described(spec), found)
        if words:
            raise table_differs(spec.name, words)
    return True


def drop_table(session: Altered, table: str) -> None:
    """Remove a table."""
    with session.atomic():
        session.described(table)
        others = session.referring(table)
        if others:
            raise referred_to(table, others)
        session.run(f"DROP TABLE {session.target(table)}", table=table)


def referred_to(table: str, others: Sequence[str]) -> ForeignKeyError:
    """Make the error that other tables refer to one that is to be dropped."""
    return ForeignKeyError(
        f"table {table!r} is referred to by {', '.join(map(repr, others))}",
        table=table,
        hint="drop those tables first",
    )


def rename_table(session: Altered, table: str, to: str) -> None:
    """Give a table another name."""
    with session.atomic():
        session.described(table)
        if to == table or session.has_table(to):
            raise name_taken("table", to)
        new = session.dialect.name(to)
        session.run(f"ALTER TABLE {session.target(table)} RENAME TO {new}", table=table)


def add_column(session: Altered, table: str, column: ColumnSpec) -> None:
    """Add a column at the end."""
    with session.atomic():
        spec = session.described(table).spec
        if column.name in spec.names:
            raise name_taken("column", column.name, table)
        lacks = (column.default or "NULL").upper() == "NULL" and column.generated is None
        if not column.nullable and lacks and not column.autoincrement:
            raise SchemaError(
                f"column {column.name!r} of table {table!r} may not be NULL and has no default",
                hint="give it a DEFAULT, or leave NOT NULL out",
            )
        session.check_addition(spec, column)
        spelt = session.column_sql(spec.with_column(column), column)
        session.run(f"ALTER TABLE {session.target(table)} ADD COLUMN {spelt}", table=table)
        _have_in_place(session, table, [column])


def drop_column(session: Altered, table: str, column: str) -> None:
    """Remove a column."""
    with session.atomic():
        spec = session.described(table).spec
        spec.column(column)
        needed_by(spec, session.indexes(table), column)
        name = session.dialect.name(column)
        refused, hint = f"column {column!r} of table {table!r} cannot be dropped: ", _DEPENDENTS
        try:
            found = session.users_of(spec, column)
            if not found:
                session.run(f"ALTER TABLE {session.target(table)} DROP COLUMN {name}", table=table)
        except ProgrammingError as error:
            raise SchemaError(f"{refused}{error.message}", hint=hint) from error.__cause__
        if found:
            raise SchemaError(f"{refused}{' and '.join(found)} would lose it", hint=hint)


def rename_column(session: Altered, table: str, column: str, to: str) -> None:
    """Give a column another name."""
    with session.atomic():
        spec = session.described(table).spec
        spec.column(column)
        if to in spec.names:
            raise name_taken("column", to, table)
        old, new = session.dialect.name(column), session.dialect.name(to)
        target = session.target(table)
        session.run(f"ALTER TABLE {target} RENAME COLUMN {old} TO {new}", table=table)


def create_index(session: Altered, index: IndexSpec) -> None:
    """Make an index; leave one that is the same alone."""
    try:
        _make_index(session, index)
    except (IntegrityError, SchemaError):
        # Another process may have made it meanwhile: PostgreSQL then speaks of a duplicate.
        if session.index_owner(index.table, index.name) is None:
            raise
        _make_index(session, index)


def _make_index(session: Altered, index: IndexSpec) -> None:
    with session.atomic():
        spec = session.described(index.table).spec
        check_indexed(spec, index)
        name = session.dialect.name(index.name)
        owner = session.index_owner(index.table, index.name)
        if owner is not None:
            same = {found.name: found for found in session.indexes(owner)}
            index_taken(index, same.get(index.name))
            return
        sql = ddl.create_index(
            session.dialect, index, name=name, target=session.target(index.table)
        )
        session.run(sql, table=index.table)


def drop_index(session: Altered, table: str, name: str) -> None:
    """Remove an index of the table."""
    with session.atomic():
        session.described(table)
        known = [index.name for index in session.indexes(table)]
        if name not in known:
            raise IndexNotFoundError(name, known, table=table)
        session.run(f"DROP INDEX {session.prefix}{session.dialect.name(name)}", table=table)
