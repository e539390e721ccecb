"""
What records are as bytes, whichever engine keeps them, and the fingerprint that is made of it.

The method is number 1, and all of it is this::

    def fingerprint(records, kinds):  # records as select() gives them; kinds: {column: kind}
        total = 0
        for record in records:
            pairs = [encoded(record[name], kinds[name]) for name in sorted(kinds)]
            data = b"".join(head for head, _ in pairs) + b"".join(body for _, body in pairs)
            total += int.from_bytes(hashlib.sha256(data).digest(), "big")
        columns = [[name, kinds[name].value] for name in sorted(kinds)]
        head = ["scitex.db/1", len(records), columns, f"{total % 2**256:064x}"]
        return hashlib.sha256(json.dumps(head, ensure_ascii=False).encode()).hexdigest()

So neither the order of records nor that of columns counts, and each record counts as often as
it is there.  `encoded` has the rest: nine bytes for each value, and what does not fit into them
behind those of the whole record.
"""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import json
import struct
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from scitex.db.domain import moments
from scitex.db.domain.types import Kind

METHOD = "scitex.db/1"
NULL = bytes(9)
JSON = b"j"  # the letter of a JSON value
Encoded = tuple[bytes, bytes]
_WORD = struct.Struct(">cq")
_FLOAT = struct.Struct(">cd")
_INT64 = range(-(2**63), 2**63)
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - moments of either sort are counted from it
_DAY_ONE = dt.date(1970, 1, 1).toordinal()
_MICROSECOND = dt.timedelta(microseconds=1)
# Wide enough for every NUMERIC that PostgreSQL keeps.
_WIDE = decimal.Context(prec=200_000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


def _records(number: int) -> str:
    return f"{number:,} record{'' if number == 1 else 's'}"


@attrs.frozen
class Fingerprint:
    """
    What tells whether two tables, or two databases, hold the same records.

    Attributes
    ----------
    table : str or None
        None for a whole database.  It is not compared: a copy may have another name.
    rows : int
        How many records there are.
    digest : str
        64 hexadecimal digits.
    tables : tuple of Fingerprint
        Those of its tables, by name, where it is a database's.

    Examples
    --------
    >>> print(Fingerprint("runs", 2, "0123456789abcdef" * 4))
    sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef (2 records)
    >>> Fingerprint("runs", 2, "0123456789abcdef" * 4).short
    'sha256:0123456789ab'
    """

    table: str | None = attrs.field(eq=False)
    rows: int
    digest: str
    tables: tuple[Fingerprint, ...] = attrs.field(default=(), eq=False)

    @property
    def short(self) -> str:
        """The first digits, for a label; `str` gives all of them, to be cited."""
        return f"sha256:{self.digest[:12]}"

    def __str__(self) -> str:
        return f"sha256:{self.digest} ({_records(self.rows)})"


def _whole(tag: bytes, value: int) -> Encoded:
    """Encode a whole number; one past 64 bits by its digits."""
    if value in _INT64:
        return _WORD.pack(tag, value), b""
    return _long(tag.upper(), str(value).encode())


def _long(tag: bytes, body: bytes) -> Encoded:
    return _WORD.pack(tag, len(body)), body


def _float(value: float) -> Encoded:
    if value != value:  # noqa: PLR0124 - NaN, of which there are many
        value = float("nan")
    return _FLOAT.pack(b"f", value + 0.0), b""  # -0.0 + 0.0 is 0.0


def _text(value: str) -> Encoded:
    return _long(b"s", value.encode("utf-8", "surrogatepass"))


def _decimal(value: decimal.Decimal) -> Encoded:
    return _long(b"d", str(value.normalize(_WIDE) if value else 0).encode())


def _moment(value: dt.datetime) -> Encoded:
    if value.tzinfo is None:
        return _WORD.pack(b"t", (value - _EPOCH) // _MICROSECOND), b""
    naive = value.astimezone(moments.UTC).replace(tzinfo=None)
    return _WORD.pack(b"z", (naive - _EPOCH) // _MICROSECOND), b""


def _time(value: dt.time) -> Encoded:
    if value.tzinfo is not None:
        return _other(value)
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return _WORD.pack(b"c", seconds * 1_000_000 + value.microsecond), b""


def _other(value: object) -> Encoded:
    return _long(b"o", str(value).encode("utf-8", "surrogatepass"))


def _number(text: str) -> int | float:
    """Read a number of JSON: whole ones as such, however they are spelt."""
    value = float(text)
    return int(value) if value.is_integer() else value


_DECODER = json.JSONDecoder(parse_float=_number)
_encode = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
).encode


def document(value: Any) -> Encoded:
    """
    Encode a JSON value: keys sorted, no space, numbers by value, other characters as they are.

    Numbers with a point or an exponent are doubles; those that are whole are spelt without.
    """
    text = _encode(_numbers_by_value(value))
    return _long(JSON, text.encode("utf-8", "surrogatepass"))


def document_text(text: str) -> bytes | None:
    """Return the body of a JSON value given as text; None where the text is no JSON."""
    try:
        return _encode(_DECODER.decode(text)).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return None


def _numbers_by_value(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _numbers_by_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers_by_value(item) for item in value]
    return value


_ENCODERS: dict[type, Callable[[Any], Encoded]] = {
    type(None): lambda _: (NULL, b""),
    bool: lambda value: _whole(b"i", int(value)),
    int: lambda value: _whole(b"i", value),
    float: _float,
    str: _text,
    bytes: lambda value: _long(b"b", value),
    decimal.Decimal: _decimal,
    dt.datetime: _moment,
    dt.date: lambda value: (_WORD.pack(b"a", value.toordinal() - _DAY_ONE), b""),
    dt.time: _time,
    dt.timedelta: lambda value: _whole(b"p", moments.timedelta_micros(value)),
    uuid.UUID: lambda value: _long(b"u", value.bytes),
    dict: document,
    list: document,
}


def encoded(value: Any, kind: Kind) -> Encoded:
    r"""
    Return a value as nine bytes, and those that do not fit into them.

    Parameters
    ----------
    value : object
        As `select` gives it.
    kind : Kind
        What its column is declared as.

    Returns
    -------
    head : bytes
        A letter and eight bytes, big-endian.  ``i``: a whole number, also of True and False;
        ``f``: a float as IEEE 754 has it, 0.0 for -0.0 (SQLite does not keep the sign) and one
        bit pattern for every NaN; ``t``, ``z``: microseconds from 1970-01-01 of a moment without
        and with a zone, in UTC; ``a``: days from then; ``c``: microseconds of a time of day;
        ``p``: those of a duration.  NULL is nine bytes of zero.  After any other letter the
        eight bytes are the length of the body.
    body : bytes
        ``s``: text in UTF-8, as it is; ``b``: bytes; ``u``: the 16 of a UUID; ``d``: a decimal
        as Python spells it without zeros at its end; ``j``: JSON, see `document`; ``I``, ``P``:
        a whole number, or a duration, past 64 bits, in digits; ``o``: what only one engine
        knows, as text.  Text in a JSON column that is no JSON, which only another program can
        have put there, is ``s``.

    Examples
    --------
    >>> encoded("é", Kind.TEXT)
    (b's\x00\x00\x00\x00\x00\x00\x00\x02', b'\xc3\xa9')
    """
    if kind is Kind.JSON and value is not None and type(value) is not bytes:
        return document(value)
    if kind is Kind.REAL and type(value) is int and abs(value) <= 2**53:
        value = float(value)
    return _ENCODERS.get(type(value), _other)(value)


def table_digest(rows: int, kinds: Mapping[str, Kind], total: int) -> str:
    """Return the digest of a table: how many records, its columns, the sum of their hashes."""
    columns = [[name, kinds[name].value] for name in sorted(kinds)]
    return _hashed([METHOD, rows, columns, f"{total % 2**256:064x}"])


def whole(tables: Iterable[Fingerprint]) -> Fingerprint:
    """Return the fingerprint of a database: of the names and digests of its tables, sorted."""
    found = tuple(sorted(tables, key=lambda each: each.table or ""))
    digest = _hashed([METHOD, [[each.table, each.digest] for each in found]])
    return Fingerprint(None, sum(each.rows for each in found), digest, found)


def _hashed(head: list[object]) -> str:
    text = json.dumps(head, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
