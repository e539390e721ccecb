"""Changing many records by one join a page, instead of one search a record."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from operator import itemgetter
from typing import Any, Protocol

from scitex.db.adapters.sql import plans
from scitex.db.adapters.sql.batches import Batch
from scitex.db.adapters.sql.binding import record_binder
from scitex.db.adapters.sql.statements import written
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.domain.errors import DataError, IntegrityError

Row = tuple[Any, ...]
FEW = 10  # measured: below it a search for each record is as fast


class Joining(plans.Planned, Protocol):
    """A session that records are changed through."""

    rows_at_a_time: int
    most_variables: int

    def atomic(self) -> AbstractContextManager[None]:
        """Do all of a block or nothing."""
        ...

    def run_many(
        self, sql: str, rows: Iterable[Sequence[Any]], *, table: str | None = None
    ) -> int:
        """Run a statement for each of several rows; return how many records it changed."""
        ...


def update(session: Joining, batch: Batch, *, key: tuple[str, ...]) -> int | None:
    """
    Change the records of a batch by their key; return how many were found.

    Returns
    -------
    int or None
        None where it is left to a statement a record: few records, keys that repeat or are
        NULL, or a refusal whose record a join cannot tell.

    Notes
    -----
    Sorted by key, neighbours lie on one page of the file: that alone halves the time.
    """
    if len(batch.records) < FEW:
        return None
    changed = written(batch.spec, [name for name in batch.columns if name not in key])
    order = (*key, *changed)
    rows = _rows(session, batch, order, keys=len(key))
    if rows is None:
        return None
    most = session.most_variables // len(order)
    size = min(session.rows_at_a_time, most)
    if size < FEW:
        return None
    found = 0
    table = batch.spec.name
    pages = (rows[place : place + size] for place in range(0, len(rows), size))
    try:
        with session.atomic():
            for length, group in itertools.groupby(pages, key=len):
                sql = _join(session, table, key, changed, rows=length)
                flat = (tuple(itertools.chain.from_iterable(page)) for page in group)
                found += session.run_many(sql, flat, table=table)
    except (IntegrityError, DataError):
        return None  # one by one, the record is told
    return found


def _rows(
    session: Joining, batch: Batch, order: tuple[str, ...], *, keys: int
) -> list[Row] | None:
    """Bind the records and sort them by key; None where a key repeats, is NULL or has no order."""
    binder = record_binder(batch.spec, order, session.spelling)
    try:
        rows = binder.many(batch.records)
    except DataError:
        return None
    pick: Callable[[Row], Any] = itemgetter(*range(keys))
    found = set(map(pick, rows))
    if len(found) < len(rows) or None in found:
        return None
    try:
        rows.sort(key=pick)
    except TypeError:
        return None
    return rows


def _join(
    session: Joining, table: str, key: tuple[str, ...], changed: tuple[str, ...], *, rows: int
) -> str:
    """Spell an UPDATE that joins the table with `rows` rows of values."""
    name = SQLITE.name
    width = len(key) + len(changed)
    columns = range(len(key) + 1, width + 1)
    assignments = ", ".join(
        f"{name(column)} = new.column{place}"
        for column, place in zip(changed, columns, strict=True)
    )
    target = session.target(table)
    meeting = " AND ".join(
        f"{target}.{name(column)} = new.column{place}" for place, column in enumerate(key, 1)
    )
    row = f"({', '.join(['?'] * width)})"
    values = ", ".join([row] * rows)
    return (
        f"UPDATE {target} SET {assignments} "  # noqa: S608 - names are quoted, values bound
        f"FROM (VALUES {values}) AS new WHERE {meeting}"
    )
