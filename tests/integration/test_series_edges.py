"""Readings that are odd, late or of others: nothing is stored for what it is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scitex.db import Database, DataError, InMemory, OperationalError, PostgreSQL, TimeSeriesDB
from scitex.db.domain.errors import InterfaceError
from scitex.db.services.series import keeping
from scitex.db.testing.postgres.database import ScratchSchema
from tests.integration.sensors import NOON, at, counts, readings


@pytest.fixture
def nanos(lab: Database) -> Iterator[TimeSeriesDB]:
    """Return a table whose moments are whole nanoseconds."""
    with TimeSeriesDB(lab, "fine", precision="ns") as found:
        yield found


# ------------------------------------------------------------------------- what is no reading


@pytest.mark.parametrize(
    "moment",
    [
        pd.NaT,
        np.datetime64("NaT"),
        np.datetime64("2500-01-01"),
        np.datetime64("1500-01-01T00:00:00.5"),
        pd.Timestamp("2500-01-01").as_unit("s"),
        np.float64(1.7e18),
        1.7e18,
        True,
    ],
    ids=repr,
)
def test_what_nanoseconds_cannot_say_is_refused(nanos: TimeSeriesDB, moment: Any) -> None:
    """It is stored as no other moment."""
    with pytest.raises(DataError, match="reading 0: "):
        nanos.insert_readings("a", [{"timestamp": moment, "value": 1.0}])

    assert nanos.get_time_range("a") == []


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (pd.NaT, "NaT is no moment"),
        (np.datetime64("NaT"), "is no moment"),
        (np.datetime64("2024-01-01T00:00:00.000000001"), "no whole number of microseconds"),
        (pd.Timestamp("2024-01-01T00:00:00.000000001"), "no whole number of microseconds"),
    ],
    ids=repr,
)
def test_a_moment_is_not_rounded(series: TimeSeriesDB, moment: Any, words: str) -> None:
    """Two readings in one microsecond would be one."""
    with pytest.raises(DataError, match=words):
        series.insert_readings("a", [{"timestamp": moment, "value": 1.0}])


@pytest.mark.parametrize("value", [2**53 + 1, 10**400, -(10**400)], ids=["2**53+1", "huge", "low"])
def test_a_value_is_not_rounded(series: TimeSeriesDB, value: int) -> None:
    """A whole number that no float is stays with the caller."""
    with pytest.raises(DataError, match="no float is exactly"):
        series.insert_readings("a", readings((0, value)))

    assert counts(series.insert_readings("a", readings((0, 2**53), (1, True)))) == (2, 0, 0)


def test_readings_of_others_are_refused(series: TimeSeriesDB) -> None:
    """What `to_dataframe` gives of several sensors is not stored as one's."""
    series.insert_readings("a", readings((0, 1), (1, 2)))
    series.insert_readings("b", readings((0, 3)))
    frame = series.to_dataframe()

    with pytest.raises(DataError, match="reading 2 is one of 'b', not of 'a'") as caught:
        series.insert_readings("a", frame)
    assert "groupby" in str(caught.value)
    for name, part in frame.groupby("sensor_id"):
        assert counts(series.insert_readings(str(name), part)) == (0, 0, len(part))


def test_a_corrected_value_keeps_its_metadata(series: TimeSeriesDB) -> None:
    """Also when both are given in one call."""
    one = {"timestamp": NOON, "value": 1.0, "metadata": {"q": "good"}}
    series.insert_readings("a", [one])
    series.insert_readings("b", [one, {"timestamp": NOON, "value": 2.0}])

    assert counts(series.insert_readings("a", [{"timestamp": NOON, "value": 2.0}])) == (0, 1, 0)
    for name in "ab":
        (found,) = series.get_time_range(name)
        assert (found["value"], found["metadata"]) == (2.0, {"q": "good"})


@pytest.mark.parametrize(
    ("rate", "data", "error"),
    [
        (10, np.ma.array([1.0, -999.0], mask=[0, 1]), DataError),
        ("256", [1.0, 2.0], InterfaceError),
        (1e-300, [1.0, 2.0], InterfaceError),
        (1e-12, [1.0, 2.0], InterfaceError),
        (float("nan"), [1.0], InterfaceError),
        (10, [[1.0], [1.0, 2.0]], InterfaceError),
        (10, ["abc"], InterfaceError),
    ],
    ids=str,
)
def test_samples_that_would_not_come_back_are_refused(
    series: TimeSeriesDB, rate: Any, data: Any, error: type[Exception]
) -> None:
    """A mask is not lost, and nothing but numbers is kept."""
    with pytest.raises(error):
        series.insert_chunk("eeg", NOON, rate, data)

    assert series.get_chunk("eeg")[1].size == 0


# ------------------------------------------------------------------------- summing up


def test_late_readings_are_added_to_those_that_are_gone(series: TimeSeriesDB) -> None:
    """The sum of what was removed is all that is left of it: it is never replaced."""
    series.insert_readings("a", readings(*((60 * n, 10.0) for n in range(59))))
    series.downsample("1h", at(7200), into="hourly", remove=True)
    hourly = TimeSeriesDB(series.db, "hourly")

    for remove in (False, False, True, True):
        series.insert_readings("a", readings((59 * 60, 70.0)) if not remove else [])
        series.downsample("1h", at(7200), into="hourly", remove=remove)
        (found,) = hourly.get_time_range("a")
        told = {name: found["metadata"][name] for name in ("min", "max", "count")}
        assert (found["value"], told) == (11.0, {"min": 10.0, "max": 70.0, "count": 60})
    assert found["metadata"]["removed"] == {"mean": 11.0, **told}
    series.insert_readings("a", readings((1, None)))
    series.downsample("1h", at(7200), into="hourly", remove=True)
    assert hourly.get_time_range("a")[0]["value"] == 11.0
    assert series.get_time_range("a") == []


