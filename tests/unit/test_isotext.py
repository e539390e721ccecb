"""Moments as text, many of them looked at at once."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.adapters.sqlite3.isotext import all_moments

TEXTS = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat(" ")),
    st.datetimes(timezones=st.just(dt.UTC)).map(dt.datetime.isoformat),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", fullmatch=True),
    st.from_regex(r"20[0-9]{2}-0[0-9]-[0-3][0-9] 0[0-9]:00:00\.[0-9]{6}", fullmatch=True),
)


def as_spelt(text: str) -> bool:
    """Say of one text whether `datetime` would spell the moment so."""
    try:
        return dt.datetime.fromisoformat(text).isoformat(" ") == text and len(text) <= len(
            "2025-05-30 14:00:00.000001"
        )
    except ValueError:
        return False


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_it_agrees_with_datetime(texts: list[str]) -> None:
    """All are moments if each is one."""
    assert all_moments(texts) == all(map(as_spelt, texts))


@pytest.mark.parametrize("year", [1, 4, 100, 400, 1900, 2000, 2023, 2024, 2100, 9999])
def test_every_day_of_the_calendar_and_no_other(year: int) -> None:
    """Leap years and the lengths of months are known."""
    for month in range(14):
        for day in range(33):
            text = f"{year:04}-{month:02}-{day:02} 00:00:00"
            assert all_moments([text]) == as_spelt(text)


def test_a_letter_anywhere_is_none() -> None:
    """Each place of the text is looked at."""
    text = "2025-05-30 14:00:00.000001"
    for place in range(len(text)):
        for letter in "/:a 9٣":
            other = text[:place] + letter + text[place + 1 :]
            assert all_moments([text, other]) == as_spelt(other)
