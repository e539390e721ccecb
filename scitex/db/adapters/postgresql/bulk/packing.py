"""
Records as the bytes of a binary COPY, by a function written for just these columns.

Each field is four bytes of length and the value, as PostgreSQL's ``typreceive`` functions read
them.  Fields of a fixed width and texts of all lengths go into one `struct.Struct`, kept by the
lengths, so that a row is packed in one call.
"""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import itertools
import struct
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from scitex.db.adapters.sql.binding import fitting
from scitex.db.domain import moments
from scitex.db.domain.errors import DataError
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.types import ColumnType, Kind

Record = Mapping[str, object]
HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)

_EPOCH = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - timestamps without a zone are counted from it
_EPOCH_UTC = _EPOCH.replace(tzinfo=moments.UTC)
_FIRST_DAY = dt.date(2000, 1, 1).toordinal()
_SECOND = 1_000_000  # microseconds


@attrs.frozen
class Wire:
    """
    How values of one column travel.

    Attributes
    ----------
    code : str
        The `struct` letter of a value of fixed width; ``"s"`` for bytes of any length.
    spell : callable
        Turns what `fit` gives into what `struct` packs.
    fast : str
        A condition on ``{v}`` in Python under which `quick` is right.
    quick : str
        The Python expression of ``{v}`` that is packed then.
    """

    code: str
    spell: Callable[[Any], Any]
    fast: str = "False"
    quick: str = "{v}"


