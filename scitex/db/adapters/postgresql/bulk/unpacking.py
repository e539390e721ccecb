"""
The bytes of a binary COPY as columns.

The driver hands out one row at a time, so it is known where each begins; a column's values are
then gathered from all rows of a piece at once.  Rows of a few thousand stay in the processor's
cache, and the memory that they leave is used again for the next.
"""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import json
import uuid
from collections.abc import Callable
from typing import Any

import attrs

from scitex.db.adapters.postgresql import values
from scitex.db.adapters.postgresql.bulk.packing import HEADER
from scitex.db.adapters.postgresql.bulk.sinks import Sink
from scitex.db.domain.errors import InternalError
from scitex.db.domain.pieces import Column, Packed, PackedText, Piece, Reader, Values, listed
from scitex.db.domain.types import ColumnType, Kind

_TRAILER = b"\xff\xff"
_PAD = bytes(8)  # behind the last row, so that 8 bytes can be read from any place
_EPOCH = 946_684_800_000_000  # microseconds from 1970 to 2000, from where PostgreSQL counts
_DAYS = dt.date(2000, 1, 1).toordinal()
_FIRST, _LAST = dt.date.min.toordinal() - _DAYS, dt.date.max.toordinal() - _DAYS
_DAY = 86_400_000_000
_EARLIEST, _LATEST = _FIRST * _DAY, (_LAST + 1) * _DAY - 1
_INFINITE = 2**63 - 1
_MOST_HELD = 32 << 20  # bytes of rows in a piece
_MIDNIGHT = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - only its time of day counts


@attrs.frozen
class Wire:
    """
    How a type's values come.

    Attributes
    ----------
    kind : Kind
    take : callable
        Makes a column's values of ``(rows, places, sizes)``.
    cast : str
        SQL that goes behind the column.
    read : callable, optional
        Turns one of the values into what the driver would give.
    width : int, optional
        Bytes of a value that is there; None where they differ.
    """

    kind: Kind
    take: Callable[[Rows, Any, Any], Values]
    cast: str = ""
    read: Reader | None = None
    width: int | None = None


class Rows:
    """
    Some rows of a COPY end to end, and numbers read from any place in them.

    Parameters
    ----------
    rows : list of bytes
        At least one.
    """

    def __init__(self, rows: list[bytes]) -> None:
        import numpy as np

        self.count = len(rows)
        lengths = np.fromiter(map(len, rows), np.int64, self.count)
        self.data = bytearray().join([*rows, _PAD])
        self.bytes = np.frombuffer(self.data, np.uint8)
        self.starts = np.cumsum(lengths) - lengths

    def numbers(self, places: Any, code: str) -> Any:
        """Read a number of a `numpy` code, such as ``"i4"``, at each of the places."""
        import numpy as np

        width = int(code[1])
        length = len(self.data) - width + 1
        anywhere = np.ndarray((length,), ">" + code, self.data, strides=(1,))
        return anywhere[places].astype(code)


def _valid(sizes: Any) -> Any:
    there = sizes >= 0
    return None if there.all() else there


def _numbers(code: str, kept: str) -> Callable[[Rows, Any, Any], Values]:
    def take(rows: Rows, places: Any, sizes: Any) -> Values:
        return Packed(rows.numbers(places, code).astype(kept, copy=False), _valid(sizes))

    return take


def _truths(rows: Rows, places: Any, sizes: Any) -> Values:
    return Packed(rows.bytes[places] != 0, _valid(sizes))


def _moments(*, utc: bool) -> Callable[[Rows, Any, Any], Values]:
    def take(rows: Rows, places: Any, sizes: Any) -> Values:
        since, valid = rows.numbers(places, "i8"), _valid(sizes)
        odd = (since < _EARLIEST) | (since > _LATEST)
        if valid is not None:
            odd &= valid
        if not odd.any():
            return Packed((since + _EPOCH).view("M8[us]"), valid, utc=utc)
        moments = Packed(((since + _EPOCH) * ~odd).view("M8[us]"), valid, utc=utc)
        found = list(listed(moments))
        for place in odd.nonzero()[0].tolist():
            found[place] = _odd_moment(int(since[place]), zone="+00" if utc else "")
        return found

    return take


def _odd_moment(micros: int, *, zone: str) -> str:
    """Spell a moment that Python has no room for, as the server does."""
    if abs(micros) >= _INFINITE:
        return "infinity" if micros > 0 else "-infinity"
    day, rest = divmod(micros, _DAY)
    time = (_MIDNIGHT + dt.timedelta(microseconds=rest)).time().isoformat()
    time = time.rstrip("0") if "." in time else time
    date = _odd_day(day)
    time += zone
    return f"{date[:-3]} {time} BC" if date.endswith(" BC") else f"{date} {time}"


def _days(rows: Rows, places: Any, sizes: Any) -> Values:
    found: list[Any] = rows.numbers(places, "i4").tolist()
    read, first, last = dt.date.fromordinal, _FIRST, _LAST
    return [
        None if size < 0 else read(day + _DAYS) if first <= day <= last else _odd_day(day)
        for day, size in zip(found, sizes.tolist(), strict=True)
    ]


def _odd_day(day: int) -> str:
    """Spell a day that Python has no room for, as the server does."""
    import numpy as np

    if day >= 2**31 - 1 or day <= -(2**31):
        return "infinity" if day > 0 else "-infinity"
    year, month, date = str(np.datetime64("2000-01-01") + day).rsplit("-", 2)
    if day > 0:
        return f"{year}-{month}-{date}"
    return f"{1 - int(year):04d}-{month}-{date} BC"


