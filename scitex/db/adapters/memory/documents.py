"""Changing a value inside a JSON column."""

from __future__ import annotations

from collections.abc import Iterable

from scitex.db.adapters.memory.table import Table
from scitex.db.adapters.memory.writing import Statement
from scitex.db.domain.documents import Path, no_place
from scitex.db.domain.jsonvalues import PathBlockedError, replaced


def replace(
    statement: Statement, table: Table, numbers: Iterable[int], place: tuple[str, Path], text: str
) -> None:
    """
    Put a value, as JSON text, at a path of a column of some records.

    Raises
    ------
    DataError
        If one of them has no place for it.
    """
    column, path = place
    position = table.rules.positions[column]
    for number in numbers:
        record = table.shelf.records[number]
        try:
            document = replaced(record[position] or "null", path, text)
        except PathBlockedError as error:
            named = dict(zip(table.spec.names, record, strict=True))
            raise no_place(table.spec, named, column, path, error) from None
        statement.update(table, [number], {position: document})
