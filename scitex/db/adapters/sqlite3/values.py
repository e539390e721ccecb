"""Python values as SQLite keeps them, and back."""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import json
import uuid
import warnings
from collections.abc import Callable
from typing import Any

from scitex.db.adapters.sql.binding import Spelling
from scitex.db.adapters.sqlite3.wholes import packed_moments, packed_numbers, whole_of
from scitex.db.domain import moments
from scitex.db.domain.errors import DatabaseWarning, DataError
from scitex.db.domain.jsontext import json_text
from scitex.db.domain.plain import plain
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import INTEGER_BITS, ColumnType, Kind, column_type
from scitex.db.domain.values import (
    INT64_MAX,
    Misfit,
    checked_text,
    comparable,
    fit,
    float_of,
    refused,
    shown,
    text_form,
)


def _number(value: decimal.Decimal) -> int | float:
    """Spell a decimal as the number that SQLite keeps, if one is exactly it."""
    if value.is_finite() and value == value.to_integral_value() and abs(value) <= INT64_MAX:
        return int(value)
    return float_of(value)


def _micros(value: dt.timedelta) -> int | str:
    """Spell a duration in microseconds, which sort by length; one past 292,000 years as text."""
    micros = moments.timedelta_micros(value)
    return micros if abs(micros) <= INT64_MAX else moments.timedelta_text(value)


def _identity(value: Any) -> Any:
    return value


_SPELT: dict[Kind, Callable[[Any], Any]] = {
    Kind.NUMERIC: _number,
    Kind.BOOLEAN: int,
    Kind.TIMESTAMP: moments.datetime_text,
    Kind.TIMESTAMPTZ: moments.datetime_text,
    Kind.DATE: dt.date.isoformat,
    Kind.TIME: dt.time.isoformat,
    Kind.INTERVAL: _micros,
    Kind.UUID: str,
}


def _untyped(value: Any) -> Any:
    """Spell a value for a column of no known type."""
    if isinstance(value, (int, float, str, bytes)):
        return int(value) if isinstance(value, bool) else value
    if isinstance(value, decimal.Decimal):
        return _number(value)
    if isinstance(value, (dt.date, dt.time, dt.timedelta, uuid.UUID)):
        return text_form(value)
    if isinstance(value, (dict, list)):
        try:
            return json_text(value)
        except ValueError as error:
            raise Misfit(str(error)) from None
    raise Misfit(f"{type(value).__name__} is nothing that SQLite keeps")


_SPELT[Kind.ANY] = _untyped

# Under the condition the value is kept as it is, without a call.
_FAST = {
    Kind.INTEGER: "type({v}) is int and -{limit} <= {v} < {limit}",
    Kind.REAL: "type({v}) is float and {v} == {v}",
    Kind.TEXT: "type({v}) is str and '\\0' not in {v}",  # the driver refuses lone surrogates
    Kind.BLOB: "type({v}) is bytes",
    Kind.TIMESTAMP: "type({v}) is datetime and {v}.tzinfo is None",
    Kind.DATE: "type({v}) is date",
}
_QUICK = {Kind.TIMESTAMP: "{v}.isoformat(' ')", Kind.DATE: "str({v})"}
_KNOWN = {"datetime": dt.datetime, "date": dt.date}


