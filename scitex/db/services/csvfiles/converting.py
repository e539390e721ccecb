"""
Texts of a CSV file as values of a column's declared type.

A whole column is turned at once where all its texts are spelt as usual; else each is looked at,
and the first that is none is told.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from scitex.db.domain import moments
from scitex.db.domain.jsontext import all_plain
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.pieces import PackedText, Values, listed
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import ColumnType, Kind

Texts = Sequence[Any]
_DIGITS = re.compile(r"[0-9-]*").fullmatch
_DECIMALS = re.compile(r"[0-9.eE+-]*").fullmatch
_TRUTHS = {
    **dict.fromkeys(("true", "t", "1", "yes", "y", "on"), True),
    **dict.fromkeys(("false", "f", "0", "no", "n", "off"), False),
}
_DIGITS_OF_INTEGERS = 19
_FARTHEST = 16_000  # the digits behind the point that PostgreSQL's NUMERIC has
_CLOCK = re.compile(r"(?:(-?\d+) days?,? ?)?([+-]?)(?:(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?")


def _number(text: str) -> decimal.Decimal:
    """Read a decimal that is spelt with digits, a point and an exponent only."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    number = decimal.Decimal(text)
    if number.is_finite() and abs(number.adjusted()) > _FARTHEST:
        raise OverflowError(text)
    return number


def _integer(text: str) -> Any:
    """Read a whole number, also one spelt ``5.0`` as who has missing values beside it writes."""
    if _DIGITS(text.lstrip("+")):
        return int(text)
    number = _number(text)
    if abs(number.adjusted()) > _DIGITS_OF_INTEGERS or number != number.to_integral_value():
        raise ValueError(text)
    return int(number)


def _real(text: str) -> Any:
    number = _number(text)
    value = float(text)
    if math.isinf(value) and number.is_finite():
        raise OverflowError(text)
    return value


def _truth(text: str) -> Any:
    return _TRUTHS[text.lower()]


def _bytes(text: str) -> Any:
    if not text.startswith("\\x"):
        raise ValueError(text)
    return bytes.fromhex(text[2:])


def _span(text: str) -> Any:
    """Read ISO 8601's days and seconds, or ``1 day 02:30:00``."""
    if "P" in text:
        return moments.read_timedelta(text)
    match = _CLOCK.fullmatch(text)
    if match is None or not any(sign.isdigit() for sign in text):
        raise ValueError(text)
    days, sign, *clock, fraction = match.groups()
    hours, minutes, seconds = (int(part or 0) for part in clock)
    micros = int((fraction or "0").ljust(6, "0"))
    time = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)
    return dt.timedelta(days=int(days or 0)) + (-time if sign == "-" else time)


def _all_integers(texts: Texts) -> list[Any] | None:
    return list(map(int, texts)) if _DIGITS("".join(texts)) else None


def _all_reals(texts: Texts) -> list[Any] | None:
    if not _DECIMALS("".join(texts)):
        return None
    found = list(map(float, texts))
    return None if math.inf in found or -math.inf in found else found


def _all_truths(texts: Texts) -> list[Any] | None:
    return list(map(_TRUTHS.__getitem__, texts))


@attrs.frozen
class _Reading:
    """How texts of one kind are read: a whole column (None: not so), one text, what it must be."""

    all: Callable[[Texts], list[Any] | None]
    one: Callable[[str], Any]
    what: str


def _never(_texts: Texts) -> None:
    return None


_READINGS = {
    Kind.INTEGER: _Reading(_all_integers, _integer, "a whole number"),
    Kind.REAL: _Reading(_all_reals, _real, "a number that 64 bits hold"),
    Kind.NUMERIC: _Reading(_never, _number, "a number"),
    Kind.BOOLEAN: _Reading(_all_truths, _truth, "true or false"),
    Kind.BLOB: _Reading(_never, _bytes, "bytes, which are written as \\x and hexadecimal digits"),
    Kind.INTERVAL: _Reading(_never, _span, "a duration such as P1DT30S or 1 day 00:00:30"),
}
_FAILURES = (ValueError, KeyError, decimal.InvalidOperation, OverflowError)

