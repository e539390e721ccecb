"""Laws about readings over time: parts of time, gaps, and tables that are kept in parts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from scitex.db import Capability, Database, TimeSeriesDB
from scitex.db.domain.errors import ColumnNotFoundError, DataError, SchemaError, TableNotFoundError
from scitex.db.domain.predicates import Always, Column, Compare, Parameter
from scitex.db.domain.series import Buckets, Gaps
from scitex.db.testing.contract.ground import Laws, needs

EPOCH = dt.datetime(1970, 1, 1)
ALL = Always(truth=True)
COLUMNS = {"id": "INTEGER PRIMARY KEY", "t": "TIMESTAMP", "n": "INTEGER", "v": "REAL"}


def _at(seconds: float) -> dt.datetime:
    return EPOCH + dt.timedelta(seconds=seconds)


def _asked(**facts: Any) -> Buckets:
    told = {"time": "t", "value": "v", "where": ALL, "values": (), "origin": -15_000_000}
    return Buckets("waves", **{**told, "width": 5_000_000, **facts})


class SeriesLaws(Laws):
    """Readings are summed up where they are."""

    @pytest.fixture
    def waves(self, db: Database) -> Database:
        """Return a table of readings around 1970, out of order, with values that are missing."""
        db.create_table("waves", COLUMNS)
        given = [
            (-7, 1.0),
            (-5, None),
            (0, 2.0),
            (4.999999, 4.0),
            (5, 8.0),
            (21, None),
            (-11, 16.0),
        ]
        db.insert_many(
            "waves",
            [
                {"id": place, "t": _at(seconds), "n": int(seconds * 1_000_000), "v": value}
                for place, (seconds, value) in enumerate(given)
            ],
        )
        return db

    @pytest.mark.parametrize("time", ["t", "n"])
    def test_parts_of_time(self, waves: Database, time: str) -> None:
        """Each part that has readings is told once, in order; missing values do not count."""
        wanted = ("mean", "min", "max", "count", "sum", "first", "last")

        found = waves.storage.buckets(_asked(time=time, wanted=wanted))

        assert [row["bucket"] for row in found] == [0, 1, 2, 3, 4, 7]
        assert [row["count"] for row in found] == [1, 1, 0, 2, 1, 0]
        assert [row["mean"] for row in found] == [16.0, 1.0, None, 3.0, 8.0, None]
        assert found[3] == {
            "bucket": 3, "mean": 3.0, "min": 2.0, "max": 4.0, "count": 2, "sum": 6.0,
            "first": 2.0, "last": 4.0,
        }  # fmt: skip

    @pytest.mark.parametrize("time", ["t", "n"])
    def test_parts_of_different_lengths(self, waves: Database, time: str) -> None:
        """What is before the first edge, or not before the last one, is in none."""
        edges = (-7_000_000, 0, 1_000_000, 21_000_000)

        found = waves.storage.buckets(_asked(time=time, edges=edges, wanted=("count", "sum")))

        assert found == [
            {"bucket": 0, "count": 1, "sum": 1.0},
            {"bucket": 1, "count": 1, "sum": 2.0},
            {"bucket": 2, "count": 2, "sum": 12.0},
        ]

    def test_a_condition_counts(self, waves: Database) -> None:
        """Readings that it does not meet are in no part."""
        some = Compare(Column("v"), ">", Parameter(0))

        found = waves.storage.buckets(_asked(where=some, values=(3.0,), wanted=("count",)))

        assert found == [
            {"bucket": 0, "count": 1},
            {"bucket": 3, "count": 1},
            {"bucket": 4, "count": 1},
        ]

    @pytest.mark.parametrize("time", ["t", "n"])
    def test_gaps(self, waves: Database, time: str) -> None:
        """Neighbours that are further apart are told, in order; just as far is not further."""
        found = waves.storage.gaps(Gaps("waves", time, ALL, (), 4_999_999))

        told = [(-5, 0), (5, 21)]
        if time == "t":
            assert [(row["start"], row["end"]) for row in found] == [
                (_at(start), _at(end)) for start, end in told
            ]
        else:
            assert [(row["start"], row["end"]) for row in found] == [
                (start * 1_000_000, end * 1_000_000) for start, end in told
            ]
        assert waves.storage.gaps(Gaps("waves", time, ALL, (), 16_000_000)) == []

    def test_what_has_no_moments_is_refused(self, waves: Database) -> None:
        """A column of another type, one that is missing, and a table that is."""
        with pytest.raises(DataError, match="v"):
            waves.storage.buckets(_asked(time="v"))
        with pytest.raises(ColumnNotFoundError):
            waves.storage.buckets(_asked(value="w"))
        with pytest.raises(ColumnNotFoundError):
            waves.storage.gaps(Gaps("waves", "w", ALL, (), 1))
        with pytest.raises(TableNotFoundError):
            waves.storage.gaps(Gaps("waver", "t", ALL, (), 1))


class SeriesPartLaws(Laws):
    """Readings are kept in parts of time, or it is said that they are not."""

    def test_readings_by_month(self, db: Database) -> None:
        """A series makes its parts as readings come, and drops whole ones."""
        start = dt.datetime(2024, 11, 20)
        given = [{"timestamp": start + dt.timedelta(days=n), "value": n} for n in range(100)]
        with needs(db, Capability.PARTITIONS):
            series = TimeSeriesDB(db, partition_by="month")
            series.insert_readings("a", given[30:])
            told = series.insert_readings("a", given)

            assert (told.inserted, told.unchanged) == (30, 70)
            assert [row["value"] for row in series.get_time_range("a")] == list(range(100))
            found = db.storage.partitioned("timeseries")
            assert found is not None
            assert [part.name[-7:] for part in found.parts] == [
                "2024_11", "2024_12", "2025_01", "2025_02",
            ]  # fmt: skip
            before = dt.datetime(2025, 1, 11)
            assert series.retain(before, dry_run=True) == 52
            assert series.retain(before) == 52
            found = db.storage.partitioned("timeseries")
            assert found is not None
            assert [part.name[-7:] for part in found.parts] == ["2025_01", "2025_02"]
            assert db.count("timeseries") == 48

    def test_a_series_knows_its_parts_again(self, db: Database) -> None:
        """Whoever opens it need not say how it is kept, and is told when he is wrong."""
        with needs(db, Capability.PARTITIONS):
            for unit in ("day", "month", "year"):
                for precision in ("us", "ns"):
                    name = f"by_{unit}_{precision}"
                    first = TimeSeriesDB(db, name, precision=precision, partition_by=unit)
                    first.insert_readings(
                        "a", [{"timestamp": dt.datetime(2025, 1, 31), "value": 1}]
                    )
                    again = TimeSeriesDB(db, name)
                    again.insert_readings(
                        "a", [{"timestamp": dt.datetime(1969, 2, 1), "value": 2}]
                    )
                    assert [row["value"] for row in again.get_time_range("a")] == [2, 1]
            TimeSeriesDB(db, "whole")
            with pytest.raises(SchemaError, match="parted by year, not by day"):
                TimeSeriesDB(db, "by_year_us", partition_by="day")
            with pytest.raises(SchemaError, match="'whole' is not parted by day"):
                TimeSeriesDB(db, "whole", partition_by="day")
