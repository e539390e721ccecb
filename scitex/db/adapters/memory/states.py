"""What is in a database in memory, kept to be gone back to."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import attrs

from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.keys import Key
from scitex.db.adapters.memory.session import Session
from scitex.db.adapters.memory.table import Shelf, Table
from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.search.searching import SearchSpec


@attrs.frozen(repr=False, eq=False)
class State:
    """All tables with their records, as they were; it does not change any more."""

    engine: Engine
    tables: Mapping[str, Table]
    searches: Mapping[str, SearchSpec]

    def __repr__(self) -> str:
        counts = {name: len(each.shelf.records) for name, each in self.tables.items()}
        return f"<State of {counts}>"


def taken(session: Session) -> State:
    """Keep what is there now."""
    with session as store:
        return State(store.engine, _copied(store.tables), store.searches)


def put_back(session: Session, state: State) -> None:
    """
    Have all as it was; inside a transaction that can be rolled back.

    Raises
    ------
    InterfaceError
        If it is of a database by another engine's rules.
    """
    with session as store:
        if state.engine != store.engine:
            raise InterfaceError(
                f"the snapshot is of an InMemory({state.engine!r}), and this is an "
                f"InMemory({store.engine!r})",
                hint="make both with the same emulate=",
            )
        store.replace(_copied(state.tables))
        store.search_by(state.searches)


def copied(state: State) -> State:
    """Return the same with records that change apart."""
    return attrs.evolve(state, tables=_copied(state.tables))


def _copied(tables: Mapping[str, Table]) -> dict[str, Table]:
    return {name: _copy(table) for name, table in tables.items()}


def _copy(table: Table) -> Table:
    """Return a table whose records change apart; what it is does not change in place."""
    shelf = Shelf(
        dict(table.shelf.items()), copy.copy(table.shelf.numbers), dict(table.shelf.counters)
    )
    keys = tuple(_key(key) for key in table.keys)
    return Table(table.rules, shelf, keys, table.indexes)


def _key(key: Key) -> Key:
    twin = key.shared(key.columns, key.positions, test=key.test)
    twin.places = dict(key.places)
    return twin
