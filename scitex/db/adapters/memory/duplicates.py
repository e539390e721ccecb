"""Finding the records that repeat another one."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from scitex.db.adapters.memory import ordering
from scitex.db.adapters.memory.answers import maker
from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.keys import Record as Row
from scitex.db.adapters.memory.session import Session
from scitex.db.adapters.memory.table import Table
from scitex.db.adapters.memory.writing import Statement
from scitex.db.domain.duplicates import Repeats
from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.rows import Record


class Deduplicating:
    """The calls on records that repeat another one."""

    _session: Session
    _emulate: Engine

    def delete_duplicates(self, asked: Repeats) -> int:
        with self._session as store:
            table = store.table(asked.table)
            numbers = list(_repeated(table, asked, self._emulate))
            Statement(store).delete(table, numbers)
            return len(numbers)

    def duplicates(self, asked: Repeats, *, limit: int) -> tuple[int, list[Record]]:
        with self._session as store:
            table = store.table(asked.table)
            rows = list(_repeated(table, asked, self._emulate).values())
            key = tuple(map(OrderTerm, table.spec.primary_key))
            rows = ordering.ordered(rows, ordering.terms(key, table.spec, self._emulate))
            return len(rows), list(map(maker(table, None), rows[:limit]))


def _repeated(table: Table, asked: Repeats, engine: Engine) -> dict[int, Row]:
    """Return the records that repeat another one, by number."""
    numbered = list(table.shelf.items())
    if asked.backwards:
        numbered.reverse()
    by = ordering.terms(asked.order, table.spec, engine)
    number_of = {id(row): number for number, row in numbered}
    places = [table.rules.positions[name] for name in asked.on]
    seen: set[Hashable] = set()
    found: dict[int, Row] = {}
    for row in ordering.ordered([row for _, row in numbered], by):
        said: tuple[Any, ...] = tuple([row[place] for place in places])
        if None in said and not asked.nulls_equal:
            continue
        if said in seen:
            found[number_of[id(row)]] = row
        seen.add(said)
    return found
