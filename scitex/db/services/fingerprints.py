"""
Fingerprints of tables: the same records give the same, whichever engine keeps them.

`scitex.db.domain.fingerprints` has the method.  Here the nine bytes of a whole column of a piece
are made at once; what does not fit its column's declared type is encoded one by one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scitex.db.domain.fingerprints import (
    NULL,
    Fingerprint,
    document_text,
    encoded,
    table_digest,
    whole,
)
from scitex.db.domain.pieces import Column, Packed, PackedText, Piece, Values, python_values
from scitex.db.domain.queries import Query
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage

_HEAD = len(NULL)
_NONE = type(None)
_YEAR_1 = np.datetime64("0001-01-01", "us")
_STAMPS = {len("2025-05-30 14:00:00"): 14, len("2025-05-30 14:00:00.123456"): 20}
_DAY = len("2025-05-30")
Bodies = list[bytes] | None


def of(
    storage: Storage, table: str, *, report: Callable[[int], object] | None = None
) -> Fingerprint:
    """
    Return the fingerprint of a table, or of a view.

    Parameters
    ----------
    storage : Storage
    table : str
    report : callable, optional
        Is given the number of records of each piece that was read.

    Returns
    -------
    Fingerprint

    Raises
    ------
    TableNotFoundError
        If there is no such table.

    Notes
    -----
    Reads all records once; memory does not grow with their number.
    """
    spec = storage.describe(table)
    hashing = Hashing({column.name: column.type.kind for column in spec.columns})

    def take(piece: Piece) -> None:
        hashing.take(piece)
        if report is not None:
            report(piece.rows)

    storage.unload(Query(table), take=take)
    return hashing.fingerprint(table)


def of_all(storage: Storage, *, report: Callable[[int], object] | None = None) -> Fingerprint:
    """Return the fingerprint of all tables, as they are at one moment."""
    with storage.reading():
        return whole([of(storage, table, report=report) for table in storage.tables()])


class Hashing:
    """
    The sum of the hashes of all records so far.

    Parameters
    ----------
    kinds : dict of str to Kind
        What each column is declared as.
    """

    def __init__(self, kinds: dict[str, Kind]) -> None:
        self.kinds = kinds
        self.rows = 0
        self.total = 0

    def take(self, piece: Piece) -> None:
        """Add the records of a piece."""
        if not piece.rows:
            return
        columns = sorted(piece.columns, key=lambda column: column.name)
        heads = np.zeros((piece.rows, _HEAD * len(columns)), np.uint8)
        bodies = [
            found
            for place, column in enumerate(columns)
            if (found := encode(column, self.kinds[column.name], _part(heads, place))) is not None
        ]
        self.rows += piece.rows
        self.total += _summed(_joined(heads, bodies))

    def fingerprint(self, table: str) -> Fingerprint:
        """Return the fingerprint of the records so far."""
        return Fingerprint(table, self.rows, table_digest(self.rows, self.kinds, self.total))


def _part(heads: Any, place: int) -> Any:
    """Return where the heads of one column are among those of all."""
    return heads[:, _HEAD * place :][:, :_HEAD]


def encode(column: Column, kind: Kind, heads: Any) -> Bodies:
    """Write the heads of a column; return its bodies, None where there are none."""
    way = _WAYS.get(kind)
    if way is not None:
        done, bodies = way(column, heads)
        if done:
            return bodies
    return _one_by_one(_values(column, kind), heads)


def _joined(heads: Any, bodies: Sequence[list[bytes]]) -> list[bytes]:
    """Return the bytes of each record."""
    found: list[bytes] = heads.view(f"V{heads.shape[1]}").ravel().tolist()
    if not bodies:
        return found
    if len(bodies) == 1:
        return list(map(operator.add, found, bodies[0]))
    return list(map(b"".join, zip(found, *bodies, strict=True)))


def _summed(records: list[bytes]) -> int:
    """Return the sum of the records' hashes."""
    sha256 = hashlib.sha256
    hashes = b"".join([sha256(record).digest() for record in records])
    words = np.frombuffer(hashes, ">u4").reshape(-1, 8).sum(axis=0, dtype=np.uint64)
    total = 0
    for word in words.tolist():
        total = (total << 32) + word
    return total


