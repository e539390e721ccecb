"""JSON values in a condition: which columns have them, and what they are compared as."""

from __future__ import annotations

from scitex.db.domain.errors import DataError, ProgrammingError
from scitex.db.domain.jsonpaths import JsonPath, Sort
from scitex.db.domain.predicates import Arithmetic, Column, Compare, Expression
from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec
from scitex.db.domain.types import Kind
from scitex.db.domain.values import Misfit, shown

_SORTS: dict[Kind, Sort] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "number",
    Kind.REAL: "number",
    Kind.NUMERIC: "number",
    Kind.BOOLEAN: "boolean",
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}


def json_column(spec: TableSpec, name: str) -> ColumnSpec:
    """
    Return a column that holds JSON.

    Raises
    ------
    ColumnNotFoundError
        If there is none of the name.
    DataError
        If it holds something else.
    """
    column = spec.column(name)
    if column.type.kind is not Kind.JSON:
        raise DataError(
            f"column {name!r} ({column.type}) of table {spec.name!r} is no JSON "
            "column, so there is nothing inside",
            table=spec.name,
            column=name,
            hint='declare it JSON: {"config": "JSON"}',
        )
    return column


def changed_column(spec: TableSpec, name: str) -> ColumnSpec:
    """
    Return a column that holds JSON and may be changed.

    Raises
    ------
    ColumnNotFoundError, DataError
        As `json_column`.
    ProgrammingError
        If it is computed.
    """
    column = json_column(spec, name)
    if column.generated is not None:
        raise ProgrammingError(
            f"column {name!r} of table {spec.name!r} is computed, so nothing is put into it",
            hint="change what it is computed from",
        )
    return column


def check_indexed(spec: TableSpec, index: IndexSpec) -> None:
    """
    See that an index is on what the table has.

    Raises
    ------
    ColumnNotFoundError
        If it lacks a column.
    DataError
        If something inside a column is meant that holds no JSON.
    """
    for each in index.columns:
        if isinstance(each, str):
            spec.column(each)
        else:
            json_column(spec, each.column)


def sided(node: Compare, spec: TableSpec) -> tuple[JsonPath, Compare]:
    """
    Turn a comparison so that its JSON value is on the left, and say what it is compared as.

    Parameters
    ----------
    node : Compare
        One of its sides is a `JsonPath`.
    spec : TableSpec

    Returns
    -------
    JsonPath, Compare
        The path, its sort told by the other side where that is a column or a sum.

    Raises
    ------
    DataError
        If the other side is a column that no JSON value is compared with.
    """
    if not isinstance(node.left, JsonPath):
        node = Compare(node.right, _MIRRORED[node.sign], node.left)  # type: ignore[arg-type]  # the mirror of a sign is one
    path, other = node.left, node.right
    assert isinstance(path, JsonPath)  # noqa: S101 - one side is
    json_column(spec, path.column)
    if isinstance(other, JsonPath):
        json_column(spec, other.column)
    if isinstance(other, (Column, Arithmetic)):
        path = path.as_sort(_sort(path, other, spec))
    return path, Compare(path, node.sign, other)


def _sort(path: JsonPath, other: Expression, spec: TableSpec) -> Sort:
    if not isinstance(other, Column):
        return "number"
    column = spec.column(other.name)
    sort = _SORTS.get(column.type.kind)
    if sort is None:
        raise DataError(
            f"{path} of table {spec.name!r} cannot be compared with column {column.name!r} "
            f"({column.type})",
            table=spec.name,
            column=column.name,
            hint="JSON has text, numbers and booleans: compare it with a column of these",
        )
    return sort


def incomparable(misfit: Misfit, value: object, path: JsonPath, table: str) -> DataError:
    """Make the error that a value can never be one in JSON."""
    return DataError(
        f"{shown(value)} cannot be asked of {path} of table {table!r}: {misfit.why}",
        table=table,
        column=path.column,
        hint=misfit.hint,
    )
