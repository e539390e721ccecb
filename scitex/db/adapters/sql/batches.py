"""Taking records in batches, each of which names the same columns throughout."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

import attrs

from scitex.db.adapters.sql.asking import Described
from scitex.db.domain.records import record_of, records_of
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
