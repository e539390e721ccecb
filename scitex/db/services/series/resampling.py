"""Readings by parts of time, and what stands where there are none."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.moments import UTC
from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.series import AGGREGATES, Buckets, Every, every
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage
from scitex.db.services.series.table import TIME, VALUE, Readings, condition

FILLS = ("none", "null", "locf", "linear")
_MOST_NANOS = 2**63 - 1  # that engines subtract
_MOST = 10_000_000  # parts of time that are made for a fill


@attrs.frozen
class Parts:
    """
    How time is parted.

    Attributes
    ----------
    every : Every
    wanted : tuple of str
    fill : str
    origin : moment or None
        Where a part begins.
    zone : ZoneInfo or None
        Whose days and months are meant.
    """

    every: Every
    wanted: tuple[str, ...]
    fill: str = "none"
    origin: Any = None
    zone: zoneinfo.ZoneInfo | None = None


def parts(length: Any, agg: str | Sequence[str], fill: str, origin: Any, zone: Any) -> Parts:
    """
    Read how time is to be parted.

    Raises
    ------
    InterfaceError
        If a word is none of those that are meant.
    """
    wanted = (agg,) if isinstance(agg, str) else tuple(dict.fromkeys(agg))
    for name in wanted:
        if name not in AGGREGATES:
            raise InterfaceError(
                f"agg={name!r} is none", hint=f"choose among {', '.join(AGGREGATES)}"
            )
    if not wanted:
        raise InterfaceError("agg= names nothing", hint=f"choose among {', '.join(AGGREGATES)}")
    if fill not in FILLS:
        raise InterfaceError(f"fill={fill!r} is none", hint=f"choose one of {', '.join(FILLS)}")
    try:
        found = zoneinfo.ZoneInfo(zone) if isinstance(zone, str) else zone
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise InterfaceError(f"zone={zone!r} is none", hint="such as 'Europe/Berlin'") from error
    asked = every(length)
    if asked.months and origin is not None:
        raise InterfaceError(
            "months, quarters and years begin on their first day, wherever origin= is",
            hint="leave origin= out, or ask for days",
        )
    return Parts(asked, wanted, fill, origin, found)


def resample(
    storage: Storage, readings: Readings, sensor: str, span: tuple[Any, Any], how: Parts
) -> list[Record]:
    """Return a sensor's readings by parts of time."""
    if how.zone is not None and readings.kind is Kind.TIMESTAMP:
        raise InterfaceError(
            f"the moments of table {readings.table!r} have no zone, so zone= means nothing",
            hint="leave zone= out, or keep readings in a table with utc=True",
        )
    bounds = _bounds(storage, readings, sensor, span)
    if bounds is None:
        return []
    asked = _asked(readings, sensor, span, bounds, how)
    found = storage.buckets(asked)
    rows = {row.pop("bucket"): row for row in found}
    if how.fill != "none" and rows:
        rows = _filled(rows, _last(asked, bounds[1]), how)
    starts = _starts(readings, asked, how)
    return [{TIME: starts(place), **row} for place, row in rows.items()]


def _asked(
    readings: Readings, sensor: str, span: tuple[Any, Any], bounds: tuple[int, int], how: Parts
) -> Buckets:
    """Return what the storage is to sum up."""
    where, values = condition(readings, sensor, *span)
    asked = Buckets(readings.table, TIME, VALUE, where, values, 0, 1, wanted=how.wanted)
    try:
        if how.every.months or (how.every.days and how.zone is not None):
            return attrs.evolve(asked, edges=tuple(_edges(readings, bounds, how)))
        width = readings.length(how.every.micros)
        origin = _origin(readings, bounds[0], width, how)
    except (OverflowError, ValueError) as error:
        raise InterfaceError(
            "parts of that length begin before the year 1, or end behind the year 9999",
            hint="pass a shorter one, or start= and end=",
        ) from error
    if readings.kind is Kind.INTEGER and max(bounds[1] - origin, width) > _MOST_NANOS:
        raise InterfaceError(
            "parts of time reach over 292 years at most where moments are nanoseconds",
            hint="pass start= and end=",
        )
    return attrs.evolve(asked, origin=origin, width=width)


def edge(storage: Storage, readings: Readings, sensor: str, before: Any, how: Parts) -> Any:
    """Return where the last part of time ends that is over before a moment; None if none is."""
    first = _bounds(storage, readings, sensor, (None, None))
    end = readings.number(before)
    if first is None or first[0] >= end:
        return None
    asked = _asked(readings, sensor, (None, None), (first[0], end), how)
    if asked.edges:
        found = max((each for each in asked.edges if each <= end), default=first[0])
    else:
        found = asked.origin + (end - asked.origin) // asked.width * asked.width
    return readings.of_number(found) if found > first[0] else None


def _bounds(
    storage: Storage, readings: Readings, sensor: str, span: tuple[Any, Any]
) -> tuple[int, int] | None:
    """Return the first and last moment that count; None where there is no reading."""
    where, values = condition(readings, sensor, *span)
    found = []
    for descending, given in ((False, span[0]), (True, span[1])):
        order = (OrderTerm(TIME, descending=descending),)
        rows = storage.select(Query(readings.table, (TIME,), where, order, 1), values=values)
        if not rows:
            return None
        found.append(readings.number(rows[0][TIME] if given is None else readings.moment(given)))
    return found[0], found[1]


