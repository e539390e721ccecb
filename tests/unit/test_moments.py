"""Dates and times as text: spelt one way, read in several."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.domain.moments import (
    datetime_text,
    read_datetime,
    read_timedelta,
    timedelta_micros,
    timedelta_text,
)

# Fixed ones: in others, times that clocks skip or repeat are equal to nothing.
ZONES = st.builds(dt.timezone, st.timedeltas(dt.timedelta(hours=-14), dt.timedelta(hours=14)))
AWARE = st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1), timezones=ZONES)


@given(st.datetimes())
def test_moments_come_back(moment: dt.datetime) -> None:
    """A moment that was spelt is read as the same moment."""
    assert read_datetime(datetime_text(moment)) == moment


@given(AWARE)
def test_aware_moments_are_spelt_in_utc(moment: dt.datetime) -> None:
    """A moment with a zone is spelt as the same instant in UTC."""
    assert read_datetime(datetime_text(moment)).replace(tzinfo=dt.UTC) == moment


@given(st.datetimes(), st.datetimes())
def test_text_order_is_time_order(one: dt.datetime, other: dt.datetime) -> None:
    """Two moments as text sort as they do in time."""
    assert (datetime_text(one) < datetime_text(other)) == (one < other)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (dt.datetime(2025, 5, 30, 14, 0), "2025-05-30 14:00:00"),
        (dt.datetime(2025, 5, 30, 14, 0, 0, 5), "2025-05-30 14:00:00.000005"),
        (dt.datetime(1, 1, 1), "0001-01-01 00:00:00"),
        (dt.datetime(9999, 12, 31, 23, 59, 59, 999999), "9999-12-31 23:59:59.999999"),
        (
            dt.datetime(2025, 5, 30, 14, tzinfo=dt.timezone(dt.timedelta(hours=9))),
            "2025-05-30 05:00:00",
        ),
    ],
)
def test_moments_have_one_spelling(moment: dt.datetime, text: str) -> None:
    """A moment is spelt as SQLite spells it, with microseconds only where there are some."""
    assert datetime_text(moment) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-0530-1400", dt.datetime(2025, 5, 30, 14, 0)),
        ("2025-0530-140012", dt.datetime(2025, 5, 30, 14, 0, 12)),
        ("2025-05-30", dt.datetime(2025, 5, 30)),
        ("2025-05-30T14:00", dt.datetime(2025, 5, 30, 14, 0)),
        ("2025-05-30 14:00:00.5", dt.datetime(2025, 5, 30, 14, 0, 0, 500000)),
        ("2025-05-30 14:00:00.123456000", dt.datetime(2025, 5, 30, 14, 0, 0, 123456)),
        ("2025-05-30T14:00:00Z", dt.datetime(2025, 5, 30, 14, tzinfo=dt.UTC)),
        (
            "2025-05-30T14:00:00+09:00",
            dt.datetime(2025, 5, 30, 14, tzinfo=dt.timezone(dt.timedelta(hours=9))),
        ),
    ],
)
def test_several_spellings_are_read(text: str, moment: dt.datetime) -> None:
    """ISO 8601 and the scitex stamp are read."""
    assert read_datetime(text) == moment


@pytest.mark.parametrize(
    ("text", "aware"), [("2025-05-30T14:00:00Z", True), ("2025-05-30T14:00:00", False)]
)
def test_a_zone_is_kept(text: str, aware: bool) -> None:
    """A moment has a zone where its text has one, and none otherwise."""
    assert (read_datetime(text).tzinfo is not None) == aware


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "yesterday",
        "2025",
        "30.05.2025",
        "05/30/2025",
        "2025-1330-1400",
        "2025-0231-1400",
        "2025-0530-2500",
        "2025-02-30 00:00:00",
        "2025-05-30 14:00:00.1234567",
        "2025-0530-1400x",
        "infinity",
    ],
)
def test_other_text_is_no_moment(text: str) -> None:
    """What is neither ISO 8601 nor a stamp, or is finer than a microsecond, is refused."""
    with pytest.raises(ValueError, match=r"."):
        read_datetime(text)


@given(st.timedeltas())
def test_durations_come_back(span: dt.timedelta) -> None:
    """A duration that was spelt is read as the same duration."""
    assert read_timedelta(timedelta_text(span)) == span


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (dt.timedelta(0), "P0DT0S"),
        (dt.timedelta(days=1, seconds=30, microseconds=5), "P1DT30.000005S"),
        (dt.timedelta(days=-1), "-P1DT0S"),
        (dt.timedelta(seconds=-0.5), "-P0DT0.500000S"),
    ],
)
def test_durations_have_one_spelling(span: dt.timedelta, text: str) -> None:
    """A duration is spelt in days and seconds, its sign in front."""
    assert timedelta_text(span) == text


@given(st.timedeltas(), st.timedeltas())
def test_microseconds_sort_as_durations_do(one: dt.timedelta, other: dt.timedelta) -> None:
    """Two durations as numbers of microseconds sort by their length."""
    assert (timedelta_micros(one) < timedelta_micros(other)) == (one < other)


@given(st.timedeltas())
def test_microseconds_are_exact(span: dt.timedelta) -> None:
    """A duration is that many microseconds."""
    assert dt.timedelta(microseconds=timedelta_micros(span)) == span


@pytest.mark.parametrize("text", ["", "1 day", "P1D", "PT5S", "P1DT5.5S", "--P1DT0S", "1:00:00"])
def test_other_text_is_no_duration(text: str) -> None:
    """A duration that is spelt otherwise is refused, and shown."""
    with pytest.raises(ValueError, match="not a duration"):
        read_timedelta(text)
