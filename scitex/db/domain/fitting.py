"""What a column of each kind keeps of a value, or why it cannot."""

from __future__ import annotations

import datetime as dt
import decimal
import struct
import uuid
from collections.abc import Callable
from typing import Any

from scitex.db.domain import moments, npy
from scitex.db.domain.jsontext import json_text
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.plain import is_array
from scitex.db.domain.types import ColumnType, Kind

INT64_MAX = 2**63 - 1
NUMBERS = (int, float, decimal.Decimal)
_INFINITIES = (float("inf"), float("-inf"))
_MIDNIGHT = dt.time(0)
_TEXTUAL = (dt.date, dt.time, dt.timedelta, uuid.UUID)


def checked_text(text: str) -> str:
    """Return `text` unless it holds NUL or a lone surrogate."""
    if "\0" in text:
        raise Misfit("text must not hold NUL", "store it as bytes in a BLOB column")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Misfit(
                "text must be valid Unicode, it holds a lone surrogate",
                "store it as bytes, or decode it with errors='replace'",
            ) from None
    return text


def text_form(value: Any) -> str:
    """Spell a date, time, duration or UUID as text."""
    if isinstance(value, dt.datetime):
        try:
            return moments.datetime_text(value) + ("" if value.tzinfo is None else "+00:00")
        except OverflowError:
            raise Misfit("outside the years 1 to 9999 in UTC") from None
    if isinstance(value, dt.timedelta):
        return moments.timedelta_text(value)
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)


def float_of(value: decimal.Decimal) -> float:
    """Return the float that stands for exactly this decimal, or raise `Misfit`."""
    close = float(value)
    if value.is_finite() and decimal.Decimal(repr(close)) != value:
        raise Misfit("no float is exactly this decimal", "round it, or use NUMERIC on PostgreSQL")
    return close


def _integer(value: Any, type: ColumnType) -> int:
    if not isinstance(value, NUMBERS):
        raise Misfit(f"{_name(value)} is not a whole number", "convert it with int() first")
    if value in _INFINITIES or value != int(value):
        raise Misfit("not a whole number", "round it, or declare the column REAL")
    whole = int(value)
    limit = 1 << ((type.bits or 64) - 1)
    if not -limit <= whole < limit:
        raise Misfit(
            f"outside the range of a {type.bits or 64}-bit integer",
            "declare the column NUMERIC or TEXT to keep larger numbers",
        )
    return whole


def _real(value: Any, type: ColumnType) -> float:
    if not isinstance(value, NUMBERS):
        raise Misfit(f"{_name(value)} is not a number", "convert it with float() first")
    close = _double(value)
    if type.bits == 32 and not _is_single(close):
        raise Misfit(
            "no 32-bit float is exactly this number",
            "declare the column REAL (64 bits), or round it: float(numpy.float32(value))",
        )
    return close


def _double(value: Any) -> float:
    """Return the float that stands for exactly this number."""
    if isinstance(value, decimal.Decimal):
        return float_of(value)
    try:
        close = float(value)
    except OverflowError:
        close = float("inf")
    if isinstance(value, int) and close != value:
        raise Misfit("no float is exactly this whole number", "declare the column INTEGER")
    return close


def _is_single(value: float) -> bool:
    try:
        return bool(struct.unpack("f", struct.pack("f", value))[0] == value)
    except OverflowError:
        return False


def _numeric(value: Any, type: ColumnType) -> decimal.Decimal:
    if not isinstance(value, NUMBERS):
        raise Misfit(f"{_name(value)} is not a number", "convert it with Decimal() first")
    exact = decimal.Decimal(repr(value)) if isinstance(value, float) else decimal.Decimal(value)
    if type.precision is None:
        return exact
    scale = type.scale or 0
    if not exact.is_finite() or exact.adjusted() >= type.precision - scale:
        raise Misfit(f"more than {type.precision} digits", "declare the column wider")
    last = exact.normalize(_WIDE).as_tuple().exponent
    if isinstance(last, int) and last < -scale:
        raise Misfit(f"more than {scale} digit(s) behind the point", "round it first")
    return exact


