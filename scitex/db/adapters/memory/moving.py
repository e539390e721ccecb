"""Taking whole tables into memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import attrs

from scitex.db.adapters.memory import references, restructuring, searching
from scitex.db.adapters.memory.session import Session
from scitex.db.domain.copying import Uncarried
from scitex.db.domain.errors import ForeignKeyError
from scitex.db.domain.tables import TableSpec, name_taken


class Moving:
    """The calls on whole tables."""

    _session: Session

    @contextmanager
    def building(self, specs: Sequence[TableSpec]) -> Iterator[None]:
        for spec in specs:
            with self._session as store:
                if spec.name in store.tables:
                    raise name_taken("table", spec.name)
                restructuring.create_table(store, attrs.evolve(spec, foreign_keys=()))
        yield
        with self._session as store:
            for spec in specs:
                restructuring.let_refer(store, spec)
            for spec in specs:
                for key in spec.foreign_keys:
                    references.check_all(store, store.table(spec.name), key)

    def drop_tables(self, tables: Sequence[str]) -> None:
        with self._session as store:
            for name in tables:
                store.table(name)
                for other, _ in store.referrers(name):
                    if other.spec.name not in tables:
                        raise ForeignKeyError(
                            f"table {name!r} is referred to by {other.spec.name!r}",
                            table=name,
                            hint="drop those tables first",
                        )
            left = {name: table for name, table in store.tables.items() if name not in tables}
            store.replace(left)
            for name in tables:
                searching.forget(store, name)

    def counter(self, table: str) -> int | None:
        with self._session as store:
            return max(store.table(table).shelf.counters.values(), default=None)

    def set_counter(self, table: str, number: int) -> None:
        with self._session as store:
            found = store.table(table)
            counters = found.shelf.counters
            for place in found.rules.counted:
                store.log.note(counters.__setitem__, place, counters.get(place, 0))
                counters[place] = number

    def belongings(self) -> list[Uncarried]:
        return []
