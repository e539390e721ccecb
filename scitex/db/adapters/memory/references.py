"""Foreign keys: what points where, and whether there is anything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scitex.db.adapters.memory import refusals
from scitex.db.adapters.memory.keys import Record
from scitex.db.adapters.memory.store import Store
from scitex.db.adapters.memory.table import Table
from scitex.db.domain.errors import TableNotFoundError
from scitex.db.domain.references import check_reference, referred
from scitex.db.domain.tables import ForeignKey, TableSpec

Change = tuple[Record, Record | None]


def places(table: Table, columns: Iterable[str]) -> tuple[int, ...]:
    """Return where in a record the columns are."""
    return tuple(table.rules.positions[name] for name in columns)


def values(table: Table, key: ForeignKey, record: Record) -> tuple[Any, ...]:
    """Return what a record refers by."""
    return tuple(record[place] for place in places(table, key.columns))


def holds(store: Store, table: Table, key: ForeignKey, record: Record) -> bool:
    """Say whether a record's reference points at something, or is missing a value."""
    given = values(table, key, record)
    if None in given:
        return True
    parent = store.table(key.table)
    found = parent.lookup(referred(key, parent.spec))
    if found is None:
        return False
    unique, order = found
    wanted = given[0] if len(given) == 1 else tuple(given[place] for place in order)
    return wanted in unique.places


def gone(
    parent: Table, key: ForeignKey, changes: Iterable[Change]
) -> dict[tuple[Any, ...], tuple[Any, ...] | None]:
    """Return the values that can be referred to no longer, each with its successor, if any."""
    wanted = places(parent, referred(key, parent.spec))
    found: dict[tuple[Any, ...], tuple[Any, ...] | None] = {}
    for old, new in changes:
        before = tuple(old[place] for place in wanted)
        after = None if new is None else tuple(new[place] for place in wanted)
        if before != after and None not in before:
            found[before] = after
    return found


def referring(
    table: Table, key: ForeignKey, wanted: dict[tuple[Any, ...], tuple[Any, ...] | None]
) -> list[tuple[int, Record]]:
    """Return the records that refer by one of the values `wanted`."""
    return [
        (number, record)
        for number, record in table.shelf.items()
        if values(table, key, record) in wanted
    ]


def check_deferred(store: Store) -> None:
    """
    See that every deferred reference points at something, where there was a doubt.

    Raises
    ------
    ForeignKeyError
        If one does not.
    """
    if not store.doubtful:
        return
    for table in store.tables.values():
        for key in table.spec.foreign_keys:
            if key.deferred:
                check_all(store, table, key)
    store.doubtful = False


def check_all(store: Store, table: Table, key: ForeignKey) -> None:
    """See that every reference of a table by one key points at something."""
    for record in table.shelf.records.values():
        if not holds(store, table, key, record):
            raise refusals.dangling(table.spec.name, key, values(table, key, record))


def check_declared(store: Store, spec: TableSpec) -> None:
    """
    See that every foreign key of a table refers to a key of a table that there is.

    Raises
    ------
    TableNotFoundError, ColumnNotFoundError
        If it refers to what is not there.
    SchemaError
        If what it refers to is not unique, or of another sort.
    """
    for key in spec.foreign_keys:
        parent = spec if key.table == spec.name else _parent(store, spec, key)
        indexed = key.table != spec.name and bool(
            store.table(key.table).keys_on(referred(key, parent))
        )
        check_reference(spec, key, parent, unique=indexed)


def _parent(store: Store, spec: TableSpec, key: ForeignKey) -> TableSpec:
    if key.table not in store.tables:
        raise TableNotFoundError(
            key.table,
            sorted(store.tables),
            hint=f"make it before table {spec.name!r}, which refers to it",
        )
    return store.table(key.table).spec
