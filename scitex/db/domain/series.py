"""What is asked of a table of readings: parts of time, and where there are none."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import attrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.queries import Condition

AGGREGATES = ("mean", "min", "max", "count", "sum", "first", "last")
MICROS = 1_000_000
_UNITS = {
    "us": 1,
    "ms": 1_000,
    "s": MICROS,
    "min": 60 * MICROS,
    "h": 3600 * MICROS,
    "D": 86400 * MICROS,
    "W": 7 * 86400 * MICROS,
}
_CALENDAR = {"M": 1, "Q": 3, "Y": 12}  # months
_EVERY = re.compile(r"\s*(\d*)\s*([A-Za-z]+)\s*")
_MEANT = {"S": "s", "sec": "s", "T": "min", "m": "min", "H": "h", "d": "D", "w": "W", "MS": "M"}


@attrs.frozen
class Buckets:
    """
    Readings by parts of time.

    Attributes
    ----------
    table, time, value : str
    where : Condition
        Which readings.
    values : tuple
    origin, width : int
        Where the first part begins, no reading being earlier, and how long each is: in
        microseconds since 1970, or in the unit of a time column of whole numbers.
    edges : tuple of int
        Where parts of different lengths begin, and the last one ends; empty where all are alike.
    wanted : tuple of str
        Of `AGGREGATES`.
    """

    table: str
    time: str
    value: str
    where: Condition
    values: tuple[object, ...]
    origin: int
    width: int
    edges: tuple[int, ...] = ()
    wanted: tuple[str, ...] = AGGREGATES[:4]


@attrs.frozen
class Gaps:
    """
    Neighbours that are far apart.

    Attributes
    ----------
    table, time : str
    where : Condition
    values : tuple
    longer : int
        In microseconds, or in the unit of a time column of whole numbers.
    """

    table: str
    time: str
    where: Condition
    values: tuple[object, ...]
    longer: int


@attrs.frozen
class Every:
    """
    A length of time: so many microseconds, or so many months.

    Attributes
    ----------
    micros, months : int
        One of them is 0.
    days : bool
        Whether it is whole days, which are not all alike where clocks are changed.
    """

    micros: int = 0
    months: int = 0
    days: bool = False


def every(given: Any) -> Every:
    """
    Read a length of time.

    Parameters
    ----------
    given : str or timedelta
        A number and one of ``us ms s min h D W M Q Y``.

    Raises
    ------
    InterfaceError
        If it is none, or no time at all.

    Examples
    --------
    >>> every("5min").micros, every("1M").months, every("D").days
    (300000000, 1, True)
    """
    if isinstance(given, dt.timedelta):
        micros = given // dt.timedelta(microseconds=1)
        found = Every(micros, days=False)
    else:
        found = _read(given)
    if found.micros < 0 or not (found.micros or found.months):
        raise InterfaceError(f"{given!r} is no length of time", hint="pass '5min', or a timedelta")
    return found


def _read(given: Any) -> Every:
    read = _EVERY.fullmatch(given) if isinstance(given, str) else None
    unit = "" if read is None else _MEANT.get(read[2], read[2])
    if read is None or unit not in {*_UNITS, *_CALENDAR}:
        raise InterfaceError(
            f"{given!r} is no length of time",
            hint="pass a number and a unit, such as '5min'; units are us ms s min h D W M Q Y",
        )
    count = int(read[1] or 1)
    if unit in _CALENDAR:
        return Every(months=count * _CALENDAR[unit])
    return Every(count * _UNITS[unit], days=unit in "DW")


@attrs.frozen
class Ingested:
    """
    What became of readings that were given.

    Attributes
    ----------
    inserted, updated, unchanged : int
        New ones, ones that were there with another value, and ones that were there as they are.

    Examples
    --------
    >>> print(Ingested(3, 0, 1))
    3 inserted, 0 updated, 1 unchanged
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: Ingested) -> Ingested:
        return Ingested(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
        )

    def __str__(self) -> str:
        return (
            f"{self.inserted:,} inserted, {self.updated:,} updated, {self.unchanged:,} unchanged"
        )
