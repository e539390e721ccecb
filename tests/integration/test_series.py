"""Readings over time: each kept once, given back, and summed up by the database."""

from __future__ import annotations

import datetime as dt
import math
import random
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scitex.db import Database, TimeSeriesDB
from scitex.db.domain.errors import DataError, InterfaceError, SchemaError
from scitex.db.domain.predicates import Always
from scitex.db.domain.series import Buckets
from tests.integration.sensors import NOON, at, counts, readings

DOCUMENTED = {
    "id": "SERIAL PRIMARY KEY",
    "sensor_id": "VARCHAR(50)",
    "timestamp": "TIMESTAMP",
    "value": "REAL",
    "metadata": "JSONB",
}


# ----------------------------------------------------------------------- the documented calls


def test_the_documented_calls(series: TimeSeriesDB) -> None:
    """``insert_readings`` and ``get_time_range``, as on the page; both ends are included."""
    given = [
        {"timestamp": at(n), "value": n / 2, "metadata": {"unit": "K"} if n else {}}
        for n in range(5)
    ]

    series.insert_readings("room-1", given)
    series.insert_readings("room-2", [{"timestamp": at(2), "value": 9}])

    found = series.get_time_range("room-1", at(1), at(3))
    assert [row["timestamp"] for row in found] == [at(1), at(2), at(3)]
    assert [row["value"] for row in found] == [0.5, 1.0, 1.5]
    assert found[0]["metadata"] == {"unit": "K"}
    assert found[0]["sensor_id"] == "room-1"
    assert set(found[0]) == set(DOCUMENTED)
    assert series.get_time_range("room-1", "2025-05-30 12:00:04", "2025-06-01")[0]["value"] == 2
    assert len(series.get_time_range("room-1")) == 5


def test_values_are_bound(series: TimeSeriesDB) -> None:
    """A name with a quote in it is a name."""
    name = "it's'; DROP TABLE timeseries --"
    series.insert_readings(name, readings((0, 1)))

    assert [row["sensor_id"] for row in series.get_time_range(name, at(0), at(1))] == [name]
    assert series.get_time_range("' OR 1=1 --") == []


def test_the_documented_table_is_used_as_it_is(lab: Database) -> None:
    """It is made unique; where that cannot be, the way out is told."""
    lab.create_table("timeseries", DOCUMENTED)
    lab.create_index("timeseries", ["sensor_id", "timestamp"])
    row = {"sensor_id": "a", "timestamp": NOON, "value": 1.0}
    lab.insert_many("timeseries", [row, row])

    with pytest.raises(SchemaError, match="several readings"):
        TimeSeriesDB(lab)
    lab.delete_duplicates("timeseries", on=["sensor_id", "timestamp"], keep="last")
    series = TimeSeriesDB(lab)

    assert counts(series.insert_readings("a", readings((0, 1), (1, 2)))) == (1, 0, 1)


def test_another_table_is_refused(lab: Database) -> None:
    """It has none of what readings have."""
    lab.create_table("timeseries", {"id": "INTEGER PRIMARY KEY", "value": "REAL"})

    with pytest.raises(SchemaError, match="'sensor_id', 'timestamp'"):
        TimeSeriesDB(lab)
    assert TimeSeriesDB(lab, table="other").sensors() == []


# --------------------------------------------------------------------------------- taking in


def test_what_is_given_again_changes_nothing(series: TimeSeriesDB) -> None:
    """Late, out of order, or twice: each is counted for what it is."""
    for pairs, told in (
        ([(5, 1), (0, 2), (9, None)], (3, 0, 0)),
        ([(0, 2), (5, 1), (9, math.nan)], (0, 0, 3)),
        ([(3, 7), (5, 8), (5, 9), (0, 2)], (1, 2, 1)),
        ([(20, 1), (20, 1), (20, 1)], (1, 0, 2)),
    ):
        assert counts(series.insert_readings("a", readings(*pairs))) == told

    assert [row["value"] for row in series.get_time_range("a")] == [2.0, 7.0, 9.0, None, 1.0]