def _texts(rows: Rows, places: Any, sizes: Any) -> Values:
    import numpy as np

    valid = _valid(sizes)
    lengths = sizes if valid is None else np.where(valid, sizes, 0)
    return PackedText(functools.partial(_gathered, rows, places, lengths), lengths, valid)


def _gathered(rows: Rows, places: Any, lengths: Any, parted: bool) -> Any:  # noqa: FBT001
    """Gather texts end to end, or each behind a NUL: the byte before it, which is a size's."""
    import numpy as np

    if parted:
        places = places - 1
        rows.bytes[places] = 0
        lengths = lengths + 1
    ends = places + lengths
    stretches = np.empty(2 * rows.count + 1, np.int64)  # what is passed over and what is taken
    stretches[0] = places[0]
    stretches[1::2] = lengths
    stretches[2:-1:2] = places[1:] - ends[:-1]
    stretches[-1] = len(rows.data) - ends[-1]
    wanted = np.zeros(2 * rows.count + 1, bool)
    wanted[1::2] = True
    return rows.bytes[np.repeat(wanted, stretches)]


def _bytestrings(rows: Rows, places: Any, sizes: Any) -> Values:
    data = rows.data
    return [
        None if size < 0 else bytes(data[place : place + size])
        for place, size in zip(places.tolist(), sizes.tolist(), strict=True)
    ]


def _spelt(read: Callable[[Any, Any], Any]) -> Reader:
    """Return what reads a text as the driver does."""
    return lambda text: read(text, None)


# By the number of the type in the server's catalogue.
WIRES = {
    16: Wire(Kind.BOOLEAN, _truths, width=1),
    20: Wire(Kind.INTEGER, _numbers("i8", "i8"), width=8),
    21: Wire(Kind.INTEGER, _numbers("i2", "i8"), width=2),
    23: Wire(Kind.INTEGER, _numbers("i4", "i8"), width=4),
    700: Wire(Kind.REAL, _numbers("f4", "f8"), width=4),
    701: Wire(Kind.REAL, _numbers("f8", "f8"), width=8),
    1114: Wire(Kind.TIMESTAMP, _moments(utc=False), width=8),
    1184: Wire(Kind.TIMESTAMPTZ, _moments(utc=True), width=8),
    1082: Wire(Kind.DATE, _days, width=4),
    17: Wire(Kind.BLOB, _bytestrings),
    25: Wire(Kind.TEXT, _texts),
    1043: Wire(Kind.TEXT, _texts),
    1042: Wire(Kind.TEXT, _texts),
    19: Wire(Kind.TEXT, _texts, "::text"),
    114: Wire(Kind.JSON, _texts, "::text", json.loads),
    3802: Wire(Kind.JSON, _texts, "::text", json.loads),
    2950: Wire(Kind.UUID, _texts, "::text", uuid.UUID),
    1700: Wire(Kind.NUMERIC, _texts, "::text", decimal.Decimal),
    1083: Wire(Kind.TIME, _texts, "::text", _spelt(values.read_time)),
    1186: Wire(Kind.INTERVAL, _texts, "::text", _spelt(values.read_interval)),
}


@attrs.frozen
class Head:
    """What is known of a column before its values come."""

    name: str
    type: ColumnType | None
    wire: Wire


class Unpacking(Sink):
    """
    What a COPY's rows are written to: pieces are made of them as they come.

    Parameters
    ----------
    heads : list of Head
    take : callable
        Is given each `Piece`; at least one.
    rows : int
        How many rows a piece has.
    """

    def __init__(self, heads: list[Head], take: Callable[[Piece], object], rows: int) -> None:
        super().__init__()
        self._heads = heads
        self._take = take
        self._size = rows
        self._rows: list[bytes] = []
        self._held = 0
        self._begun = False
        self._given = 0

    @property
    def writer(self) -> object:
        """The sink itself."""
        return self

    def write(self, row: bytes) -> None:
        """Take one message of the COPY."""
        rows = self._rows
        rows.append(row)
        self._held += len(row)
        if len(rows) < self._size and self._held < _MOST_HELD:
            return
        self._held = 0
        if self.error is None:
            try:
                self._flush()
            except BaseException as error:  # noqa: BLE001 - raised when the COPY has ended
                self.fail(error)
        rows.clear()

    def _flush(self) -> None:
        rows = self._rows
        if not self._begun and rows:
            self._begun = True
            rows[0] = rows[0][len(HEADER) :]  # the first row comes behind it
            if not rows[0]:
                del rows[0]
        if rows and rows[-1] == _TRAILER:
            del rows[-1]
        if rows:
            self._give(self._unpacked(Rows(rows)), len(rows))
            rows.clear()

    def _unpacked(self, rows: Rows) -> tuple[Column, ...]:
        columns = []
        places = rows.starts + 2  # behind the number of fields
        for head in self._heads:
            sizes = rows.numbers(places, "i4").astype("i8")
            width = head.wire.width
            if width is not None and not ((sizes == width) | (sizes == -1)).all():
                raise InternalError(
                    f"column {head.name!r} came in another form than the server said it would"
                )
            places = places + 4
            following = places + sizes.clip(min=0)
            found = head.wire.take(rows, places, sizes)
            columns.append(Column(head.name, head.type, found, head.wire.read))
            places = following
        return tuple(columns)

    def _give(self, columns: tuple[Column, ...], rows: int) -> None:
        self._given += 1
        self._take(Piece(columns, rows))

    def end(self) -> None:
        """Give what is left; a result without rows is one empty piece."""
        self._flush()
        if not self._given:
            self._give(tuple([Column(head.name, head.type, ()) for head in self._heads]), 0)
