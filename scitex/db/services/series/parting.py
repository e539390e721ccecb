"""Keeping readings in parts, one for each day, month or year."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from scitex.db.domain.errors import InterfaceError, SchemaError
from scitex.db.domain.moments import UTC
from scitex.db.domain.partitions import Partition, Partitioned, part_name
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage
from scitex.db.services.series.table import TIME, Readings

_NANOS = 1000  # in a microsecond


def _day(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


def _month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def _year(day: dt.date) -> dt.date:
    return dt.date(day.year + 1, 1, 1)


_NEXT: dict[str, Callable[[dt.date], dt.date]] = {"day": _day, "month": _month, "year": _year}
_NAMED = {"day": 10, "month": 7, "year": 4}  # characters of an ISO date


def check(unit: str | None) -> None:
    """Refuse what is no unit of time that readings are parted by."""
    if unit is not None and unit not in _NEXT:
        raise InterfaceError(
            f"partition_by={unit!r} is none", hint="choose 'day', 'month' or 'year'"
        )


def unit_of(readings: Readings, found: Partitioned | None, asked: str | None) -> str | None:
    """
    Return by what readings are parted; None where they are not.

    Raises
    ------
    SchemaError
        If that is not what is asked for.
    """
    told = None
    if found is not None and (found.how, found.columns) == ("range", (TIME,)):
        parts = [part for part in found.parts if not part.is_default]
        lengths = {_length(readings, part) for part in parts} or {asked or "month"}
        told = lengths.pop() if len(lengths) == 1 else None  # else its owner's affair
    if asked is not None and told != asked:
        how = "not parted" if told is None else f"parted by {told}, not"
        raise SchemaError(
            f"table {readings.table!r} is {how} by {asked}",
            hint="leave partition_by= out, or name another table and copy the readings",
        )
    return told


def _length(readings: Readings, part: Partition) -> str | None:
    if part.low is None or _is_no_moment(part.low) or _is_no_moment(part.high):
        return None
    for unit in _NEXT:
        whole = of(readings, unit, part.low)
        if (whole.low, whole.high) == (part.low, part.high):
            return unit
    return None


def _is_no_moment(bound: Any) -> bool:
    """Say whether a bound is one that Python has no value for, such as a year before the first."""
    return isinstance(bound, str)


def of(readings: Readings, unit: str, moment: Any) -> Partition:
    """Return the part that a moment belongs to."""
    if readings.kind is Kind.INTEGER:
        moment = dt.datetime(1970, 1, 1, tzinfo=UTC) + dt.timedelta(microseconds=moment // _NANOS)
    first = moment.date()
    if unit != "day":
        first = first.replace(day=1)
    if unit == "year":
        first = first.replace(month=1)
    name = part_name(readings.table, first.isoformat()[: _NAMED[unit]].replace("-", "_"))
    try:
        past = _NEXT[unit](first)
    except (OverflowError, ValueError):  # after the last day that there is
        return Partition(name, _moment(readings, first), None)
    return Partition(name, _moment(readings, first), _moment(readings, past))


def _moment(readings: Readings, day: dt.date) -> Any:
    zone = UTC if readings.kind is Kind.INTEGER else readings.zone
    return readings.moment(dt.datetime(day.year, day.month, day.day, tzinfo=zone))


def make_room(storage: Storage, readings: Readings, moments: Sequence[Any]) -> None:
    """Add the parts that moments, which are in order, belong to."""
    if readings.unit is None:
        return
    there = storage.partitioned(readings.table)
    known = {part.low for part in there.parts} if there else set()
    place = 0
    while place < len(moments):
        part = of(readings, readings.unit, moments[place])
        if part.low not in known:
            _add(storage, readings.table, part)
        if part.high is None:
            return
        place = bisect.bisect_left(moments, part.high, place)


def _add(storage: Storage, table: str, part: Partition) -> None:
    """Add a part, by another name where its own is taken, as by a table that was renamed."""
    try:
        storage.add_partition(table, part)
    except SchemaError:
        storage.add_partition(table, attrs.evolve(part, name=""))


def drop_before(storage: Storage, readings: Readings, before: Any) -> int:
    """Remove the parts all of whose readings are from before a moment; return how many went."""
    found = storage.partitioned(readings.table) if readings.unit is not None else None
    gone = 0
    for part in found.parts if found else ():
        if part.high is None or _is_no_moment(part.high):
            continue  # what is old in it goes record by record
        if part.high <= before:
            gone += storage.count(part.name)
            storage.drop_partition(readings.table, part.name)
    return gone
