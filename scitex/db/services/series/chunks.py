"""Many channels at a steady rate: an array for each stretch of time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from scitex.db.domain.errors import DataError, InterfaceError
from scitex.db.domain.predicates import And, Column, Compare, OrderTerm, Parameter, Predicate
from scitex.db.domain.queries import Query
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.arrays.packing import array_from_bytes, array_to_bytes
from scitex.db.services.series.table import SENSOR, TIME, Readings

_NANOS = 1_000_000_000


def table_of(readings: Readings) -> str:
    """Return the name of the table that keeps a table's chunks."""
    return f"{readings.table}_chunks"


def prepare(storage: Storage, readings: Readings) -> None:
    """Make the table for chunks where it is missing."""
    moments = storage.describe(readings.table).column(TIME).type
    storage.create_table(
        TableSpec(
            table_of(readings),
            [
                ColumnSpec(SENSOR, "VARCHAR(50)", nullable=False),
                ColumnSpec(TIME, moments, nullable=False),
                ColumnSpec("until", moments, nullable=False),
                ColumnSpec("rate", "REAL", nullable=False),
                ColumnSpec("samples", "INTEGER", nullable=False),
                ColumnSpec("channels", "INTEGER", nullable=False),
                ColumnSpec("data", "BLOB", nullable=False),
            ],
            primary_key=(SENSOR, TIME),
        )
    )


def _samples(data: Any) -> np.ndarray[Any, Any]:
    """Return samples as an array; a mask would be lost on the way."""
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        raise DataError(
            "some samples are masked, and the mask would be lost",
            hint="say what stands for them: data.filled(float('nan'))",
        )
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise InterfaceError(f"samples are no array: {error}", hint="give rows alike") from error
    if array.dtype.kind not in "biufc":
        raise InterfaceError(f"samples of dtype {array.dtype} are no numbers")
    return array


def store(
    storage: Storage, readings: Readings, sensor: str, start: Any, rate: Any, data: Any
) -> None:
    """
    Store a stretch of samples; one that begins at the same moment is replaced.

    Raises
    ------
    InterfaceError
        If it has no samples, is not of one or two dimensions, or the rate is no frequency.
    """
    array = _samples(data)
    if array.ndim not in (1, 2) or not len(array):
        raise InterfaceError(
            f"a chunk has the shape {array.shape}", hint="give (n_samples, n_channels)"
        )
    if not isinstance(rate, (int, float, np.number)) or not 0 < rate < float("inf"):
        raise InterfaceError(f"rate={rate!r} is no frequency", hint="give samples in a second")
    first = readings.moment(start)
    try:
        nanos = round((len(array) - 1) * _NANOS / float(rate))
        until = readings.of_number(readings.number(first) + readings.length(nanos // 1000))
    except OverflowError as error:
        raise InterfaceError(
            f"{len(array)} samples at rate={rate!r} end behind the year 9999",
            hint="give samples in a second",
        ) from error
    prepare(storage, readings)
    record = {
        SENSOR: sensor,
        TIME: first,
        "until": until,
        "rate": float(rate),
        "samples": len(array),
        "channels": 1 if array.ndim == 1 else array.shape[1],
        "data": array_to_bytes(array),
    }
    storage.insert_many(
        table_of(readings), [record], on_conflict="update", conflict_columns=(SENSOR, TIME)
    )


def read(
    storage: Storage, readings: Readings, sensor: str, start: Any, end: Any
) -> tuple[Any, Any]:
    """
    Return the samples from one moment to another, and their moments.

    Raises
    ------
    DataError
        If chunks of that time have different numbers of channels.
    """
    prepare(storage, readings)
    condition: Predicate = Compare(Column(SENSOR), "=", Parameter(0))
    values: list[Any] = [sensor]
    for name, sign, given in (("until", ">=", start), (TIME, "<=", end)):
        if given is not None:
            condition = And(condition, Compare(Column(name), sign, Parameter(len(values))))  # type: ignore[arg-type]
            values.append(readings.moment(given))
    query = Query(table_of(readings), None, condition, (OrderTerm(TIME),))
    times, parts = [], []
    for row in storage.stream(query, values=tuple(values)):
        array = array_from_bytes(row["data"])
        steps = np.round(np.arange(len(array)) * (_NANOS / row["rate"])).astype("m8[ns]")
        times.append(_stamp(row[TIME]) + steps)
        parts.append(array)
    if not parts:
        return np.array([], "M8[ns]"), np.array([])
    if len({part.shape[1:] for part in parts}) > 1:
        raise DataError(
            f"the chunks of {sensor!r} have {sorted({part.shape[1:] for part in parts})} channels",
            hint="ask for a time in which they are the same",
        )
    moments, samples = np.concatenate(times), np.concatenate(parts)
    wanted = np.ones(len(moments), bool)
    if start is not None:
        wanted &= moments >= _stamp(readings.moment(start))
    if end is not None:
        wanted &= moments <= _stamp(readings.moment(end))
    return moments[wanted], samples[wanted]


def _stamp(moment: Any) -> Any:
    """Return a moment as numpy has it, in UTC."""
    if isinstance(moment, dt.datetime):
        return np.datetime64(moment.replace(tzinfo=None), "ns")
    return np.datetime64(int(moment), "ns")