def test_metadata_that_are_not_given_stay(series: TimeSeriesDB) -> None:
    """Others count as a change."""
    one = {"timestamp": NOON, "value": 1.0}
    series.insert_readings("a", [{**one, "metadata": {"n": 1}}])

    assert counts(series.insert_readings("a", [one])) == (0, 0, 1)
    assert counts(series.insert_readings("a", [{**one, "metadata": {"n": 2}}])) == (0, 1, 0)
    assert series.get_time_range("a")[0]["metadata"] == {"n": 2}


def test_frames_and_series_are_taken(series: TimeSeriesDB) -> None:
    """With moments in the index, or in a column."""
    index = pd.date_range(NOON, periods=3, freq="s")
    told = series.insert_readings("a", pd.Series([1.0, math.nan, 3.0], index=index))
    frame = pd.DataFrame({"timestamp": index, "value": [1, 2, 3]})

    assert counts(told) == (3, 0, 0)
    assert counts(series.insert_readings("b", frame)) == (3, 0, 0)
    assert counts(series.insert_readings("b", frame.set_index("timestamp"))) == (0, 0, 3)
    assert [row["value"] for row in series.get_time_range("a")] == [1.0, None, 3.0]
    with pytest.raises(InterfaceError, match="'other'"):
        series.insert_readings("c", frame.assign(other=1))


def test_a_frame_comes_back(series: TimeSeriesDB) -> None:
    """Of one sensor, or of all."""
    series.insert_readings("b", readings((0, 1), (1, 2)))
    series.insert_readings("a", readings((0, 3)))

    found = series.to_dataframe()
    assert found["sensor_id"].to_list() == ["a", "b", "b"]
    assert found["value"].to_list() == [3.0, 1.0, 2.0]
    assert str(found["timestamp"].dtype).startswith("datetime64")
    assert len(series.to_dataframe("b", at(1))) == 1


@pytest.mark.parametrize(
    "given",
    [
        [{"timestamp": NOON, "value": "high"}],
        [{"timestamp": "yesterday", "value": 1}],
        [{"timestamp": pd.NaT, "value": 1}],
        [{"timestamp": NOON.replace(tzinfo=dt.UTC), "value": 1}],
        [{"timestamp": pd.Timestamp("2025-05-30 12:00:00.000000001"), "value": 1}],
        [{"value": 1}],
        [{"timestamp": NOON, "value": 1, "unit": "K"}],
        {"timestamp": NOON, "value": 1},
        5,
    ],
)
def test_what_is_no_reading_is_refused(series: TimeSeriesDB, given: Any) -> None:
    """And nothing of what came with it is kept."""
    rows = [*readings((0, 1)), *given] if isinstance(given, list) else given

    with pytest.raises((DataError, InterfaceError)):
        series.insert_readings("a", rows)

    assert series.sensors() == []


def test_moments_in_utc(utc: TimeSeriesDB) -> None:
    """Given in any zone; those without one are refused."""
    berlin = NOON.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    told = utc.insert_readings("a", [{"timestamp": berlin, "value": 1}])

    assert counts(told) == (1, 0, 0)
    assert utc.get_time_range("a")[0]["timestamp"] == berlin
    assert counts(utc.insert_readings("a", [{"timestamp": berlin, "value": 1}])) == (0, 0, 1)
    with pytest.raises(DataError, match="no zone"):
        utc.insert_readings("a", readings((0, 1)))
    with pytest.raises(DataError, match="no zone"):
        utc.get_time_range("a", NOON)