def _origin(readings: Readings, first: int, width: int, how: Parts) -> int:
    """Return where the part begins that the first moment is in."""
    if how.origin is not None:
        zero = readings.number(readings.moment(how.origin))
    elif how.zone is not None:
        local = _local(readings, first, how.zone)
        zero = _number(readings, local.replace(hour=0, minute=0, second=0, microsecond=0))
    elif how.every.days:
        zero = readings.number(readings.moment(_MONDAY.replace(tzinfo=readings.zone)))
    else:
        zero = 0
    return zero + (first - zero) // width * width


_MONDAY = dt.datetime(1970, 1, 5)  # noqa: DTZ001 - weeks begin on it


def _local(readings: Readings, number: int, zone: dt.tzinfo | None) -> dt.datetime:
    """Return a moment by the clocks of a zone."""
    micros = number // 1000 if readings.kind is Kind.INTEGER else number
    found = dt.datetime(1970, 1, 1, tzinfo=UTC) + dt.timedelta(microseconds=micros)
    return found.astimezone(zone) if zone is not None else found


def _number(readings: Readings, moment: dt.datetime) -> int:
    micros = (moment - dt.datetime(1970, 1, 1, tzinfo=UTC)) // dt.timedelta(microseconds=1)
    return readings.length(micros)


def _edges(readings: Readings, bounds: tuple[int, int], how: Parts) -> Iterator[int]:
    """Yield where days or months begin by the clocks of a zone, also when these are changed."""
    edge = (_first_month if how.every.months else _first_day)(readings, bounds[0], how)
    while True:
        number = _number(readings, edge)
        yield number
        if number > bounds[1]:
            return
        try:
            edge = _next(edge, how)
        except (OverflowError, ValueError):  # there is no year 10000
            yield bounds[1] + 1
            return


def _next(edge: dt.datetime, how: Parts) -> dt.datetime:
    """Return where the part behind another begins, by the clock on the wall."""
    if not how.every.months:
        return edge + dt.timedelta(microseconds=how.every.micros)
    count = edge.year * 12 + edge.month - 1 + how.every.months
    return edge.replace(year=count // 12, month=count % 12 + 1)


def _first_month(readings: Readings, first: int, how: Parts) -> dt.datetime:
    """Return where the months begin that the first moment is in."""
    local = _local(readings, first, how.zone)
    count = (local.year * 12 + local.month - 1) // how.every.months * how.every.months
    return local.replace(
        year=count // 12, month=count % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0,
        fold=0,
    )  # fmt: skip


def _first_day(readings: Readings, first: int, how: Parts) -> dt.datetime:
    """Return where the days begin that the first moment is in."""
    origin = _MONDAY
    if how.origin is not None:
        number = readings.number(readings.moment(how.origin))
        origin = _local(readings, number, how.zone).replace(tzinfo=None)
    days = dt.timedelta(microseconds=how.every.micros)
    wall = _local(readings, first, how.zone).replace(tzinfo=None)
    edge = (origin + (wall - origin) // days * days).replace(tzinfo=how.zone)
    while _number(readings, edge) > first:  # at an hour that the clocks leave out
        edge -= days
    return edge


def _last(asked: Buckets, last: int) -> int:
    """Return the number of the last part."""
    if asked.edges:
        return len(asked.edges) - 2
    return (last - asked.origin) // asked.width


def _starts(readings: Readings, asked: Buckets, how: Parts) -> Any:
    """Return what tells where a part begins."""

    def start(place: int) -> Any:
        number = asked.edges[place] if asked.edges else asked.origin + place * asked.width
        found = readings.of_number(number)
        if how.zone is not None and isinstance(found, dt.datetime):
            return found.astimezone(how.zone)
        return found

    return start


def _filled(rows: dict[int, Record], last: int, how: Parts) -> dict[int, Record]:
    """Return all parts, with something in those that have no readings."""
    if last > _MOST:
        raise InterfaceError(
            f"a fill would make {last:,} parts of time",
            hint="pass start= and end=, or longer ones",
        )
    nothing: Record = {name: 0 if name == "count" else None for name in how.wanted}
    found = {place: dict(rows.get(place, nothing)) for place in range(last + 1)}
    if how.fill == "null":
        return found
    for name in how.wanted:
        if name != "count":
            (_carry if how.fill == "locf" else _draw)(found, name)
    return found


def _carry(rows: dict[int, Record], name: str) -> None:
    """Let the last value stand until there is another."""
    last = None
    for row in rows.values():
        last = row[name] = last if row[name] is None else row[name]


def _draw(rows: dict[int, Record], name: str) -> None:
    """Draw a line between two values; before the first and behind the last there is none."""
    before: int | None = None
    for place, row in rows.items():
        if row[name] is None:
            continue
        if before is not None:
            start, rise = rows[before][name], row[name] - rows[before][name]
            for between in range(before + 1, place):
                rows[between][name] = start + rise * (between - before) / (place - before)
        before = place
