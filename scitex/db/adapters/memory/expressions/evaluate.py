"""
Conditions decided on a record, with the three truths of SQL.

A predicate becomes a function of a record, which answers True, False or None (unknown).  What
is wrong with a predicate itself, a value that can never be in the column that it is compared
with, is found before any record is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from scitex.db.adapters.memory.expressions import arrows, astext, functions, jsontests
from scitex.db.adapters.memory.expressions.arrows import Arrow
from scitex.db.adapters.memory.expressions.comparing import (
    RELATIONS,
    alike,
    anyhow,
    number,
    reckoned,
)
from scitex.db.adapters.memory.expressions.functions import Call
from scitex.db.adapters.memory.expressions.patterns import pattern
from scitex.db.adapters.memory.expressions.scope import Scope
from scitex.db.adapters.memory.expressions.sorts import (
    NUMBERS,
    asked_of,
    constant,
    loose,
    sort_of,
    sorts_met,
)
from scitex.db.adapters.memory.expressions.truths import (
    Row,
    Test,
    Truth,
    any_of,
    both,
    either,
    negated,
)
from scitex.db.domain.errors import DataError
from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.domain.predicates import (
    Always,
    And,
    Arithmetic,
    Column,
    Compare,
    Contains,
    Expression,
    HasKey,
    In,
    IsNull,
    Like,
    Literal,
    Not,
    Or,
    Parameter,
    Predicate,
)
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import Kind
from scitex.db.domain.values import shown

Getter = Callable[[Row], Any]

_TEXTS = frozenset({Kind.TEXT, Kind.ANY})


def columns_of(node: Predicate | Expression) -> Iterator[str]:
    """Yield the names of the columns that a condition or an expression speaks of."""
    if isinstance(node, Column):
        yield node.name
        return
    if isinstance(node, JsonPath):
        yield node.column
        return
    for field in attrs.fields(type(node)):
        part = getattr(node, field.name)
        for piece in part if isinstance(part, tuple) else (part,):
            if attrs.has(type(piece)):
                yield from columns_of(piece)


def decider(predicate: Predicate, scope: Scope) -> Test:
    """
    Turn a predicate into a function of a record.

    Raises
    ------
    ColumnNotFoundError
        If it speaks of a column that the table does not have.
    DataError
        If what it compares can never be equal.
    """
    match predicate:
        case And(left, right):
            return both(decider(left, scope), decider(right, scope))
        case Or(left, right):
            return either(decider(left, scope), decider(right, scope))
        case Not(operand):
            return negated(decider(operand, scope))
        case Always(truth):
            return lambda _: truth
        case _:
            return _leaf(predicate, scope)


def _leaf(predicate: Compare | In | Like | IsNull | Contains | HasKey, scope: Scope) -> Test:
    match predicate:
        case IsNull(JsonPath() as path):
            return jsontests.is_null(path, scope)
        case IsNull(operand):
            value = getter(operand, scope)
            return lambda row: value(row) is None
        case Contains() | HasKey():
            return jsontests.whole(predicate, scope)
        case Compare() | In() | Like():
            return _relating(predicate, scope)


def _relating(predicate: Compare | In | Like, scope: Scope) -> Test:
    match predicate:
        case Compare(JsonPath(), _, _) | Compare(_, _, JsonPath()):
            return jsontests.comparison(predicate, scope, getter)
        case Compare():
            return _comparison(predicate, scope)
        case In(JsonPath() as path):
            return jsontests.membership(predicate, path, scope)
        case In():
            return _membership(predicate, scope)
    return _likeness(predicate, scope)


def getter(
    node: Expression | Call | Arrow, scope: Scope, other: ColumnSpec | None = None
) -> Getter:
    """
    Turn an expression into a function of a record.

    Parameters
    ----------
    node : Expression
    scope : Scope
    other : ColumnSpec, optional
        The column that the expression is compared with, of which a value takes the type.

    Raises
    ------
    ColumnNotFoundError, DataError
        As `decider`.
    """
    match node:
        case Column(name):
            place = scope.position(scope.spec.column(name))
            return lambda row: row[place]
        case Arithmetic():
            return _arithmetic(node, scope)
        case Arrow():
            return arrows.value(node, scope)
        case Call(name, operands):
            sort_of(node, scope)
            return functions.value(name, [getter(each, scope) for each in operands], scope.engine)
        case JsonPath():
            return jsontests.real(node, scope)
        case Literal() | Parameter():
            value = _given(node, scope, other)
            return lambda _: value


def _given(node: Expression, scope: Scope, other: ColumnSpec | None) -> Any:
    """Return the value that a literal or a parameter is beside a column, or alone."""
    value = constant(node, scope)
    if other is None:
        return loose(value)
    asked = asked_of(value, other, scope)
    return astext.given(loose(value)) if astext.compares_text(other, scope) else asked


def _arithmetic(node: Arithmetic, scope: Scope) -> Getter:
    for part in (node.left, node.right):
        _must_be_number(part, scope)
    sort_of(node, scope)
    left, right = (_reckonable(part, scope) for part in (node.left, node.right))
    # A predicate reckons alike everywhere; SQL text as the engine does that it is written for.
    sign, engine = node.sign, scope.engine if scope.from_text else "sqlite"

    def value(row: Row) -> Any:
        first, second = left(row), right(row)
        if first is None or second is None:
            return None
        return reckoned(first, sign, second, engine)

    return value


def _reckonable(node: Expression, scope: Scope) -> Getter:
    """Return a side of a sum, of which a value inside JSON may turn out to be text."""
    value = getter(node, scope)
    if sort_of(node, scope) != arrows.ANY:
        return value
    return lambda row: arrows.reckonable(value(row))


def _must_be_number(node: Expression, scope: Scope) -> None:
    """Refuse a column, or a value, that cannot be reckoned with."""
    sorts_met((node, Literal(0)), scope)
    if isinstance(node, (Literal, Parameter)):
        value = loose(constant(node, scope))
        number(0 if value is None else value)
    column = _column(node, scope)
    if column is None:
        return
    if column.type.kind not in NUMBERS and column.type.kind is not Kind.ANY:
        raise DataError(
            f"column {column.name!r} ({column.type}) of table {scope.spec.name!r} is not a "
            "number, so it cannot be reckoned with",
            table=scope.spec.name,
            column=column.name,
        )


def _column(node: Expression, scope: Scope) -> ColumnSpec | None:
    return scope.spec.column(node.name) if isinstance(node, Column) else None


def _comparison(node: Compare, scope: Scope) -> Test:
    left, right = _column(node.left, scope), _column(node.right, scope)
    met = sorts_met((node.left, node.right), scope)
    if met is not None:
        return _met(node, met, scope)
    if left is not None and right is not None:
        _must_be_alike(left, right, scope)
    for side, opposite in ((node.left, node.right), (node.right, node.left)):
        if isinstance(side, Arithmetic):
            _must_be_number(opposite, scope)
    first, second = getter(node.left, scope, right), getter(node.right, scope, left)
    return _compared(first, second, _relation(node.sign, left, right, scope))


def _met(node: Compare, sorts: list[str | None], scope: Scope) -> Test:
    """Compare sides of which one is a function or inside JSON."""
    sides = (node.left, node.right)
    if arrows.ANY not in sorts and arrows.JSON not in sorts:
        left, right = (getter(each, scope) for each in sides)
        return _compared(left, right, lambda one, other: alike(one, node.sign, other))
    columns = [sort_of(each, scope) if isinstance(each, Column) else None for each in sides]
    relation = arrows.relation(node.sign, sorts, columns)
    left, right = (_side(each, sorts, scope) for each in sides)
    return _compared(left, right, relation)


def _side(node: Expression, sorts: list[str | None], scope: Scope) -> Getter:
    """Return what reads a side; a text beside a JSON value is JSON."""
    if arrows.JSON not in sorts or not isinstance(node, (Literal, Parameter)):
        return getter(node, scope)
    meant = arrows.constant(constant(node, scope))
    return lambda _: meant


def _compared(first: Getter, second: Getter, relation: Callable[[Any, Any], bool]) -> Test:
    def compares(row: Row) -> Truth:
        one, other = first(row), second(row)
        return None if one is None or other is None else relation(one, other)

    return compares


def _relation(
    sign: str, left: ColumnSpec | None, right: ColumnSpec | None, scope: Scope
) -> Callable[[Any, Any], bool]:
    """Choose how two sides are compared; most often Python does it as the engines do."""
    if any(astext.compares_text(column, scope) for column in (left, right)):
        return astext.relation(sign)
    kinds = {column.type.kind for column in (left, right) if column is not None}
    if Kind.ANY in kinds:
        return lambda one, other: anyhow(one, sign, other)
    if not kinds or kinds & {Kind.REAL, Kind.NUMERIC}:
        return lambda one, other: alike(one, sign, other)
    return RELATIONS[sign]


def _must_be_alike(left: ColumnSpec, right: ColumnSpec, scope: Scope) -> None:
    kinds = {left.type.kind, right.type.kind}
    if len(kinds) == 1 or kinds <= NUMBERS or Kind.ANY in kinds:
        return
    raise DataError(
        f"columns {left.name!r} ({left.type}) and {right.name!r} ({right.type}) "
        f"of table {scope.spec.name!r} cannot be compared",
        table=scope.spec.name,
        column=left.name,
        hint="compare columns of one sort",
    )


def _membership(node: In, scope: Scope) -> Test:
    column = _column(node.operand, scope)
    constants = all(isinstance(each, (Literal, Parameter)) for each in node.values)
    if column is None or not constants or astext.compares_text(column, scope):
        operand = node.operand
        if sort_of(operand, scope) == arrows.ANY:  # SQLite reads no member as its column's sort
            return any_of([_loosely(operand, each, scope) for each in node.values])
        equals = [Compare(operand, "=", each) for each in node.values]
        return any_of([decider(equal, scope) for equal in equals])
    position = scope.position(column)
    members = {asked_of(constant(each, scope), column, scope) for each in node.values}
    unknown = None if None in members else False
    members.discard(None)

    def is_member(row: Row) -> Truth:
        value = row[position]
        if value is None:
            return None
        return True if value in members else unknown

    return is_member


def _loosely(one: Expression, other: Expression, scope: Scope) -> Test:
    sorts_met((one, other), scope)
    relation = arrows.relation("=", [arrows.ANY, None], [])
    return _compared(getter(one, scope), getter(other, scope), relation)


def _likeness(node: Like, scope: Scope) -> Test:
    column = _column(node.operand, scope)
    if column is not None and column.type.kind not in _TEXTS:
        raise DataError(
            f"column {column.name!r} ({column.type}) of table {scope.spec.name!r} is not text, "
            "so it is like no pattern",
            table=scope.spec.name,
            column=column.name,
            hint="compare it with = < > instead",
        )
    if sort_of(node.operand, scope) == arrows.JSON:
        arrows.relation("LIKE", [arrows.JSON], [])
    sorts_met((node.operand, Literal("")), scope)
    wanted = getter(node.pattern, scope)
    if isinstance(node.operand, JsonPath):
        value = jsontests.value(node.operand, "text", scope)
    else:
        value = getter(node.operand, scope)
    if isinstance(node.pattern, (Literal, Parameter)):
        given = constant(node.pattern, scope)
        _text("" if given is None and scope.from_text else given)
    folds_case, escapes = scope.folds_case, scope.escapes
    inside = isinstance(node.operand, (Arrow, Call))

    def is_like(row: Row) -> Truth:
        text, like = value(row), wanted(row)
        if text is None or like is None:
            return None
        spelt = arrows.text_of(text) if inside else str(text)
        wanted_form = pattern(_text(like), folds_case=folds_case, escapes=escapes)
        return wanted_form.fullmatch(spelt) is not None

    return is_like


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise DataError(f"like() takes a text pattern, not {shown(value)}")
