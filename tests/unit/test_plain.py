"""Foreign scalars become plain Python values, and every sort of missing is None."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import sys
import types
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.domain.errors import DataError
from scitex.db.domain.plain import PLAIN_TYPES, is_array, plain
from scitex.db.testing.naming import told

NOON = dt.datetime(2025, 5, 30, 12, 0, 0, 5)
MISSING = [
    None,
    float("nan"),
    decimal.Decimal("NaN"),
    decimal.Decimal("sNaN"),
    np.float64("nan"),
    np.float32("nan"),
    np.float16("nan"),
    np.datetime64("NaT"),
    np.timedelta64("NaT"),
    pd.NA,
    pd.NaT,
]
UNWRAPPED = [
    (np.int8(-5), -5),
    (np.int64(2**62), 2**62),
    (np.uint64(2**64 - 1), 2**64 - 1),
    (np.float32(0.5), 0.5),
    (np.float64(0.1), 0.1),
    (np.float64("inf"), float("inf")),
    (np.bool_(True), True),
    (np.str_("text"), "text"),
    (np.bytes_(b"ab"), b"ab"),
    (np.datetime64("2025-05-30T12:00:00.000005"), NOON),
    (np.datetime64("2025-05-30T12:00:00.000005000", "ns"), NOON),
    (np.timedelta64(90, "s"), dt.timedelta(seconds=90)),
    (pd.Timestamp(NOON), NOON),
    (pd.Timestamp(NOON, tz="UTC"), NOON.replace(tzinfo=dt.UTC)),
    (pd.Timedelta(seconds=90), dt.timedelta(seconds=90)),
]


class Colour(enum.Enum):
    """An enumeration of text."""

    RED = "red"


class Level(enum.IntEnum):
    """An enumeration of numbers."""

    HIGH = 3


class Label(str):
    """Text of a class of its own."""

    __slots__ = ()


class Count(int):
    """A number of a class of its own."""


class Share(float):
    """A fraction of a class of its own."""


SUBCLASSES = [
    (Colour.RED, "red"),
    (Level.HIGH, 3),
    (Label("x"), "x"),
    (Count(7), 7),
    (Share(0.5), 0.5),
    (bytearray(b"ab"), b"ab"),
    (memoryview(b"ab"), b"ab"),
    ((1, 2), [1, 2]),
]
PLAIN_VALUES = [
    5,
    0.5,
    "text",
    b"bytes",
    True,
    NOON,
    NOON.date(),
    NOON.time(),
    dt.timedelta(1),
    decimal.Decimal("1.5"),
    uuid.UUID(int=5),
    {"a": 1},
    [1, 2],
]


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_missing_is_missing(value: Any) -> None:
    """Every value that stands for nothing is None."""
    assert plain(value) is None


@pytest.mark.parametrize(("value", "expected"), UNWRAPPED, ids=repr)
def test_foreign_scalars_are_unwrapped(value: Any, expected: Any) -> None:
    """A numpy or pandas scalar is the Python value it stands for."""
    assert plain(value) == expected


@pytest.mark.parametrize(("value", "expected"), [*UNWRAPPED, *SUBCLASSES], ids=told)
def test_nothing_foreign_is_left(value: Any, expected: Any) -> None:
    """What comes back is of Python's own class, not of one derived from it."""
    assert type(plain(value)) is type(expected)


@pytest.mark.parametrize(("value", "expected"), SUBCLASSES, ids=told)
def test_subclasses_are_stripped(value: Any, expected: Any) -> None:
    """A value of a derived class, and an Enum, are the plain value inside."""
    assert plain(value) == expected


@pytest.mark.parametrize("value", PLAIN_VALUES, ids=repr)
def test_plain_values_stay(value: Any) -> None:
    """A plain value is given back itself."""
    assert plain(value) is value


def test_every_plain_type_is_tried() -> None:
    """The values above are of every type that counts as plain."""
    assert {type(value) for value in PLAIN_VALUES} == PLAIN_TYPES


@pytest.mark.parametrize(
    "value",
    [
        np.datetime64("2025-05-30T12:00:00.000000001"),
        np.timedelta64(1, "ns"),
        pd.Timestamp("2025-05-30 12:00:00.000000001"),
        pd.Timedelta(1, "ns"),
    ],
    ids=repr,
)
def test_nanoseconds_are_refused(value: Any) -> None:
    """A moment finer than a microsecond is refused instead of being rounded."""
    with pytest.raises(DataError, match="finer than a microsecond"):
        plain(value)


@pytest.mark.parametrize(
    "value", [np.datetime64("2025-05-30T12:00:00.000000001"), pd.Timedelta(1, "ns")], ids=repr
)
def test_nanoseconds_get_a_way_out(value: Any) -> None:
    """The refusal of a nanosecond says how to keep it."""
    with pytest.raises(DataError, match="hint: round it"):
        plain(value)


@pytest.mark.parametrize(
    "value",
    [
        object,
        1j,
        {1, 2},
        np.zeros(3),
        np.longdouble(1),
        pd.Series([1]),
        pd.Period("2025-05"),
        range(3),
        collections.OrderedDict(a=1),
    ],
    ids=repr,
)
def test_what_is_not_known_stays(value: Any) -> None:
    """What is no scalar that is known comes back as it was given."""
    assert plain(value) is value


@given(st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.booleans())
def test_plain_is_plain_already(value: Any) -> None:
    """Making a plain value plain changes nothing."""
    assert plain(plain(value)) == value


@given(st.integers(-(2**63), 2**63 - 1))
def test_numpy_integers_are_exact(number: int) -> None:
    """A 64-bit integer of numpy is that very number."""
    assert plain(np.int64(number)) == number


@given(st.floats(allow_nan=False))
def test_numpy_floats_are_exact(number: float) -> None:
    """A double of numpy is that very number."""
    assert plain(np.float64(number)) == number


@given(st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2250, 1, 1)))
def test_pandas_moments_are_exact(moment: dt.datetime) -> None:
    """A moment of pandas is the same moment of Python."""
    assert plain(pd.Timestamp(moment)) == moment


def test_a_library_that_is_just_being_imported_has_no_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another thread has put it among the modules, and its classes are not there yet."""
    monkeypatch.setitem(sys.modules, "numpy", types.ModuleType("numpy"))

    assert not is_array([1])
