"""Looking records up by their keys."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from scitex.db.domain.pieces import Column, Piece
from scitex.db.domain.predicates import (
    Always,
    And,
    Compare,
    In,
    Or,
    Parameter,
    Predicate,
)
from scitex.db.domain.predicates import Column as Named
from scitex.db.domain.queries import Condition, Given, Query
from scitex.db.domain.rows import Record
from scitex.db.ports.storage import Storage
from scitex.db.services.sync.reading import Key, Shape, portion_of

_AT_ONCE = 500  # keys that are asked for at once


@attrs.frozen
class Found:
    """A record that was looked up by its key."""

    record: Record
    signature: bytes


def look_up(
    storage: Storage, shape: Shape, keys: Sequence[Key], *, filtered: bool = False
) -> dict[Key, Found]:
    """Return the records of some keys; only those that the filter lets through, if asked."""
    found: dict[Key, Found] = {}
    only = shape.where if filtered and shape.where.condition is not None else None
    for condition, values in matching(shape, keys):
        asked = (condition, values) if only is None else _both(condition, values, only)
        rows = storage.select(Query(shape.table, shape.columns, asked[0]), values=asked[1])
        if rows:
            portion = portion_of(_piece(rows), shape)
            found.update(zip(portion.keys, map(Found, rows, portion.marks.tolist()), strict=True))
    return found


def _piece(rows: list[Record]) -> Piece:
    """Return records a column at a time."""
    columns = zip(*map(dict.values, rows), strict=True)
    named = zip(rows[0], columns, strict=True)
    return Piece(tuple([Column(name, None, values) for name, values in named]), len(rows))


def _both(condition: Any, values: tuple[object, ...], where: Given) -> Any:
    """Join a condition on keys with the filter."""
    moved = _moved(where.condition, len(values))
    return And(condition, moved), (*values, *where.values)


def _moved(predicate: Any, by: int) -> Any:
    """Return a predicate whose values come later among all."""
    if isinstance(predicate, Parameter):
        return Parameter(predicate.place + by)
    if isinstance(predicate, tuple):
        return tuple(_moved(each, by) for each in predicate)
    if not attrs.has(type(predicate)):
        return predicate
    fields = {
        field.name: _moved(getattr(predicate, field.name), by)
        for field in attrs.fields(type(predicate))
        if field.init
    }
    return attrs.evolve(predicate, **fields)


def matching(shape: Shape, keys: Sequence[Key]) -> Iterator[tuple[Condition, tuple[object, ...]]]:
    """Yield conditions, with their values, that are met by records with these keys."""
    size = _AT_ONCE if len(shape.key) == 1 else _AT_ONCE // 5
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        if start:  # the same number every time, so that the condition is spelt once
            some = [*some, *[some[-1]] * (size - len(some))]
        if len(shape.key) == 1:
            yield _among(shape.key[0], len(some)), tuple(some)
        else:
            yield _any(shape.key, len(some)), tuple(value for key in some for value in key)


@functools.lru_cache(maxsize=64)
def _among(name: str, count: int) -> Condition:
    return In(Named(name), tuple(map(Parameter, range(count))))


@functools.lru_cache(maxsize=64)
def _any(names: tuple[str, ...], count: int) -> Condition:
    """Build a condition that is met by any of some compound keys, as a tree that is not deep."""
    each: list[Predicate] = [_equal(names, place * len(names)) for place in range(count)]
    while len(each) > 1:
        pairs: list[Predicate] = [Or(each[at], each[at + 1]) for at in range(0, len(each) - 1, 2)]
        each = pairs + each[len(pairs) * 2 :]
    return each[0]


def _equal(names: tuple[str, ...], place: int) -> Predicate:
    found: Predicate | None = None
    for at, name in enumerate(names, place):
        one = Compare(Named(name), "=", Parameter(at))
        found = one if found is None else And(found, one)
    return Always(truth=True) if found is None else found
