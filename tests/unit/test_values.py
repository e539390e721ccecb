"""Which value fits which column, and how one that does not is refused."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.domain.errors import DataError
from scitex.db.domain.types import Kind, column_type
from scitex.db.domain.values import (
    Misfit,
    checked_text,
    comparable,
    fit,
    float_of,
    refused,
    shown,
    text_form,
)
from scitex.db.testing.naming import told

NOON = dt.datetime(2025, 5, 30, 12, 0)
UTC_NOON = NOON.replace(tzinfo=dt.UTC)
TOKYO = dt.timezone(dt.timedelta(hours=9))
ID = uuid.UUID("12345678-1234-5678-1234-567812345678")
D = decimal.Decimal
INF = float("inf")

FITS: list[tuple[str, Any, Any]] = [
    ("INTEGER", 5, 5),
    ("INTEGER", 2**63 - 1, 2**63 - 1),
    ("INTEGER", -(2**63), -(2**63)),
    ("INTEGER", 3.0, 3),
    ("INTEGER", D("3.0"), 3),
    ("INTEGER", True, 1),
    ("INTEGER", np.int64(7), 7),
    ("SMALLINT", 32767, 32767),
    ("INT4", -(2**31), -(2**31)),
    ("REAL", 1.5, 1.5),
    ("REAL", 2**53, 2.0**53),
    ("REAL", INF, INF),
    ("REAL", D("0.1"), 0.1),
    ("REAL", D("Infinity"), INF),
    ("REAL", np.float32(0.5), 0.5),
    ("FLOAT4", 0.5, 0.5),
    ("NUMERIC", D("1.10"), D("1.10")),
    ("NUMERIC", 5, D(5)),
    ("NUMERIC", 0.1, D("0.1")),
    ("NUMERIC", 10**30, D(10**30)),
    ("NUMERIC(10, 2)", D("12345678.90"), D("12345678.90")),
    ("NUMERIC(10, 2)", D("1.500"), D("1.5")),
    ("NUMERIC(3,-2)", 12300, D(12300)),
    ("TEXT", "naïve 日本 😀", "naïve 日本 😀"),
    ("TEXT", "", ""),
    ("TEXT", NOON, "2025-05-30 12:00:00"),
    ("TEXT", UTC_NOON, "2025-05-30 12:00:00+00:00"),
    ("TEXT", NOON.date(), "2025-05-30"),
    ("TEXT", NOON.time(), "12:00:00"),
    ("TEXT", dt.timedelta(days=1), "P1DT0S"),
    ("TEXT", ID, str(ID)),
    ("VARCHAR(3)", "äöü", "äöü"),
    ("BOOLEAN", True, True),
    ("BOOLEAN", 0, False),
    ("BOOLEAN", np.bool_(True), True),
    ("BLOB", b"\0\xff", b"\0\xff"),
    ("BLOB", bytearray(b"ab"), b"ab"),
    ("BYTEA", memoryview(b"ab"), b"ab"),
    ("TIMESTAMP", NOON, NOON),
    ("DATETIME", "2025-05-30T12:00", NOON),
    ("DATETIME", "2025-0530-1200", NOON),
    ("DATETIME", NOON.date(), dt.datetime(2025, 5, 30)),
    ("TIMESTAMP", pd.Timestamp(NOON), NOON),
    ("TIMESTAMP(3)", NOON.replace(microsecond=5000), NOON.replace(microsecond=5000)),
    ("TIMESTAMPTZ", UTC_NOON, UTC_NOON),
    ("TIMESTAMPTZ", UTC_NOON.astimezone(TOKYO), UTC_NOON),
    ("TIMESTAMPTZ", "2025-05-30T21:00:00+09:00", UTC_NOON),
    ("DATE", NOON.date(), NOON.date()),
    ("DATE", "2025-05-30", NOON.date()),
    ("DATE", dt.datetime(2025, 5, 30), NOON.date()),
    ("TIME", NOON.time(), NOON.time()),
    ("TIME", "12:00:00.000005", dt.time(12, 0, 0, 5)),
    ("INTERVAL", dt.timedelta(days=-1), dt.timedelta(days=-1)),
    ("UUID", ID, ID),
    ("UUID", str(ID).upper(), ID),
    ("JSON", {"a": [1, None]}, '{"a": [1, null]}'),
    ("JSONB", '{"a":1}', '{"a":1}'),
    ("JSON", np.arange(3), "[0, 1, 2]"),
    ("tsvector", "a b", "a b"),
    ("", 2**63 - 1, 2**63 - 1),
    ("", b"ab", b"ab"),
    ("", 0.5, 0.5),
]
MISFITS: list[tuple[str, Any, str]] = [
    ("INTEGER", 1.5, "not a whole number"),
    ("INTEGER", "5", "not a whole number"),
    ("INTEGER", INF, "not a whole number"),
    ("INTEGER", D("1.5"), "not a whole number"),
    ("INTEGER", D("Infinity"), "not a whole number"),
    ("INTEGER", b"5", "not a whole number"),
    ("INTEGER", 2**63, "outside the range of a 64-bit integer"),
    ("INTEGER", -(2**63) - 1, "outside the range"),
    ("INTEGER", 1e300, "outside the range"),
    ("SMALLINT", 32768, "outside the range of a 16-bit integer"),
    ("INT4", 2**31, "outside the range of a 32-bit integer"),
    ("REAL", "abc", "not a number"),
    ("REAL", 2**53 + 1, "no float is exactly this whole number"),
    ("REAL", 10**400, "no float is exactly this whole number"),
    ("REAL", D("0.1000000000000000055511151231257827021181583404541015625"), "no float"),
    ("REAL", D("1E+400"), "no float is exactly this decimal"),
    ("REAL", [1.0], "not a number"),
    ("FLOAT4", 0.1234567890123456, "float"),
    ("FLOAT4", 1e300, "float"),
    ("NUMERIC", "1.5", "not a number"),
    ("NUMERIC(10, 2)", D("1.005"), "more than 2 digit(s) behind the point"),
    ("NUMERIC(10, 2)", D("123456789"), "more than 10 digits"),
    ("NUMERIC(10, 2)", D("1E+3000"), "more than 10 digits"),
    ("NUMERIC(10, 2)", D("1E-3000"), "behind the point"),
    ("NUMERIC(10, 2)", D("Infinity"), ""),
    ("NUMERIC(3,-2)", 12345, ""),
    ("TEXT", 5, "int is not text"),
    ("TEXT", True, "bool is not text"),
    ("TEXT", b"ab", "bytes is not text"),
    ("TEXT", {"a": 1}, "dict is not text"),
    ("TEXT", "a\0b", "must not hold NUL"),
    ("TEXT", "\ud800", "lone surrogate"),
    ("VARCHAR(3)", "abcd", "4 characters are more than 3"),
    ("BOOLEAN", 2, "neither True nor False"),
    ("BOOLEAN", "true", "neither True nor False"),
    ("BOOLEAN", 1.0, "neither True nor False"),
    ("BLOB", "text", "str is not bytes"),
    ("TIMESTAMP", "soon", "not a date and time"),
    ("TIMESTAMP", 1700000000, "not a date and time"),
    ("TIMESTAMP", UTC_NOON, "it has a time zone and the column keeps none"),
    ("TIMESTAMP", "2025-05-30T12:00:00Z", "it has a time zone"),
    ("TIMESTAMP(3)", NOON.replace(microsecond=5), ""),
    ("TIMESTAMP(0)", NOON.replace(microsecond=500_000), ""),
    ("TIME(0)", dt.time(12, 0, 0, 5), ""),
    ("TIMESTAMPTZ", NOON, "it has no time zone"),
    ("TIMESTAMPTZ", dt.datetime.min.replace(tzinfo=TOKYO), "outside the years 1 to 9999"),
    ("TEXT", dt.datetime.min.replace(tzinfo=TOKYO), ""),
    ("TIMESTAMP", np.datetime64(1, "ns"), "finer than a microsecond"),
    ("DATE", NOON, "it has a time of day"),
    ("DATE", dt.datetime(2025, 5, 30, tzinfo=dt.UTC), "it has a time of day"),
    ("DATE", "30.05.2025", "not a date"),
    ("DATE", 5, "not a date"),
    ("TIME", "noon", "not a time of day"),
    ("TIME", dt.time(12, tzinfo=dt.UTC), "without a zone"),
    ("TIME", 5, "not a time of day"),
    ("INTERVAL", 5, "not a duration"),
    ("UUID", "not-a-uuid", "not a UUID"),
    ("UUID", 5, "not a UUID"),
    ("JSON", {"a": float("nan")}, "nan at $.a"),
    ("JSON", "{", "not valid JSON text"),
    ("", "a\0b", "must not hold NUL"),
    ("", 2**63, "outside the range of a 64-bit integer"),
]
MISSING = [None, float("nan"), D("NaN"), np.float64("nan"), pd.NA, pd.NaT, np.datetime64("NaT")]
EVERY_KIND = [column_type(kind.value) for kind in Kind]


@pytest.mark.parametrize(("word", "value", "expected"), FITS, ids=told)
def test_a_value_that_fits_is_kept(word: str, value: Any, expected: Any) -> None:
    """A value that its column can hold exactly is kept as the column's kind of value."""
    assert fit(value, column_type(word)) == expected