_WIDE = decimal.Context(prec=20_000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


def _text(value: Any, type: ColumnType) -> str:
    if isinstance(value, str):
        text = checked_text(value)
    elif isinstance(value, _TEXTUAL):
        text = text_form(value)
    else:
        hint = "convert it with str() first"
        if isinstance(value, (dict, list)):
            hint = "declare the column JSON, or convert it with json.dumps() first"
        raise Misfit(f"{_name(value)} is not text", hint)
    if type.length is not None and len(text) > type.length:
        raise Misfit(f"{len(text)} characters are more than {type.length}", "declare it longer")
    return text


def _name(value: object) -> str:
    return type(value).__name__


def _boolean(value: Any, _type: ColumnType) -> bool:
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise Misfit("neither True nor False", "convert it with bool() first")


def _blob(value: Any, _type: ColumnType) -> bytes:
    if isinstance(value, bytes):
        return value
    if is_array(value):
        return npy.parts(value).joined()
    raise Misfit(f"{_name(value)} is not bytes", "encode it to bytes first")


def _moment(value: Any) -> dt.datetime:
    """Read a datetime, a date (midnight) or text."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, _MIDNIGHT)
    if isinstance(value, str):
        try:
            return moments.read_datetime(value)
        except ValueError as error:
            raise Misfit(
                f"not a date and time ({error})", "use ISO 8601: '2025-05-30 14:00:00'"
            ) from None
    raise Misfit("not a date and time", "pass a datetime, or ISO 8601 text")


def _timestamp(value: Any, type: ColumnType) -> dt.datetime:
    moment = _moment(value)
    if moment.tzinfo is not None:
        raise Misfit(
            "it has a time zone and the column keeps none",
            "declare the column TIMESTAMPTZ, or drop the zone: "
            "value.astimezone(timezone.utc).replace(tzinfo=None)",
        )
    _check_precision(moment.microsecond, type)
    return moment if moment.fold == 0 else moment.replace(fold=0)


def _timestamptz(value: Any, type: ColumnType) -> dt.datetime:
    moment = _moment(value)
    if moment.tzinfo is None:
        raise Misfit(
            "it has no time zone and the column keeps moments in UTC",
            "say the zone: value.replace(tzinfo=timezone.utc), or declare the column TIMESTAMP",
        )
    _check_precision(moment.microsecond, type)
    try:
        return moment.astimezone(moments.UTC)
    except OverflowError:
        raise Misfit("outside the years 1 to 9999 in UTC") from None


def _date(value: Any, _type: ColumnType) -> dt.date:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise Misfit("not a date", "use ISO 8601: '2025-05-30'") from None
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None or value.time() != _MIDNIGHT:
            raise Misfit("it has a time of day", "pass value.date(), or declare it TIMESTAMP")
        return value.date()
    if isinstance(value, dt.date):
        return value
    raise Misfit("not a date", "pass a date, or ISO 8601 text")


def _time(value: Any, type: ColumnType) -> dt.time:
    if isinstance(value, str):
        try:
            value = dt.time.fromisoformat(value)
        except ValueError:
            raise Misfit("not a time of day", "use ISO 8601: '14:00:00'") from None
    if not isinstance(value, dt.time) or value.tzinfo is not None:
        raise Misfit("not a time of day without a zone", "pass a time, or ISO 8601 text")
    _check_precision(value.microsecond, type)
    return value.replace(fold=0)


def _check_precision(microsecond: int, type: ColumnType) -> None:
    """Refuse a time finer than the column keeps."""
    if type.precision is not None and microsecond % 10 ** (6 - type.precision):
        raise Misfit(
            f"more than {type.precision} digit(s) behind the second",
            "round it, or declare the column without a precision",
        )


def _interval(value: Any, _type: ColumnType) -> dt.timedelta:
    if isinstance(value, dt.timedelta):
        return value
    raise Misfit("not a duration", "pass a datetime.timedelta")


def _uuid(value: Any, _type: ColumnType) -> uuid.UUID:
    if isinstance(value, uuid.UUID):
        return value
    if isinstance(value, str):
        try:
            return uuid.UUID(value)
        except ValueError:
            pass
    raise Misfit("not a UUID", "pass a uuid.UUID, or its text")


def _json(value: Any, _type: ColumnType) -> str:
    try:
        return json_text(value)
    except ValueError as error:
        raise Misfit(str(error), "text must be JSON already: json.dumps(value)") from None


def untyped(value: Any, _type: ColumnType) -> Any:
    """Let every value pass that some engine keeps."""
    if is_array(value):
        return npy.parts(value).joined()
    if isinstance(value, complex):
        raise Misfit("no engine keeps complex numbers", "store value.real and value.imag")
    if isinstance(value, str):
        return checked_text(value)
    if isinstance(value, int) and not -INT64_MAX - 1 <= value <= INT64_MAX:
        raise Misfit("outside the range of a 64-bit integer", "store it as text")
    return value


FITTERS: dict[Kind, Callable[[Any, ColumnType], Any]] = {
    Kind.INTEGER: _integer,
    Kind.REAL: _real,
    Kind.NUMERIC: _numeric,
    Kind.TEXT: _text,
    Kind.BOOLEAN: _boolean,
    Kind.BLOB: _blob,
    Kind.TIMESTAMP: _timestamp,
    Kind.TIMESTAMPTZ: _timestamptz,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.INTERVAL: _interval,
    Kind.UUID: _uuid,
    Kind.JSON: _json,
    Kind.ANY: untyped,
}
