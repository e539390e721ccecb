"""Results as DataFrames, with dtypes that the declared types drive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scitex.db.domain.types import Kind
from scitex.db.services.asking import Chosen
from scitex.db.services.frames.gathering import Gathered, Gathering, Text

if TYPE_CHECKING:
    from scitex.db.ports.storage import Storage


def read(storage: Storage, chosen: Chosen) -> pd.DataFrame:
    """Return what is asked for as one frame."""
    gathering = _gathering()
    storage.unload(chosen.asked, values=chosen.values, take=gathering.take)
    return frame_of(gathering)


def read_pages(storage: Storage, chosen: Chosen, rows: int) -> Iterator[pd.DataFrame]:
    """Yield what is asked for in frames of `rows` rows; at least one."""
    start = 0
    for number, piece in enumerate(storage.pages(chosen.asked, values=chosen.values, rows=rows)):
        if number and not piece.rows:
            return
        gathering = _gathering()
        gathering.take(piece)
        frame = frame_of(gathering)
        frame.index = pd.RangeIndex(start, start + piece.rows)
        start += piece.rows
        yield frame


def frame_of(gathering: Gathering) -> pd.DataFrame:
    """Make a frame of gathered columns."""
    made = {column.name: _series(column) for column in gathering.columns}
    return pd.DataFrame(made, copy=False)


def _series(column: Gathered) -> Any:
    """Make one column of a frame."""
    kind = column.kind
    if kind is Kind.TEXT:
        return _texts(column)
    code = _CODES.get(kind)
    if code is None:
        return _objects(column.objects())
    values, valid = column.array(code)
    if kind in {Kind.INTEGER, Kind.BOOLEAN}:
        if valid is None:
            return values
        masked = pd.arrays.IntegerArray if kind is Kind.INTEGER else pd.arrays.BooleanArray
        return masked(values, ~valid)
    if valid is not None:
        values[~valid] = "NaT" if code[0] in "Mm" else np.nan
    if kind is Kind.TIMESTAMPTZ:
        return pd.DatetimeIndex(values).tz_localize("UTC")
    return values


_CODES = {
    Kind.INTEGER: "i8",
    Kind.REAL: "f8",
    Kind.BOOLEAN: "?",
    Kind.TIMESTAMP: "M8[us]",
    Kind.TIMESTAMPTZ: "M8[us]",
    Kind.INTERVAL: "m8[us]",
}


def _objects(values: list[Any]) -> Any:
    """Return values as an array of objects; lists among them are no further dimension."""
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _texts(column: Gathered) -> Any:
    """Make a column of pandas' own string type."""
    dtype = _text_dtype()
    if column.parts and all(isinstance(part, Text) for part in column.parts):
        import pyarrow as pa

        chunks = [part.array for part in column.parts if isinstance(part, Text)]
        return dtype.__from_arrow__(pa.concat_arrays(chunks))  # one chunk: slices stay cheap
    return pd.Series(_objects(column.objects()), dtype=dtype)


def _text_dtype() -> Any:
    """Return the dtype that this pandas gives to text."""
    return pd.Series([""]).dtype


def _gathering() -> Gathering:
    """Keep text in Arrow's arrays where this pandas does: no text is made an object then."""
    if getattr(_text_dtype(), "storage", None) != "pyarrow":
        return Gathering()
    from scitex.db.services.frames.arrow import arrow_texts

    return Gathering(arrow_texts)