def test_whole_nanoseconds(lab: Database) -> None:
    """Not one is lost."""
    series = TimeSeriesDB(lab, precision="ns")
    stamp = pd.Timestamp("2025-05-30 12:00:00.123456789")
    series.insert_readings("a", [{"timestamp": stamp, "value": 1}])
    series.insert_readings("a", [{"timestamp": stamp.value + 1, "value": 2}])

    assert [row["timestamp"] - stamp.value for row in series.get_time_range("a")] == [0, 1]
    assert series.to_dataframe("a")["timestamp"][0] == stamp
    assert series.get_time_range("a", np.datetime64(stamp.value + 1, "ns"))[0]["value"] == 2
    assert series.resample("a", "1us", "count")[0]["count"] == 2
    assert series.gaps("a", "1s") == []


# ----------------------------------------------------------------------------- the ends of it


def test_sensors_and_their_ends(series: TimeSeriesDB) -> None:
    """In order; one that is not there has none."""
    for name, base in (("b", 0), ("a", 100), ("c", 50)):
        series.insert_readings(name, readings((base + 1, 1), (base, 2), (base + 2, 3)))

    assert series.sensors() == ["a", "b", "c"]
    first, last = series.first("a"), series.last("a")
    assert first is not None
    assert last is not None
    assert (first["timestamp"], last["value"]) == (at(100), 3.0)
    assert series.latest("x") is None
    newest = series.latest()
    assert isinstance(newest, list)
    assert [row["timestamp"] for row in newest] == [at(102), at(2), at(52)]


def test_where_readings_are_missing(series: TimeSeriesDB) -> None:
    """Between neighbours that are further apart than they may be."""
    series.insert_readings("a", readings((0, 1), (10, 1), (70, 1), (130.5, 1), (131, 1)))
    series.insert_readings("b", readings((40, 1)))

    assert series.gaps("a", "1min") == [{"start": at(70), "end": at(130.5)}]
    assert len(series.gaps("a", dt.timedelta(seconds=59))) == 2
    assert series.gaps("a", "59s", start=at(70)) == [{"start": at(70), "end": at(130.5)}]
    with pytest.raises(InterfaceError):
        series.gaps("a", "soon")


# ---------------------------------------------------------------------------------- resample


@pytest.mark.parametrize("every", ["7s", "250ms", "5min", "1h", "1D", "1W"])
@pytest.mark.parametrize("kind", ["naive", "utc", "ns"])
def test_parts_of_time_are_those_of_pandas(lab: Database, every: str, kind: str) -> None:
    """At random moments, also before 1970, with values that are missing."""
    chance = random.Random(every + kind)
    zone = dt.UTC if kind == "utc" else None
    series = TimeSeriesDB(lab, utc=kind == "utc", precision="ns" if kind == "ns" else "us")
    start = dt.datetime(1969, 12, 31, 23, 59)
    spread = {"7s": 300, "250ms": 20, "5min": 9000}.get(every, 40 * 86400)
    later = sorted({chance.randrange(spread * 10**6) for _ in range(300)})
    moments = [start + dt.timedelta(microseconds=each) for each in later]
    values = [None if chance.random() < 0.1 else chance.uniform(-5, 5) for _ in moments]
    pairs = list(zip(moments, values, strict=True))
    given = [{"timestamp": each.replace(tzinfo=zone), "value": value} for each, value in pairs]
    series.insert_readings("a", given)
    plain = pd.Series({each: math.nan if value is None else value for each, value in pairs})
    origin = pd.Timestamp("1970-01-05" if every == "1W" else "1970-01-01")
    wanted = ["mean", "min", "max", "count", "sum", "first", "last"]
    expected = plain.resample({"1W": "7D"}.get(every, every), origin=origin).agg(wanted)

    found = series.resample("a", every, wanted, fill="null")

    assert len(found) == len(expected)
    for row, (stamp, other) in zip(found, expected.iterrows(), strict=True):
        assert pd.Timestamp(row["timestamp"]).tz_localize(None) == stamp
        assert row["count"] == other["count"]
        for name in ("mean", "min", "max", "first", "last"):
            if other["count"]:
                assert row[name] == pytest.approx(other[name])
            else:
                assert row[name] is None