def _values(column: Column, kind: Kind) -> Sequence[Any]:
    """Return a column's values encoded or as `select` gives them."""
    if kind is not Kind.JSON or column.read is None:
        return [encoded(value, kind) for value in python_values(column)]
    texts = column.values.texts() if isinstance(column.values, PackedText) else column.values
    return [_document(value) for value in texts]  # type: ignore[union-attr]  # no array of JSON


def _document(value: Any) -> tuple[bytes, bytes]:
    """Encode JSON as an engine keeps it: text, or a number that SQLite made of such."""
    if type(value) is not str:
        return encoded(value, Kind.JSON)
    body = document_text(value)
    if body is None:
        return encoded(value, Kind.TEXT)
    return b"j" + len(body).to_bytes(8, "big"), body


def _one_by_one(pairs: Sequence[tuple[bytes, bytes]], heads: Any) -> Bodies:
    """Write heads that were made one by one."""
    joined = b"".join([head for head, _ in pairs])
    heads[:] = np.frombuffer(joined, np.uint8).reshape(-1, _HEAD)
    bodies = [body for _, body in pairs]
    return bodies if any(bodies) else None


def _write(heads: Any, tag: bytes, values: Any, valid: Any) -> None:
    """Write one array of 64 bits; nothing where there is no value."""
    data = np.ascontiguousarray(values).view(np.uint8).reshape(-1, 8)
    if valid is None:
        heads[:, 0] = tag[0]
        heads[:, 1:] = data
    else:
        heads[valid, 0] = tag[0]
        heads[valid, 1:] = data[valid]


Done = tuple[bool, Bodies]
_NOT: Done = (False, None)
_FIXED: Done = (True, None)


def _plain(values: Values, kinds: set[type], filler: Any) -> tuple[Sequence[Any], Any] | None:
    """
    Return values that are all of these types, and where there is one (None: everywhere).

    What is missing has the filler in its place.  None for values of other types.
    """
    if isinstance(values, Packed | PackedText):
        return None
    found = set(map(type, values))
    if not found <= kinds | {_NONE}:
        return None
    if _NONE not in found:
        return values, None
    valid = np.fromiter((value is not None for value in values), bool, len(values))
    return [filler if value is None else value for value in values], valid


def _integers(column: Column, heads: Any) -> Done:
    values = column.values
    if isinstance(values, Packed):
        _write(heads, b"i", values.values.astype(">i8"), values.valid)
        return _FIXED
    plain = _plain(values, {int, bool}, 0)
    if plain is None:
        return _NOT
    full, valid = plain
    _write(heads, b"i", np.fromiter(full, "i8", len(full)).astype(">i8"), valid)
    return _FIXED


def _reals(column: Column, heads: Any) -> Done:
    values = column.values
    if isinstance(values, Packed):
        found, valid = values.values, values.valid
    else:
        plain = _plain(values, {float}, 0.0)
        if plain is None:
            return _NOT
        full, valid = plain
        found = np.fromiter(full, "f8", len(full))
    found = found + 0.0  # 0.0 where it was -0.0
    found[np.isnan(found)] = np.nan
    _write(heads, b"f", found.astype(">f8"), valid)
    return _FIXED


def _texts(column: Column, heads: Any) -> Done:
    values = column.values
    if isinstance(values, PackedText):
        bodies = bytes(values.gather(True)).split(b"\0")[1:]  # noqa: FBT003
        return _with_bodies(heads, b"s", bodies, values.sizes, values.valid)
    plain = _plain(values, {str}, "")
    if plain is None:
        return _NOT
    full, valid = plain
    try:
        bodies = "\0".join(full).encode().split(b"\0")
    except UnicodeEncodeError:
        return _NOT
    if len(bodies) != len(full):  # another program wrote NUL
        return _NOT
    return _with_bodies(heads, b"s", bodies, None, valid)


