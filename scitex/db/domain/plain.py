"""
Foreign scalars as plain Python values.

numpy and pandas scalars are known by the name of the module that made their class, so that
neither library is imported here.  Missing is missing: NaN, NaT and NA are all ``None``.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import sys
import uuid
from typing import Any

from scitex.db.domain.errors import DataError

PLAIN_TYPES = frozenset(
    {int, float, str, bytes, bool, dt.datetime, dt.date, dt.time, dt.timedelta}
    | {decimal.Decimal, uuid.UUID, dict, list}
)


def plain(value: Any) -> Any:
    """
    Return `value` as a plain Python value; every sort of missing becomes None.

    Parameters
    ----------
    value : object
        A Python value, or a numpy or pandas scalar.

    Returns
    -------
    object
        None, int, float, str, bytes, bool, datetime, date, time, timedelta, Decimal, UUID,
        dict or list; anything else comes back as it was given.

    Raises
    ------
    DataError
        If it is a moment or a duration that is no 64 bits of microseconds, which no engine keeps.

    Examples
    --------
    >>> plain(float("nan")) is None
    True
    """
    kind = type(value)
    if kind is float:
        return None if value != value else value  # noqa: PLR0124 - only NaN differs from itself
    if kind is decimal.Decimal:
        return None if value.is_nan() else value
    if value is None or kind in PLAIN_TYPES:
        return value
    maker = kind.__module__.partition(".")[0]
    if maker == "numpy":
        return _from_numpy(value)
    if maker == "pandas":
        return _from_pandas(value)
    return _from_subclass(value)


def _from_subclass(value: Any) -> Any:
    """Strip subclasses of plain types; an Enum stands for its value."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    for kind in (str, int, float):
        if isinstance(value, kind):
            return plain(kind(value))
    if isinstance(value, tuple):
        return list(value)
    return value


def _from_numpy(value: Any) -> Any:
    """Unwrap a numpy scalar; arrays are left alone."""
    name = type(value).__name__
    if name in {"datetime64", "timedelta64"}:
        return _from_numpy_time(value, name)
    if is_array(value) or not hasattr(value, "item"):
        return value
    item = value.item()
    return value if type(item) is type(value) else plain(item)


def is_array(value: Any) -> bool:
    """Say whether a value is a numpy array, a memory map among them; numpy is not imported."""
    # Another thread may be importing numpy for the first time: it has no class yet.
    array = getattr(sys.modules.get("numpy"), "ndarray", None)
    return array is not None and isinstance(value, array)


def _from_numpy_time(value: Any, name: str) -> Any:
    if value != value:  # noqa: PLR0124 - only NaT differs from itself
        return None
    coarse = value.astype(f"{name}[us]")
    if coarse.astype(value.dtype) == value:
        return coarse.item()
    if coarse != value:
        raise DataError(
            f"{value!r} is finer than a microsecond, which databases do not keep",
            hint="round it to microseconds, or store nanoseconds as an INTEGER",
        )
    raise DataError(
        f"{value!r} is more microseconds than 64 bits hold, which databases do not keep",
        hint="store it in larger units, as an INTEGER",
    )


def _from_pandas(value: Any) -> Any:
    """Unwrap a pandas scalar: NA, NaT, Timestamp, Timedelta."""
    name = type(value).__name__
    if name in {"NAType", "NaTType"}:
        return None
    if name in {"Timestamp", "Timedelta"}:
        if value.nanosecond if name == "Timestamp" else value.nanoseconds:
            raise DataError(
                f"{value!r} is finer than a microsecond, which databases do not keep",
                hint="round it: value.round('us'), or store nanoseconds as an INTEGER",
            )
        return value.to_pydatetime() if name == "Timestamp" else value.to_pytimedelta()
    return value
