"""Python values as PostgreSQL is sent them."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import struct
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2.extensions

from scitex.db.adapters.sql.binding import Spelling
from scitex.db.domain import moments
from scitex.db.domain.jsontext import json_text
from scitex.db.domain.plain import plain
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import ColumnType, Kind, column_type
from scitex.db.domain.values import (
    Misfit,
    checked_text,
    comparable,
    fit,
    refused,
)


def _identity(value: Any) -> Any:
    return value


def _aware(value: dt.datetime) -> str:
    return moments.datetime_text(value) + "+00"


def _untyped(value: Any) -> Any:
    """Spell a value for a type that only PostgreSQL knows."""
    if isinstance(value, bytes):
        return psycopg2.extensions.Binary(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dict):
        try:
            return json_text(value)
        except ValueError as error:
            raise Misfit(str(error)) from None
    if isinstance(value, list):
        return [_untyped(plain(item)) for item in value]
    if value is None or isinstance(value, _NATIVE):
        return value
    raise Misfit(f"{type(value).__name__} is nothing that PostgreSQL keeps")


_NATIVE = (int, float, str, decimal.Decimal, dt.date, dt.time, dt.timedelta)


def _own(value: Any) -> Any:
    """Spell a value for a type that only PostgreSQL knows: it may be one of whole numbers."""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value) if isinstance(value, decimal.Decimal) else _untyped(value)


def _own_array(value: Any) -> Any:
    """Spell a value for a column of arrays: as text, which is read by the column's type."""
    if isinstance(value, str) and value.startswith("["):
        value = _json_list(value)
    return _array_text(value) if isinstance(value, list) else _own(value)


