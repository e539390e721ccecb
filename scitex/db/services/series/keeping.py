"""Which sensors there are, their first and last readings, and how long readings are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs

from scitex.db.domain.errors import InterfaceError, OperationalError
from scitex.db.domain.moments import UTC
from scitex.db.domain.predicates import Column, Compare, OrderTerm, Parameter
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.series import Gaps, Ingested, every
from scitex.db.ports.storage import Storage
from scitex.db.services.series import ingesting, parting, resampling
from scitex.db.services.series.ingesting import Batch
from scitex.db.services.series.resampling import Parts
from scitex.db.services.series.table import METADATA, SENSOR, TIME, Readings, condition
from scitex.db.services.transactions import Block

SUMS = ("mean", "min", "max", "count")
_REMOVED = "removed"


def sensors(storage: Storage, readings: Readings) -> Iterator[str]:
    """Yield each sensor once, in order; an index serves, however many readings there are."""
    order = (OrderTerm(SENSOR),)
    after = Compare(Column(SENSOR), ">", Parameter(0))
    query = Query(readings.table, (SENSOR,), None, order, 1)
    rows = storage.select(query)
    while rows:
        name = rows[0][SENSOR]
        yield name
        rows = storage.select(attrs.evolve(query, where=after), values=(name,))


def end(
    storage: Storage, readings: Readings, sensor: str, *, latest: bool, start: Any = None
) -> Record | None:
    """Return a sensor's first or last reading; None where it has none."""
    where, values = condition(readings, sensor, start, None)
    order = (OrderTerm(TIME, descending=latest),)
    rows = storage.select(Query(readings.table, None, where, order, 1), values=values)
    return rows[0] if rows else None


def gaps(
    storage: Storage, readings: Readings, sensor: str, span: tuple[Any, Any], longer_than: Any
) -> list[Record]:
    """Return where a sensor's neighbouring readings are further apart."""
    where, values = condition(readings, sensor, *span)
    longer = readings.length(every(longer_than).micros)
    return storage.gaps(Gaps(readings.table, TIME, where, values, longer))


def cutoff(readings: Readings, older_than: Any) -> Any:
    """Return the moment before which readings are old; a length of time is one before now."""
    if isinstance(older_than, dt.datetime):
        return readings.moment(older_than)
    length = every(older_than)
    now = dt.datetime.now(UTC)
    if readings.zone is None:
        now = now.replace(tzinfo=None)
    try:
        if length.months:
            count = now.year * 12 + now.month - 1 - length.months
            now = now.replace(year=count // 12, month=count % 12 + 1, day=min(now.day, 28))
        return readings.moment(now - dt.timedelta(microseconds=length.micros))
    except (OverflowError, ValueError) as error:
        raise InterfaceError(
            f"{older_than!r} before now is before the year 1", hint="pass a shorter time"
        ) from error


def retain(
    storage: Storage, readings: Readings, sensor: str | None, before: Any, *, dry_run: bool
) -> int:
    """Remove readings from before a moment; return how many there are."""
    where, values = condition(readings, sensor, None, before, closed=False)
    if dry_run:
        return storage.count(readings.table, where=where, values=values)
    with Block(storage):
        gone = parting.drop_before(storage, readings, before) if sensor is None else 0
        return gone + storage.delete(readings.table, where=where, values=values)


def downsample(
    storage: Storage,
    readings: Readings,
    into: Readings,
    span: tuple[str | None, Any],
    how: Parts,
    *,
    remove: bool,
) -> Ingested:
    """
    Sum up readings from before a moment into another table; what is there is brought up.

    Only whole parts of time are summed up, so that a later call finds all readings of the next.

    Raises
    ------
    InterfaceError
        If the other table is the same.
    OperationalError
        If readings that are to be removed came in meanwhile.
    """
    if into.table == readings.table:
        raise InterfaceError(
            f"table {into.table!r} cannot be summed up into itself",
            hint="pass another name as into=, or leave it out",
        )
    sensor, before = span
    told = Ingested()
    with Block(storage):
        for name in list(sensors(storage, readings)) if sensor is None else [sensor]:
            edge = resampling.edge(storage, readings, name, before, how)
            if edge is not None:
                told += _sum_up(storage, readings, into, (name, edge), how, remove=remove)
    return told


def _sum_up(
    storage: Storage,
    readings: Readings,
    into: Readings,
    span: tuple[str, Any],
    how: Parts,
    *,
    remove: bool,
) -> Ingested:
    """Sum up a sensor's readings from before an edge."""
    sensor, edge = span
    where, values = condition(readings, sensor, None, edge, closed=False)
    there = storage.count(readings.table, where=where, values=values)
    last = readings.of_number(readings.number(edge) - 1)
    rows = resampling.resample(storage, readings, sensor, (None, last), how)
    if not rows:
        return Ingested()
    gone = _removed(storage, into, sensor, (rows[0][TIME], rows[-1][TIME]))
    batch = Batch(sensor, {row[TIME]: _told(row, gone, remove=remove) for row in rows})
    told = ingesting.ingest(storage, into, [batch], lambda _: None)
    if remove and storage.delete(readings.table, where=where, values=values) != there:
        raise OperationalError(
            f"readings of {sensor!r} came into table {readings.table!r} while others were "
            "summed up: nothing was changed",
            hint="call it again",
        )
    return told


def _removed(
    storage: Storage, into: Readings, sensor: str, span: tuple[Any, Any]
) -> dict[Any, Record]:
    """Return, by the moment, the sums of readings that are there no more."""
    where, values = condition(into, sensor, *span)
    query = Query(into.table, (TIME, METADATA), where)
    found = {row[TIME]: row[METADATA] for row in storage.stream(query, values=values)}
    sums = {moment: told.get(_REMOVED) for moment, told in found.items() if isinstance(told, dict)}
    return {
        moment: each  # and not what somebody else calls so
        for moment, each in sums.items()
        if isinstance(each, dict) and each.keys() == set(SUMS)
    }


def _told(row: Record, gone: dict[Any, Record], *, remove: bool) -> tuple[Any, Any]:
    """Return the sum of a part of time as a reading: its mean, the rest beside it."""
    before = gone.get(row[TIME])
    total = _both(row, before) if before else {name: row[name] for name in SUMS}
    told = {name: total[name] for name in SUMS[1:]}
    if remove or before:
        told[_REMOVED] = total if remove else before
    return total["mean"], told


def _both(one: Record, other: Record) -> Record:
    """Sum up two sums, of which either may be of no values."""
    if not one["count"] or not other["count"]:
        some = one if one["count"] else other
        return {name: some[name] for name in SUMS}
    count = one["count"] + other["count"]
    share = other["count"] / count
    return {
        "mean": one["mean"] + (other["mean"] - one["mean"]) * share,
        "min": min(one["min"], other["min"]),
        "max": max(one["max"], other["max"]),
        "count": count,
    }