@pytest.mark.parametrize(("word", "value", "expected"), FITS, ids=told)
def test_what_is_kept_has_one_type(word: str, value: Any, expected: Any) -> None:
    """What a column keeps is of the one type that its kind has."""
    assert type(fit(value, column_type(word))) is type(expected)


@pytest.mark.parametrize(("word", "value", "expected"), FITS, ids=told)
def test_fitting_again_changes_nothing(word: str, value: Any, expected: Any) -> None:
    """What a column keeps fits that column."""
    assert fit(fit(value, column_type(word)), column_type(word)) == expected


@pytest.mark.parametrize(("word", "value", "why"), MISFITS, ids=told)
def test_a_value_that_does_not_fit_is_refused(word: str, value: Any, why: str) -> None:
    """A value that its column cannot hold exactly is refused, and it is said why."""
    with pytest.raises(Misfit) as caught:
        fit(value, column_type(word))

    assert why in caught.value.why


@pytest.mark.parametrize("type", EVERY_KIND, ids=str)
@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_missing_fits_every_column(value: Any, type: Any) -> None:
    """Every sort of missing value is None in every column."""
    assert fit(value, type) is None


@pytest.mark.parametrize("type", EVERY_KIND, ids=str)
@given(
    value=st.one_of(
        st.integers(),
        st.floats(),
        st.decimals(),
        st.text(max_size=20),
        st.binary(max_size=20),
        st.booleans(),
        st.datetimes(timezones=st.none() | st.timezones()),
        st.dates(),
        st.times(),
        st.timedeltas(),
        st.uuids(),
        st.lists(st.integers(), max_size=3),
        st.complex_numbers(),
    )
)
def test_a_value_fits_or_is_refused(value: Any, type: Any) -> None:
    """Any value fits a column, and then fits it again unchanged, or is refused as Misfit."""
    try:
        kept = fit(value, type)
    except Misfit:
        return

    assert fit(kept, type) == kept