_DAY = r"(?!0000)[0-9]{4}-[01][0-9]-[0-3][0-9]"
_DAY_IN_UTC = f"(?!0000|0001|9999){_DAY}"  # none that is in another year in UTC
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_ZONE = r"(?:Z|[+-][01][0-9](?::?[0-5][0-9])?)"


def _each(pattern: str) -> Callable[[Texts], bool]:
    """Return what says whether each of some texts is of a pattern, which has no line breaks."""
    fits = re.compile(f"(?:(?:{pattern})\n)*+").fullmatch

    def each(texts: Texts) -> bool:
        joined = "\n".join([*texts, ""])
        return fits(joined) is not None and joined.count("\n") == len(texts)

    return each


# What says whether every engine reads the same in texts, or none reads anything.
_ALIKE: dict[Kind, Callable[[Texts], bool]] = {
    Kind.DATE: _each(_DAY),
    Kind.TIMESTAMP: _each(f"{_DAY}[ T]{_TIME}"),
    Kind.TIMESTAMPTZ: _each(f"{_DAY_IN_UTC}[ T]{_TIME}{_ZONE}"),
    Kind.UUID: _each(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    Kind.JSON: all_plain,
}


def _rounds(type: ColumnType) -> bool:
    """Say whether an engine may keep less of a value than its text says."""
    return type.length is not None or type.precision is not None or type.bits == _SINGLE


_SINGLE = 32  # bits


class Converter:
    """
    What turns texts into values of a column.

    Parameters
    ----------
    column : ColumnSpec
    nulls : sequence of str
        The texts that stand for a missing value where nothing else does.

    Attributes
    ----------
    usual : bool
        Whether the texts that were turned last were spelt as usual.
    """

    def __init__(self, column: ColumnSpec, nulls: Sequence[str]) -> None:
        self.column = column
        self.usual = True
        self._nulls = nulls
        self._reading = _READINGS.get(column.type.kind)

    def values(self, texts: Texts, *, exact: bool) -> Texts:
        """
        Return the values of texts; None for those that are missing.

        Parameters
        ----------
        texts : sequence of str or None
        exact : bool
            Whether None stands for a missing value; else the texts of NULL do.

        Raises
        ------
        Misfit
            If one is no value of the column; `first_misfit` tells which.
        """
        gone = (None,) if exact else self._nulls
        if not any(null in texts for null in gone):
            return self._present(texts)
        found = iter(self._present([text for text in texts if text not in gone]))
        return [None if text in gone else next(found) for text in texts]

    def whole(self, texts: PackedText) -> Values:
        """
        Return the values of texts that lie end to end.

        Raises
        ------
        Misfit
            If one is no value of the column.
        """
        self.usual = True
        return texts if self._reading is None else self.values(texts.texts(), exact=True)

    def _present(self, texts: Texts) -> Texts:
        """Return the values of texts none of which is missing."""
        if self._reading is None:
            return texts
        try:
            found = self._reading.all(texts)
        except _FAILURES:
            found = None
        self.usual = found is not None
        return list(map(self._one, texts)) if found is None else found

    def _one(self, text: str) -> Any:
        assert self._reading is not None  # noqa: S101 - `_present` sees to it
        try:
            return self._reading.one(text)
        except _FAILURES:
            raise Misfit(
                f"not {self._reading.what}", "mend the file, or have the column be TEXT"
            ) from None

    def alike(self, values: Values) -> bool:
        """Say whether every engine reads the same in the texts of values, usual ones."""
        kind = self.column.type.kind
        if _rounds(self.column.type):
            return False
        if kind not in _ALIKE:
            return self._reading is not None or kind is Kind.TEXT
        return _ALIKE[kind]([text for text in listed(values) if text is not None])

    def first_misfit(self, texts: Texts, *, exact: bool) -> tuple[int, Misfit] | None:
        """Return the place of the first text that is no value, and why."""
        for place, text in enumerate(texts):
            try:
                self.values([text], exact=exact)
            except Misfit as misfit:
                return place, misfit
        return None
