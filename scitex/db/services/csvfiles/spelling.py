"""
Pieces of a result as lines of CSV.

A value is quoted only where it must be: it holds the delimiter, a quote or a line break, or it
is the same text as NULL.  PostgreSQL writes the same lines when it is asked to itself.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from scitex.db.domain import moments
from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.jsontext import json_text
from scitex.db.domain.pieces import Column, Piece, listed, python_values
from scitex.db.domain.types import Kind

Spell = Callable[[Any], str]
_NONE = type(None)
_PLAIN = 1e15  # from here on PostgreSQL spells floats with an exponent, Python from 1e16 on
_USUAL_DELIMITERS = {",", ";", "\t", "|"}
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
# As these are kept: their text needs no more than to lose zeros behind a fraction.
_CLOCKS = {Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.TIME}
_RAW = {Kind.TEXT, Kind.DATE, Kind.UUID, Kind.JSON, Kind.ANY, None, *_CLOCKS}


def float_text(value: float) -> str:
    """
    Spell a float with the fewest digits that make it again.

    Examples
    --------
    >>> float_text(0.1), float_text(2.0), float_text(1.5e15), float_text(float("-inf"))
    ('0.1', '2.0', '1.5e+15', '-Infinity')
    """
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    if not _PLAIN <= abs(value) < 10 * _PLAIN or "e" in text:
        return text
    sign, digits = ("-", text[1:]) if value < 0 else ("", text)
    whole, _, part = digits.partition(".")
    rest = (whole[1:] + part).rstrip("0")
    return f"{sign}{whole[0]}{'.' if rest else ''}{rest}e+{len(whole) - 1}"


def _floats(values: Sequence[float]) -> list[str]:
    if min(values) > -_PLAIN and max(values) < _PLAIN:
        return list(map(repr, values))
    return list(map(float_text, values))


def _moment(value: dt.datetime) -> str:
    text = _trimmed(moments.datetime_text(value))
    return text if value.tzinfo is None else text + "+00"


def _trimmed(text: str) -> str:
    """Leave out zeros at the end of a fraction."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _truth(value: object) -> str:
    return "true" if value else "false"


def _bytes(value: bytes) -> str:
    return "\\x" + value.hex()


def _decimal(value: decimal.Decimal) -> str:
    return format(value, "f") if value.is_finite() else str(value)


def _time(value: dt.time) -> str:
    return _trimmed(value.isoformat())


def _list(value: list[Any]) -> str:
    """Spell a list as JSON, in which other values stand as their text."""
    return json_text(_listed(value))


def _listed(value: Any) -> Any:
    if isinstance(value, list):
        return [_listed(item) for item in value]
    if value is None or isinstance(value, (bool, int, str, dict)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, dt.timedelta):  # engines with arrays read no ISO text with a sign
        return moments.interval_text(value)
    return _SPELT.get(type(value), str)(value)


_SPELT: dict[type, Spell] = {
    bool: _truth,
    int: str,
    float: float_text,
    str: str,
    bytes: _bytes,
    decimal.Decimal: _decimal,
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    dt.time: _time,
    dt.timedelta: moments.timedelta_text,
    uuid.UUID: str,
    dict: json_text,
    list: _list,
}


class Speller:
    """
    What spells pieces.

    Parameters
    ----------
    form : CsvForm
    formulas : bool, default False
        Whether a text that a spreadsheet would run as a formula gets an apostrophe in front.
    """

    def __init__(self, form: CsvForm, *, formulas: bool = False) -> None:
        self._null = form.null
        self._delimiter = form.delimiter
        self._formulas = formulas
        # Whether a number or a moment is never taken for something else.
        odd = any(sign.isdigit() for sign in form.null) or form.null.endswith("Infinity")
        self._sure = form.delimiter in _USUAL_DELIMITERS and not odd
        self._special = re.compile(f'[{re.escape(form.delimiter)}"\r\n]').search

    def header(self, names: Sequence[str]) -> bytes:
        """Spell the line of the columns' names."""
        return (self._delimiter.join(self._quoted(list(names))) + "\n").encode()

    def lines(self, piece: Piece) -> bytes:
        """Spell the rows of a piece."""
        if not piece.rows or not piece.columns:
            return b"\n" * piece.rows
        columns = [self._column(column) for column in piece.columns]
        if len(columns) == 1:  # PostgreSQL would take a lone \\. for the end, and quotes it
            (alone,) = columns
            return ("\n".join(['"\\."' if one == "\\." else one for one in alone]) + "\n").encode()
        rows = zip(*columns, strict=True)
        return ("\n".join(map(self._delimiter.join, rows)) + "\n").encode()

    def _column(self, column: Column) -> Sequence[str]:
        """Spell the values of a column, quotes and all."""
        values = listed(column.values)
        if _NONE not in set(map(type, values)):
            return self._present(column, values)
        present = [value for value in values if value is not None]
        found = iter(self._present(column, present) if present else ())
        null = self._null
        return [null if value is None else next(found) for value in values]

    def _present(self, column: Column, values: Sequence[Any]) -> Sequence[str]:
        """Spell values none of which is missing."""
        kind = None if column.type is None else column.type.kind
        kinds = set(map(type, values))
        if kinds == {int} and column.read is None:
            return self._numbers(list(map(str, values)))
        if kinds == {float} and column.read is None:
            return self._numbers(_floats(values))
        if kinds == {str} and kind in _RAW:
            return self._texts(values, kind, raw=column.read is not None)
        if kind is Kind.JSON and column.read is None:
            return self._quoted(list(map(json_text, values)))
        if column.read is not None:
            values = python_values(Column(column.name, column.type, values, column.read))
        return self._quoted([_SPELT.get(type(value), str)(value) for value in values])

    def _numbers(self, values: Sequence[str]) -> Sequence[str]:
        return values if self._sure else self._quoted(values)

    def _texts(self, values: Sequence[str], kind: Kind | None, *, raw: bool) -> Sequence[str]:
        """Spell texts; those of moments are `raw` where the engine keeps them as text."""
        if raw and kind in _CLOCKS:
            zone = "+00" if kind is Kind.TIMESTAMPTZ else ""
            if zone or any("." in value for value in values):
                return self._numbers([_trimmed(value) + zone for value in values])
            return self._numbers(values)
        if kind is Kind.JSON and not raw:
            values = list(map(json_text, values))
        if self._formulas:
            values = ["'" + value if value.startswith(_FORMULAS) else value for value in values]
        return self._quoted(values)

    def _quoted(self, values: Sequence[str]) -> Sequence[str]:
        """Quote those texts that need it."""
        special, null = self._special, self._null
        if special("".join(values)) is None:
            if null not in values:
                return values
            return [f'"{null}"' if value == null else value for value in values]
        return [
            '"' + value.replace('"', '""') + '"' if special(value) or value == null else value
            for value in values
        ]