def test_parts_without_readings(series: TimeSeriesDB) -> None:
    """No record, None, the last value before, or a line to the next."""
    series.insert_readings("a", readings((0, 1), (1, 3), (300, 5)))

    def means(fill: str) -> list[Any]:
        return [row["mean"] for row in series.resample("a", "1min", ["mean", "count"], fill=fill)]

    assert means("none") == [2.0, 5.0]
    assert means("null") == [2.0, None, None, None, None, 5.0]
    assert means("locf") == [2.0, 2.0, 2.0, 2.0, 2.0, 5.0]
    assert means("linear") == pytest.approx([2.0, 2.6, 3.2, 3.8, 4.4, 5.0])
    filled = series.resample("a", "1min", "count", fill="locf", start=at(-60), end=at(360))
    assert [row["count"] for row in filled] == [0, 2, 0, 0, 0, 0, 1, 0]
    assert series.resample("nobody", "1min") == []
    assert series.resample("a", "1min", start=at(1000)) == []


def test_days_by_the_clocks_of_a_place(utc: TimeSeriesDB) -> None:
    """A day has 23 hours in spring and 25 in autumn; months are as long as they are."""
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    for month, hours in ((3, 23), (10, 25)):
        start = dt.datetime(2025, month, 29 if month == 3 else 25, tzinfo=berlin).astimezone(
            dt.UTC
        )
        hourly = [start + dt.timedelta(hours=n) for n in range(72)]
        name = f"month {month}"
        utc.insert_readings(name, [{"timestamp": each, "value": 1} for each in hourly])

        days = utc.resample(name, "1D", "count", zone="Europe/Berlin")

        assert [row["count"] for row in days][:2] == [24, hours]
        assert {row["timestamp"].hour for row in days} == {0}
        assert sum(row["count"] for row in days) == 72
    months = utc.resample("month 10", "1M", ["count", "first"], zone="Europe/Berlin")
    assert [(row["timestamp"].month, row["count"]) for row in months] == [(10, 72)]


def test_months_without_a_zone(series: TimeSeriesDB) -> None:
    """Also quarters and years."""
    moments = [dt.datetime(2024, 1, 31), dt.datetime(2024, 2, 29), dt.datetime(2024, 12, 31, 23)]
    series.insert_readings("a", [{"timestamp": each, "value": 1} for each in moments])

    def starts(every: str) -> list[Any]:
        return [row["timestamp"] for row in series.resample("a", every, "last")]

    assert starts("1M") == [dt.datetime(2024, month, 1) for month in (1, 2, 12)]
    assert starts("1Q") == [dt.datetime(2024, month, 1) for month in (1, 10)]
    assert starts("1Y") == [dt.datetime(2024, 1, 1)]
    assert len(series.resample("a", "M", "count", fill="null")) == 12


def test_parts_begin_where_they_are_told_to(series: TimeSeriesDB) -> None:
    """An origin, before or after what is there."""
    series.insert_readings("a", readings((0, 1), (59, 2), (61, 3)))

    for origin in (at(-30), at(30), at(3630)):
        found = series.resample("a", "1min", "count", origin=origin)
        assert [(row["timestamp"], row["count"]) for row in found] == [(at(-30), 1), (at(30), 2)]


@pytest.mark.parametrize(
    "given",
    [
        {"every": "often"},
        {"every": "0s"},
        {"every": dt.timedelta(0)},
        {"agg": "median"},
        {"agg": []},
        {"fill": "cubic"},
        {"zone": "Mars/Base"},
        {"zone": "Europe/Berlin"},
    ],
)
def test_words_that_mean_nothing_are_refused(series: TimeSeriesDB, given: Any) -> None:
    """It is told which there are."""
    series.insert_readings("a", readings((0, 1)))

    with pytest.raises(InterfaceError):
        series.resample("a", **given)


