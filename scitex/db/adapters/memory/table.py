"""A table's records, by number, in the order in which they came."""

from __future__ import annotations

import itertools
from collections.abc import ItemsView, Iterator, Mapping
from typing import Any

from scitex.db.adapters.memory.keys import Key, Record
from scitex.db.adapters.memory.rules import Rules
from scitex.db.adapters.memory.undo import UndoLog
from scitex.db.domain.tables import IndexSpec, TableSpec


class Shelf:
    """
    Where records stand; a table that is changed takes a new shelf or the same one along.

    Attributes
    ----------
    records : dict of int to tuple
    numbers : iterator of int
        The number of the next record; never one that was given before.
    counters : dict of int to int
        The last number given by each counted column, by its position.
    """

    __slots__ = ("_disordered", "_newest", "counters", "numbers", "records")

    def __init__(
        self, records: dict[int, Record], numbers: Iterator[int], counters: dict[int, int]
    ) -> None:
        self.records = records
        self.numbers = numbers
        self.counters = counters
        self._disordered = False
        self._newest = max(records, default=-1)

    @classmethod
    def empty(cls) -> Shelf:
        """Return a shelf without records."""
        return cls({}, itertools.count(), {})

    def put(self, number: int, record: Record | None) -> None:
        """Put a record in its place, or take it away; twice is harmless."""
        if record is None:
            self.records.pop(number, None)
            return
        if number > self._newest:
            self._newest = number
        elif number not in self.records:
            self._disordered = True  # it comes back, and a dict puts it last
        self.records[number] = record

    def items(self) -> ItemsView[int, Record]:
        """Return numbers and records, in the order in which they came."""
        if self._disordered:
            self.records = dict(sorted(self.records.items()))
            self._disordered = False
        return self.records.items()


class Table:
    """
    A table: its rules, its records, and its indexes.

    A change of what the table is makes another `Table`; only records change in place.

    Parameters
    ----------
    rules : Rules
    shelf : Shelf
    keys : tuple of Key
        The primary key first.
    indexes : mapping of str to IndexSpec
    """

    def __init__(
        self,
        rules: Rules,
        shelf: Shelf,
        keys: tuple[Key, ...],
        indexes: Mapping[str, IndexSpec],
    ) -> None:
        self.rules = rules
        self.spec: TableSpec = rules.spec
        self.shelf = shelf
        self.keys = keys
        self.indexes = indexes
        self._lookups: dict[tuple[str, ...], tuple[Key, tuple[int, ...]]] = {}

    def _largest(self, place: int) -> int:
        """Return the largest number in a column that is the primary key, 0 where it is not."""
        key = self.keys[0] if self.keys else None
        return key.largest() if key and key.positions == (place,) else 0

    def write(self, log: UndoLog, number: int, old: Record | None, new: Record | None) -> None:
        """Store, replace or remove a record, so that it can be taken back."""
        log.note(self._swap, number, new, old)
        self._swap(number, old, new)
        if old is None and new is not None:
            self.count(log, new)

    def _swap(self, number: int, old: Record | None, new: Record | None) -> None:
        for key in self.keys:
            key.move(number, old, new)
        self.shelf.put(number, new)

    def count(self, log: UndoLog, record: Record) -> None:
        """Let no counted column give a number again that this record has, or would have had."""
        counters = self.shelf.counters
        for place in self.rules.counted:
            value, last = record[place], counters.get(place, 0)
            if value is not None and value > last:
                log.note(counters.__setitem__, place, last)
                counters[place] = value

    def number(self, draft: list[Any]) -> None:
        """Give a record that came without one its number: one more than the largest so far."""
        for place in self.rules.numbered:
            if draft[place] is None:
                last = self._largest(place)
                if place in self.rules.counted:
                    last = max(last, self.shelf.counters.get(place, 0))
                draft[place] = self.rules.fitted(last + 1, place)

    def lookup(self, columns: tuple[str, ...]) -> tuple[Key, tuple[int, ...]] | None:
        """Return the key that covers `columns`, with the order in which it takes them."""
        found = self._lookups.get(columns)
        if found is None:
            key = next(iter(self.keys_on(columns)), None)
            if key is None:
                return None
            found = key, tuple(columns.index(name) for name in key.columns)
            self._lookups[columns] = found
        return found

    def keys_on(self, columns: tuple[str, ...]) -> tuple[Key, ...]:
        """Return the keys that cover `columns`, in any order, and every record."""
        asked = frozenset(columns)
        return tuple(
            key for key in self.keys if key.test is None and frozenset(key.columns) == asked
        )

    def key_of(self, record: Record) -> Any:
        """Return a record's primary key: a tuple where it has several columns, None for none."""
        places = [self.rules.positions[name] for name in self.spec.primary_key]
        values = tuple(record[place] for place in places)
        return values[0] if len(values) == 1 else values or None
