"""What may be given for a record: a mapping, or an instance whose class names its fields."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from scitex.db.domain.errors import InterfaceError

Given = Mapping[str, object]


def record_of(given: object, *, row: int | None = None) -> Given:
    """
    Return the record that is given: values by column.

    Parameters
    ----------
    given : mapping, attrs instance, dataclass instance or named tuple
        The fields of an instance are its columns.
    row : int, optional
        Its place among others, for the error.

    Raises
    ------
    InterfaceError
        If it is none of these.

    Examples
    --------
    >>> import attrs
    >>> User = attrs.make_class("User", ["name", "score"])
    >>> record_of(User("Alice", 85.5))
    {'name': 'Alice', 'score': 85.5}
    """
    if isinstance(given, Mapping):
        return given
    kind: type = type(given)
    read = _reader(kind)
    if read is None:
        what = "a record" if row is None else f"record {row}"
        raise InterfaceError(
            f"{what} must be a mapping of column names to values, not {type(given).__name__}: "
            f"{given!r:.60}",
            hint='write {"name": "Alice", "score": 85.5}, or give an instance of an attrs class '
            "or a dataclass",
        )
    return read(given)


def records_of(given: Sequence[object], *, start: int) -> list[Given]:
    """
    Return the records of a batch whose first is the `start`-th of all.

    Raises
    ------
    InterfaceError
        As `record_of`.
    """
    return [record_of(record, row=row) for row, record in enumerate(given, start)]


@functools.lru_cache(maxsize=256)
def _reader(kind: type) -> Callable[[Any], Given] | None:
    """Return what reads the fields of a class's instances; None if it names no fields."""
    names = _fields(kind)
    if names is None:
        return None
    if issubclass(kind, tuple):
        return lambda given: dict(zip(names, given, strict=True))
    return lambda given: {name: getattr(given, name) for name in names}


def _fields(kind: type) -> tuple[str, ...] | None:
    if attrs.has(kind):
        return tuple(field.name for field in attrs.fields(kind))
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return tuple(kind._fields)
    return None
