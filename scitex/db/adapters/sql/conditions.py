"""Spelling a condition in SQL, and picking the values that are bound in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.adapters.sql.jsonconditions import JsonConditions
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
    OrderTerm,
    Parameter,
    Predicate,
)
from scitex.db.domain.queries import Condition, Text
from scitex.db.domain.sql.sqltext import fragment
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.types import ColumnType, Kind
from scitex.db.domain.values import Misfit, checked_text, refused, shown

Values = tuple[object, ...] | Mapping[str, object]
Binder = Callable[[Values], tuple[Any, ...]]

_EQUALITIES = ("=", "<>")  # equal is equal in every collation, and plain names use indexes
_SORTS = {
    Kind.INTEGER: "number",
    Kind.REAL: "number",
    Kind.NUMERIC: "number",
}


@attrs.frozen
class Clause:
    """SQL text with what fills its placeholders."""

    sql: str
    bind: Binder


def nothing(_values: Values) -> tuple[Any, ...]:
    """Bind nothing."""
    return ()


def clause(dialect: Dialect, spec: TableSpec, condition: Condition | None) -> Clause:
    """
    Spell a condition on a table's records.

    Parameters
    ----------
    dialect : Dialect
    spec : TableSpec
    condition : Condition or None

    Returns
    -------
    Clause
        Empty text where there is no condition.
    """
    if condition is None:
        return Clause("", nothing)
    if isinstance(condition, Text):
        return text_clause(dialect, condition)
    writer = _Writer(dialect, spec)
    return Clause(writer.predicate(condition), writer.binder())


def text_clause(dialect: Dialect, condition: Text) -> Clause:
    """Check a condition given as text, and put it in brackets that it cannot leave."""
    template = fragment(condition.text, dialect.syntax, condition.style)
    inside = dialect.placeholder.join(map(dialect.literal, template.parts))
    parameter = dialect.parameter

    def bind(values: Values) -> tuple[Any, ...]:
        return tuple([parameter(value) for value in template.values(values)])

    return Clause(f"({inside}\n)", bind)


def order_clause(
    dialect: Dialect, spec: TableSpec | None, order_by: tuple[OrderTerm, ...] | Text
) -> str:
    """Spell an ORDER BY; empty text where there is no order."""
    if not order_by:
        return ""
    if isinstance(order_by, Text):
        parts = fragment(order_by.text, dialect.syntax).parts
        return " ORDER BY " + dialect.literal(parts[0])
    assert spec is not None  # noqa: S101 - callers describe the table for an order by columns
    return " ORDER BY " + ", ".join(_order_term(dialect, spec, term) for term in order_by)


def _order_term(dialect: Dialect, spec: TableSpec, term: OrderTerm) -> str:
    column = spec.column(term.column)
    spelt = dialect.by_code_point(column) + (" DESC" if term.descending else "")
    return spelt + (dialect.nulls_last[term.descending] if column.nullable else "")


_A_NUMBER = ColumnSpec("a number", "INTEGER")  # what values beside + - * / % are compared as


class _Writer:
    """Writes one predicate, noting what each placeholder is to be filled with."""

    def __init__(self, dialect: Dialect, spec: TableSpec) -> None:
        self._dialect = dialect
        self._spec = spec
        self._slots: list[tuple[object, Callable[[Any], Any]]] = []
        self._json = JsonConditions(dialect, spec, self._slots)

    def binder(self) -> Binder:
        """Return what picks and spells the values."""
        slots = [
            (node.place if isinstance(node, Parameter) else None, node, spell)
            for node, spell in self._slots
        ]

        def bind(values: Values) -> tuple[Any, ...]:
            return tuple(
                [
                    spell(values[place] if place is not None else node.value)  # type: ignore[index, attr-defined]
                    for place, node, spell in slots
                ]
            )

        return bind

    def predicate(self, node: Predicate) -> str:
        match node:
            case And(left, right):
                return f"({self.predicate(left)} AND {self.predicate(right)})"
            case Or(left, right):
                return f"({self.predicate(left)} OR {self.predicate(right)})"
            case Not(operand):
                return f"(NOT {self._denied(operand)})"
            case Always(truth):
                return "(1 = 1)" if truth else "(1 = 0)"
            case _:
                return self._leaf(node)

    def _denied(self, node: Predicate) -> str:
        """Spell what stands under a NOT."""
        self._json.denied = not self._json.denied
        spelt = self.predicate(node)
        self._json.denied = not self._json.denied
        return spelt

    def _leaf(self, node: Compare | In | Like | IsNull | Contains | HasKey) -> str:
        match node:
            case Contains() | HasKey():
                return self._json.asked(node)
            case IsNull(JsonPath() as path):
                return self._json.is_null(path)
            case IsNull(operand):
                return f"({self._expression(operand)} IS NULL)"
            case In(operand, members):
                return self._in(operand, members)
            case Like(operand, pattern):
                return self._like(operand, pattern)
            case Compare():
                return self._compare(node)

    def _compare(self, node: Compare) -> str:
        if isinstance(node.left, JsonPath) or isinstance(node.right, JsonPath):
            return self._json.compare(node, lambda side: self._side(side, None, node.sign))
        left, right = self._meant(node.left), self._meant(node.right)
        if left is not None and right is not None:
            self._same_sort(left, right)
        spelt = [
            self._side(node.left, right, node.sign),
            self._side(node.right, left, node.sign),
        ]
        return f"({spelt[0]} {node.sign} {spelt[1]})"

    def _side(self, node: Expression, other: ColumnSpec | None, sign: str) -> str:
        """Spell one side; a value takes the type of the column on the other."""
        column = self._column(node)
        if column is not None:
            if sign in _EQUALITIES:
                return self._dialect.name(column.name)
            return self._dialect.by_code_point(column)
        return self._expression(node, other)

    def _in(self, operand: Expression, members: tuple[Expression, ...]) -> str:
        if isinstance(operand, JsonPath):
            return self._json.among(In(operand, members), operand)
        column = self._meant(operand)
        spelt = self._expression(operand)
        if all(type(member) is Parameter for member in members):
            spell = self._spelling(column)
            self._slots += [(member, spell) for member in members]
            listed = ", ".join([self._dialect.placeholder] * len(members))
        else:
            listed = ", ".join([self._expression(member, column) for member in members])
        return f"({spelt} IN ({listed}))"

    def _like(self, operand: Expression, pattern: Expression) -> str:
        column = self._meant(operand)
        if column is not None and column.type.kind not in {Kind.TEXT, Kind.ANY}:
            raise DataError(
                f"column {column.name!r} ({column.type}) of table {self._spec.name!r} "
                "is not text, so it is like no pattern",
                table=self._spec.name,
                column=column.name,
                hint="compare it with = < > instead",
            )
        if isinstance(operand, JsonPath):
            spelt = self._json.text(operand)
        else:
            spelt = self._expression(operand)
        self._slots.append((pattern, self._pattern(column)))
        return "(" + self._dialect.like.format(spelt, self._dialect.placeholder) + ")"

    def _pattern(self, column: ColumnSpec | None) -> Callable[[Any], Any]:
        table, name = self._spec.name, None if column is None else column.name

        def spell(value: Any) -> Any:
            if not isinstance(value, str):
                raise DataError(f"like() takes a text pattern, not {shown(value)}")
            try:
                return self._dialect.pattern(checked_text(value))
            except Misfit as misfit:
                told = f"the pattern {shown(value)} fits no text: {misfit.why}"
                raise DataError(told, table=table, column=name, hint=misfit.hint) from None

        return spell

    def _expression(self, node: Expression, other: ColumnSpec | None = None) -> str:
        match node:
            case Column(name):
                return self._dialect.name(self._spec.column(name).name)
            case JsonPath():
                return self._json.real(node)
            case Arithmetic(left, sign, right):
                self._check_numbers(left, right)
                spelt = [self._summand(side, sign) for side in (left, right)]
                total = self._dialect.sums[sign].format(*spelt)
                return self._dialect.real_sum.format(total) if self._is_real(node) else total
            case Parameter() | Literal():
                self._slots.append((node, self._spelling(other)))
                return self._dialect.placeholder

    def _spelling(self, column: ColumnSpec | None) -> Callable[[Any], Any]:
        """Choose how a value is spelt that is compared with a column, or with none."""
        if column is None:
            return self._dialect.parameter
        type, table = column.type, self._spec.name
        compared = self._dialect.comparer(type)

        def spell(value: Any) -> Any:
            try:
                return compared(value)
            except Misfit as misfit:
                raise refused(misfit, value, table=table, column=column.name, type=type) from None

        return spell

    def _meant(self, node: Expression) -> ColumnSpec | None:
        """Return the column that an expression is like: itself, or a number."""
        return _A_NUMBER if isinstance(node, Arithmetic) else self._column(node)

    def _column(self, node: Expression) -> ColumnSpec | None:
        return self._spec.column(node.name) if isinstance(node, Column) else None

    def _summand(self, node: Expression, sign: str) -> str:
        """Spell one side of a sum."""
        spelt = self._expression(node, _A_NUMBER)
        column = self._column(node)
        grows = sign in "+-*" and column is not None and column.type.kind is Kind.INTEGER
        return self._dialect.whole.format(spelt) if grows else spelt

    def _is_real(self, node: Expression) -> bool:
        """Say whether a value may be infinite, so that a sum of it may be no number at all."""
        if isinstance(node, Arithmetic):
            return self._is_real(node.left) or self._is_real(node.right)
        if isinstance(node, JsonPath):
            return True
        column = self._column(node)
        return column is not None and column.type.kind in {Kind.REAL, Kind.NUMERIC}

    def _check_numbers(self, *sides: Expression) -> None:
        """Refuse to reckon with what is no number."""
        for side in sides:
            column = self._column(side)
            if column is not None and _sort(column.type) not in {"number", Kind.ANY}:
                raise DataError(
                    f"column {column.name!r} ({column.type}) of table {self._spec.name!r} "
                    "is no number, so nothing can be added to it",
                    table=self._spec.name,
                    column=column.name,
                    hint="reckon with INTEGER, REAL or NUMERIC columns",
                )

    def _same_sort(self, left: ColumnSpec, right: ColumnSpec) -> None:
        sorts = {_sort(left.type), _sort(right.type)}
        if len(sorts) > 1 and Kind.ANY not in sorts:
            raise DataError(
                f"columns {left.name!r} ({left.type}) and {right.name!r} ({right.type}) "
                f"of table {self._spec.name!r} cannot be compared",
                table=self._spec.name,
                column=left.name,
                hint="compare columns of one sort",
            )


def _sort(type: ColumnType) -> object:
    return _SORTS.get(type.kind, type.kind)
