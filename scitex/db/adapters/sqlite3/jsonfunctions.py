"""
Functions on JSON that SQLite lacks, on a connection of ours and no other.

No index and no table is made with them, so the file is any program's to read and to write.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from typing import Any

from scitex.db.domain.jsonpaths import Step
from scitex.db.domain.jsonvalues import MISSING, contains, has_key, reached, replaced

Path = tuple[Step, ...]


def install(connection: sqlite3.Connection) -> None:
    """Let a connection know the functions."""
    for name, count, function in (
        ("scitex_json_value", 2, _value),
        ("scitex_json_type", 2, _type),
        ("scitex_json_contains", 3, _contains),
        ("scitex_json_has_key", 3, _has_key),
        ("scitex_json_replaced", 3, _replaced),
    ):
        connection.create_function(name, count, function, deterministic=True)


@functools.lru_cache(maxsize=256)
def _path(text: str) -> Path:
    return tuple(json.loads(text))


@functools.lru_cache(maxsize=64)
def _part(text: str) -> Any:
    return json.loads(text)


def _reached(document: Any, path: str) -> Any:
    """Return the value at a path; in what is no JSON nothing is."""
    if document is None:
        return MISSING
    try:
        return reached(json.loads(str(document)), _path(path))
    except (ValueError, RecursionError):
        return MISSING


_NAMES: dict[type, str] = {
    bool: "true",
    int: "integer",
    float: "real",
    str: "text",
    list: "array",
    dict: "object",
}


def _type(document: Any, path: str) -> str | None:
    found = _reached(document, path)
    return _NAMES.get(type(found))


def _value(document: Any, path: str) -> Any:
    found = _reached(document, path)
    if isinstance(found, int) and found.bit_length() > 63:
        return _large(found)
    return found if type(found) in {bool, int, float, str} else None


def _large(number: int) -> float:
    """Return the float that SQLite itself makes of a number past 64 bits."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _contains(document: Any, path: str, part: str) -> bool | None:
    found = _reached(document, path)
    return None if found is MISSING else contains(found, _part(part))


def _has_key(document: Any, path: str, key: str) -> bool | None:
    found = _reached(document, path)
    return None if found is MISSING else has_key(found, key)


def _replaced(document: Any, path: str, value: str) -> str:
    return replaced("null" if document is None else str(document), _path(path), value)
