"""Conditions on what is inside JSON: the specification that the other engines keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from scitex.db.adapters.memory.expressions.comparing import RELATIONS, alike
from scitex.db.adapters.memory.expressions.scope import Scope
from scitex.db.domain.fitting import INT64_MAX
from scitex.db.domain.jsonpaths import SORTS, JsonPath, Sort, asked
from scitex.db.domain.jsonsides import incomparable, json_column, sided
from scitex.db.domain.jsontext import value_text
from scitex.db.domain.jsonvalues import MISSING, contains, has_key, of_sort, reached
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.predicates import (
    Compare,
    Contains,
    Expression,
    HasKey,
    In,
    Literal,
    Parameter,
)

Row = Sequence[Any]
Test = Callable[[Row], bool | None]
Getter = Callable[[Row], Any]


def _reader(path: JsonPath, scope: Scope) -> Getter:
    """Return what reads the value at a path, `MISSING` where there is none."""
    place = scope.position(json_column(scope.spec, path.column))

    def read(row: Row) -> Any:
        document = row[place]
        return MISSING if document is None else reached(json.loads(document), path.path)

    return read


def value(path: JsonPath, sort: Sort, scope: Scope) -> Getter:
    """Return what reads the value at a path where it is of a sort, None elsewhere."""
    read, engine = _reader(path, scope), scope.engine

    def of_its_sort(row: Row) -> Any:
        found = of_sort(read(row), sort)
        long = type(found) is int and not -INT64_MAX - 1 <= found <= INT64_MAX
        return _float(found) if long and engine == "sqlite" else found

    return of_its_sort


def real(path: JsonPath, scope: Scope) -> Getter:
    """Return what reads a number in a sum: as a float."""
    number = value(path, "number", scope)

    def as_float(row: Row) -> float | None:
        found = number(row)
        return None if found is None else _float(found)

    return as_float


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def is_null(path: JsonPath, scope: Scope) -> Test:
    """Decide that nothing is at a path, or null."""
    read = _reader(path, scope)
    return lambda row: read(row) in (MISSING, None)


def given(node: Expression, path: JsonPath, scope: Scope) -> Any:
    """
    Return a value that the one at a path is compared with.

    Raises
    ------
    DataError
        If no JSON value could ever equal it.
    """
    found = _constant(node, scope)
    try:
        return asked(found, path.sort)
    except Misfit as misfit:
        raise incomparable(misfit, found, path, scope.spec.name) from None


def _constant(node: Expression, scope: Scope) -> Any:
    return scope.values[node.place] if isinstance(node, Parameter) else node.value  # type: ignore[union-attr]  # a literal, where it is no parameter


def comparison(node: Compare, scope: Scope, getter: Callable[[Expression, Scope], Getter]) -> Test:
    """Decide a comparison; `getter` reads a side that is a column or a sum."""
    path, node = sided(node, scope.spec)
    other = node.right
    if isinstance(other, JsonPath):
        tests = [
            _relating(value(path, sort, scope), node.sign, value(other, sort, scope))
            for sort in SORTS
        ]
        return lambda row: next((told for test in tests if (told := test(row)) is not None), None)
    if isinstance(other, (Literal, Parameter)):
        wanted = given(other, path, scope)
        return _relating(value(path, path.sort or "text", scope), node.sign, lambda _: wanted)
    assert path.sort is not None  # noqa: S101 - a column or a sum has told it
    return _relating(value(path, path.sort, scope), node.sign, getter(other, scope))


def _relating(left: Getter, sign: str, right: Getter) -> Test:
    def compares(row: Row) -> bool | None:
        one, other = left(row), right(row)
        if one is None or other is None:
            return None
        plain = type(one) is type(other)
        return RELATIONS[sign](one, other) if plain else alike(one, sign, other)

    return compares


def membership(node: In, path: JsonPath, scope: Scope) -> Test:
    """Decide that the value at a path is one of several."""
    members = {given(member, path, scope) for member in node.values}
    read = value(path, path.sort or "text", scope)

    def is_member(row: Row) -> bool | None:
        found = read(row)
        return None if found is None else found in members

    return is_member


def whole(node: Contains | HasKey, scope: Scope) -> Test:
    """Decide what is asked of a whole JSON value; unknown where there is none."""
    read = _reader(node.document, scope)
    if isinstance(node, HasKey):
        key = _constant(node.key, scope)
        return _of_what_is_there(read, lambda document: has_key(document, key))
    part = _constant(node.part, scope)
    try:
        meant = json.loads(value_text(part))
    except ValueError as error:
        raise incomparable(Misfit(str(error)), part, node.document, scope.spec.name) from None
    return _of_what_is_there(read, lambda document: contains(document, meant))


def _of_what_is_there(read: Getter, test: Callable[[Any], bool]) -> Test:
    def told(row: Row) -> bool | None:
        document = read(row)
        return None if document is MISSING else test(document)

    return told
