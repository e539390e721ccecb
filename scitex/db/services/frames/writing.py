"""DataFrames as columns on their way into a table: names, portable types and values."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import pandas as pd

from scitex.db.domain.errors import DatabaseWarning, DataError, InterfaceError
from scitex.db.domain.fitting import text_form
from scitex.db.domain.names import identifier
from scitex.db.domain.pieces import Packed, Values
from scitex.db.domain.plain import is_array, plain

ROWS = 50_000  # of a frame that are turned to values at a time


@attrs.frozen(eq=False)
class FrameColumn:
    """
    One column of a frame.

    Attributes
    ----------
    name : str
    series : Series
    type : str
        What a new table declares it by: the portable word of its type, or what was said.
    mixed : bool
        Whether its values are of several types, so that a new table keeps their text.
    """

    name: str
    series: Any
    type: str
    mixed: bool = False


def columns_of(
    frame: pd.DataFrame, *, index: bool | None, types: Mapping[str, str]
) -> list[FrameColumn]:
    """
    Read a frame's columns; its index becomes columns where it says more than a row's number.

    Parameters
    ----------
    frame : DataFrame
    index : bool or None
        Whether the index becomes columns; None means: if it has a name, or is no plain range.
    types : mapping of str to str
        Types that are said for columns, instead of what their values tell.

    Raises
    ------
    InterfaceError
        If it is no frame, a label is no name, or two columns have one name.
    """
    if not isinstance(frame, pd.DataFrame):
        raise _no_frame(frame)
    if isinstance(frame.columns, pd.MultiIndex):
        raise InterfaceError(
            "the columns have several levels",
            hint="join them first: df.columns = ['_'.join(map(str, c)) for c in df.columns]",
        )
    for label in frame.index.names:
        if isinstance(label, str):
            identifier(label)
    whole = _with_index(frame) if _says_something(frame.index, index) else frame
    names = [_name(label) for label in whole.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InterfaceError(
            f"two columns are called {twice[0]!r}", hint="rename one, or drop it: df.drop(...)"
        )
    strangers = set(types) - set(names)
    if strangers:
        raise InterfaceError(
            f"types= names {min(strangers)!r}, which is no column", hint=f"one of {names}"
        )
    return [
        _column(name, whole.iloc[:, place], types.get(name)) for place, name in enumerate(names)
    ]


def _no_frame(given: Any) -> InterfaceError:
    """Make the error that something is no DataFrame of pandas, with what makes one of it."""
    kind = type(given)
    maker = kind.__module__.partition(".")[0]
    hint = "for a Series use series.to_frame(); for records insert_many()"
    if hasattr(given, "to_pandas"):
        series = ".to_frame()" if kind.__name__ == "Series" else ""
        hint = f"make one of it: df{series}.to_pandas()"
    elif hasattr(given, "collect"):
        hint = "make one of it: df.collect().to_pandas()"
    name = kind.__name__ if maker in {"builtins", "pandas"} else f"{maker}.{kind.__name__}"
    return InterfaceError(f"from_dataframe takes a DataFrame of pandas, not {name}", hint=hint)


def _says_something(index: pd.Index, asked: bool | None) -> bool:  # noqa: FBT001
    if asked is not None:
        return bool(asked)
    return any(name is not None for name in index.names) or not isinstance(index, pd.RangeIndex)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the index in front, as columns; those without a name get pandas' own."""
    try:
        return frame.reset_index()
    except ValueError as error:
        raise InterfaceError(
            f"the index has the name of a column: {error}",
            hint="rename it: df.rename_axis('other'), or pass index=False",
        ) from error


def _name(label: Any) -> str:
    if isinstance(label, str):
        return label
    number = plain(label)
    if isinstance(number, int) and not isinstance(number, bool):
        return str(number)
    raise InterfaceError(
        f"the column label {label!r} is no name", hint="rename it: df.rename(columns={...})"
    )


