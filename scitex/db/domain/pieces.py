"""
Results by column: a run of rows as one sequence of values for each column.

A column's values come as the engine keeps them, with what reads one of them; or, where an engine
gives them so, as an array.  Whoever takes a piece may then turn a whole column at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, overload

import attrs

from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.types import ColumnType

Reader = Callable[[Any], Any]


@attrs.frozen(eq=False)
class Packed:
    """
    Values of fixed width.

    Attributes
    ----------
    values : ndarray of shape (n_rows,)
        int64, float64, bool, or datetime64[us]; what stands at a missing value means nothing.
    valid : ndarray of bool of shape (n_rows,), optional
        Where there is a value; None where there is one everywhere.
    utc : bool, default False
        Whether they are moments with a zone, UTC.
    """

    values: Any
    valid: Any = None
    utc: bool = False


@attrs.frozen(eq=False)
class PackedText:
    """
    Texts in UTF-8, still where the engine put them.

    Attributes
    ----------
    gather : callable
        Returns them end to end, an ndarray of uint8; given True, each behind a byte of NUL.
    sizes : ndarray of int64 of shape (n_rows,)
        Bytes of each text; 0 at a missing one.
    valid : ndarray of bool of shape (n_rows,), optional
        Where there is a text; None where there is one everywhere.
    listed : callable, optional
        Returns the texts one by one, None for those that are missing, faster than from the bytes.
    """

    gather: Callable[[bool], Any]
    sizes: Any
    valid: Any = None
    listed: Callable[[], list[str | None]] | None = None

    def texts(self) -> list[str | None]:
        """Return the texts, None for those that are missing."""
        if self.listed is not None:
            return self.listed()
        found: list[Any] = bytes(self.gather(True)).decode().split("\0")[1:]  # noqa: FBT003
        if self.valid is None:
            return found
        return [text if there else None for text, there in zip(found, self.valid, strict=True)]


Values = Sequence[Any] | Packed | PackedText


@attrs.frozen(eq=False)
class Column:
    """
    One column of a piece.

    Attributes
    ----------
    name : str
    type : ColumnType or None
        As it is declared; None where the engine does not tell.
    values : sequence, Packed or PackedText
        None stands for a missing value in a sequence.
    read : callable, optional
        Turns one of the values that is there into what `select` would give; left out where it is
        that already.
    """

    name: str
    type: ColumnType | None
    values: Values
    read: Reader | None = None


@attrs.frozen(eq=False)
class Piece:
    """
    Some rows of a result.

    Attributes
    ----------
    columns : tuple of Column
    rows : int
        How many rows there are.
    """

    columns: tuple[Column, ...]
    rows: int

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)


@attrs.frozen(eq=False)
class CsvColumns(Sequence[Values]):
    """
    The columns of some records, with the lines of CSV that say the same.

    Attributes
    ----------
    columns : sequence of Values
    lines : callable
        Returns one record after the other; None where a value is spelt in a way in which not
        every engine reads the same.
    form : CsvForm
    """

    columns: Sequence[Values]
    lines: Callable[[], str | None]
    form: CsvForm

    def __len__(self) -> int:
        return len(self.columns)

    @overload
    def __getitem__(self, place: int) -> Values: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Values]: ...
    def __getitem__(self, place: int | slice) -> Values | Sequence[Values]:
        return self.columns[place]


def length(values: Values) -> int:
    """Return how many values there are."""
    if isinstance(values, Packed):
        return len(values.values)
    return len(values.sizes if isinstance(values, PackedText) else values)


def listed(values: Values) -> Sequence[Any]:
    """Return values one by one, None for those that are missing."""
    if isinstance(values, PackedText):
        return values.texts()
    if not isinstance(values, Packed):
        return values
    found: list[Any] = values.values.tolist()
    if values.utc:
        found = [_in_utc(value) for value in found]
    if values.valid is None:
        return found
    return [value if there else None for value, there in zip(found, values.valid, strict=True)]


def _in_utc(value: Any) -> Any:
    return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) else value


def python_values(column: Column) -> Sequence[Any]:
    """
    Return a column's values as `select` would give them.

    Examples
    --------
    >>> python_values(Column("day", None, ["2025-05-30", None], read=str.upper))
    ['2025-05-30', None]
    """
    values = listed(column.values)
    read = column.read
    if read is None:
        return values
    return [None if value is None else read(value) for value in values]


def chosen(piece: Piece, places: Sequence[int]) -> list[dict[str, Any]]:
    """
    Return the records at some places, as `select` would give them.

    Examples
    --------
    >>> chosen(Piece((Column("n", None, [5, 6, 7]),), 3), [2, 0])
    [{'n': 7}, {'n': 5}]
    """
    names = piece.names
    columns = [_chosen(column, places) for column in piece.columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _chosen(column: Column, places: Sequence[int]) -> Sequence[Any]:
    """Return the values at some places."""
    values = column.values
    if isinstance(values, Packed):
        at = list(places)
        valid = None if values.valid is None else values.valid[at]
        values = Packed(values.values[at], valid, values.utc)
    else:
        every = listed(values)
        values = [every[place] for place in places]
    return python_values(Column(column.name, column.type, values, column.read))