def test_a_fill_of_millions_is_refused(series: TimeSeriesDB) -> None:
    """Before memory is full."""
    series.insert_readings("a", readings((0, 1), (86400 * 365, 1)))

    with pytest.raises(InterfaceError, match="31,536,000"):
        series.resample("a", "1s", fill="null")


def test_moments_are_asked_of_a_column_that_has_them(lab: Database) -> None:
    """Another one is refused in the same words everywhere."""
    lab.create_table("t", {"id": "INTEGER PRIMARY KEY", "at": "TEXT", "x": "REAL"})

    with pytest.raises(DataError, match="has no moments"):
        lab.storage.buckets(Buckets("t", "at", "x", Always(truth=True), (), 0, 1))


# ----------------------------------------------------------------------------------- keeping


def test_old_readings_are_summed_up_and_removed(series: TimeSeriesDB) -> None:
    """The sum is a table of readings; done twice, it is the same."""
    series.insert_readings("a", readings(*((n * 600, n) for n in range(12))))
    series.insert_readings("b", readings((0, 1)))

    for _ in range(2):
        told = series.downsample("1h", older_than=at(3600), into="hourly")
        hourly = TimeSeriesDB(series.db, table="hourly")
        assert [row["value"] for row in hourly.get_time_range("a")] == [2.5]
    assert counts(told) == (0, 0, 2)
    assert hourly.get_time_range("a")[0]["metadata"] == {"min": 0.0, "max": 5.0, "count": 6}
    assert series.retain(at(3600), dry_run=True) == 7
    assert series.retain(at(3600), sensor_id="a") == 6
    assert [len(series.get_time_range(name)) for name in "ab"] == [6, 1]
    assert series.retain("1D", dry_run=True) == 7


def test_a_part_that_is_not_over_waits(series: TimeSeriesDB) -> None:
    """Summed up and removed at any moments, the sums are those of all readings."""
    series.insert_readings("a", readings(*((n * 600, n) for n in range(24))))

    for cut in (1800, 5000, 5400, 9000, 14400):
        series.downsample("1h", older_than=at(cut), into="hourly", remove=True)

    hourly = TimeSeriesDB(series.db, table="hourly")
    assert [row["value"] for row in hourly.get_time_range("a")] == [2.5, 8.5, 14.5, 20.5]
    assert series.get_time_range("a") == []
    assert counts(series.downsample("1M", older_than=at(0))) == (0, 0, 0)


# -------------------------------------------------------------------------------- many channels


def test_many_channels_in_chunks(series: TimeSeriesDB) -> None:
    """A thousand samples a second of 64 channels, read from one moment to another."""
    data = np.arange(3000 * 64, dtype=np.float32).reshape(3000, 64)
    for part in range(3):
        series.insert_chunk("eeg", at(part), 1000, data[part * 1000 :][:1000])
    series.insert_chunk("eeg", at(1), 1000, data[1000:2000])

    times, samples = series.get_chunk("eeg", at(0.5), at(2.25))

    assert samples.dtype == np.float32
    assert (samples == data[500:2251]).all()
    assert times[0] == np.datetime64("2025-05-30T12:00:00.5")
    assert (np.diff(times) == np.timedelta64(1, "ms")).all()
    assert series.get_chunk("nobody")[1].size == 0
    series.insert_chunk("eeg", at(3), 1000, np.ones((5, 2)))
    with pytest.raises(DataError, match="channels"):
        series.get_chunk("eeg")
    for bad in (np.ones((0, 2)), np.ones((1, 1, 1))):
        with pytest.raises(InterfaceError):
            series.insert_chunk("eeg", NOON, 1000, bad)
    with pytest.raises(InterfaceError, match="rate"):
        series.insert_chunk("eeg", NOON, 0, [1.0])