# By the kind of a numpy dtype.
_KINDS = {
    "b": "BOOLEAN",
    "i": "INTEGER",
    "u": "INTEGER",
    "f": "REAL",
    "m": "INTERVAL",
    "U": "TEXT",
    "S": "BLOB",
}
# By what pandas infers of objects.
_INFERRED = {
    "string": "TEXT",
    "empty": "TEXT",
    "bytes": "BLOB",
    "integer": "INTEGER",
    "floating": "REAL",
    "mixed-integer-float": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timedelta": "INTERVAL",
    "decimal": "NUMERIC",
}


def _column(name: str, series: Any, said: str | None) -> FrameColumn:
    """Tell a column's type."""
    series = _without_wrapping(name, series)
    if said is not None:
        return FrameColumn(name, series, said)
    kind = getattr(series.dtype, "kind", "O")
    if kind == "M":
        return FrameColumn(name, series, "TIMESTAMP" if series.dt.tz is None else "TIMESTAMPTZ")
    if kind in _KINDS:
        return FrameColumn(name, series, _KINDS[kind])
    if kind != "O" or isinstance(series.dtype, (pd.PeriodDtype, pd.IntervalDtype)):
        raise _unkept(name, series.dtype)
    inferred = pd.api.types.infer_dtype(series, skipna=True)
    word = _INFERRED.get(inferred) or _told(series)
    return FrameColumn(name, series, word or "TEXT", mixed=word is None)


def _without_wrapping(name: str, series: Any) -> Any:
    """Return the values that categories, sparse columns and Arrow's days stand for."""
    if isinstance(series.dtype, pd.SparseDtype):
        return series.sparse.to_dense()
    if isinstance(series.dtype, pd.CategoricalDtype):
        kept = series.cat.categories.dtype
        if isinstance(kept, (pd.PeriodDtype, pd.IntervalDtype)):
            raise _unkept(name, kept)
        # With the word for it that has missing values, where numpy's has none.
        return series.astype({"i": "Int64", "u": "UInt64"}.get(getattr(kept, "kind", ""), kept))
    if getattr(series.dtype, "type", None) is dt.date:
        return series.astype(object)
    return series


def _unkept(name: str, dtype: Any) -> DataError:
    return DataError(
        f"column {name!r} has dtype {dtype}, which no database keeps",
        column=name,
        hint=f"convert it first: df[{name!r}].astype(str)",
    )


def _told(series: Any) -> str | None:
    """Tell the type of objects that pandas has no word for; None where they are of several."""
    kinds = {type(value) for value in map(plain, series) if value is not None}
    if not kinds:
        return "TEXT"
    if any(map(is_array, series)):
        strangers = {kind.__name__ for kind in kinds - {bytes} if not issubclass(kind, np.ndarray)}
        if strangers:
            raise DataError(
                f"column {series.name!r} has arrays beside {', '.join(sorted(strangers))}",
                column=str(series.name),
                hint="convert them all to arrays, or keep them in columns of their own",
            )
        return "BLOB"
    if kinds <= {dict, list} and kinds:
        return "JSON"
    names = {kind.__name__ for kind in kinds}
    if names == {"datetime"}:
        zoned = {value.tzinfo is not None for value in map(plain, series) if value is not None}
        return None if len(zoned) > 1 else "TIMESTAMPTZ" if zoned.pop() else "TIMESTAMP"
    return _WORDS.get(names.pop()) if len(names) == 1 else None


# By the name of a Python type.
_WORDS = {
    "Decimal": "NUMERIC",
    "UUID": "UUID",
    "bytes": "BLOB",
    "date": "DATE",
    "str": "TEXT",
    "time": "TIME",
    "timedelta": "INTERVAL",
}


def warn_of_mixed(columns: Sequence[FrameColumn]) -> None:
    """Say which columns of a new table keep only the text of their values."""
    for column in columns:
        if column.mixed:
            kinds = sorted({type(value).__name__ for value in column.series.dropna()})
            warnings.warn(
                f"column {column.name!r} holds {', '.join(kinds)}: its values are kept as text; "
                f"say another type with types={{{column.name!r}: ...}}",
                DatabaseWarning,
                stacklevel=5,
            )


