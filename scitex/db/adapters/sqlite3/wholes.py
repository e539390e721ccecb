"""
Spelling a whole column of values at once, at the speed of C.

Each way takes the values of one column, none of which is None, and the set of their types; it
returns them as the driver binds them, or None where they must be looked at one by one: because
one of them does not fit, or because it cannot quickly be said that all do.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

from scitex.db.adapters.sqlite3 import isotext
from scitex.db.domain.jsontext import all_plain
from scitex.db.domain.pieces import Packed, listed
from scitex.db.domain.types import INTEGER_BITS, ColumnType, Kind

Values = list[Any]
Way = Callable[[Values, set[type]], Values | None]


def whole_of(type: ColumnType) -> Callable[[Values], Values | None] | None:
    """Return what spells a whole column of a type, NULLs and all; None where nothing does."""
    if type.kind is Kind.INTEGER:
        way: Way | None = functools.partial(_integers, bits=type.bits or INTEGER_BITS)
    elif type.kind is Kind.TEXT:
        way = functools.partial(_texts, length=type.length)
    else:
        limited = type.precision is not None or type.bits not in {None, INTEGER_BITS}
        way = None if limited else _WAYS.get(type.kind)
    return None if way is None else functools.partial(_beside_nulls, way)


def _beside_nulls(way: Way, values: Values) -> Values | None:
    """Spell what is not NULL."""
    kinds = set(map(type, values))
    if _NULL not in kinds:
        return way(values, kinds)
    kinds.discard(_NULL)
    if not kinds:
        return values
    present = [value for value in values if value is not None]
    found = way(present, kinds)
    if found is None:
        return None
    if found is present:
        return values
    following = iter(found).__next__
    return [None if value is None else following() for value in values]


_NULL = type(None)


def _integers(values: Values, kinds: set[type], *, bits: int) -> Values | None:
    """Take integers of so many bits."""
    limit = 1 << (bits - 1)
    fits = kinds == {int} and -limit <= min(values) and max(values) < limit
    return values if fits else None


def _floats(values: Values, kinds: set[type]) -> Values | None:
    """Take floats without NaN, which a sum shows (as it shows inf - inf)."""
    return values if kinds == {float} and not math.isnan(sum(values)) else None


def _texts(values: Values, kinds: set[type], *, length: int | None) -> Values | None:
    """Take text of at most so many characters; the driver refuses lone surrogates."""
    if kinds != {str} or (length is not None and max(map(len, values)) > length):
        return None
    return None if "\0" in "".join(values) else values


def _bytestrings(values: Values, kinds: set[type]) -> Values | None:
    """Take bytes."""
    return values if kinds == {bytes} else None


def _booleans(values: Values, kinds: set[type]) -> Values | None:
    """Take truth values, as 0 and 1."""
    return list(map(int, values)) if kinds == {bool} else None


_ZONE = operator.attrgetter("tzinfo")
_SPACES = itertools.repeat(" ")
_MANY = 1000  # texts from which on numpy is worth its import


def _moments(values: Values, kinds: set[type]) -> Values | None:
    """Take datetimes without a zone, or ISO text to the second or the microsecond, as ISO text."""
    if kinds == {str}:
        return values if len(values) >= _MANY and isotext.all_moments(values) else None
    if kinds != {dt.datetime} or set(map(_ZONE, values)) != {None}:
        return None
    return list(map(dt.datetime.isoformat, values, _SPACES))


def _days(values: Values, kinds: set[type]) -> Values | None:
    """Take dates, as ISO text."""
    return list(map(dt.date.isoformat, values)) if kinds == {dt.date} else None


def _documents(values: Values, kinds: set[type]) -> Values | None:
    """Take JSON text that may stay as it is."""
    return values if kinds == {str} and all_plain(values) else None


_WAYS: dict[Kind, Way] = {
    Kind.REAL: _floats,
    Kind.BLOB: _bytestrings,
    Kind.BOOLEAN: _booleans,
    Kind.TIMESTAMP: _moments,
    Kind.DATE: _days,
    Kind.JSON: _documents,
}


def packed_numbers(packed: Packed, *, kind: str) -> Values | None:
    """Give an array of 64 bits as numbers; None where it is of another kind than the column."""
    if packed.values.dtype.kind != kind:
        return None
    return list(listed(packed))


def packed_moments(packed: Packed, *, utc: bool) -> Values | None:
    """Spell an array of moments as ISO text; None where one of them does not fit the column."""
    values, valid = packed.values, packed.valid
    if values.dtype.kind != "M" or packed.utc is not utc or not len(values):
        return None
    micros = values.view("i8") if valid is None else values.view("i8") * valid
    if micros.min() < _YEAR_1 or micros.max() >= _YEAR_10000:
        return None
    found: Values
    if not (micros % _SECOND).any():
        found = _spaced(values.astype("M8[s]").astype(f"U{isotext.SECONDS}"))
    else:
        found = _spaced(values.astype("U26"))
        for place in (micros % _SECOND == 0).nonzero()[0].tolist():
            found[place] = found[place][: isotext.SECONDS]
    if valid is not None:
        for place in (~valid).nonzero()[0].tolist():
            found[place] = None
    return found


def _spaced(texts: Any) -> Values:
    """Put a blank between the days and the times."""
    width = texts.dtype.itemsize // 4
    texts.view("U1").reshape(-1, width)[:, len("2025-05-30")] = " "
    found: Values = texts.tolist()
    return found


_SECOND = 1_000_000  # microseconds
_YEAR_1 = (dt.date.min.toordinal() - dt.date(1970, 1, 1).toordinal()) * 86_400 * _SECOND
_YEAR_10000 = (dt.date.max.toordinal() + 1 - dt.date(1970, 1, 1).toordinal()) * 86_400 * _SECOND
