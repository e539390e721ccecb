"""What no two records of a table share, and finding records by it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

from scitex.db.adapters.memory.expressions.truths import Test

Record = tuple[Any, ...]


class Key:
    """
    A set of columns of which no two records have the same values; NULLs are never the same.

    Parameters
    ----------
    columns : tuple of str
    positions : tuple of int
        Where in a record their values are.
    index : str, optional
        The unique index that makes the rule; empty for a rule of the table.
    test : callable, optional
        Decides which records the rule is about; all by default.

    Attributes
    ----------
    places : dict
        The number of the record that has each value.
    """

    __slots__ = ("_largest", "_pick", "columns", "index", "places", "positions", "test")

    def __init__(
        self,
        columns: tuple[str, ...],
        positions: tuple[int, ...],
        *,
        index: str = "",
        test: Test | None = None,
    ) -> None:
        self.columns = columns
        self.positions = positions
        self.index = index
        self.test = test
        self.places: dict[Any, int] = {}
        self._pick: Callable[[Any], Any] = operator.itemgetter(*positions)
        self._largest: Any = None

    def of(self, record: Record) -> Any:
        """Return the record's value of the key, None where it has none."""
        value = self._pick(record)
        if value is None or (len(self.positions) > 1 and None in value):
            return None
        if self.test is not None and self.test(record) is not True:
            return None
        return value

    def find(self, record: Record) -> int | None:
        """Return the number of the record that has the same value."""
        value = self.of(record)
        return None if value is None else self.places.get(value)

    def move(self, number: int, old: Record | None, new: Record | None) -> None:
        """Let the record `number` be found by `new` and no longer by `old`; twice is harmless."""
        before = None if old is None else self.of(old)
        after = None if new is None else self.of(new)
        if before is not None and before != after:
            if before == self._largest:
                self._largest = None
            if self.places.get(before) == number:
                del self.places[before]
        if after is not None:
            if self._largest is not None and after > self._largest:
                self._largest = after
            self.places[after] = number

    def largest(self) -> int:
        """Return the largest value of a key of one whole number, 0 where there is none."""
        if self._largest is None:
            self._largest = max(self.places, default=None)
        return self._largest or 0

    def shared(
        self, columns: tuple[str, ...], positions: tuple[int, ...], *, test: Test | None
    ) -> Key:
        """Return the same key of a table that was changed; both know of every record."""
        twin = Key(columns, positions, index=self.index, test=test)
        twin.places = self.places
        return twin

    def fill(self, records: Iterable[tuple[int, Record]]) -> Record | None:
        """Take in the records of a table; return the first that has another's value."""
        for number, record in records:
            value = self.of(record)
            if value is None:
                continue
            if self.places.setdefault(value, number) != number:
                return record
        return None