@given(st.integers())
def test_whole_numbers_are_exact_or_refused(number: int) -> None:
    """A 64-bit column keeps exactly the whole numbers within 64 bits."""
    try:
        kept = fit(number, column_type("INTEGER"))
    except Misfit:
        kept = None

    assert (kept == number) == (-(2**63) <= number < 2**63)


@given(st.decimals(allow_nan=False))
def test_decimals_in_real_are_exact_or_refused(number: decimal.Decimal) -> None:
    """A REAL column keeps a decimal where the float's own spelling is that decimal."""
    try:
        kept = fit(number, column_type("REAL"))
    except Misfit:
        return

    assert D(repr(kept)) == number


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**7), max_value=10**7
    )
)
def test_decimals_of_the_declared_digits_fit(number: decimal.Decimal) -> None:
    """A NUMERIC keeps every decimal of its digits."""
    assert fit(number, column_type("NUMERIC(10, 2)")) == number


@given(st.text(min_size=1), st.integers(1, 5))
def test_a_text_fits_its_length(text: str, length: int) -> None:
    """A text column of a length keeps valid text up to that many characters, no more."""
    try:
        kept = fit(text, column_type(f"VARCHAR({length})"))
    except Misfit:
        kept = None

    assert kept in (None, text[:length])


@given(st.datetimes(timezones=st.timezones()))
def test_aware_moments_keep_their_instant(moment: dt.datetime) -> None:
    """An aware column keeps the instant, told in UTC."""
    try:
        kept = fit(moment, column_type("TIMESTAMPTZ"))
    except Misfit:
        return

    assert (kept, kept.tzinfo) == (moment.astimezone(dt.UTC), dt.UTC)


def test_a_repeated_hour_is_kept_once() -> None:
    """The mark of the hour that clocks repeat in autumn is dropped: columns keep none."""
    assert fit(NOON.replace(fold=1), column_type("TIMESTAMP")).fold == 0


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("INTEGER", 1.5),
        ("TEXT", 5),
        ("TEXT", {}),
        ("BLOB", "x"),
        ("TIMESTAMP", "x"),
        ("JSON", "{"),
    ],
)
def test_a_refusal_says_what_to_do(word: str, value: Any) -> None:
    """A value that does not fit is refused with a hint."""
    with pytest.raises(Misfit) as caught:
        fit(value, column_type(word))

    assert caught.value.hint