@pytest.mark.parametrize("told", [{"removed": True}, {"removed": {"count": 2}}, {"n": 1}])
def test_what_others_call_removed_is_no_sum(series: TimeSeriesDB, told: dict[str, Any]) -> None:
    """A table that was filled by hand is summed up into all the same."""
    hourly = TimeSeriesDB(series.db, "hourly")
    hourly.insert_readings("a", [{"timestamp": NOON, "value": 1.0, "metadata": told}])
    series.insert_readings("a", readings((0, 3), (60, 5)))

    assert counts(series.downsample("1h", at(7200), into="hourly")) == (0, 1, 0)
    assert hourly.latest("a")["value"] == 4.0  # type: ignore[index]  # there is one


def test_a_table_is_not_summed_up_into_itself(series: TimeSeriesDB) -> None:
    """It would overwrite readings by sums."""
    series.insert_readings("a", readings((0, 1), (60, 3)))

    with pytest.raises(InterfaceError, match="into itself"):
        series.downsample("1h", at(7200), into="timeseries", remove=True)
    assert [row["value"] for row in series.get_time_range("a")] == [1.0, 3.0]


@pytest.mark.engine("postgresql")
def test_what_comes_in_meanwhile_is_not_removed(
    postgresql_schema: ScratchSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading that another stores between the sum and the removal undoes both."""
    place = {**postgresql_schema.params, "schema": postgresql_schema.name}
    with PostgreSQL(**place) as db, PostgreSQL(**place) as other, TimeSeriesDB(db) as series:
        series.insert_readings("a", readings((0, 1)))
        summed = keeping.resampling.resample

        def late(*given: Any) -> Any:
            found = summed(*given)
            TimeSeriesDB(other).insert_readings("a", readings((5, 3)))
            return found

        monkeypatch.setattr(keeping.resampling, "resample", late)
        with pytest.raises(OperationalError, match="came into table 'timeseries'"):
            series.downsample("1h", at(7200), into="hourly", remove=True)
        monkeypatch.undo()

        assert len(series.get_time_range("a")) == 2
        assert counts(series.downsample("1h", at(7200), into="hourly", remove=True)) == (1, 0, 0)


# ------------------------------------------------------------------------- parts of time


@pytest.mark.parametrize("every", ["1D", "2D", "7D", "3W"])
def test_days_begin_alike_with_a_zone_and_without(utc: TimeSeriesDB, every: str) -> None:
    """Wherever one begins to look, and where an origin is told."""
    start = dt.datetime(2024, 1, 10, tzinfo=dt.UTC)
    utc.insert_readings(
        "a", [{"timestamp": start + dt.timedelta(hours=n), "value": 1.0} for n in range(96)]
    )
    for origin in (None, dt.datetime(2024, 1, 1, 6, tzinfo=dt.UTC)):
        plain = utc.resample("a", every, "count", origin=origin)
        assert utc.resample("a", every, "count", origin=origin, zone="UTC") == plain
        later = {"start": start + dt.timedelta(days=1), "origin": origin}
        begins = {row["timestamp"] for row in plain}
        assert {
            row["timestamp"] for row in utc.resample("a", every, "count", zone="UTC", **later)
        } <= begins
    with pytest.raises(InterfaceError, match="origin="):
        utc.resample("a", "1M", origin=start)


def test_a_day_may_begin_at_an_hour_that_is_left_out(utc: TimeSeriesDB) -> None:
    """Clocks that are put forward over where a day begins lose no reading."""
    first = dt.datetime(2024, 3, 31, 0, 30, tzinfo=dt.UTC)
    utc.insert_readings(
        "a", [{"timestamp": first + dt.timedelta(minutes=10 * n), "value": 1.0} for n in range(12)]
    )
    origin = dt.datetime(2024, 3, 1, 1, 30, tzinfo=dt.UTC)  # 02:30 in Berlin

    found = utc.resample("a", "1D", "count", origin=origin, zone="Europe/Berlin")

    assert sum(row["count"] for row in found) == 12


def test_time_has_ends(series: TimeSeriesDB, nanos: TimeSeriesDB) -> None:
    """At both of them it is told what cannot be."""
    last = [{"timestamp": dt.datetime(9999, 12, 31), "value": 1.0}]
    series.insert_readings("z", last)

    for every in ("1M", "1Y", "1D", "1h"):
        assert [row["count"] for row in series.resample("z", every, "count")] == [1]
    with pytest.raises(InterfaceError, match="year"):
        series.resample("z", "11000Y")
    for length in ("9999Y", "99999999D"):
        with pytest.raises(InterfaceError, match="before the year 1"):
            series.retain(length)
    far = [{"timestamp": text, "value": 1.0} for text in ("1700-01-01", "2262-01-01")]
    nanos.insert_readings("a", far)
    with pytest.raises(InterfaceError, match="292 years"):
        nanos.resample("a", "1D", "count")
    assert len(nanos.resample("a", "1D", "count", start="2000-01-01")) == 1


def test_a_path_is_opened_for_odd_readings_too(tmp_path: Path) -> None:
    """Nothing of a call that is refused is left in the file."""
    with TimeSeriesDB(tmp_path / "lab.db") as found:
        with pytest.raises(DataError):
            found.insert_readings("a", [*readings((0, 1)), {"timestamp": pd.NaT, "value": 1}])
        assert found.sensors() == []
    with TimeSeriesDB(InMemory()) as found:
        assert found.sensors() == []
