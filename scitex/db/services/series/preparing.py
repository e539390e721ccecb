"""Making a table of readings, or taking one that is there."""

from __future__ import annotations

import attrs

from scitex.db.domain.errors import IntegrityError, InterfaceError, SchemaError
from scitex.db.domain.partitions import by_range, part_name
from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage
from scitex.db.services import dividing
from scitex.db.services.series import parting
from scitex.db.services.series.table import KEY, METADATA, SENSOR, TIME, VALUE, Readings

_TYPES = {
    ("us", False): "TIMESTAMP",
    ("us", True): "TIMESTAMPTZ",
    ("ns", False): "INTEGER",
    ("ns", True): "INTEGER",
}


def prepare(
    storage: Storage,
    table: str,
    *,
    precision: str,
    utc: bool,
    partition_by: str | None = None,
    distributed: bool = False,
) -> Readings:
    """
    Make the table where it is missing, and see that a sensor has one reading a moment.

    Raises
    ------
    InterfaceError
        If there is no such precision, or no such unit.
    SchemaError
        If there is a table of that name that is none of readings, has some twice, or is parted
        otherwise.
    """
    parting.check(partition_by)
    if (precision, utc) not in _TYPES:
        raise InterfaceError(f"precision={precision!r} is none", hint="choose 'us' or 'ns'")
    if table not in storage.tables():
        spec = _spec(table, _TYPES[precision, utc])
        _make(storage, spec, parted=partition_by is not None, distributed=distributed)
    spec = storage.describe(table)
    lacking = [name for name in (*KEY, VALUE) if name not in spec.names]
    if lacking:
        raise SchemaError(
            f"table {table!r} has no column {', '.join(map(repr, lacking))}, so it is none of "
            "readings",
            hint="name another table: TimeSeriesDB(db, table=...)",
        )
    _make_unique(storage, spec)
    kind = spec.column(TIME).type.kind
    if kind not in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.INTEGER):
        raise SchemaError(
            f"column 'timestamp' of table {table!r} is {spec.column(TIME).type}, which keeps no "
            "moments",
            hint="alter it to TIMESTAMP or TIMESTAMPTZ",
        )
    readings = Readings(table, kind)
    unit = parting.unit_of(readings, storage.partitioned(table), partition_by)
    return attrs.evolve(readings, unit=unit)


def _make(storage: Storage, spec: TableSpec, *, parted: bool, distributed: bool) -> None:
    if parted or distributed:  # a key has to have what readings are divided by
        spec = attrs.evolve(spec, primary_key=KEY, unique=())
    by = by_range(TIME) if parted else None
    dividing.create(storage, spec, by, SENSOR if distributed else None, None)


def _spec(table: str, moments: str) -> TableSpec:
    return TableSpec(
        table,
        [
            ColumnSpec("id", "INTEGER", nullable=False, autoincrement=True),
            ColumnSpec(SENSOR, "VARCHAR(50)", nullable=False),
            ColumnSpec(TIME, moments, nullable=False),
            ColumnSpec(VALUE, "REAL"),
            ColumnSpec(METADATA, "JSONB"),
        ],
        primary_key="id",
        unique=[KEY],
    )


def _make_unique(storage: Storage, spec: TableSpec) -> None:
    there = [spec.primary_key, *spec.unique]
    there += [index.names for index in storage.indexes(spec.name) if index.unique]
    if any(set(columns) == set(KEY) for columns in there):
        return
    index = IndexSpec(part_name(spec.name, "one_reading_a_moment"), spec.name, KEY, unique=True)
    try:
        storage.create_index(index)
    except IntegrityError as error:
        raise SchemaError(
            f"table {spec.name!r} has several readings of a sensor at one moment",
            hint=f"db.delete_duplicates({spec.name!r}, on=['sensor_id', 'timestamp'], "
            "keep='last') leaves one of each",
        ) from error
