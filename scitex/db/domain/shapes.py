"""Conditions without their values: what an engine works out once, whatever is asked for."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import attrs

from scitex.db.domain import chains
from scitex.db.domain.predicates import (
    Always,
    And,
    Arithmetic,
    Column,
    Compare,
    Comparison,
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


def lifted(predicate: Predicate) -> tuple[Predicate, tuple[object, ...]]:
    """
    Take the values out of a predicate, leaving its shape.

    Two conditions that differ by their values only have one shape, so what an engine works out
    for a shape is worked out once.  However many one operator joins, a shape is not deep.

    Raises
    ------
    InterfaceError
        If it is nested more than 50 levels deep.

    Examples
    --------
    >>> from scitex.db.domain.predicates import col
    >>> lifted(col("score") > 80)
    (Compare(left=Column(name='score'), sign='>', right=Parameter(place=0)), (80,))
    """
    if type(predicate) is Compare:
        left, right = predicate.left, predicate.right
        if type(left) is Column and type(right) is Literal:
            return _simple_shape(left, predicate.sign), (right.value,)
    values: list[object] = []
    return _shape(predicate, values), tuple(values)


@functools.lru_cache(maxsize=1024)
def _simple_shape(column: Column, sign: Comparison) -> Compare:
    """Return the commonest shape; the same object for the same column, which is found faster."""
    return Compare(column, sign, Parameter(0))


def _shape(node: Predicate, values: list[object], depth: int = 0) -> Predicate:
    """Return a predicate's shape, adding its values to `values`."""
    if depth > chains.DEEPEST:
        raise chains.too_deep()
    match node:
        case And() | Or():
            parts = [_shape(each, values, depth + 1) for each in chains.links(node)]
            return chains.joined(type(node), parts)
        case Not(operand):
            return Not(_shape(operand, values, depth + 1))
        case Always():
            return node
        case _:
            return _leaf(node, values)


def _leaf(
    node: Compare | In | Like | IsNull | Contains | HasKey, values: list[object]
) -> Predicate:
    match node:
        case Compare(left, sign, right):
            return Compare(_lift(left, values), sign, _lift(right, values))
        case In(operand, members):
            lifted_operand = _lift(operand, values)
            return In(lifted_operand, tuple(_lift(member, values) for member in members))
        case Like(operand, pattern):
            return Like(_lift(operand, values), _lift(pattern, values))
        case IsNull(operand):
            return IsNull(_lift(operand, values))
        case Contains(document, part):
            return Contains(document, _lift(part, values))
        case HasKey(document, key):
            return HasKey(document, _lift(key, values))


def _lift(node: Expression, values: list[object], depth: int = 0) -> Expression:
    """Put a parameter in the place of a value."""
    if depth > chains.DEEPEST:
        raise chains.too_deep()
    if isinstance(node, Literal):
        values.append(node.value)
        return Parameter(len(values) - 1)
    if isinstance(node, Arithmetic):
        sides = [_lift(side, values, depth + 1) for side in (node.left, node.right)]
        return Arithmetic(sides[0], node.sign, sides[1])
    return node


def filled(predicate: Predicate, values: Sequence[object]) -> Predicate:
    """
    Put the values back into a shape.

    Examples
    --------
    >>> from scitex.db.domain.predicates import col
    >>> filled(*lifted(col("score") > 80)) == Compare(Column("score"), ">", Literal(80))
    True
    """

    def fill(node: Any) -> Any:
        if isinstance(node, Parameter):
            return Literal(values[node.place])
        if isinstance(node, tuple):
            return tuple(map(fill, node))
        if not attrs.has(type(node)):
            return node
        parts = {each.name: getattr(node, each.name) for each in attrs.fields(type(node))}
        return attrs.evolve(node, **{name: fill(part) for name, part in parts.items()})

    found: Predicate = fill(predicate)
    return found
