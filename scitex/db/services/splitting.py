"""Cutting a table into parts that can be read apart."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from scitex.db.domain.errors import DataError, InterfaceError, ProgrammingError, SchemaError
from scitex.db.domain.plain import plain
from scitex.db.domain.predicates import And, Column, IsNull, Not, OrderTerm, Predicate, col
from scitex.db.domain.queries import Given, Query, Text, given
from scitex.db.domain.splitting import Range, cuts, ranges
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage

_UNORDERED = frozenset({Kind.JSON, Kind.BLOB, Kind.BOOLEAN})
# Of which the engine's order counts, not Python's: an ENUM has its own, UTF-16 another than UTF-8.
_ENGINES_OWN = frozenset({Kind.ANY, Kind.TEXT})


def column_of(
    storage: Storage, table: str, on: str | None, *, columns: tuple[str, ...] | None
) -> ColumnSpec:
    """
    Return the column that a table is cut by: its key, unless another is named.

    Raises
    ------
    TableNotFoundError, ColumnNotFoundError
        If the table, that column, or one of the `columns` that are to be read is not there.
    InterfaceError
        If none is named, and the table has no key of one column.
    SchemaError
        If the column's values have no order.
    """
    spec = storage.describe(table)
    for name in columns or ():
        spec.column(name)
    if on is None and len(spec.primary_key) != 1:
        raise InterfaceError(
            f"table {table!r} has no primary key of one column to cut it by",
            hint="name a column: partitions(table, on='day')",
        )
    found = spec.column(spec.primary_key[0] if on is None else on)
    if found.type.kind in _UNORDERED:
        raise SchemaError(
            f"column {found.name!r} ({found.type}) of table {table!r} has values of no order",
            hint="cut the table by a column of numbers, moments or text",
        )
    return found


def split(
    storage: Storage, table: str, column: ColumnSpec, where: Given, *, count: int
) -> list[Range]:
    """
    Cut the records of a table into parts by the values of a column.

    Parameters
    ----------
    storage : Storage
    table : str
    column : ColumnSpec
    where : Given
        Which records are meant.
    count : int
        How many parts are wanted at most.

    Returns
    -------
    list of Range
        Of numbers and moments of the same length; of other values with as many records in each.

    Raises
    ------
    InterfaceError
        If `where` is text.
    SchemaError
        If the values are of types that have no order among them, as SQLite lets them be.
    """
    if isinstance(where.condition, Text):
        raise InterfaceError(
            "where= is text, and a part of it could not be told",
            hint="pass a mapping or a predicate: where=col('score') > 80",
        )
    on = column.name
    there: Predicate = Not(IsNull(Column(on)))
    wanted = there if where.condition is None else And(where.condition, there)

    def at(offset: int, *, descending: bool = False) -> Any:
        order = (OrderTerm(on, descending=descending),)
        query = Query(table, (on,), wanted, order, 1, offset)
        rows = storage.select(query, values=where.values)
        return rows[0][on] if rows else None

    low = at(0)
    if low is None or count == 1:
        return [Range(on)]
    found = cuts(low, at(0, descending=True), count, precision=column.type.precision)
    if found is None:
        total = storage.count(table, where=wanted, values=where.values)
        quantiles = [at(total * place // count) for place in range(1, count)]
        found = _told_apart(storage, table, column, [low, *quantiles])
    # SQLite lets keys be missing, whatever they are declared.
    gone = Query(table, (on,), IsNull(Column(on)), (), 1)
    return ranges(on, found, missing=column.nullable or bool(storage.select(gone)))


def _told_apart(storage: Storage, table: str, column: ColumnSpec, values: list[Any]) -> list[Any]:
    """Return where parts begin, of values in the engine's order, the least of which is first."""
    told = [value for value in values if plain(value) is not None]  # NaN is after all others
    several = SchemaError(
        f"column {column.name!r} of table {table!r} has values of several types",
        hint="cut the table by another column: partitions(table, on='id')",
    )
    if column.type.kind not in _ENGINES_OWN:
        try:
            return sorted({cut for cut in told if cut > told[0]})
        except TypeError as error:
            raise several from error
    if len({type(value) for value in told}) > 1:
        raise several
    found = [cut for before, cut in pairwise(told) if cut != before]
    if column.type.kind is Kind.TEXT:
        return found
    return [cut for cut in found if _is_known(storage, table, column, cut)]


def _is_known(storage: Storage, table: str, column: ColumnSpec, value: Any) -> bool:
    """Say whether the engine takes a value for the one that it gave: its order holds then."""
    same = given(col(column.name) == value)
    query = Query(table, (column.name,), same.condition, (), 1)
    try:
        return bool(storage.select(query, values=same.values))
    except (DataError, ProgrammingError) as error:
        raise SchemaError(
            f"column {column.name!r} ({column.type}) of table {table!r} has values that cannot "
            "be asked for",
            hint="cut the table by a column of numbers, moments or text",
        ) from error
