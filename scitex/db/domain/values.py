"""
Which Python value fits which column: the value contract of every engine.

`fit` returns what is to be kept, as a plain Python value, or raises `Misfit`; adapters spell
that value for their driver.  The same value therefore fits, or is refused, everywhere.
"""

from __future__ import annotations

import decimal
from typing import Any

from scitex.db.domain.errors import DataError
from scitex.db.domain.fitting import (
    FITTERS,
    INT64_MAX,
    NUMBERS,
    checked_text,
    float_of,
    text_form,
    untyped,
)
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.plain import plain
from scitex.db.domain.types import ColumnType, Kind

__all__ = [
    "INT64_MAX",
    "Misfit",
    "checked_text",
    "comparable",
    "fit",
    "float_of",
    "refused",
    "shown",
    "text_form",
]


def shown(value: object) -> str:
    """Shorten a value for a message; tell one that cannot be spelt by its type."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # whole numbers of 4,301 digits, or nested too deeply
        return f"<{type(value).__name__}, too long to be shown>"
    return text if len(text) <= 60 else f"{text[:57]}... ({type(value).__name__})"


def refused(
    misfit: Misfit | DataError,
    value: object,
    *,
    table: str | None,
    column: str | None,
    type: ColumnType | None = None,
    row: int | None = None,
) -> DataError:
    """Make the error that tells where the value was to go and why it cannot."""
    why = misfit.why if isinstance(misfit, Misfit) else misfit.message
    target = f"column {column!r}" if column is not None else "params"
    if type is not None and type.word:
        target += f" ({type})"
    if table is not None:
        target += f" of table {table!r}"
    place = f" (record {row})" if row is not None else ""
    return DataError(
        f"{shown(value)} does not fit {target}{place}: {why}",
        table=table,
        column=column,
        row=row,
        hint=misfit.hint,
    )


def fit(value: Any, type: ColumnType) -> Any:
    """
    Return `value` as a column of `type` keeps it.

    Parameters
    ----------
    value : object
    type : ColumnType

    Returns
    -------
    object
        A plain Python value of the column's kind (JSON as text), or None for every missing.

    Raises
    ------
    Misfit
        If the column cannot hold it exactly.

    Examples
    --------
    >>> from scitex.db.domain.types import column_type
    >>> fit(3.0, column_type("INTEGER")), fit("2025-0530-1400", column_type("DATETIME"))
    (3, datetime.datetime(2025, 5, 30, 14, 0))
    """
    try:
        simple = plain(value)
    except DataError as error:
        raise Misfit(error.message, error.hint) from None
    return None if simple is None else FITTERS[type.kind](simple, type)


def _number(value: Any, type: ColumnType) -> Any:
    """Return a number as one is compared with a column of numbers."""
    if not isinstance(value, NUMBERS):
        raise Misfit("not a number", "compare the column with a number")
    if isinstance(value, int):
        value = untyped(int(value), type)
    if type.kind is Kind.REAL:
        return float(value)
    if type.kind is Kind.NUMERIC:
        return decimal.Decimal(repr(value)) if isinstance(value, float) else decimal.Decimal(value)
    return value


_NUMERIC_KINDS = {Kind.INTEGER, Kind.REAL, Kind.NUMERIC}


def comparable(value: Any, type: ColumnType) -> Any:
    """
    Return `value` as it is compared with a column of `type`.

    Any number may be asked of a numeric column, and text of any length of a text column;
    otherwise as `fit`.

    Raises
    ------
    Misfit
        If no value of the column could ever equal it.
    """
    if type.kind in _NUMERIC_KINDS:
        try:
            simple = plain(value)
        except DataError as error:
            raise Misfit(error.message, error.hint) from None
        return None if simple is None else _number(simple, type)
    if type.kind is Kind.TEXT:
        return fit(value, ColumnType(Kind.TEXT, type.word))
    if type.kind is Kind.JSON:
        raise Misfit(
            "engines do not compare whole JSON values alike",
            "compare a value inside, col('config')['lr'] > 0.1, or ask with .contains({...})",
        )
    return fit(value, type)
