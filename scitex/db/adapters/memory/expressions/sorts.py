"""The values that a condition speaks of, and of which sort they are."""

from __future__ import annotations

import decimal
from typing import Any

from scitex.db.adapters.memory.expressions import arrows, functions
from scitex.db.adapters.memory.expressions.arrows import Arrow
from scitex.db.adapters.memory.expressions.functions import Call
from scitex.db.adapters.memory.expressions.keeping import asked
from scitex.db.adapters.memory.expressions.scope import Scope
from scitex.db.domain.errors import ProgrammingError, UnsupportedFeatureError
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.plain import plain
from scitex.db.domain.predicates import Arithmetic, Column, Expression, Literal, Parameter
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import ColumnType, Kind
from scitex.db.domain.values import fit, refused, shown

NUMBERS = frozenset({Kind.INTEGER, Kind.REAL, Kind.NUMERIC})
_NUMBER_TYPES = (int, float, decimal.Decimal)
_SORTS: dict[type, str] = {
    str: "text",
    bytes: "blob",
    bool: "boolean",
    **dict.fromkeys(_NUMBER_TYPES, "number"),
}
_UNTYPED = ColumnType(Kind.ANY, "")


def constant(node: Expression, scope: Scope) -> Any:
    """Return the value that a literal or a parameter stands for."""
    return scope.values[node.place] if isinstance(node, Parameter) else node.value  # type: ignore[union-attr]


def asked_of(value: Any, column: ColumnSpec, scope: Scope) -> Any:
    """
    Read a value that a column is compared with.

    Raises
    ------
    DataError
        If it can never be in the column.
    ProgrammingError
        If PostgreSQL has no operator for it.
    """
    if scope.from_text and scope.engine == "postgresql":
        _refuse_other_sort(value, column, scope)
    try:
        return asked(value, column.type)
    except Misfit as misfit:
        raise refused(
            misfit,
            value,
            table=scope.spec.name,
            column=column.name,
            type=column.type,
            row=scope.row,
        ) from None


def _refuse_other_sort(value: Any, column: ColumnSpec, scope: Scope) -> None:
    """Refuse a boolean beside numbers, and a number beside booleans, as PostgreSQL does."""
    given = plain(value)
    is_bool, kind = isinstance(given, bool), column.type.kind
    if (is_bool and kind in NUMBERS) or (
        kind is Kind.BOOLEAN and not is_bool and isinstance(given, _NUMBER_TYPES)
    ):
        raise ProgrammingError(
            f"PostgreSQL does not compare column {column.name!r} ({column.type}) of table "
            f"{scope.spec.name!r} with {shown(value)}, which is "
            f"{'a boolean' if is_bool else 'a number'}",
            hint="in SQL text a boolean is TRUE or FALSE, and a number is a number",
        )


def loose(value: Any) -> Any:
    """Read a value that is compared with no column."""
    try:
        return fit(value, _UNTYPED)
    except Misfit as misfit:
        raise refused(misfit, value, table=None, column=None) from None


def sort_of(node: Expression | Call | Arrow, scope: Scope) -> str | None:
    """
    Return of which sort an expression's values are; None of NULL.

    Raises
    ------
    UnsupportedFeatureError
        If a function in it is of something that is not known in memory.
    """
    match node:
        case Arrow():
            return arrows.sort(node, scope.engine)
        case Call(name, operands):
            sorts = [sort_of(each, scope) for each in operands]
            return functions.result(name, sorts, scope.engine)
        case Arithmetic(left, sign, right):
            sides = {sort_of(left, scope), sort_of(right, scope)}
            if sides == {None} and scope.from_text and scope.engine == "postgresql":
                raise functions.no_sort(f"NULL {sign} NULL")
        case Column(name):
            kind = scope.spec.column(name).type.kind
            return "number" if kind in NUMBERS else kind.value
        case Literal() | Parameter():
            value = loose(constant(node, scope))
            return None if value is None else _SORTS.get(type(value), type(value).__name__)
    return "number"


def sorts_met(sides: tuple[Expression, ...], scope: Scope) -> list[str | None] | None:
    """
    Return of which sorts the sides are where a function or an arrow takes part; None elsewhere.

    Raises
    ------
    UnsupportedFeatureError
        If they are of sorts that are not compared in memory.
    """
    if not any(isinstance(each, (Call, Arrow)) for each in sides):
        return None
    sorts = [sort_of(each, scope) for each in sides]
    known = {sort for sort in sorts if sort not in (None, arrows.ANY)}
    if arrows.JSON in known and any(isinstance(each, (Literal, Parameter)) for each in sides):
        known.discard("text")
    if len(known) > 1:
        raise UnsupportedFeatureError(
            f"the in-memory engine does not compare {' with '.join(sorted(map(str, known)))}",
            engine="memory",
            hint="compare values of one sort, or use SQLite3(':memory:')",
        )
    return sorts
