"""
Columns of a result, gathered piece by piece into arrays.

A column stays an array of one type as long as every piece of it fits that type; a column of
which a piece does not, such as text that another program put among numbers, ends as Python
objects and loses nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from scitex.db.domain.pieces import (
    Column,
    Packed,
    PackedText,
    Piece,
    Values,
    length,
    listed,
    python_values,
)
from scitex.db.domain.types import ColumnType, Kind

_NONE = type(None)
_STAMPS = frozenset({len("2025-05-30 14:00:00"), len("2025-05-30 14:00:00.123456")})
_LONGEST = dt.timedelta(microseconds=2**63 - 1)  # numpy's
_EXACT = 2**53  # whole numbers up to which floats are exact


@attrs.frozen(eq=False)
class Objects:
    """Values that have no array type of their own, one by one."""

    values: Sequence[Any]


@attrs.frozen(eq=False)
class Text:
    """Texts as Arrow keeps them."""

    array: Any


Part = Packed | Text | Objects
Packer = Callable[[Sequence[Any], set[type]], Part | None]


def _filled(values: Sequence[Any], kinds: set[type], filler: Any) -> tuple[Sequence[Any], Any]:
    """Put something where a value is missing; return where there is one (None: everywhere)."""
    if _NONE not in kinds:
        return values, None
    valid = np.fromiter((value is not None for value in values), bool, len(values))
    return [filler if value is None else value for value in values], valid


def _numbers(code: str, kind: type, filler: Any) -> Packer:
    def pack(values: Sequence[Any], kinds: set[type]) -> Part | None:
        if not kinds <= {kind, _NONE}:
            return None
        full, valid = _filled(values, kinds, filler)
        return Packed(np.fromiter(full, code, len(full)), valid)

    return pack


_whole = _numbers("i8", int, 0)
_float = _numbers("f8", float, float("nan"))


def _integers(values: Sequence[Any], kinds: set[type]) -> Part | None:
    try:
        return _whole(values, kinds)
    except OverflowError:
        return None


def _reals(values: Sequence[Any], kinds: set[type]) -> Part | None:
    """Take floats, and whole numbers that floats are exact for."""
    if kinds - {_NONE} != {int, float}:
        return _float(values, kinds)
    if any(type(value) is int and abs(value) > _EXACT for value in values):
        return None
    full, valid = _filled(values, kinds, float("nan"))
    return Packed(np.fromiter(map(float, full), "f8", len(full)), valid)


def _truths(values: Sequence[Any], kinds: set[type]) -> Part | None:
    """Take True and False, or the 1 and 0 that stand for them."""
    if not kinds <= {bool, int, _NONE} or not set(values) <= {0, 1, None}:
        return None
    full, valid = _filled(values, kinds, filler=False)
    return Packed(np.fromiter(full, bool, len(full)), valid)


def _moments(values: Sequence[Any], kinds: set[type], *, utc: bool) -> Part | None:
    """Take datetimes, or the ISO text of them."""
    full, valid = _filled(values, kinds, "NaT")
    kinds = kinds - {_NONE}
    if kinds <= {str}:
        present = full if valid is None else [value for value in values if value is not None]
        if not set(map(len, present)) <= _STAMPS:
            return None
    elif kinds == {dt.datetime}:
        zoned = {value.tzinfo is not None for value in values if value is not None}
        if zoned != {utc}:
            return None
        if utc:
            naive = [None if value is None else value.replace(tzinfo=None) for value in values]
            full, _ = _filled(naive, {_NONE}, "NaT")
    else:
        return None
    try:
        return Packed(np.array(full, "M8[us]"), valid, utc=utc)
    except ValueError:
        return None


def _spans(values: Sequence[Any], kinds: set[type]) -> Part | None:
    """Take durations, or their microseconds."""
    if not (kinds <= {dt.timedelta, _NONE} or kinds <= {int, _NONE}):
        return None
    if dt.timedelta in kinds:
        present = [value for value in values if value is not None]
        if max(present) > _LONGEST or min(present) < -_LONGEST:
            return None
    full, valid = _filled(values, kinds, "NaT")
    return Packed(np.array(full, "m8[us]"), valid)


def one_by_one(values: Values) -> Part:
    """Keep texts as Python has them."""
    return Objects(listed(values))


_PACKERS: dict[Kind, Packer] = {
    Kind.INTEGER: _integers,
    Kind.REAL: _reals,
    Kind.BOOLEAN: _truths,
    Kind.TIMESTAMP: lambda values, kinds: _moments(values, kinds, utc=False),
    Kind.TIMESTAMPTZ: lambda values, kinds: _moments(values, kinds, utc=True),
    Kind.INTERVAL: _spans,
}
_TOLD = {
    int: Kind.INTEGER,
    float: Kind.REAL,
    bool: Kind.BOOLEAN,
    str: Kind.TEXT,
    dt.datetime: Kind.TIMESTAMP,
    dt.timedelta: Kind.INTERVAL,
}


class Gathered:
    """
    One column, as far as it has come.

    Parameters
    ----------
    name : str
    type : ColumnType or None
        As it is declared.
    texts : callable
        Turns the texts of a piece into what is kept of them.

    Attributes
    ----------
    parts : list of Part
    kinds : list of Kind or None
        What each part is an array of; None for one of no value at all, `Kind.ANY` for objects.
    """

    def __init__(
        self, name: str, type: ColumnType | None, texts: Callable[[Values], Part]
    ) -> None:
        self.name = name
        self.type = type
        self.parts: list[Part] = []
        self.kinds: list[Kind | None] = []
        self._texts = texts
        self._declared = None if type is None or type.kind is Kind.ANY else type.kind

    def add(self, column: Column) -> None:
        """Take one more piece."""
        if length(column.values):
            kind, part = self._part(column)
            self.parts.append(part)
            self.kinds.append(kind)

    def _part(self, column: Column) -> tuple[Kind | None, Part]:
        values = column.values
        declared: Kind | None = self._declared
        if isinstance(values, Packed):
            return declared or Kind.ANY, values
        if isinstance(values, PackedText):
            if declared is Kind.TEXT:
                return declared, self._texts(values)
            values = python_values(column)
        kinds = set(map(type, values))
        declared = declared or _told(values, kinds)
        if declared is None:
            return None, Objects(values)
        found = self._packed(values, kinds, declared)
        return (Kind.ANY, Objects(python_values(column))) if found is None else (declared, found)

    def _packed(self, values: Sequence[Any], kinds: set[type], kind: Kind) -> Part | None:
        if kind is Kind.TEXT:
            return self._texts(values) if kinds <= {str, _NONE} else None
        packer = _PACKERS.get(kind)
        return None if packer is None else packer(values, kinds)

    @property
    def kind(self) -> Kind:
        """What the whole column is an array of; `Kind.ANY` where it is Python objects."""
        found = {kind for kind in self.kinds if kind is not None}
        if {Kind.INTEGER, Kind.REAL} == found and self._floats_are_exact():
            return Kind.REAL
        if len(found) == 1:
            return found.pop()
        if not found and self.type is not None:
            return self.type.kind
        return Kind.ANY

    def _floats_are_exact(self) -> bool:
        return all(
            kind is not Kind.INTEGER or not len(part.values) or _is_small(part.values)
            for kind, part in zip(self.kinds, self.parts, strict=True)
            if isinstance(part, Packed)
        )

    def objects(self) -> list[Any]:
        """Return the values one by one, as `select` would give them."""
        found: list[Any] = []
        for part in self.parts:
            if isinstance(part, Text):
                found += part.array.to_pylist()
            else:
                found += part.values if isinstance(part, Objects) else listed(part)
        return found

    def array(self, code: str) -> tuple[Any, Any]:
        """Return the values as one array, and where there are any (None: everywhere)."""
        arrays = [
            part.values if isinstance(part, Packed) else np.zeros(_count(part), code)
            for part in self.parts
        ]
        if not arrays:
            return np.zeros(0, code), None
        values = np.concatenate(arrays).astype(code, copy=False)
        if all(isinstance(part, Packed) and part.valid is None for part in self.parts):
            return values, None
        there = np.concatenate([_valid(part) for part in self.parts])
        return values, None if there.all() else there


def _count(part: Part) -> int:
    if isinstance(part, Text):
        return len(part.array)
    return len(part.values)


def _valid(part: Part) -> Any:
    """Say where there is a value; a part of another sort than the column has none."""
    if not isinstance(part, Packed):
        return np.zeros(_count(part), bool)
    return np.ones(len(part.values), bool) if part.valid is None else part.valid


def _is_small(values: Any) -> bool:
    return bool(values.min() >= -_EXACT and values.max() <= _EXACT)


def _told(values: Sequence[Any], kinds: set[type]) -> Kind | None:
    """Tell what values of no declared type are; None where there is not one."""
    present = kinds - {_NONE}
    if not present:
        return None
    if present == {int, float}:
        return Kind.REAL
    kind = _TOLD.get(next(iter(present))) if len(present) == 1 else None
    if kind is Kind.TIMESTAMP:
        zoned = {value.tzinfo is not None for value in values if value is not None}
        kind = None if len(zoned) > 1 else Kind.TIMESTAMPTZ if zoned.pop() else kind
    return kind or Kind.ANY


class Gathering:
    """
    What pieces are given to: the columns grow with each.

    Parameters
    ----------
    texts : callable, optional
        Turns the texts of a piece into what is kept of them.
    """

    def __init__(self, texts: Callable[[Values], Part] = one_by_one) -> None:
        self.columns: list[Gathered] = []
        self._texts = texts

    def take(self, piece: Piece) -> None:
        """Take a piece."""
        if not self.columns:
            self.columns = [
                Gathered(column.name, column.type, self._texts) for column in piece.columns
            ]
        for gathered, column in zip(self.columns, piece.columns, strict=True):
            gathered.add(column)
