"""What is kept of a value, and what is looked for when it is asked for."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable
from typing import Any

from scitex.db.domain.fitting import INT64_MAX, float_of, text_form
from scitex.db.domain.jsontext import json_text
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.types import ColumnType, Kind
from scitex.db.domain.values import comparable, fit


def kept(value: Any, type: ColumnType) -> Any:
    """
    Return what a column of `type` keeps of `value`: never an object that could change.

    Raises
    ------
    Misfit
        If the column cannot hold it exactly.
    """
    found = fit(value, type)
    return found if found is None or type.kind is not Kind.ANY else _untyped(found)


def _is_integer(value: Any) -> bool:
    return type(value) is int and -INT64_MAX <= value <= INT64_MAX


def _is_real(value: Any) -> bool:
    return type(value) is float and value == value  # noqa: PLR0124 - only NaN differs from itself


def _is_text(value: Any) -> bool:
    return type(value) is str and value.isascii() and "\0" not in value


def _is_nothing_sure(_: Any) -> bool:
    return False


def sure(type: ColumnType) -> Callable[[Any], bool]:
    """Return what says, fast, that a column keeps a value just as it is; False is no answer."""
    if type.kind is Kind.INTEGER and type.bits == INT64_MAX.bit_length() + 1:
        return _is_integer
    if type.kind is Kind.TEXT and type.length is None:
        return _is_text
    return _is_real if type.kind is Kind.REAL else _is_nothing_sure


def _untyped(value: Any) -> Any:
    """Return what a column of no known type keeps: a number, text or bytes."""
    if isinstance(value, (str, bytes, float)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, decimal.Decimal):
        whole = value.is_finite() and value == value.to_integral_value()
        return int(value) if whole and abs(value) <= INT64_MAX else float_of(value)
    if isinstance(value, (dt.date, dt.time, dt.timedelta, uuid.UUID)):
        return text_form(value)
    if isinstance(value, (dict, list)):
        try:
            return json_text(value)
        except ValueError as error:
            raise Misfit(str(error)) from None
    raise Misfit(f"{type(value).__name__} is nothing that a database keeps")


def asked(value: Any, type: ColumnType) -> Any:
    """
    Return `value` as it is compared with what a column of `type` keeps.

    Raises
    ------
    Misfit
        If no value of the column could ever equal it.
    """
    found = comparable(value, type)
    return found if found is None or type.kind is not Kind.ANY else _untyped(found)


def exact(number: float) -> decimal.Decimal:
    """Return the decimal that a float stands for: the shortest that reads as it."""
    return decimal.Decimal(repr(number))