def _json_list(text: str) -> Any:
    """Read an array that is spelt as JSON, as in our CSV files; else return the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text  # PostgreSQL's own spelling may begin so, too: [2:3]={1,2}


def _array_text(items: list[Any]) -> str:
    return "{" + ",".join(map(_item_text, items)) + "}"


def _item_text(item: Any) -> str:
    """Spell one value of an array, in quotes where it is no array itself."""
    value = plain(item)
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return _array_text(value)
    for kind, spell in _ITEMS.items():
        if isinstance(value, kind):
            escaped = str(spell(value)).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
    return f'"{_own(value)}"'


_ITEMS: dict[type, Callable[[Any], object]] = {
    str: checked_text,
    bytes: lambda value: "\\x" + value.hex(),
    dt.timedelta: moments.interval_text,
    dict: _untyped,
}


MOST_AS_TEXT = 1 << 29  # bytes: spelt with two digits each they would be more than a value may


def _binary(value: bytes) -> Any:
    """Wrap bytes for the driver, which sends them as text; on too many the server hangs up."""
    if len(value) >= MOST_AS_TEXT - (1 << 16):
        raise Misfit(
            f"{len(value)} bytes are too many for a statement",
            "store_blob() and store_array() send up to 1 GB in another way",
        )
    return psycopg2.extensions.Binary(value)


# Numbers that are not whole go as quoted text: PostgreSQL then refuses to round one for an
# integer column, and keeps the sign of -0.0.
_SPELT: dict[Kind, Callable[[Any], Any]] = {
    Kind.REAL: repr,
    Kind.NUMERIC: str,
    Kind.BLOB: _binary,
    Kind.TIMESTAMP: moments.datetime_text,
    Kind.TIMESTAMPTZ: _aware,
    Kind.DATE: dt.date.isoformat,
    Kind.TIME: dt.time.isoformat,
    Kind.UUID: str,
    Kind.ANY: _own,
}

# Under the condition the value is spelt without a call.
_FAST = {
    Kind.INTEGER: ("type({v}) is int and -{limit} <= {v} < {limit}", "{v}"),
    Kind.REAL: ("type({v}) is float and {v} == {v}", "repr({v})"),
    Kind.TEXT: ("type({v}) is str and '\\0' not in {v}", "{v}"),
}


def _speller(type: ColumnType) -> Callable[[Any], Any]:
    """Return what spells values that fit a type."""
    if type.kind is Kind.ANY and type.word.endswith("]"):
        return _own_array
    return _SPELT.get(type.kind, _identity)


def spelling(column: ColumnSpec) -> Spelling:
    """Say how values of a column are spelt for PostgreSQL."""
    type = column.type
    spelt = _speller(type)

    def slow(value: Any) -> Any:
        kept = fit(value, type)
        return None if kept is None else spelt(kept)

    fast, quick = _FAST.get(type.kind, ("", "{v}"))
    if type.kind is Kind.INTEGER:
        fast = fast.replace("{limit}", str(1 << ((type.bits or 64) - 1)))
    if type.length is not None:
        fast += f" and len({{v}}) <= {type.length}"
    return Spelling(slow, fast, quick)


def comparer(type: ColumnType) -> Callable[[Any], Any]:
    """Return what spells a value that is compared with a column of `type`."""
    spelt = _speller(type)

    def compared(value: Any) -> Any:
        kept = comparable(value, type)
        if isinstance(kept, decimal.Decimal) and not kept.is_finite():
            return float(kept)  # psycopg2 would send NaN for an infinite Decimal
        if kept is None or isinstance(kept, (int, float, decimal.Decimal)):
            return kept
        return spelt(kept)

    return compared


_NO_TYPE = column_type("")


def parameter(value: Any) -> Any:
    """Spell a value given in params."""
    kept = plain(value)
    try:
        return _untyped(None if kept is None else fit(kept, _NO_TYPE))
    except Misfit as misfit:
        raise refused(misfit, value, table=None, column=None) from None


def _bytes(value: Any, cursor: Any) -> bytes | None:
    return None if value is None else bytes(psycopg2.BINARY(value, cursor))


def _uuid(value: Any, _cursor: Any) -> uuid.UUID | None:
    return None if value is None else uuid.UUID(value)


def _json(value: Any, _cursor: Any) -> Any:
    return None if value is None else json.loads(value)


def _single(value: Any, _cursor: Any) -> float | None:
    """Read a 32-bit float as the number it is, which its shortest text is not."""
    return None if value is None else struct.unpack("f", struct.pack("f", float(value)))[0]


def _moment_reader(read: Any) -> Any:
    """Return what reads moments; those that Python has no room for stay text."""

    def moment(value: Any, cursor: Any) -> Any:
        if value is None or (value[4] == "-" and value[-2:] != "BC"):
            return read(value, cursor)
        return value  # infinity, years before 1 and after 9999

    return moment


def read_time(value: Any, cursor: Any) -> Any:
    """Read a time of day."""
    # 24:00 is a time of PostgreSQL and none of Python
    return value if value == "24:00:00" else psycopg2.extensions.PYTIME(value, cursor)


def read_interval(value: Any, cursor: Any) -> Any:
    """Read a duration."""
    # Months and years have no length of their own, so that no timedelta is one.
    if value is None or not ("mon" in value or "year" in value):
        return psycopg2.extensions.PYINTERVAL(value, cursor)
    return value


# What reads values, the numbers of their types, and of arrays of them, where the driver reads
# those in another way.
_READ: dict[str, tuple[Any, tuple[int, ...], tuple[int, ...]]] = {
    "TIMESTAMP": (_moment_reader(psycopg2.extensions.PYDATETIME), (1114,), (1115,)),
    "TIMESTAMPTZ": (_moment_reader(psycopg2.extensions.PYDATETIMETZ), (1184,), (1185,)),
    "DATE": (_moment_reader(psycopg2.extensions.PYDATE), (1082,), (1182,)),
    "TIME": (read_time, (1083,), (1183,)),
    "INTERVAL": (read_interval, (1186,), (1187,)),
    "FLOAT4": (_single, (700,), ()),
    "BYTES": (_bytes, (17,), (1001,)),
    "UUID": (_uuid, (2950,), ()),
    "JSON": (_json, (114, 3802), ()),
}


def _readers() -> Iterator[Any]:
    for name, (read, numbers, arrays) in _READ.items():
        reader = psycopg2.extensions.new_type(numbers, f"SCITEX_{name}", read)
        yield reader
        if arrays:
            yield psycopg2.extensions.new_array_type(arrays, f"SCITEX_{name}_ARRAY", reader)


_READERS = tuple(_readers())


def read_values_on(connection: psycopg2.extensions.connection) -> None:
    """Make values come back as Python's own types, on this connection and no other."""
    for reader in _READERS:
        psycopg2.extensions.register_type(reader, connection)