def _text_first(slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Read ISO text, which columns of times are mostly given, without further ado."""

    def text_first(value: Any) -> Any:
        if type(value) is str and len(value) == _SECONDS and value[4::3] == "-- ::":
            try:
                dt.datetime.fromisoformat(value)
            except ValueError:
                return slow(value)
            return value
        return slow(value)

    return text_first


_SECONDS = len("2025-05-30 14:00:00")


def has_text_affinity(word: str) -> bool:
    """Say whether SQLite leaves text as it is in a column declared so."""
    return "INT" not in word and any(part in word for part in ("CHAR", "CLOB", "TEXT"))


def _no_number(slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Refuse text that SQLite would turn into a number in a column declared STRING, say."""

    def checked(value: Any) -> Any:
        kept = slow(value)
        try:
            float(kept)
        except ValueError:
            return kept
        raise Misfit(
            "SQLite would turn this text into a number", "declare the column TEXT to keep it"
        )

    return checked


def spelling(column: ColumnSpec) -> Spelling:
    """Say how values of a column are spelt for SQLite."""
    type = column.type
    spelt = _SPELT.get(type.kind, _identity)

    def slow(value: Any) -> Any:
        kept = fit(value, type)
        return None if kept is None else spelt(kept)

    fast = _FAST.get(type.kind, "")
    if type.kind is Kind.INTEGER:
        fast = fast.replace("{limit}", str(1 << ((type.bits or 64) - 1)))
    if type.length is not None:
        fast += f" and len({{v}}) <= {type.length}"
    if type.precision is not None:
        fast = ""
    if type.kind is Kind.TEXT and not has_text_affinity(type.word):
        return Spelling(_no_number(slow))
    quick = _QUICK.get(type.kind, "{v}")
    if type.precision is None and type.kind in {Kind.TIMESTAMP, Kind.TIMESTAMPTZ}:
        utc = type.kind is Kind.TIMESTAMPTZ
        packed = functools.partial(packed_moments, utc=utc)
        spell = slow if utc else _text_first(slow)
        return Spelling(spell, fast, quick, _KNOWN, whole_of(type), packed)
    numbers = functools.partial(packed_numbers, kind=_CODES[type.kind]) if _is_wide(type) else None
    return Spelling(slow, fast, quick, _KNOWN, whole_of(type), numbers)


_CODES = {Kind.INTEGER: "i", Kind.REAL: "f"}


def _is_wide(type: ColumnType) -> bool:
    """Say whether a column takes every number of 64 bits of its kind."""
    return type.kind in _CODES and type.bits == INTEGER_BITS


def comparer(declared: ColumnType) -> Callable[[Any], Any]:
    """Return what spells a value that is compared with a column of `declared`."""
    own: Any = _OWN.get(declared.kind)
    spelt = _identity if own in {int, float} else _SPELT.get(declared.kind, _identity)

    def compared(value: Any) -> Any:
        if type(value) is own and (own is float or -_HALF <= value < _HALF):
            return value
        kept = comparable(value, declared)
        if isinstance(kept, decimal.Decimal):
            return float(kept)
        return None if kept is None else spelt(kept)

    return compared


_HALF = INT64_MAX + 1
_OWN = {Kind.INTEGER: int, Kind.REAL: float}


_NO_TYPE = column_type("")


def parameter(value: Any) -> Any:
    """Spell a value given in params; moments in UTC, as columns keep them."""
    if type(value) is int and -_HALF <= value < _HALF:
        return value
    kept = plain(value)
    if kept is None or type(kept) in {float, bytes}:
        return kept
    try:
        if type(kept) is str:
            return checked_text(kept)
        if isinstance(kept, dt.datetime):
            return moments.datetime_text(kept)
        if isinstance(kept, dt.timedelta):
            return _micros(kept)
        return _untyped(fit(kept, _NO_TYPE))
    except Misfit as misfit:
        raise refused(misfit, value, table=None, column=None) from None


def _timedelta(value: Any) -> dt.timedelta:
    if isinstance(value, int):
        return dt.timedelta(microseconds=value)
    return moments.read_timedelta(value)


def _boolean(value: Any) -> Any:
    return bool(value) if value in (0, 1) else value


def _json(value: Any) -> Any:
    # A column that another program declared JSON has numeric affinity: numbers are numbers there.
    return value if isinstance(value, (int, float)) else json.loads(value)


def _decimal(value: Any) -> Any:
    if isinstance(value, float):
        return decimal.Decimal(repr(value))
    return decimal.Decimal(value)


def _timestamp(value: str) -> dt.datetime:
    return dt.datetime.fromisoformat(value)


def _timestamptz(value: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=moments.UTC)
    return moment.astimezone(moments.UTC)


_READ: dict[Kind, Callable[[Any], Any]] = {
    Kind.NUMERIC: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.TIMESTAMP: _timestamp,
    Kind.TIMESTAMPTZ: _timestamptz,
    Kind.DATE: dt.date.fromisoformat,
    Kind.TIME: dt.time.fromisoformat,
    Kind.INTERVAL: _timedelta,
    Kind.UUID: uuid.UUID,
    Kind.JSON: _json,
}
_UNREADABLE = (ValueError, TypeError, AttributeError, decimal.InvalidOperation, DataError)


def decoder(table: str, column: ColumnSpec) -> Callable[[Any], Any] | None:
    """
    Return what reads a column's values, or None where they are right as they come.

    What does not parse, written by another program, comes back as it is, with one warning.
    """
    read = _READ.get(column.type.kind)
    if read is None:
        return None
    warned = False

    def decode(value: Any) -> Any:
        nonlocal warned
        try:
            return read(value)
        except _UNREADABLE:
            if not warned:
                warned = True
                warnings.warn(
                    f"column {column.name!r} ({column.type}) of table {table!r} holds "
                    f"{shown(value)}, which is no {column.type.kind.value}: it and its like "
                    "are returned as they are",
                    DatabaseWarning,
                    stacklevel=2,
                )
            return value

    return decode
