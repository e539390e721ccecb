"""Spelling the statements on records: SELECT, INSERT, UPDATE, DELETE."""

from __future__ import annotations

from collections.abc import Sequence

from scitex.db.adapters.sql.conditions import Clause, clause, order_clause
from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.domain.errors import ProgrammingError, SchemaError
from scitex.db.domain.queries import OnConflict, Query
from scitex.db.domain.tables import TableSpec


def select(dialect: Dialect, spec: TableSpec, query: Query, *, target: str) -> Clause:
    """Spell a SELECT; `target` is the table's quoted name."""
    if query.columns is None:
        columns = "*"
    else:
        columns = dialect.names(tuple(spec.column(name).name for name in query.columns))
    where = clause(dialect, spec, query.where)
    sql = f"SELECT {columns} FROM {target}"  # noqa: S608 - names are quoted, values bound
    if where.sql:
        sql += f" WHERE {where.sql}"
    sql += order_clause(dialect, spec, query.order_by)
    if query.limit is not None or query.offset:
        everything = "-1" if dialect.placeholder == "?" else "ALL"
        sql += f" LIMIT {everything if query.limit is None else query.limit}"
    if query.offset:
        sql += f" OFFSET {query.offset}"
    return Clause(sql, where.bind)


def insert(
    dialect: Dialect, spec: TableSpec, columns: Sequence[str], *, target: str, rows: int = 1
) -> str:
    """Spell an INSERT of `rows` records with these columns."""
    if spec.name.casefold() == "excluded":  # which ON CONFLICT takes for the record refused
        target += " AS scitex_rows"
    if not columns:
        return f"INSERT INTO {target} DEFAULT VALUES"
    names = dialect.names(written(spec, columns))
    row = f"({', '.join([dialect.placeholder] * len(columns))})"
    values = ", ".join([row] * rows)
    how = dialect.numbers_given if spec.numbered in columns else ""
    return f"INSERT INTO {target} ({names}){how} VALUES {values}"  # noqa: S608 - quoted, bound


def written(spec: TableSpec, columns: Sequence[str]) -> tuple[str, ...]:
    """
    Return the names of columns that are given values.

    Raises
    ------
    ColumnNotFoundError
        If the table lacks one.
    ProgrammingError
        If one is computed.
    """
    for name in columns:
        if spec.column(name).generated is not None:
            raise ProgrammingError(
                f"column {name!r} of table {spec.name!r} is computed and cannot be written",
                hint="leave it out of the record",
            )
    return tuple(columns)


def conflict_target(
    spec: TableSpec, columns: tuple[str, ...], *, keys: Sequence[frozenset[str]]
) -> tuple[str, ...]:
    """
    Return the columns that make two records the same.

    Parameters
    ----------
    spec : TableSpec
    columns : tuple of str
        As the caller gave them; empty means the primary key.
    keys : sequence of frozenset of str
        Every set of columns that a key or a unique index covers.

    Raises
    ------
    SchemaError
        If the table has no primary key, or the columns are not unique.
    """
    if not columns:
        if not spec.primary_key:
            raise SchemaError(
                f"table {spec.name!r} has no primary key, so no two records are the same",
                hint="name the columns: conflict_columns=[...]",
            )
        return spec.primary_key
    for name in columns:
        spec.column(name)
    if frozenset(columns) not in keys:
        listed = ", ".join(map(repr, columns))
        raise SchemaError(
            f"no key or unique index of table {spec.name!r} covers {listed}",
            hint=f"make one: create_index({spec.name!r}, [{listed}], unique=True)",
        )
    return columns


def on_conflict(
    dialect: Dialect, columns: Sequence[str], target: tuple[str, ...], policy: OnConflict
) -> str:
    """Spell what happens where a record with the same `target` exists."""
    if policy == "error":
        return ""
    clause_start = f" ON CONFLICT ({dialect.names(target)}) DO "
    if policy == "ignore":
        return clause_start + "NOTHING"
    changed = [name for name in columns if name not in target] or list(target)
    assignments = ", ".join(
        f"{dialect.name(name)} = excluded.{dialect.name(name)}" for name in changed
    )
    return f"{clause_start}UPDATE SET {assignments}"


def assignments(dialect: Dialect, spec: TableSpec, columns: Sequence[str]) -> str:
    """Spell the SET of an UPDATE."""
    names = [dialect.name(name) for name in written(spec, columns)]
    return ", ".join(f"{name} = {dialect.placeholder}" for name in names)


def update(
    dialect: Dialect, spec: TableSpec, columns: Sequence[str], where: Clause, *, target: str
) -> str:
    """Spell an UPDATE of the records that meet a condition."""
    changes = assignments(dialect, spec, columns)
    return f"UPDATE {target} SET {changes} WHERE {where.sql}"  # noqa: S608 - quoted, bound


def delete(where: Clause, *, target: str) -> str:
    """Spell a DELETE of the records that meet a condition."""
    return f"DELETE FROM {target} WHERE {where.sql}"  # noqa: S608 - quoted, bound


def count(where: Clause, *, target: str) -> str:
    """Spell a count of the records that meet a condition."""
    condition = f" WHERE {where.sql}" if where.sql else ""
    return f"SELECT count(*) FROM {target}{condition}"  # noqa: S608 - quoted, bound


def keyed_update_columns(
    table: str, record: Sequence[str], key: tuple[str, ...], *, row: int
) -> list[str]:
    """
    Return the columns that an update_many record changes.

    Raises
    ------
    ProgrammingError
        If a key column is missing, or there is nothing else.
    """
    missing = [name for name in key if name not in record]
    if missing:
        raise ProgrammingError(
            f"record {row} for table {table!r} lacks the key column {missing[0]!r}",
            hint="each record of update_many needs every key column",
        )
    changed = [name for name in record if name not in key]
    if not changed:
        raise ProgrammingError(
            f"record {row} for table {table!r} has nothing to change beside its key",
            hint="add the columns to change",
        )
    return changed
