"""Taking records in batches, each of which names the same columns throughout."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, overload

import attrs

from scitex.db.adapters.sql.asking import Described
from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.pieces import CsvColumns, Values, length, listed
from scitex.db.domain.records import record_of, records_of
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind

Record = Mapping[str, object]


class ColumnRecords(Sequence[Record]):
    """
    Records that came a column at a time; a dict of one is made when it is asked for.

    Parameters
    ----------
    names : tuple of str
    columns : sequence of sequence or Packed
        The values of each column, all of one length.

    Attributes
    ----------
    csv : CsvColumns or None
        What was given, where it brings its lines of CSV.
    """

    def __init__(self, names: tuple[str, ...], columns: Sequence[Values]) -> None:
        self.csv = columns if isinstance(columns, CsvColumns) else None
        self.columns = dict(zip(names, columns, strict=True))
        lengths = {length(values) for values in columns}
        if len(lengths) > 1:
            raise InterfaceError(f"columns of differing lengths: {sorted(lengths)}")
        self._length = lengths.pop() if lengths else 0

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | Sequence[Record]:
        lists = [self.list_of(name)[place] for name in self.columns]
        if isinstance(place, slice):
            return ColumnRecords(tuple(self.columns), lists)
        return dict(zip(self.columns, lists, strict=True))

    def list_of(self, name: str) -> Sequence[Any]:
        """Return a column's values one by one; they are kept so from then on."""
        found = self.columns[name] = listed(self.columns[name])
        return found

    def rows(self, names: tuple[str, ...]) -> Iterator[Any]:
        """Yield what ``itemgetter(*names)`` gives of each record."""
        lists = [self.list_of(name) for name in names]
        return iter(lists[0]) if len(lists) == 1 else zip(*lists, strict=True)


@attrs.frozen
class Batch:
    """
    Records that name the same columns, on their way into a table.

    Attributes
    ----------
    described : Described
    columns : tuple of str
    records : sequence of mapping
    start : int
        The first record's place among all.
    """

    described: Described
    columns: tuple[str, ...]
    records: Sequence[Record]
    start: int

    @property
    def spec(self) -> TableSpec:
        """The table."""
        return self.described.spec


def rows_of(records: Sequence[Record], names: tuple[str, ...]) -> Iterator[Any]:
    """Yield the values of some columns, as ``itemgetter(*names)`` gives them."""
    if isinstance(records, ColumnRecords):
        return records.rows(names)
    return map(operator.itemgetter(*names), records)


def keys_of(records: Sequence[Record], names: tuple[str, ...]) -> set[Hashable]:
    """
    Return what the records have in their key columns.

    Raises
    ------
    TypeError
        If a value cannot be hashed.
    """
    return set(rows_of(records, names))


def batches(records: Iterable[Record], size: int) -> Iterator[tuple[int, Sequence[Record]]]:
    """
    Yield records with the place of the first; nothing is open while they are made.

    What makes records as it is asked for them may give the same one again with other values,
    so its records are copied.

    Raises
    ------
    InterfaceError
        If something in the iterable is no record.
    """
    if isinstance(records, (list, tuple)):
        for place in range(0, len(records), size):
            batch = records[place : place + size]
            plain = set(map(type, batch)) == {dict}
            yield place, list(batch) if plain else records_of(batch, start=place)
        return
    place = 0
    source = iter(records)
    while batch := _copies(itertools.islice(source, size), place):
        yield place, batch
        place += len(batch)


def _copies(records: Iterable[Record], start: int) -> list[Record]:
    return [
        record.copy() if type(record) is dict else dict(record_of(record, row=row))
        for row, record in enumerate(records, start)
    ]


def pieces(
    names: tuple[str, ...], given: Iterable[Sequence[Values]]
) -> Iterator[tuple[int, Sequence[Record]]]:
    """Yield records that come a column at a time, with the place of the first."""
    place = 0
    for columns in given:
        records = ColumnRecords(names, columns)
        if records:
            yield place, records
            place += len(records)


def runs(
    start: int, batch: Sequence[Record], *, stored_in: TableSpec | None = None
) -> Iterator[tuple[int, tuple[str, ...], Sequence[Record]]]:
    """
    Cut a batch where the columns that its records name change; their order is nothing.

    Records to be stored as new ones, `stored_in` a table, name columns that they leave out
    where that means the same, since each cut costs a statement.
    """
    if isinstance(batch, ColumnRecords):
        yield start, tuple(batch.columns), batch
        return
    names = set().union(*batch)
    if set(map(len, batch)) == {len(names)}:
        yield start, tuple(batch[0]), batch
        return
    blank = {} if stored_in is None else _blank(stored_in, names)
    if blank:
        batch = [{**blank, **record} for record in batch]
    place = start
    for _, group in itertools.groupby(batch, key=frozenset):
        records = list(group)
        yield place, tuple(records[0]), records
        place += len(records)


def _blank(spec: TableSpec, names: set[str]) -> dict[str, None]:
    """Return those of the columns to which leaving them out is the same as giving no value."""
    if not (spec.primary_key or spec.unique or any(not each.nullable for each in spec.columns)):
        return {}  # it may be a view, whose table has defaults of its own
    return {
        column.name: None
        for column in spec.columns
        if column.name in names
        and column.nullable
        and column.default is None
        and column.generated is None
        and not column.autoincrement
        and column.name != spec.numbered
        and column.type.kind is not Kind.ANY  # a type of its own may bring a default
    }
