"""Spelling the parts of a condition that are about JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.domain.jsonpaths import SORTS, JsonPath, Sort, asked
from scitex.db.domain.jsonsides import incomparable, json_column, sided
from scitex.db.domain.jsontext import value_text
from scitex.db.domain.predicates import (
    Compare,
    Contains,
    Expression,
    HasKey,
    In,
    Literal,
    Parameter,
)
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.values import Misfit

Slots = list[tuple[object, Callable[[Any], Any]]]


class JsonConditions:
    """
    Writes what is about JSON in a predicate.

    Parameters
    ----------
    dialect : Dialect
    spec : TableSpec
    slots : list
        Where it is noted what each placeholder is to be filled with.

    Attributes
    ----------
    denied : bool
        Whether what is written stands under an odd number of NOTs.  Elsewhere false is as good as
        unknown, and a comparison can be spelt so that an index serves it.
    """

    def __init__(self, dialect: Dialect, spec: TableSpec, slots: Slots) -> None:
        self.denied = False
        self._dialect = dialect
        self._json = dialect.json
        self._spec = spec
        self._slots = slots

    def real(self, path: JsonPath) -> str:
        """Spell a number in a sum."""
        return self._literal(self._json.real(self._document(path), path.path))

    def is_null(self, path: JsonPath) -> str:
        """Say that nothing is there."""
        return self._literal(self._json.lacks(self._document(path), path.path))

    def text(self, path: JsonPath) -> str:
        """Spell a value as text, NULL where it is none."""
        return self._value(path, "text")

    def compare(self, node: Compare, spell: Callable[[Expression], str]) -> str:
        """Spell a comparison; `spell` spells a side that is a column or a sum."""
        path, node = sided(node, self._spec)
        other = node.right
        if isinstance(other, JsonPath):
            compared = [self._pair(path, node.sign, other, sort) for sort in SORTS]
            return f"COALESCE({', '.join(compared)})"
        if isinstance(other, (Parameter, Literal)):
            before, after = self._around(path, node.sign)
            return f"{before} {node.sign} {self._placed(other, path, node.sign)}{after}"
        assert path.sort is not None  # noqa: S101 - a column or a sum has told it
        return f"({self._value(path, path.sort)} {node.sign} {spell(other)})"

    def among(self, node: In, path: JsonPath) -> str:
        """Spell that a value is one of several."""
        before, after = self._around(path, "=")
        places = ", ".join(self._placed(member, path, "=") for member in node.values)
        return f"{before} IN ({places}){after}"

    def asked(self, node: Contains | HasKey) -> str:
        """Spell what is asked of a whole JSON value."""
        path = node.document
        document = self._document(path)
        if isinstance(node, Contains):
            around, filling = self._json.contains(document, path.path), node.part
            self._slots.append((filling, self._spelling_of_part(path)))
        else:
            around, filling = self._json.has_key(document, path.path), node.key
            self._slots.append((filling, str))
        before, after = map(self._literal, around)
        return f"{before}{self._dialect.placeholder}{after}"

    def _literal(self, text: str) -> str:
        return self._dialect.literal(text)

    def _document(self, path: JsonPath) -> str:
        return self._dialect.quoted(json_column(self._spec, path.column).name)

    def _value(self, path: JsonPath, sort: Sort) -> str:
        return self._literal(self._json.value(self._document(path), path.path, sort))

    def _pair(self, left: JsonPath, sign: str, right: JsonPath, sort: Sort) -> str:
        return f"({self._value(left, sort)} {sign} {self._value(right, sort)})"

    def _around(self, path: JsonPath, sign: str) -> tuple[str, str]:
        before, after = self._json.compared(
            self._document(path), path.path, path.sort or "text", sign=sign, exact=self.denied
        )
        return self._literal(before), self._literal(after)

    def _placed(self, node: Expression, path: JsonPath, sign: str) -> str:
        """Spell a value's place, and note what fills it."""
        sort: Sort = path.sort or "text"

        def spell(value: Any) -> Any:
            try:
                found = asked(value, path.sort)
            except Misfit as misfit:
                raise incomparable(misfit, value, path, self._spec.name) from None
            return None if found is None else self._json.spelt(found, sort)

        self._slots.append((node, spell))
        before, after = map(self._literal, self._json.place(sort, sign))
        return f"{before}{self._dialect.placeholder}{after}"

    def _spelling_of_part(self, path: JsonPath) -> Callable[[Any], str]:
        def spell(value: Any) -> str:
            try:
                return value_text(value)
            except ValueError as error:
                raise incomparable(Misfit(str(error)), value, path, self._spec.name) from None

        return spell
