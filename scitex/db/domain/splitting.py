"""Cutting the values of a column into ranges that miss none and share none."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from itertools import pairwise
from typing import Any

import attrs

from scitex.db.domain.predicates import Predicate, col

_NUMBERS = (int, float, Decimal)


@attrs.frozen
class Range:
    """
    Some values of a column: from one on, to before another.

    Attributes
    ----------
    column : str
    start, stop : object
        None where there is no end on that side.
    missing : bool
        Whether records without a value belong to it.
    """

    column: str
    start: object = None
    stop: object = None
    missing: bool = False

    def __str__(self) -> str:
        if self.start is None and self.stop is None:
            return f"all of {self.column}"
        first = "" if self.start is None else f"{self.start!s} <= "
        last = "" if self.stop is None else f" < {self.stop!s}"
        missing = f", or no {self.column}" if self.missing else ""
        return f"{first}{self.column}{last}{missing}"

    @property
    def condition(self) -> Predicate | None:
        """What its records have in common; None where all are meant."""
        column = col(self.column)
        if self.start is None and self.stop is None:
            return None
        if self.start is None:
            found: Predicate = column < self.stop
            return found | column.is_null() if self.missing else found
        found = column >= self.start
        return found if self.stop is None else found & (column < self.stop)


def cuts(low: Any, high: Any, count: int, *, precision: int | None = None) -> list[Any] | None:
    """
    Cut the space between two values evenly.

    Parameters
    ----------
    low, high : object
        The least value that there is, and the greatest.
    count : int
        How many parts are wanted.
    precision : int, optional
        How many digits behind the second moments have; all that there are by default.

    Returns
    -------
    list or None
        Where each part but the first begins, fewer where there are not as many values between;
        None where such values cannot be divided.

    Examples
    --------
    >>> cuts(1, 100, 4)
    [26, 51, 76]
    >>> cuts("a", "z", 4) is None
    True
    """
    numbers = isinstance(low, _NUMBERS) and isinstance(high, _NUMBERS)
    moments = isinstance(low, dt.date) and isinstance(high, dt.date)
    if not (moments or (numbers and math.isfinite(low) and math.isfinite(high - low))):
        return None
    places = range(1, count)
    if isinstance(low, int) and isinstance(high, int):
        found = [low + (high - low + 1) * place // count for place in places]
    else:
        found = [_whole(low + (high - low) * place / count, precision) for place in places]
    return sorted({cut for cut in found if cut > low})


def _whole(value: Any, precision: int | None) -> Any:
    """Leave out of a moment what a column does not keep of it."""
    if precision is None or not isinstance(value, dt.datetime):
        return value
    step: int = 10 ** (6 - precision)
    return value.replace(microsecond=value.microsecond // step * step)


def ranges(column: str, found: list[Any], *, missing: bool) -> list[Range]:
    """Return the parts that begin at `found`, and one before, which has the missing values."""
    ends = [None, *found, None]
    return [
        Range(column, start, stop, missing=missing and not place)
        for place, (start, stop) in enumerate(pairwise(ends))
    ]
