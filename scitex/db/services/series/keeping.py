"""Which sensors there are, their first and last readings, and how long readings are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs

from scitex.db.domain.moments import UTC
from scitex.db.domain.predicates import Column, Compare, OrderTerm, Parameter
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.series import Gaps, Ingested, every
from scitex.db.ports.storage import Storage
from scitex.db.services.series import ingesting, parting, resampling
from scitex.db.services.series.ingesting import Batch
from scitex.db.services.series.resampling import Parts
from scitex.db.services.series.table import SENSOR, TIME, Readings, condition
from scitex.db.services.transactions import Block


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
    if length.months:
        count = now.year * 12 + now.month - 1 - length.months
        now = now.replace(year=count // 12, month=count % 12 + 1, day=min(now.day, 28))
    return readings.moment(now - dt.timedelta(microseconds=length.micros))


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
    """
    sensor, before = span
    told = Ingested()
    with Block(storage):
        for name in list(sensors(storage, readings)) if sensor is None else [sensor]:
            edge = resampling.edge(storage, readings, name, before, how)
            if edge is None:
                continue
            last = readings.of_number(readings.number(edge) - 1)
            rows = resampling.resample(storage, readings, name, (None, last), how)
            batch = Batch(name, {row[TIME]: _told(row) for row in rows})
            told += ingesting.ingest(storage, into, [batch], lambda _: None)
            if remove:
                retain(storage, readings, name, edge, dry_run=False)
    return told


def _told(row: Record) -> tuple[Any, Any]:
    """Return the sum of a part of time as a reading: its mean, the rest beside it."""
    return row["mean"], {name: row[name] for name in ("min", "max", "count")}
