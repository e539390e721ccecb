"""Readings in parts on PostgreSQL: who waits for whom, and tables that others parted."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest

from scitex.db import DataError, PostgreSQL, SchemaError, TimeSeriesDB
from scitex.db.domain.partitions import Partition
from scitex.db.testing.postgres.database import ScratchSchema

pytestmark = pytest.mark.engine("postgresql")

START = dt.datetime(2025, 1, 15)
COLUMNS = "sensor_id TEXT, timestamp {}, value DOUBLE PRECISION, metadata JSONB"


def monthly(count: int) -> list[dict[str, Any]]:
    """Return a reading for each of some months."""
    return [{"timestamp": START + dt.timedelta(days=31 * n), "value": n} for n in range(count)]


def test_a_part_is_added_while_others_work(
    postgresql_db: PostgreSQL, postgresql_schema: ScratchSchema
) -> None:
    """Neither who reads nor who writes in an open transaction is waited for."""
    series = TimeSeriesDB(postgresql_db, partition_by="month")
    series.insert_readings("a", monthly(1))
    options: dict[str, Any] = {"schema": postgresql_schema.name, "timeout": 0.5}
    with PostgreSQL(**postgresql_schema.params, **options) as other, postgresql_db.transaction():
        postgresql_db.update("timeseries", {"value": 7}, where={"sensor_id": "a"})
        assert postgresql_db.count("timeseries") == 1

        TimeSeriesDB(other).insert_readings("b", monthly(3))

    assert [row["value"] for row in series.get_time_range("b")] == [0, 1, 2]
    assert series.get_time_range("a")[0]["value"] == 7


def test_many_add_the_same_parts(
    postgresql_db: PostgreSQL, postgresql_schema: ScratchSchema
) -> None:
    """Those who add one take turns; each reading is there once, each part too."""
    series = TimeSeriesDB(postgresql_db, partition_by="month")
    errors: list[BaseException] = []

    def ingest(name: str) -> None:
        try:
            with PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as db:
                TimeSeriesDB(db).insert_readings(name, monthly(12))
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=ingest, args=(f"s{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert postgresql_db.count("timeseries") == 72
    found = postgresql_db.storage.partitioned("timeseries")
    assert found is not None
    assert len({part.name for part in found.parts}) == len(found.parts) == 12
    assert len(list(series.sensors())) == 6


@pytest.mark.parametrize(
    ("declared", "bounds", "low", "high"),
    [
        ("DATE", "'2024-01-01', '2025-01-01'", dt.date(2024, 1, 1), dt.date(2025, 1, 1)),
        ("TEXT", "'a', 'it''s'", "a", "it's"),
        ("DOUBLE PRECISION", "-0.5, 1e3", -0.5, 1000.0),
        ("TIMESTAMP", "'-infinity', '2025-01-01'", None, dt.datetime(2025, 1, 1)),
        ("TIMESTAMP", "MINVALUE, MAXVALUE", None, None),
    ],
)
def test_bounds_are_of_the_columns_type(
    postgresql_db: PostgreSQL, declared: str, bounds: str, low: object, high: object
) -> None:
    """Whoever made the parts, of whatever type their column is."""
    first, last = bounds.split(", ")
    postgresql_db.execute(f"CREATE TABLE t (x {declared}) PARTITION BY RANGE (x)")
    postgresql_db.execute(f"CREATE TABLE p PARTITION OF t FOR VALUES FROM ({first}) TO ({last})")
    postgresql_db.execute("CREATE TABLE rest PARTITION OF t DEFAULT")

    found = postgresql_db.storage.partitioned("t")

    assert found is not None
    assert [part.is_default for part in found.parts] == [False, True]
    assert found.parts[:1] == (Partition("p", low, high),)


@pytest.mark.parametrize("by", ["RANGE (sensor_id)", "HASH (sensor_id)", "RANGE (timestamp)"])
def test_parts_of_others_are_left_to_them(postgresql_db: PostgreSQL, by: str) -> None:
    """A table that is parted otherwise is used as it is, and is not what was asked for."""
    postgresql_db.execute(
        f"CREATE TABLE timeseries ({COLUMNS.format('TIMESTAMP')}, "
        f"UNIQUE (sensor_id, timestamp)) PARTITION BY {by}"
    )
    bounds = {
        "RANGE (sensor_id)": "FROM (MINVALUE) TO ('m')",
        "HASH (sensor_id)": "WITH (MODULUS 1, REMAINDER 0)",
        "RANGE (timestamp)": "FROM ('2025-01-10') TO ('2025-01-20')",
    }[by]
    postgresql_db.execute(f"CREATE TABLE p PARTITION OF timeseries FOR VALUES {bounds}")
    series = TimeSeriesDB(postgresql_db)

    series.insert_readings("a", monthly(1))

    assert series.retain(START, dry_run=True) == series.retain(START) == 0
    with pytest.raises(SchemaError, match="'timeseries' is not parted by month"):
        TimeSeriesDB(postgresql_db, partition_by="month")
    if by == "RANGE (timestamp)":
        with pytest.raises(DataError, match="belongs to no part"):
            series.insert_readings("a", monthly(2))
        assert postgresql_db.count("timeseries") == 1


def test_a_series_of_a_long_name_has_parts(postgresql_db: PostgreSQL) -> None:
    """Each has a name of its own, and they are known again."""
    series = TimeSeriesDB(postgresql_db, "s" * 55, partition_by="day")
    series.insert_readings("a", monthly(3))

    TimeSeriesDB(postgresql_db, "s" * 55, partition_by="day").insert_readings("b", monthly(4))

    assert postgresql_db.count("s" * 55) == 7
    found = postgresql_db.get_partitioning("s" * 55)
    assert found is not None
    assert len(found.parts) == 4


def test_a_series_after_one_of_its_name(postgresql_db: PostgreSQL) -> None:
    """The parts of the other, which was renamed, have kept their names."""
    for name in ("old", "new"):
        series = TimeSeriesDB(postgresql_db, partition_by="month")
        series.insert_readings("a", monthly(3))
        postgresql_db.rename_table("timeseries", name)

    assert [postgresql_db.count(name) for name in ("old", "new")] == [3, 3]


def test_a_part_before_the_first_year(postgresql_db: PostgreSQL) -> None:
    """It is of no month, and keeps nothing from being removed."""
    series = TimeSeriesDB(postgresql_db, partition_by="month")
    series.insert_readings("a", monthly(3))
    postgresql_db.execute(
        "CREATE TABLE older PARTITION OF timeseries "
        "FOR VALUES FROM ('0060-01-01 BC') TO ('0050-01-01 BC')"
    )

    assert series.retain(START + dt.timedelta(days=1)) == 1
    with pytest.raises(SchemaError, match="not parted by month"):
        TimeSeriesDB(postgresql_db, partition_by="month")
    assert TimeSeriesDB(postgresql_db).retain(START + dt.timedelta(days=40)) == 1
