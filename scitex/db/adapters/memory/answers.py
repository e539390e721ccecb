"""What is given back: dicts of the caller's own, and how much there is."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from scitex.db.adapters.memory.keys import Record as Row
from scitex.db.adapters.memory.table import Table
from scitex.db.domain.pieces import Column, Piece
from scitex.db.domain.rows import Record
from scitex.db.domain.types import Kind

_SAMPLE = 100  # records of a table that are measured to guess what all of them take


def maker(table: Table, columns: tuple[str, ...] | None) -> Callable[[Row], Record]:
    """
    Return what makes a dict of a record.

    Raises
    ------
    ColumnNotFoundError
        If the table lacks one of the columns.
    """
    spec = table.spec
    names = spec.names if columns is None else columns
    chosen = [spec.column(name) for name in names]
    places = [table.rules.positions[name] for name in names]
    read = [json.loads if column.type.kind is Kind.JSON else None for column in chosen]
    if any(read):
        return lambda row: {
            name: _read(row[place], reader)
            for name, place, reader in zip(names, places, read, strict=True)
        }
    if names == spec.names:
        return lambda row: dict(zip(names, row, strict=True))
    return lambda row: {name: row[place] for name, place in zip(names, places, strict=True)}


def pieces(
    table: Table, columns: tuple[str, ...] | None, kept: list[Row], rows: int
) -> Iterator[Piece]:
    """Yield records a column at a time, `rows` of them in a piece; at least one piece."""
    spec = table.spec
    chosen = [spec.column(name) for name in columns or spec.names]
    places = [table.rules.positions[column.name] for column in chosen]
    for start in range(0, max(len(kept), 1), rows):
        some = kept[start : start + rows]
        yield Piece(
            tuple(
                [
                    Column(
                        column.name,
                        column.type,
                        [row[place] for row in some],
                        json.loads if column.type.kind is Kind.JSON else None,
                    )
                    for column, place in zip(chosen, places, strict=True)
                ]
            ),
            len(some),
        )


def _read(value: Any, reader: Callable[[Any], Any] | None) -> Any:
    return value if reader is None or value is None else reader(value)


def size(table: Table) -> int:
    """Return about how many bytes a table's records take, from what some of them take."""
    records = table.shelf.records
    sample = list(itertools.islice(records.values(), _SAMPLE))
    if not sample:
        return 0
    taken = sum(sys.getsizeof(row) + sum(map(sys.getsizeof, row)) for row in sample)
    return taken * len(records) // len(sample)
