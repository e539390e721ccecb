"""Finding the records that a condition keeps, by a key where it names one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scitex.db.adapters.memory.expressions.scope import Scope
from scitex.db.adapters.memory.expressions.sorts import asked_of, constant
from scitex.db.adapters.memory.expressions.texts import Wanted
from scitex.db.adapters.memory.keys import Record
from scitex.db.adapters.memory.table import Table
from scitex.db.domain.errors import ProgrammingError
from scitex.db.domain.predicates import (
    And,
    Column,
    Compare,
    Expression,
    In,
    Literal,
    Parameter,
    Predicate,
)

_VALUES = (Literal, Parameter)


def found(table: Table, wanted: Wanted | None) -> Iterator[tuple[int, Record]]:
    """
    Yield number and record of those that meet the condition, in the order in which they came.

    Notes
    -----
    One look-up where the condition fixes every column of a key, else the whole table is read.
    """
    if wanted is None:
        return iter(table.shelf.items())
    test, numbers = wanted.test, _by_key(table, wanted)
    if numbers is None:
        return ((number, row) for number, row in table.shelf.items() if test(row) is True)
    records = table.shelf.records
    pairs = ((number, records[number]) for number in numbers)
    return ((number, row) for number, row in pairs if test(row) is True)


def _by_key(table: Table, wanted: Wanted) -> list[int] | None:
    """Return the numbers of the records that a key finds, None where no key is fixed."""
    fixed = _fixed(wanted.predicate, wanted.scope)
    for key in table.keys:
        if key.test is None and all(name in fixed for name in key.columns):
            choices = [fixed[name] for name in key.columns]
            places = map(key.places.get, _values(choices))
            return sorted({place for place in places if place is not None})
    return None


def _values(choices: list[list[Any]]) -> Iterable[Any]:
    """Return every value of a key that has one of the choices in each of its columns."""
    return choices[0] if len(choices) == 1 else itertools.product(*choices)


def _fixed(predicate: Predicate, scope: Scope) -> dict[str, list[Any]]:
    """Return the columns that must equal one of several values, with the values."""
    match predicate:
        case And(left, right):
            return {**_fixed(left, scope), **_fixed(right, scope)}
        case Compare(Column(name), "=", Literal() | Parameter() as value):
            return {name: [_asked(name, value, scope)]}
        case Compare(Literal() | Parameter() as value, "=", Column(name)):
            return {name: [_asked(name, value, scope)]}
        case In(Column(name), values) if all(isinstance(each, _VALUES) for each in values):
            return {name: [_asked(name, each, scope) for each in values]}
    return {}


def _asked(name: str, value: Expression, scope: Scope) -> Any:
    return asked_of(constant(value, scope), scope.spec.column(name), scope)


def numbers(table: Table, wanted: Wanted | None) -> list[int]:
    """Return the numbers of the records that meet the condition."""
    return [number for number, _ in found(table, wanted)]


def keyed(
    table: Table, record: Mapping[str, object], key: tuple[str, ...], *, row: int
) -> tuple[list[int], dict[int, Any]]:
    """
    Find what a record of update_many means by its key, and say what it changes.

    Raises
    ------
    ProgrammingError
        If it lacks a key column, or has nothing else.
    Error
        As `Rules.values`.
    """
    for name in key:
        if name not in record:
            raise ProgrammingError(
                f"record {row} for table {table.spec.name!r} lacks the key column {name!r}",
                hint="each record of update_many needs every key column",
            )
    if len(record) == len(key):
        raise ProgrammingError(
            f"record {row} for table {table.spec.name!r} has nothing to change beside its key",
            hint="add the columns to change",
        )
    changes = table.rules.values(record, row=row, key=key)
    meant = {table.rules.positions[name]: changes.pop(table.rules.positions[name]) for name in key}
    return _meant(table, key, meant), changes


def _meant(table: Table, key: tuple[str, ...], meant: dict[int, Any]) -> list[int]:
    """Return the numbers of the records that have these values; NULL is never meant."""
    if None in meant.values():
        return []
    lookup = table.lookup(key)
    if lookup is None:
        return [
            number
            for number, record in table.shelf.items()
            if all(record[place] == value for place, value in meant.items())
        ]
    unique, _ = lookup
    values = tuple(meant[place] for place in unique.positions)
    number = unique.places.get(values[0] if len(values) == 1 else values)
    return [] if number is None else [number]
