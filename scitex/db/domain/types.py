"""The types that a column can have, whatever each engine calls them."""

from __future__ import annotations

import enum
import re

import attrs

INTEGER_BITS = 64  # the width of INTEGER and REAL on every engine


class Kind(enum.Enum):
    """What sort of value a column holds; ``ANY`` takes every sort."""

    INTEGER = "integer"
    REAL = "real"
    NUMERIC = "numeric"
    TEXT = "text"
    BOOLEAN = "boolean"
    BLOB = "blob"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    DATE = "date"
    TIME = "time"
    INTERVAL = "interval"
    UUID = "uuid"
    JSON = "json"
    ANY = "any"


@attrs.frozen
class ColumnType:
    """
    A column's type: what it means, and the words it was declared with.

    Attributes
    ----------
    kind : Kind
    word : str
        As it was written, in upper case with single blanks: ``"VARCHAR(50)"``.
    bits : int or None
        Width of an integer or a float; None for other kinds.
    length : int or None
        The most characters that a text may have.
    precision, scale : int or None
        Of a NUMERIC: digits in all, and digits behind the point.  Of a time of day, precision
        is the digits behind the second.

    Examples
    --------
    >>> column_type("varchar(50)")
    ColumnType(kind=<Kind.TEXT: 'text'>, word='VARCHAR(50)', length=50)
    """

    kind: Kind
    word: str
    bits: int | None = None
    length: int | None = None
    precision: int | None = None
    scale: int | None = None

    def __repr__(self) -> str:
        sizes = ("bits", "length", "precision", "scale")
        known = [
            f", {name}={value}" for name in sizes if (value := getattr(self, name)) is not None
        ]
        return f"ColumnType(kind={self.kind!r}, word={self.word!r}{''.join(known)})"

    def __str__(self) -> str:
        return self.word or "(no type)"

    @property
    def portable(self) -> str:
        """The type in the words that mean the same on every engine."""
        if self.kind is Kind.ANY:
            return self.word
        if self.kind is Kind.TEXT and self.length is not None:
            return f"VARCHAR({self.length})"
        if self.bits is not None and self.bits != INTEGER_BITS:
            return {16: "SMALLINT"}.get(
                self.bits, "INT4" if self.kind is Kind.INTEGER else "FLOAT4"
            )
        sizes = [str(size) for size in (self.precision, self.scale) if size is not None]
        return self.kind.name + (f"({', '.join(sizes)})" if sizes else "")

    @property
    def meaning(self) -> tuple[object, ...]:
        """What two declarations of the same type have in common, however spelt."""
        facts = (self.kind, self.bits, self.length, self.precision, self.scale)
        return (*facts, self.word.upper()) if self.kind is Kind.ANY else facts


# word: (kind, bits).  INTEGER and REAL are 64 bits wide on every engine.
_WORDS: dict[str, tuple[Kind, int | None]] = {
    **dict.fromkeys(
        ("INTEGER", "INT", "BIGINT", "INT8", "INT64", "LONG", "UNSIGNED BIG INT"),
        (Kind.INTEGER, 64),
    ),
    **dict.fromkeys(("SERIAL", "SERIAL4", "BIGSERIAL", "SERIAL8"), (Kind.INTEGER, 64)),
    **dict.fromkeys(("INT4", "INT32", "MEDIUMINT"), (Kind.INTEGER, 32)),
    **dict.fromkeys(
        ("SMALLINT", "INT2", "INT16", "TINYINT", "SMALLSERIAL", "SERIAL2"), (Kind.INTEGER, 16)
    ),
    **dict.fromkeys(
        ("REAL", "FLOAT", "FLOAT8", "FLOAT64", "DOUBLE", "DOUBLE PRECISION"), (Kind.REAL, 64)
    ),
    **dict.fromkeys(("FLOAT4", "FLOAT32"), (Kind.REAL, 32)),
    **dict.fromkeys(("NUMERIC", "DECIMAL", "DEC"), (Kind.NUMERIC, None)),
    **dict.fromkeys(
        ("TEXT", "CLOB", "STRING", "STR", "VARCHAR", "CHARACTER VARYING", "CHAR VARYING"),
        (Kind.TEXT, None),
    ),
    **dict.fromkeys(
        ("CHAR", "CHARACTER", "NCHAR", "NVARCHAR", "VARYING CHARACTER", "NATIVE CHARACTER"),
        (Kind.TEXT, None),
    ),
    **dict.fromkeys(("BOOLEAN", "BOOL"), (Kind.BOOLEAN, None)),
    **dict.fromkeys(
        ("BLOB", "BYTEA", "BYTES", "BINARY", "VARBINARY", "ARRAY", "NDARRAY"), (Kind.BLOB, None)
    ),
    **dict.fromkeys(
        ("TIMESTAMP", "DATETIME", "TIMESTAMP WITHOUT TIME ZONE"), (Kind.TIMESTAMP, None)
    ),
    **dict.fromkeys(
        ("TIMESTAMPTZ", "DATETIMETZ", "TIMESTAMP WITH TIME ZONE"), (Kind.TIMESTAMPTZ, None)
    ),
    "DATE": (Kind.DATE, None),
    **dict.fromkeys(("TIME", "TIME WITHOUT TIME ZONE"), (Kind.TIME, None)),
    **dict.fromkeys(("INTERVAL", "TIMEDELTA", "DURATION"), (Kind.INTERVAL, None)),
    **dict.fromkeys(("UUID", "GUID"), (Kind.UUID, None)),
    **dict.fromkeys(("JSON", "JSONB", "JSON TEXT"), (Kind.JSON, None)),
}
_CLOCKS = (Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.TIME)
_MICROSECONDS = 6  # digits behind the second
SERIALS = frozenset(word for word in _WORDS if "SERIAL" in word)
_SHAPE = re.compile(r"([^()\[\]]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\))?\s*([^()\[\]]*)")


def column_type(word: str) -> ColumnType:
    """
    Read a declared type; words that are not known make an ``ANY``.

    Parameters
    ----------
    word : str
        A type of SQLite, PostgreSQL or this package, in any case: ``"TEXT"``, ``"bigint"``,
        ``"DOUBLE PRECISION"``, ``"numeric(10, 2)"``, ``"datetime"``.

    Returns
    -------
    ColumnType

    Examples
    --------
    >>> column_type("Double  precision").kind
    <Kind.REAL: 'real'>
    >>> column_type("tsvector").kind
    <Kind.ANY: 'any'>
    """
    spelt = " ".join(word.upper().split()).replace(" (", "(").replace("( ", "(")
    as_given = " ".join(word.split()) if '"' in word else spelt  # "Odd Mood" has its capitals
    match = _SHAPE.fullmatch(spelt)
    if match is None:
        return ColumnType(Kind.ANY, as_given)
    head, first, second, tail = match.groups()
    found = _WORDS.get(f"{head} {tail}".strip())
    if found is None:
        return ColumnType(Kind.ANY, as_given)
    kind, bits = found
    size = int(first) if first else None
    if kind is Kind.TEXT:
        return ColumnType(kind, spelt, length=size)
    if kind is Kind.NUMERIC and size is not None:
        return ColumnType(kind, spelt, precision=size, scale=int(second or 0))
    if kind in _CLOCKS and size is not None:
        return ColumnType(kind, spelt, precision=min(size, _MICROSECONDS))
    return ColumnType(kind, spelt, bits=bits)
