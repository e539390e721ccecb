"""What a table's columns hold, in a few numbers each."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from scitex.db.domain.errors import ColumnNotFoundError, InterfaceError
from scitex.db.domain.types import Kind

# Kinds whose values lie on a line, so that there is a middle between two of them.
MEASURED = frozenset(
    {Kind.INTEGER, Kind.REAL, Kind.NUMERIC, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.INTERVAL}
)
RANKED = MEASURED | {Kind.DATE, Kind.TIME}
AVERAGED = MEASURED | {Kind.BOOLEAN}
ORDERED = RANKED | {Kind.TEXT, Kind.BOOLEAN}
LONG = frozenset({Kind.TEXT, Kind.BLOB})


@attrs.frozen
class ColumnProfile:
    """
    What a column holds.

    Attributes
    ----------
    name : str
    type : str
        In the portable words.
    count, nulls : int
        How many records have a value, and how many have none.
    distinct : int or None
        How many different values; None for bytes and arrays, which are never compared.
    min, max : object
        The least and the greatest value, text by code point; None for bytes, JSON, UUIDs and
        types that are the engine's own.
    mean : object
        Of numbers, moments and durations; of booleans, the share that is true.
    quantiles : dict of float to object
        Of numbers, moments, durations, dates and times of day.  Between two values the quantile
        lies in proportion, as in pandas; of dates and times of day it is the lower one.
    min_length, max_length : int or None
        The characters of the shortest and the longest text, or the bytes.
    misfits : int
        How many values are of another type than the column, as SQLite lets programs store them;
        they are in none of the other numbers.
    """

    name: str
    type: str
    count: int
    nulls: int
    distinct: int | None = None
    min: Any = None
    max: Any = None
    mean: Any = None
    quantiles: Mapping[float, Any] = attrs.field(factory=dict)
    min_length: int | None = None
    max_length: int | None = None
    misfits: int = 0


@attrs.frozen
class TableProfile:
    """
    What a table's columns hold.

    Attributes
    ----------
    table : str
    rows : int
        How many records there are.
    columns : tuple of ColumnProfile
        Iterating over a profile yields them; ``profile["score"]`` is one of them.
    """

    table: str
    rows: int
    columns: tuple[ColumnProfile, ...]

    def __iter__(self) -> Iterator[ColumnProfile]:
        """Yield the columns' profiles, in the table's order."""
        return iter(self.columns)

    def __getitem__(self, column: str) -> ColumnProfile:
        """Return the profile of a column; raise `ColumnNotFoundError` where there is none."""
        for profile in self.columns:
            if profile.name == column:
                return profile
        names = [profile.name for profile in self.columns]
        raise ColumnNotFoundError(column, names, table=self.table)

    def to_dicts(self) -> list[dict[str, Any]]:
        """
        Return the columns as flat dicts, for JSON or a DataFrame.

        Returns
        -------
        list of dict
            Each quantile under its own name: ``"q0.5"``.
        """
        return [_flat(profile) for profile in self.columns]

    def _repr_html_(self) -> str:
        from scitex.db.domain.htmltables import table

        return table(self.to_dicts(), caption=f"{self.table}: {self.rows:,} records")

    def __str__(self) -> str:
        head = ["column", "type", "nulls", "distinct", "min", "median", "max", "mean"]
        lines = [head, *([_cell(value) for value in _line(each)] for each in self.columns)]
        widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
        rows = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        noun = "record" if self.rows == 1 else "records"
        return "\n".join([f"{self.table}: {self.rows:,} {noun}", *(f"  {row}" for row in rows)])


def _flat(profile: ColumnProfile) -> dict[str, Any]:
    facts = attrs.asdict(profile, recurse=False)
    quantiles = facts.pop("quantiles")
    return {**facts, **{f"q{part:g}": value for part, value in quantiles.items()}}


def _line(profile: ColumnProfile) -> list[Any]:
    least, most = profile.min, profile.max
    if least is None and profile.min_length is not None:
        unit = "bytes" if profile.type == "BLOB" else "characters"
        least, most = (f"{size:,} {unit}" for size in (profile.min_length, profile.max_length))
    middle = profile.quantiles.get(0.5)
    numbers = [profile.nulls, profile.distinct, least, middle, most, profile.mean]
    return [profile.name, profile.type, *numbers]


_WIDEST = 26
_MOST_QUANTILES = 101  # every percent; each is a condition in one statement


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        text = f"{value:.6g}"
    elif isinstance(value, int) and not isinstance(value, bool):
        text = f"{value:,}"
    else:
        text = str(value)
    text = " ".join(text.split()) or repr(text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def parts(given: Sequence[float]) -> tuple[float, ...]:
    """
    Check which quantiles are asked for.

    Raises
    ------
    InterfaceError
        If one of them is not between 0 and 1, or there are more than a hundred.
    """
    found = []
    asked: object = given
    if isinstance(asked, str) or not isinstance(asked, Iterable):
        raise InterfaceError(
            f"quantiles={given!r} are no numbers from 0 to 1",
            hint="write quantiles=(0.25, 0.5, 0.75)",
        )
    given = tuple(given)
    if len(given) > _MOST_QUANTILES:
        raise InterfaceError(
            f"{len(given)} quantiles are too many: {_MOST_QUANTILES} are told at a time",
            hint="ask for fewer, or take the column: to_dataframe(table, columns=[...])",
        )
    for part in given:
        number: object = part
        if type(number) not in {int, float} or not 0 <= part <= 1:
            raise InterfaceError(
                f"a quantile is a number from 0 to 1, not {part!r}",
                hint="write quantiles=(0.25, 0.5, 0.75)",
            )
        found.append(float(part))
    return tuple(dict.fromkeys(found))


def ranks(count: int, quantiles: Sequence[float]) -> list[int]:
    """
    Return which of `count` values in order are needed for the quantiles; the first is 1.

    Examples
    --------
    >>> ranks(4, [0.5])
    [2, 3]
    """
    found = set()
    for part in quantiles if count else ():
        place = part * (count - 1)
        found |= {math.floor(place) + 1, math.ceil(place) + 1}
    return sorted(found)


_MICROSECOND = dt.timedelta(microseconds=1)
_BIG, _SCALE = 1e290, 2.0**64  # sums of what is greater are taken of a part of it


def mean_of_floats(values: Iterable[float]) -> float | None:
    """
    Return a mean, also where the sum would be too large for a float; NaN is None.

    Examples
    --------
    >>> mean_of_floats([1.7e308, 1.7e308])
    1.7e+308
    """
    small: list[float] = []
    big: list[float] = []
    number = 0
    for value in values:
        number += 1
        (big if abs(value) >= _BIG else small).append(value)
    if any(map(math.isinf, big)):
        return joined_mean(0.0, sum(big), number)
    return joined_mean(math.fsum(small), math.fsum(value / _SCALE for value in big), number)


def joined_mean(small: float | None, big: float | None, number: int) -> float | None:
    """Put a mean together of a sum, and a sum of large values that were made small."""
    if not number:
        return None
    mean = (small or 0.0) / number + (big or 0.0) / number * _SCALE
    return None if math.isnan(mean) else mean


def quantile(part: float, count: int, value: Callable[[int], Any]) -> Any:
    """
    Return a quantile, from the values at the ranks around it.

    Parameters
    ----------
    part : float
    count : int
        How many values there are.
    value : callable
        Returns the value at a rank.

    Examples
    --------
    >>> quantile(0.5, 2, {1: 10, 2: 11}.get)
    10.5
    """
    place = part * (count - 1)
    low = value(math.floor(place) + 1)
    share = place - math.floor(place)
    high = value(math.ceil(place) + 1)
    if not share or low == high:
        return low
    return between(low, high, share)


def between(low: Any, high: Any, share: float) -> Any:
    """Return what lies between two values in proportion; the lower one where nothing does."""
    if isinstance(low, decimal.Decimal) and isinstance(high, decimal.Decimal):
        return low + (high - low) * decimal.Decimal(repr(share))
    if isinstance(low, bool) or (isinstance(low, float) and math.isinf(low)):
        return low
    if isinstance(low, float) and isinstance(high, float) and math.isinf(high - low):
        return high if math.isinf(high) else low * (1 - share) + high * share
    if isinstance(low, dt.timedelta) and isinstance(high, dt.timedelta):
        first, last = low // _MICROSECOND, high // _MICROSECOND  # may lie too far apart for one
        return (first + round((last - first) * Fraction(share))) * _MICROSECOND
    for sort in ((int, float), dt.datetime):
        if isinstance(low, sort) and isinstance(high, sort):
            start: Any = low
            if getattr(low, "tzinfo", None) != getattr(high, "tzinfo", None):
                return low  # texts of other programs, some with a zone and some without
            return start + (high - start) * share
    return low
