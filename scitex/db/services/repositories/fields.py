"""How a class's fields are kept in columns: what each annotation means."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import json
import math
import pathlib
import types
import typing
import uuid
from collections.abc import Callable, Collection
from functools import partial
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.preconf.json import make_converter

from scitex.db.domain.errors import SchemaError
from scitex.db.services.arrays.packing import array_from_bytes

Turn = Callable[[Any], Any]

_PLAIN: dict[type, str] = {
    bool: "BOOLEAN",
    int: "INTEGER",
    float: "REAL",
    str: "TEXT",
    bytes: "BLOB",
    dt.datetime: "TIMESTAMP",
    dt.date: "DATE",
    dt.time: "TIME",
    dt.timedelta: "INTERVAL",
    decimal.Decimal: "NUMERIC",
    uuid.UUID: "UUID",
}
# What JSON has no word for, and how it is spelt there.
_SPELT: tuple[tuple[Any, Turn, Turn], ...] = (
    (uuid.UUID, str, uuid.UUID),
    (decimal.Decimal, str, decimal.Decimal),
    (dt.time, dt.time.isoformat, dt.time.fromisoformat),
    (pathlib.PurePath, str, pathlib.PurePath),
    (pathlib.Path, str, pathlib.Path),
)
_NOTHING = type(None)
_LISTED = frozenset({dict, list, tuple, set, frozenset})


@attrs.frozen
class Kept:
    """
    How values of one sort are kept.

    Attributes
    ----------
    words : str
        The column's type, in the words of `create_table`.
    write, read : callable, optional
        What makes of a value what is stored, and the other way; None where it stays as it is.
    missing : object
        What stands for a column without a value.
    """

    words: str
    write: Turn | None = None
    read: Turn | None = None
    missing: Any = None


def json_converter() -> cattrs.Converter:
    """Return a converter of what is kept as JSON: nested objects, lists, mappings."""
    converter = make_converter()
    for kind, write, read in _SPELT:
        converter.register_unstructure_hook(kind, write)
        converter.register_structure_hook(kind, partial(_reading, read))
    return converter


def _reading(read: Turn, value: Any, _: object) -> Any:
    return read(value)


def split(annotation: Any) -> tuple[Any, bool]:
    """Return what an annotation means without None, and whether None was in it."""
    if get_origin(annotation) is Annotated:
        return split(get_args(annotation)[0])
    for alias in ("__supertype__", "__value__"):  # of a NewType, of ``type X = ...``
        if hasattr(annotation, alias) and not isinstance(annotation, type):
            return split(getattr(annotation, alias))
    if get_origin(annotation) in (Union, types.UnionType):
        members = get_args(annotation)
        others = tuple(each for each in members if each is not _NOTHING)
        if len(others) < len(members):
            return split(Union[others])[0], True  # noqa: UP007 - made of a tuple
        if set(others) == {int, float}:
            return float, False
    return annotation, annotation is None


def kept(annotation: Any, converter: cattrs.Converter) -> Kept | None:
    """Return how values of an annotation, without None in it, are kept; None if that is open."""
    if annotation is float:
        return Kept("REAL", missing=math.nan)
    if annotation in _PLAIN:
        return Kept(_PLAIN[annotation])
    kind = get_origin(annotation) or annotation
    if kind is Literal:
        return _of_values(get_args(annotation), None)
    if annotation is Any:
        return _as_json(annotation, converter)
    return _of_class(kind, annotation, converter) if isinstance(kind, type) else None


def _of_class(kind: type, annotation: Any, converter: cattrs.Converter) -> Kept | None:
    if _is_array(kind):
        return Kept("BLOB", read=array_from_bytes)
    if issubclass(kind, enum.Enum):
        return _of_values([member.value for member in kind], kind)
    if issubclass(kind, pathlib.PurePath):
        return Kept("TEXT", write=str, read=kind)
    nested = attrs.has(kind) or dataclasses.is_dataclass(kind) or typing.is_typeddict(kind)
    listed = kind in _LISTED or kind.__module__ == "collections.abc" or hasattr(kind, "_fields")
    return _as_json(annotation, converter) if nested or listed else None


def _is_array(kind: type) -> bool:
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray"


def _of_values(values: Collection[Any], read: Turn | None) -> Kept | None:
    """Keep one of several values by its type, where all have the same."""
    kinds = {type(value) for value in values}
    words = _PLAIN.get(kinds.pop()) if len(kinds) == 1 else None
    return None if words is None else Kept(words, read and partial(_value, read), read)


def _value(kind: Turn, member: Any) -> Any:
    return kind(member).value  # what is no member would be found by nobody again


def _as_json(annotation: Any, converter: cattrs.Converter) -> Kept:
    def write(value: Any) -> Any:
        found = converter.unstructure(value, unstructure_as=annotation)
        return json.dumps(found) if isinstance(found, str) else found

    return Kept("JSON", write, lambda value: converter.structure(value, annotation))


def by_hooks(annotation: Any, words: str, converter: cattrs.Converter) -> Kept:
    """Keep values of a class of the caller's own, in the column that he says."""
    return Kept(
        words,
        lambda value: converter.unstructure(value, unstructure_as=annotation),
        lambda value: converter.structure(value, annotation),
    )


def hints(kind: type) -> dict[str, Any]:
    """
    Return what a class's fields are declared to be.

    Raises
    ------
    SchemaError
        If one speaks of a name that is not there.
    """
    try:
        return typing.get_type_hints(kind, include_extras=True)
    except NameError as error:
        raise SchemaError(
            f"an annotation of class {kind.__name__!r} cannot be read: {error}",
            hint="define what it names at the top of the module, or import it there",
        ) from error