def _micros(span: dt.timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * _SECOND + span.microseconds


def _time(value: dt.time) -> int:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * _SECOND + value.microsecond


def _interval(value: dt.timedelta) -> bytes:
    rest = value.seconds * _SECOND + value.microseconds
    return struct.pack(">qii", rest, value.days, 0)


_PLUS, _MINUS, _INFINITE, _MINUS_INFINITE = 0x0000, 0x4000, 0xD000, 0xF000
_BASE_DIGITS = 4  # decimal digits in one of numeric's


def _numeric(value: decimal.Decimal) -> bytes:
    """Spell a decimal in base 10,000, as ``numeric_recv`` reads it."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return struct.pack(">hhHh", 0, 0, _MINUS_INFINITE if sign else _INFINITE, 0)
    scale = max(0, -exponent)
    text = "".join(map(str, digits)) + "0" * max(0, exponent)
    whole = text[: max(0, len(text) - scale)]
    part = text[len(whole) :].rjust(scale, "0") if scale else ""
    whole = whole.rjust(-(-len(whole) // _BASE_DIGITS) * _BASE_DIGITS, "0")
    part = part.ljust(-(-len(part) // _BASE_DIGITS) * _BASE_DIGITS, "0")
    both = whole + part
    groups = [int(both[place : place + 4]) for place in range(0, len(both), _BASE_DIGITS)]
    weight = len(whole) // _BASE_DIGITS - 1
    while groups and groups[0] == 0:
        groups.pop(0)
        weight -= 1
    while groups and groups[-1] == 0:
        groups.pop()
    head = struct.pack(">hhHh", len(groups), weight, _MINUS if sign else _PLUS, scale)
    return head + struct.pack(f">{len(groups)}h", *groups)


def _stamp(value: dt.datetime) -> int:
    return _micros(value - _EPOCH)


def _stamp_utc(value: dt.datetime) -> int:
    return _micros(value - _EPOCH_UTC)


# The same, written into the place where it is needed: a call would take as long as the sum.
_INLINE = "((t := {v} - EPOCH).days * 86_400 + t.seconds) * 1_000_000 + t.microseconds"


def _day(value: dt.date) -> int:
    return value.toordinal() - _FIRST_DAY


def _jsonb(value: str) -> bytes:
    return b"\x01" + value.encode()


def _uuid(value: uuid.UUID) -> bytes:
    return value.bytes


_INTEGERS = {64: "q", 32: "i", 16: "h"}
_NAIVE = "type({v}) is datetime and {v}.tzinfo is None"
_AWARE = "type({v}) is datetime and {v}.tzinfo is not None"
_KNOWN = {"datetime": dt.datetime, "EPOCH": _EPOCH, "EPOCH_UTC": _EPOCH_UTC}


def wire(type: ColumnType) -> Wire | None:
    """Say how values of a type travel; None where that is not known."""
    match type.kind:
        case Kind.INTEGER:
            limit = 1 << ((type.bits or 64) - 1)
            fast = f"type({{v}}) is int and -{limit} <= {{v}} < {limit}"
            return Wire(_INTEGERS[type.bits or 64], int, fast)
        case Kind.REAL if type.bits == 64:
            return Wire("d", float, "type({v}) is float and {v} == {v}")
        case Kind.TEXT:
            short = "" if type.length is None else f" and len({{v}}) <= {type.length}"
            return Wire("s", str.encode, "type({v}) is str" + short, "{v}.encode()")
        case Kind.TIMESTAMP if type.precision is None:
            return Wire("q", _stamp, _NAIVE, _INLINE)
        case Kind.TIMESTAMPTZ if type.precision is None:
            return Wire("q", _stamp_utc, _AWARE, _INLINE.replace("EPOCH", "EPOCH_UTC"))
        case Kind.JSON:
            return Wire("s", _jsonb if type.word == "JSONB" else str.encode)
        case _:
            return _RARE.get(type.kind)


_RARE = {
    Kind.NUMERIC: Wire("s", _numeric),
    Kind.BOOLEAN: Wire("?", bool, "{v} is True or {v} is False"),
    Kind.BLOB: Wire("s", bytes, "type({v}) is bytes"),
    Kind.DATE: Wire("i", _day),
    Kind.TIME: Wire("q", _time),
    Kind.INTERVAL: Wire("s", _interval),
    Kind.UUID: Wire("s", _uuid),
}

Packer = Callable[[Iterable[Any], int], list[bytes]]


@attrs.frozen
class Ready:
    """
    Columns whose values are what `struct` packs in 8 bytes.

    Attributes
    ----------
    names : tuple of str
    whole : tuple of str
        Those of them in which nothing is missing.
    """

    names: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


_NONE_READY = Ready()


@functools.lru_cache(maxsize=256)
def packer(
    spec: TableSpec,
    columns: tuple[str, ...],
    *,
    counted: bool = False,
    ready: Ready = _NONE_READY,
) -> Packer | None:
    """
    Write the function that packs records of exactly `columns` for a binary COPY.

    Parameters
    ----------
    spec : TableSpec
    columns : tuple of str
        At least one.
    counted : bool, default False
        Whether each row ends with its place in the batch, a bigint.
    ready : Ready, optional
        The columns whose values are spelt already.

    Returns
    -------
    callable or None
        Turns rows, as ``itemgetter(*columns)`` gives them, and the place of the first into a
        list of rows of bytes; None where the way that one of the columns travels is not known,
        or it is computed.
    """
    known: dict[str, Any] = {"make": _row_packer, **_KNOWN}
    steps, codes, pairs, before = [], [], [], []
    for place, name in enumerate(columns):
        column = spec.column(name)
        travels = wire(column.type)
        if travels is None or column.generated is not None:
            return None
        known[f"s{place}"] = _slow(spec, column, travels)
        if name in ready.whole:
            before.append(f"n{place} = 8")
        elif name in ready.names:
            steps += _ready_steps(place)
        else:
            steps += _steps(place, travels)
        codes.append(travels.code)
        pairs.append(f"n{place}, v{place}")
    if counted:
        codes.append("q")
        pairs.append("8, place")
    known["codes"] = "".join(codes)
    known["kept"] = {}
    source = _source(len(columns), len(codes), before, steps, ", ".join(pairs))
    exec(source, known)  # noqa: S102 - written from numbered names only
    pack: Packer = known["pack"]
    return pack


def _source(columns: int, fields: int, before: list[str], steps: list[str], pairs: str) -> str:
    """Write the function: what comes before all rows, the steps of each, and its fields."""
    sizes = ", ".join(f"n{place}" for place in range(columns))
    targets = ", ".join(f"v{place}" for place in range(columns))
    if columns > 1:  # of one column, the bare value comes
        targets = f"({targets})"
    lines = [
        "def pack(picked, start):",
        " packers = kept",
        " rows = []",
        " append = rows.append",
        *(f" {step}" for step in before),
        f" for place, {targets} in enumerate(picked, start):",
        *(f"  {step}" for step in steps),
        f"  key = ({sizes},)",
        "  one = packers.get(key)",
        "  if one is None: one = make(packers, codes, key)",
        f"  append(one({fields}, {pairs}))",
        " return rows",
    ]
    return "\n".join(lines)


def _slow(spec: TableSpec, column: ColumnSpec, travels: Wire) -> Callable[[Any], Any]:
    """Return what fits any value to the column, and spells it."""
    fitted = fitting(spec.name, column)
    spell = travels.spell

    def slow(value: Any) -> Any:
        kept = fitted(value)
        return None if kept is None else spell(kept)

    is_naive = column.type.kind is Kind.TIMESTAMP and column.type.precision is None
    return _text_first(slow) if is_naive else slow


def _text_first(slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Read ISO text to the second or the microsecond, which is often given, without a detour."""

    def text_first(value: Any) -> Any:
        if type(value) is not str or _ISO.get(len(value)) != value[4:20:3]:
            return slow(value)
        try:
            since = dt.datetime.fromisoformat(value) - _EPOCH
        except (ValueError, TypeError):  # no moment, or one with a zone
            return slow(value)
        return _micros(since)

    return text_first


# By the length of a text: the marks in it.
_ISO = {len("2025-05-30 14:00:00"): "-- ::", len("2025-05-30 14:00:00.000001"): "-- ::."}


def _steps(place: int, travels: Wire) -> list[str]:
    """Write the lines that make a field's size ``n`` and value ``v``."""
    v, n = f"v{place}", f"n{place}"
    width = f"len({v})" if travels.code == "s" else str(struct.calcsize(f">{travels.code}"))
    quick = travels.quick.format(v=v)
    return [
        f"if {travels.fast.format(v=v)}:",
        *([f" {v} = {quick}"] if quick != v else []),
        f" {n} = {width}",
        "else:",
        f" {v} = s{place}({v})",
        f" if {v} is None: {v} = b''; {n} = -1",
        f" else: {n} = {width}",
    ]


def _ready_steps(place: int) -> list[str]:
    """Write the lines for a column whose values are known to fit."""
    return [
        f"n{place} = 8",
        f"if v{place} is None: v{place} = b''; n{place} = -1",
    ]


_PACKERS_KEPT = 10_000


def _row_packer(
    kept: dict[tuple[int, ...], Callable[..., bytes]], codes: str, sizes: tuple[int, ...]
) -> Callable[..., bytes]:
    """Make and keep what packs rows whose fields have these sizes; -1 is NULL."""
    if len(kept) >= _PACKERS_KEPT:
        kept.clear()
    fields = []
    for place, code in enumerate(codes):
        size = sizes[place] if place < len(sizes) else 8  # behind them, a row's place
        fields.append(f"i{max(size, 0)}s" if code == "s" or size < 0 else f"i{code}")
    kept[sizes] = pack = struct.Struct(">h" + "".join(fields)).pack
    return pack


class Pieces:
    """
    A file of packed records, made while it is read: the server works meanwhile.

    Parameters
    ----------
    pack : callable
        What `packer` made.
    rows : iterator
        What it packs.
    count : int
        How many rows there are.
    """

    piece = 1 << 16  # bytes that are sent at a time

    def __init__(self, pack: Packer, rows: Iterator[Any], count: int) -> None:
        self._pack = pack
        self._picked = rows
        self._count = count
        self._place = 0
        self._rest = HEADER
        self._begin = 0
        self._ended = False
        self.error: Exception | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        while len(self._rest) - self._begin < size and not self._ended:
            self._rest = self._rest[self._begin :] + self._more()
            self._begin = 0
        piece = self._rest[self._begin : self._begin + size]
        self._begin += len(piece)
        return piece

    def _more(self) -> bytes:
        start = self._place
        if start < self._count:
            self._place += _PACKED_AT_A_TIME
            try:
                return b"".join(
                    self._pack(itertools.islice(self._picked, _PACKED_AT_A_TIME), start)
                )
            except (DataError, UnicodeEncodeError) as error:
                self.error = error  # the driver would tell it as text only
                raise
        self._ended = True
        return TRAILER


_PACKED_AT_A_TIME = 500  # rows: about as much as psycopg2 asks for at a time
