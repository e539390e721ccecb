"""Storing pieces of one table in another, some of them at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scitex.db.domain.errors import Error
from scitex.db.domain.pieces import (
    Column,
    Packed,
    PackedText,
    Piece,
    Values,
    length,
    listed,
    python_values,
)
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage

_AT_ONCE = 20_000  # records of a small table that are stored together
_BYTES = 16 << 20
# Values that every engine takes as another one keeps them.
_AS_KEPT = frozenset({Kind.JSON, Kind.TIMESTAMP, Kind.DATE, Kind.UUID, Kind.TEXT, Kind.BLOB})
_LONG = frozenset({str, bytes})


class Filling:
    """
    What pieces are given to: they are stored some at a time.

    Parameters
    ----------
    target : Storage
    table : str
    names : tuple of str
        The columns that are stored.
    report : callable
        Is given the number of records that were stored.

    Attributes
    ----------
    bytes : int
        About how much was stored: eight a number, and what texts have.
    """

    def __init__(
        self,
        target: Storage,
        table: str,
        names: tuple[str, ...],
        report: Callable[[int], object],
    ) -> None:
        self.bytes = 0
        self._target = target
        self._table = table
        self._names = names
        self._report = report
        self._waiting: list[list[Values]] = []
        self._rows = self._waits = self._done = 0

    def take(self, piece: Piece) -> None:
        """Take a piece."""
        if not piece.rows:
            return
        columns = {column.name: column for column in piece.columns}
        kept = [_given(columns[name]) for name in self._names]
        self._waiting.append(kept)
        self._rows += piece.rows
        size = sum(map(_size, kept))
        self._waits += size
        self.bytes += size
        if self._rows >= _AT_ONCE or self._waits >= _BYTES:
            self.store()

    def store(self) -> None:
        """Store what is waiting."""
        if not self._rows:
            return
        pieces, rows = self._waiting, self._rows
        self._waiting, self._rows, self._waits = [], 0, 0
        joined = pieces[0] if len(pieces) == 1 else list(map(_joined, zip(*pieces, strict=True)))
        try:
            self._target.insert_columns(self._table, self._names, iter([joined]))
        except Error as error:
            _tell_place(error, self._done)
            raise
        self._done += rows
        self._report(rows)


def _tell_place(error: Error, before: int) -> None:
    """Count a record's place from the first of the table."""
    row = getattr(error, "row", None)
    if row is not None:
        error.row = row + before  # type: ignore[attr-defined]  # it has one
        error.message = error.message.replace(f"record {row}:", f"record {row + before}:")


def _joined(parts: Sequence[Values]) -> Values:
    found: list[Any] = []
    for part in parts:
        found.extend(listed(part))
    return found


def _given(column: Column) -> Values:
    """Return values as the other engine takes them."""
    kind = None if column.type is None else column.type.kind
    if isinstance(column.values, Packed | PackedText) and column.read is None:
        return column.values
    if kind in _AS_KEPT:
        return listed(column.values)
    return python_values(column)


def _size(values: Values) -> int:
    """Return about how many bytes values take: eight a number, and what texts have."""
    if isinstance(values, Packed):
        return 8 * length(values)
    if isinstance(values, PackedText):
        return int(values.sizes.sum())
    kinds = set(map(type, values))
    if kinds.isdisjoint(_LONG):
        return 8 * len(values)
    if kinds <= _LONG | {type(None)}:
        return sum(map(len, filter(None, values)))
    return sum([len(value) for value in values if type(value) in _LONG])