def pieces(columns: Sequence[FrameColumn], *, as_text: bool) -> Iterator[list[Values]]:
    """Yield a frame's values, some rows at a time; `as_text` spells those of mixed columns."""
    count = len(columns[0].series)
    for start in range(0, count, ROWS):
        yield [_values(column, slice(start, start + ROWS), as_text=as_text) for column in columns]


def _values(column: FrameColumn, rows: slice, *, as_text: bool) -> Values:
    """Return some values of a column: an array of moments, or a list."""
    series = column.series.iloc[rows]
    if column.mixed and as_text:
        return [_text(value) for value in series]
    kind = getattr(series.dtype, "kind", "O")
    if kind == "M" and (packed := _moments(series)) is not None:
        return packed
    if kind == "m" and (lengths := _lengths(series)) is not None:
        return lengths
    if isinstance(series.dtype, np.dtype):
        if kind in "if":
            return _numbers(column.name, series.to_numpy(), start=rows.start)
        if kind in "buUS":
            found: list[Any] = series.to_numpy().tolist()
            return found
    if kind in "biuf":
        present = series.isna().to_numpy()
        found = series.to_numpy(dtype=object, na_value=None).tolist()
        return [None if missing else value for value, missing in zip(found, present, strict=True)]
    return _objects(series)


def _numbers(name: str, array: Any, *, start: int) -> Packed:
    """
    Return numbers as an array of 64 bits; NaN is missing.

    Raises
    ------
    DataError
        If one is past what 64 bits hold: `start` tells its place among all.
    """
    if array.dtype.kind == "i":
        return Packed(array.astype("i8", copy=False))
    with np.errstate(over="ignore", under="ignore"):
        wide = array.astype("f8", copy=False)
    lost = (np.isinf(wide) & np.isfinite(array)) | ((wide == 0) & (array != 0))
    if wide is not array and lost.any():
        place = int(lost.argmax())
        raise DataError(
            f"record {start + place}: {array[place]!s} does not fit column {name!r}: it is past "
            "what a float of 64 bits holds",
            column=name,
            row=start + place,
            hint=f"keep its text: df[{name!r}].astype(str)",
        )
    missing = np.isnan(wide)
    return Packed(wide, ~missing if missing.any() else None)


def _moments(series: Any) -> Values | None:
    """Return moments as an array of microseconds, or one by one where they are no such."""
    zoned = series.dt.tz is not None
    plain_moments = series.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else series
    array = plain_moments.to_numpy(dtype=None)
    if array.dtype.kind != "M":
        return None
    coarse = array.astype("M8[us]")
    missing = np.isnat(coarse)
    if _is_whole(array, coarse).all():
        return Packed(coarse, ~missing if missing.any() else None, utc=zoned)
    found = _one_by_one(array, coarse)
    if not zoned:
        return found
    return [x.replace(tzinfo=dt.UTC) if isinstance(x, dt.datetime) else x for x in found]


def _lengths(series: Any) -> list[Any] | None:
    """Return durations."""
    array = series.to_numpy(dtype=None)
    return _one_by_one(array, array.astype("m8[us]")) if array.dtype.kind == "m" else None


def _is_whole(array: Any, coarse: Any) -> Any:
    """
    Say of which times microseconds are all there is.

    There and back: what is past 64 bits of them would begin again from below.
    """
    return (coarse.astype(array.dtype) == array) | np.isnat(coarse)


def _one_by_one(array: Any, coarse: Any) -> list[Any]:
    """Return times as Python has them; those that no engine keeps as numpy has them."""
    found: list[Any] = coarse.astype(object).tolist()
    for place in np.flatnonzero(~_is_whole(array, coarse)):
        found[place] = array[place]
    return found


def _objects(series: Any) -> list[Any]:
    missing = series.isna().to_numpy()
    found = series.to_numpy(dtype=object)
    if missing.any():
        found = found.copy()
        found[missing] = None
    values: list[Any] = found.tolist()
    return values


def _text(value: Any) -> str | None:
    """Spell a value of a mixed column."""
    kept = plain(value)
    if kept is None or isinstance(kept, str):
        return kept
    return repr(kept) if isinstance(kept, (int, float, dict, list)) else text_form(kept)
