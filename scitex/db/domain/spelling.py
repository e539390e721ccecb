"""Records as JSON text, for syncs and backups in memory: every value comes back as it was."""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
import math
import uuid
from collections.abc import Callable
from typing import Any

from scitex.db.domain.rows import Record

_PLAIN = (type(None), bool, int, str)
_SPELT: dict[type, tuple[str, Callable[[Any], Any]]] = {
    bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
    decimal.Decimal: ("decimal", str),
    dt.datetime: ("datetime", dt.datetime.isoformat),
    dt.date: ("date", dt.date.isoformat),
    dt.time: ("time", dt.time.isoformat),
    dt.timedelta: (
        "microseconds",
        lambda value: value // dt.timedelta(microseconds=1),
    ),
    uuid.UUID: ("uuid", str),
    dict: ("json", lambda value: value),
    list: ("json", lambda value: value),
}
_READ: dict[str, Callable[[Any], Any]] = {
    "bytes": base64.b64decode,
    "decimal": decimal.Decimal,
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "microseconds": lambda value: dt.timedelta(microseconds=value),
    "uuid": uuid.UUID,
    "json": lambda value: value,
    "float": float,
}


def spelt(record: Record | tuple[object, ...] | None) -> str | None:
    """
    Spell a record, or a key, as JSON text; None stays None.

    Examples
    --------
    >>> spelt({"id": 1, "raw": b"ab", "loss": float("inf")})
    '{"id": 1, "raw": {"bytes": "YWI="}, "loss": {"float": "inf"}}'
    """
    if record is None:
        return None
    if isinstance(record, tuple):
        return json.dumps([_value(value) for value in record], ensure_ascii=False)
    return json.dumps({name: _value(value) for name, value in record.items()}, ensure_ascii=False)


def _value(value: object) -> object:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    word, spell = _SPELT[type(value)]
    return {word: spell(value)}


def read(text: str | None) -> Any:
    """
    Read what `spelt` wrote: a dict for a record, a tuple for a key.

    Examples
    --------
    >>> read('{"id": 1, "raw": {"bytes": "YWI="}}')
    {'id': 1, 'raw': b'ab'}
    """
    if text is None:
        return None
    found = json.loads(text)
    if isinstance(found, list):
        return tuple(_read(value) for value in found)
    return {name: _read(value) for name, value in found.items()}


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((word, inner),) = value.items()
    return _READ[word](inner)


def spelt_key(key: object) -> str:
    """
    Spell the value of a key column, or a tuple of several, as JSON text.

    Examples
    --------
    >>> spelt_key(7), spelt_key((7, "a"))
    ('7', '[7, "a"]')
    """
    inner = [_value(value) for value in key] if isinstance(key, tuple) else _value(key)
    return json.dumps(inner, ensure_ascii=False)


def read_key(text: str) -> Any:
    """Read what `spelt_key` wrote."""
    found = json.loads(text)
    return tuple(map(_read, found)) if isinstance(found, list) else _read(found)
