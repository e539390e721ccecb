"""Taking readings in: each once, however often it is given."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from scitex.db.domain.errors import DataError, DuplicateKeyError, InterfaceError
from scitex.db.domain.plain import plain
from scitex.db.domain.queries import Query
from scitex.db.domain.series import Ingested
from scitex.db.ports.storage import Storage
from scitex.db.services.series import parting
from scitex.db.services.series.table import KEY, METADATA, SENSOR, TIME, VALUE, Readings, condition
from scitex.db.services.transactions import Block

_AT_ONCE = 50_000
_NAMES = frozenset({TIME, VALUE, METADATA})


@attrs.frozen
class Batch:
    """
    Readings of one sensor, each moment once, in order.

    Attributes
    ----------
    sensor : str
    rows : dict
        Value and metadata, by the moment.
    changed, same : int
        How many were given again within the batch, with another value or with none other; the
        last one counts.
    """

    sensor: str
    rows: dict[Any, tuple[Any, Any]]
    changed: int = 0
    same: int = 0


def batches(readings: Readings, sensor: str, given: Any) -> Iterator[Batch]:
    """Read what was given, some at a time."""
    rows = (
        _of_frame(given, sensor) if hasattr(given, "index") and hasattr(given, "iloc") else given
    )
    if isinstance(rows, Mapping) or not isinstance(rows, Iterable):
        raise InterfaceError(
            f"readings are {type(given).__name__}",
            hint="give an iterable of {'timestamp': ..., 'value': ...}, a Series or a DataFrame",
        )
    coming = enumerate(rows)
    while some := list(itertools.islice(coming, _AT_ONCE)):
        found: dict[Any, tuple[Any, Any]] = {}
        same = 0
        for place, row in some:
            moment, value, metadata = _read(readings, place, row)
            last = found.get(moment)
            if last is not None:
                metadata = metadata or last[1]
                same += last == (value, metadata)
            found[moment] = value, metadata
        moments = list(found)
        if not all(map(operator.lt, moments, moments[1:])):
            found = {moment: found[moment] for moment in sorted(moments)}
        yield Batch(sensor, found, len(some) - len(found) - same, same)


def _read(readings: Readings, place: int, row: Any) -> tuple[Any, Any, Any]:
    if isinstance(row, tuple):
        moment, value, metadata = row
    else:
        if not isinstance(row, Mapping) or TIME not in row or VALUE not in row:
            raise InterfaceError(
                f"reading {place} is {row!r:.60}", hint="give 'timestamp' and 'value'"
            )
        if not row.keys() <= _NAMES:
            unknown = sorted(map(str, row.keys() - _NAMES))
            raise InterfaceError(
                f"reading {place} has {', '.join(map(repr, unknown))}, for which there is "
                "no column",
                hint="put it into 'metadata'",
            )
        moment, value, metadata = row[TIME], row[VALUE], row.get(METADATA, {})
    if type(value) is not float or value != value:  # noqa: PLR0124 - only NaN differs from itself
        value = plain(value)
        if value is not None and type(value) not in (int, float, bool):
            raise DataError(f"reading {place} has the value {value!r:.60}, which is no number")
        value = None if value is None else _float(place, value)
    try:
        return readings.moment(moment), value, metadata
    except DataError as error:
        error.message = f"reading {place}: {error.message}"
        raise


def _float(place: int, value: Any) -> float:
    """Return a number as a float that is the same."""
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if found != value and value == value:  # noqa: PLR0124 - only NaN differs from itself
        raise DataError(
            f"reading {place} has the value {value!r:.60}, and no float is exactly that",
            column=VALUE,
            hint="round it, or pass float(value)",
        )
    return found


def _of_frame(given: Any, sensor: str) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the readings of a Series with moments for its index, or of a DataFrame."""
    columns = getattr(given, "columns", None)
    if columns is None:
        return zip(given.index, given.tolist(), itertools.repeat(None), strict=False)
    if unknown := set(columns) - {*_NAMES, SENSOR}:
        raise InterfaceError(
            f"the frame has columns {', '.join(map(repr, sorted(map(str, unknown))))}",
            hint="name them 'timestamp' (or make it the index), 'value' and 'metadata'",
        )
    if SENSOR in columns:
        _check_sensor(given[SENSOR].tolist(), sensor)
    times = given[TIME] if TIME in columns else given.index
    metadata = given[METADATA].tolist() if METADATA in columns else itertools.repeat(None)
    return zip(times, given[VALUE].tolist(), metadata, strict=False)


def _check_sensor(names: list[Any], sensor: str) -> None:
    """Refuse readings of another sensor, which would be stored as this one's."""
    for place, name in enumerate(names):
        if name != sensor:
            raise DataError(
                f"reading {place} is one of {name!r}, not of {sensor!r}",
                column=SENSOR,
                hint=f"give each its own: for name, part in frame.groupby({SENSOR!r})",
            )


def ingest(
    storage: Storage, readings: Readings, coming: Iterable[Batch], report: Callable[[int], object]
) -> Ingested:
    """Store readings, all or none; what is there already is changed where it differs."""
    found = Ingested()
    with Block(storage):
        for batch in coming:
            found += _stored(storage, readings, batch)
            report(len(batch.rows) + batch.changed + batch.same)
    return found


def _stored(storage: Storage, readings: Readings, batch: Batch) -> Ingested:
    there = _there(storage, readings, batch)
    fresh = {moment: row for moment, row in batch.rows.items() if moment not in there}
    other = {
        moment: (row[0], row[1] or there[moment][1])
        for moment, row in batch.rows.items()
        if moment in there and not _same(row, there[moment])
    }
    _insert(storage, readings, batch.sensor, fresh)
    if other:
        storage.insert_many(
            readings.table,
            [
                {SENSOR: batch.sensor, TIME: moment, VALUE: value, METADATA: metadata}
                for moment, (value, metadata) in other.items()
            ],
            on_conflict="update",
            conflict_columns=KEY,
        )
    unchanged = len(batch.rows) - len(fresh) - len(other) + batch.same
    return Ingested(len(fresh), len(other) + batch.changed, unchanged)


def _same(row: tuple[Any, Any], there: tuple[Any, Any]) -> bool:
    """Say whether a reading is there as it is; metadata that are not given stay as they are."""
    return row[0] == there[0] and (not row[1] or row[1] == there[1])


def _there(storage: Storage, readings: Readings, batch: Batch) -> dict[Any, tuple[Any, Any]]:
    """Return what the sensor has between the first moment of a batch and the last."""
    moments = list(batch.rows)
    where, values = condition(readings, batch.sensor, moments[0], moments[-1])
    if not storage.select(Query(readings.table, (TIME,), where, limit=1), values=values):
        return {}
    query = Query(readings.table, (TIME, VALUE, METADATA), where)
    return {
        row[TIME]: (row[VALUE], row[METADATA])
        for row in storage.stream(query, values=values)
        if row[TIME] in batch.rows
    }


def _insert(
    storage: Storage, readings: Readings, sensor: str, rows: dict[Any, tuple[Any, Any]]
) -> None:
    if not rows:
        return
    parting.make_room(storage, readings, list(rows))
    values, metadata = zip(*rows.values(), strict=True)
    columns = [[sensor] * len(rows), list(rows), values, metadata]
    names = (SENSOR, TIME, VALUE, METADATA)
    try:
        with Block(storage):
            storage.insert_columns(readings.table, names, iter([columns]))
    except DuplicateKeyError:  # somebody was quicker
        storage.insert_columns(
            readings.table, names, iter([columns]), on_conflict="update", conflict_columns=KEY
        )