COMPARABLE: list[tuple[str, Any, Any]] = [
    ("INTEGER", 1.5, 1.5),
    ("INTEGER", D("1.5"), D("1.5")),
    ("INTEGER", True, 1),
    ("SMALLINT", 100_000, 100_000),
    ("REAL", 5, 5.0),
    ("REAL", D("0.5"), 0.5),
    ("NUMERIC(3)", 10.25, D("10.25")),
    ("NUMERIC", 5, D(5)),
    ("VARCHAR(3)", "longer than three", "longer than three"),
    ("TEXT", NOON, "2025-05-30 12:00:00"),
    ("TIMESTAMP", "2025-05-30", dt.datetime(2025, 5, 30)),
    ("DATE", "2025-05-30", dt.date(2025, 5, 30)),
    ("INTEGER", float("nan"), None),
    ("TEXT", None, None),
]
NOT_COMPARABLE: list[tuple[str, Any]] = [
    ("INTEGER", "5"),
    ("REAL", "abc"),
    ("INTEGER", b"x"),
    ("INTEGER", 2**63),
    ("TEXT", 5),
    ("TEXT", "a\0b"),
    ("TIMESTAMP", "soon"),
    ("BOOLEAN", 2),
    ("INTEGER", np.datetime64(1, "ns")),
]


@pytest.mark.parametrize(("word", "value", "expected"), COMPARABLE, ids=repr)
def test_a_column_can_be_compared(word: str, value: Any, expected: Any) -> None:
    """Any number can be asked of a numeric column, and text of any length of a text column."""
    assert comparable(value, column_type(word)) == expected


@pytest.mark.parametrize(("word", "value"), NOT_COMPARABLE, ids=repr)
def test_what_can_never_be_equal_is_refused(word: str, value: Any) -> None:
    """A value that no record's column could have is refused instead of finding nothing."""
    with pytest.raises(Misfit):
        comparable(value, column_type(word))


def test_a_refusal_names_everything() -> None:
    """The error names value, column, type, table, record and reason."""
    error = refused(
        Misfit("not a whole number", "round it"),
        1.5,
        table="users",
        column="age",
        type=column_type("INTEGER"),
        row=3,
    )

    assert str(error) == (
        "1.5 does not fit column 'age' (INTEGER) of table 'users' (record 3): "
        "not a whole number\nhint: round it"
    )


def test_a_refusal_carries_the_facts() -> None:
    """Table, column and record can be read from the error."""
    error = refused(Misfit("no"), 1.5, table="users", column="age", row=3)

    assert (error.table, error.column, error.row) == ("users", "age", 3)


def test_a_refused_parameter_names_params() -> None:
    """A value for a placeholder in a text is refused as one of the params."""
    error = refused(Misfit("no"), "x", table=None, column=None)

    assert error.message == "'x' does not fit params: no"


def test_a_refusal_can_stand_on_an_error() -> None:
    """What a foreign value was refused for is told with the place it was to go."""
    error = refused(DataError("too fine", hint="round it"), "x", table="t", column="c")

    assert str(error) == "'x' does not fit column 'c' of table 't': too fine\nhint: round it"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("short", "'short'"), ("x" * 100, "'" + "x" * 56 + "... (str)"), (b"z" * 100, None)],
)
def test_a_value_is_shortened(value: object, expected: str | None) -> None:
    """A long value is shown by its beginning and its type."""
    assert shown(value) == (expected or "b'" + "z" * 55 + "... (bytes)")


@given(st.text())
def test_text_is_whole_or_refused(text: str) -> None:
    """Text comes back itself, or is refused where it has NUL or half a character."""
    try:
        kept = checked_text(text)
    except Misfit:
        kept = None

    assert kept == (None if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text) else text)


@given(st.floats(allow_nan=False))
def test_a_float_is_exactly_its_decimal(number: float) -> None:
    """The decimal that spells a float stands for that float."""
    assert float_of(D(repr(number))) == number


@given(st.uuids() | st.dates() | st.datetimes() | st.times() | st.timedeltas())
def test_times_as_text_are_text(value: Any) -> None:
    """Dates, times, durations and UUIDs have a spelling."""
    assert fit(value, column_type("TEXT")) == text_form(value)


@given(st.dictionaries(st.text("ab"), st.integers(), max_size=3))
def test_json_is_kept_as_text(value: dict[str, int]) -> None:
    """A dict in a JSON column is kept as the text that spells it."""
    assert json.loads(fit(value, column_type("JSON"))) == value
