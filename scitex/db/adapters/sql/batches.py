"""Taking records in batches, each of which names the same columns throughout."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from scitex.db.adapters.sql.asking import Described
from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.tables import TableSpec

Record = Mapping[str, object]


@attrs.frozen
class Batch:
    """
    Records that name the same columns, on their way into a table.

    Attributes
    ----------
    described : Described
    columns : tuple of str
    records : list of mapping
    start : int
        The first record's place among all.
    """

    described: Described
    columns: tuple[str, ...]
    records: list[Record]
    start: int

    @property
    def spec(self) -> TableSpec:
        """The table."""
        return self.described.spec


def batches(records: Iterable[Record], size: int) -> Iterator[tuple[int, list[Record]]]:
    """
    Yield lists of records with the place of their first; nothing is open while they are made.

    Raises
    ------
    InterfaceError
        If something in the iterable is no mapping.
    """
    source = iter(records)
    place = 0
    while batch := list(itertools.islice(source, size)):
        if set(map(type, batch)) != {dict}:
            _only_mappings(batch, place)
        yield place, batch
        place += len(batch)


def _only_mappings(batch: Sequence[object], start: int) -> None:
    for place, record in enumerate(batch, start):
        if not isinstance(record, Mapping):
            raise InterfaceError(
                f"record {place} is no mapping of column names to values: {record!r:.60}",
                hint='write {"name": "Alice", "score": 85.5}',
            )


def runs(start: int, batch: list[Record]) -> Iterator[tuple[int, tuple[str, ...], list[Record]]]:
    """Cut a batch where the columns that its records name change; their order is nothing."""
    names = set().union(*batch)
    if set(map(len, batch)) == {len(names)}:
        yield start, tuple(batch[0]), batch
        return
    place = start
    for _, group in itertools.groupby(batch, key=frozenset):
        records = list(group)
        yield place, tuple(records[0]), records
        place += len(records)