def _bytestrings(column: Column, heads: Any) -> Done:
    plain = _plain(column.values, {bytes}, b"")
    if plain is None:
        return _NOT
    full, valid = plain
    return _with_bodies(heads, b"b", list(full), None, valid)


def _with_bodies(heads: Any, tag: bytes, bodies: list[bytes], sizes: Any, valid: Any) -> Done:
    if sizes is None:
        sizes = np.fromiter(map(len, bodies), "i8", len(bodies))
    _write(heads, tag, sizes.astype(">i8"), valid)
    return True, bodies


def _moments(tag: bytes) -> Callable[[Column, Any], Done]:
    """Return what encodes moments that are packed, or the ISO text that SQLite keeps."""

    def encode(column: Column, heads: Any) -> Done:
        values = column.values
        if isinstance(values, Packed):
            _write(heads, tag, values.values.view("i8").astype(">i8"), values.valid)
            return _FIXED
        given = _given_moments(values, tag)
        if given is not None:
            found, valid = given
            _write(heads, tag, found.view("i8").astype(">i8"), valid)
            return _FIXED
        plain = _plain(values, {str}, "1970-01-01 00:00:00")
        if plain is None:
            return _NOT
        full, valid = plain
        found = _read_stamps(full)
        if found is None:
            return _NOT
        _write(heads, tag, found.view("i8").astype(">i8"), valid)
        return _FIXED

    return encode


_NAIVE_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - what stands where there is none
_UTC_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _given_moments(values: Values, tag: bytes) -> tuple[Any, Any] | None:
    """Return moments that come as objects, all of them naive, or all in UTC; None otherwise."""
    aware = tag == b"z"
    plain = _plain(values, {dt.datetime}, _UTC_EPOCH if aware else _NAIVE_EPOCH)
    if plain is None:
        return None
    full, valid = plain
    zones = {value.tzinfo for value in full}
    if aware and zones == {dt.UTC}:
        return np.array([value.replace(tzinfo=None) for value in full], "M8[us]"), valid
    return (np.array(full, "M8[us]"), valid) if not aware and zones == {None} else None


def _read_stamps(texts: Sequence[str]) -> Any:
    """Read moments that are all spelt as this package does; None where one is not."""
    widths = set(map(len, texts))
    if not widths <= set(_STAMPS):
        return None
    digits = sum(_STAMPS[len(text)] for text in texts) if len(widths) > 1 else None
    if digits is None:
        digits = _STAMPS[widths.pop()] * len(texts)
    return _parsed(texts, b"-: .", digits, "M8[us]")


def _parsed(texts: Sequence[str], marks: bytes, digits: int, code: str) -> Any:
    """Read what has just so many digits beside the marks, as numpy reads it."""
    rest = "".join(texts).encode(errors="replace").translate(None, marks)
    if len(rest) != digits or not rest.isdigit():
        return None
    try:
        found = np.array(texts, code)
    except ValueError:
        return None
    return None if found.min() < _YEAR_1 else found


def _days(column: Column, heads: Any) -> Done:
    """Encode days that SQLite keeps as ISO text."""
    plain = _plain(column.values, {str}, "1970-01-01")
    if plain is None:
        return _NOT
    full, valid = plain
    if set(map(len, full)) != {_DAY}:
        return _NOT
    found = _parsed(full, b"-", 8 * len(full), "M8[D]")
    if found is None:
        return _NOT
    _write(heads, b"a", found.view("i8").astype(">i8"), valid)
    return _FIXED


_WAYS: dict[Kind, Callable[[Column, Any], Done]] = {
    Kind.INTEGER: _integers,
    Kind.BOOLEAN: _integers,
    Kind.REAL: _reals,
    Kind.TEXT: _texts,
    Kind.BLOB: _bytestrings,
    Kind.TIMESTAMP: _moments(b"t"),
    Kind.TIMESTAMPTZ: _moments(b"z"),
    Kind.DATE: _days,
}
