"""Freeing values that no two records may have, so that records can exchange them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from scitex.db.domain.rows import Record
from scitex.db.domain.sync.plans import Item, SideName
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import INTEGER_BITS, Kind
from scitex.db.ports.storage import Storage
from scitex.db.services.sync.references import Work

Sets = list[tuple[str, ...]]


def free(storage: Storage, work: Work, side: SideName, _late: tuple[str, ...]) -> None:
    """
    Put something else where records have unique values that are about to change, or to go.

    That is nothing at all where a column may be without a value, else a value that nobody has.
    A value that others refer to is left, and so is one of a sort of which none can be made up.
    """
    sets = _sets(storage, work)
    there = [item for item in work.items if item.mark(side) is not None] if sets else []
    records = [
        {**dict(zip(work.shape.key, work.shape.as_tuple(item.key), strict=True)), **instead}
        for place, item in enumerate(there)
        if (instead := _instead(work, sets, _going(work, item, side), place))
    ]
    if records:
        storage.update_many(work.shape.table, sorted(records, key=tuple), key=work.shape.key)


def _sets(storage: Storage, work: Work) -> Sets:
    """Return the sets of columns in which no two records may be alike, the key aside."""
    spec = work.spec
    indexes = [each.names for each in storage.indexes(spec.name) if each.unique]
    made = [names for names in indexes if set(names) <= set(spec.names)]
    referred = _referred_to(storage, spec)
    free = [tuple(name for name in names if name not in referred) for names in made]
    declared = [tuple(name for name in names if name not in referred) for names in spec.unique]
    return [names for names in dict.fromkeys([*declared, *free]) if names]


def _referred_to(storage: Storage, spec: TableSpec) -> set[str]:
    """Return the columns that others refer to, and those of the key."""
    found = set(spec.primary_key)
    for name in storage.tables():
        for key in storage.describe(name).foreign_keys:
            if key.table == spec.name:
                found.update(key.references)
    return found


def _going(work: Work, item: Item, side: SideName) -> set[str]:
    """Return the columns of which a record's values are to change, or go."""
    before, after = item.mark(side), item.becomes
    if before is None or after is None:
        return set(work.shape.columns)
    return set(work.shape.changed(before, after))


def _instead(work: Work, sets: Sets, going: set[str], place: int) -> Record:
    """Return what a record has in the meantime: of each set in one of its columns."""
    found: Record = {}
    for names in sets:
        found.update(
            next(_values(work.spec, [each for each in names if each in going], place), {})
        )
    return found


def _values(spec: TableSpec, names: list[str], place: int) -> Iterator[Record]:
    """Yield values that free a set of columns, the best first."""
    columns = [spec.column(name) for name in names]
    for column in columns:
        if column.nullable:
            yield {column.name: None}
    for column in columns:
        kind = column.type.kind
        if kind is Kind.INTEGER:
            yield {column.name: place - 2 ** ((column.type.bits or INTEGER_BITS) - 1)}
        elif kind is Kind.TEXT and column.type.length is None:
            yield {column.name: f"scitex {uuid.uuid4()}"}
        elif kind is Kind.UUID:
            yield {column.name: uuid.uuid4()}
