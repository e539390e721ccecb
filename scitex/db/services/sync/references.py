"""What refers to what: records that a sync would leave without the one they refer to."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from scitex.db.domain.errors import ForeignKeyError
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.sync.plans import Item, SideName
from scitex.db.domain.tables import ForeignKey, TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.sync.lookups import matching
from scitex.db.services.sync.reading import Key, Shape

_TAKING = ("SET NULL", "SET DEFAULT", "CASCADE")


@attrs.frozen
class Work:
    """
    What one side gets of one table.

    Attributes
    ----------
    shape : Shape
    spec : TableSpec
        As that side has it.
    items : list of Item
    """

    shape: Shape
    spec: TableSpec
    items: list[Item]

    @property
    def deleted(self) -> list[Item]:
        """What is removed."""
        return [item for item in self.items if item.after is None]


def keep_children(
    storage: Storage, side: SideName, work: Work, tables: Mapping[str, Work]
) -> None:
    """
    Refuse to remove a record with which others would go, or change, that are to stay.

    Raises
    ------
    ForeignKeyError
        If there is such a one: no plan names it, or one has it refer to what is removed.
    """
    for child, key in _referring(storage, work, taking=True) if work.deleted else ():
        gone = _referred(storage, work, key)
        planned = tables.get(child.name)
        items = {item.key: item for item in planned.items} if planned else {}
        # A unique value may be another record's afterwards, and a child may refer to that.
        lost = set(gone) - _values_after(work, key)
        refer = _to_refer(items, key, lost)
        for value, own in itertools.chain(refer, _staying(storage, child, key, gone, items)):
            raise ForeignKeyError(
                f"record {_spelt(value)} of table {work.spec.name!r} was deleted on the other "
                f"side, but on the {side} side record {_spelt(own)} of table {child.name!r} "
                "refers to it",
                table=child.name,
                hint="delete that record too, refer to another one, or put the deleted one back; "
                "then sync again",
            )


def _values_after(work: Work, key: ForeignKey) -> set[Key]:
    """Return what others can refer to in the records that are written."""
    names = key.references or work.spec.primary_key
    there = Shape(work.shape.table, names, {})
    records = [item.after for item in work.items if item.after is not None]
    return {there.key_of(record) for record in records if set(names) <= set(record)}


def _to_refer(
    items: Mapping[Key, Item], key: ForeignKey, lost: set[Key]
) -> Iterator[tuple[Key, Key]]:
    """Yield what records that are written are to refer to, and is lost, and their own keys."""
    for own, item in items.items():
        if item.after is not None and (value := _value(item.after, key)) in lost:
            yield value, own


def _staying(
    storage: Storage, child: TableSpec, key: ForeignKey, gone: list[Key], items: Mapping[Key, Item]
) -> Iterator[tuple[Key, Key]]:
    """Yield what records, of which no plan tells to what else, refer to, and their own keys."""
    for value, own in _children(storage, child, key, gone):
        after = items[own].after if own in items else {}
        if after is not None and not set(key.columns) <= set(after):
            yield value, own


def _value(record: Record, key: ForeignKey) -> Key:
    """Return what a record refers to; nothing where it does not tell."""
    values = tuple(record.get(name) for name in key.columns)
    return values if len(values) > 1 else values[0]


def broken(storage: Storage, works: Iterable[Work]) -> Iterator[str]:
    """Tell which of the changes, that are written, leave a record without what it refers to."""
    for work in works:
        for key in work.spec.foreign_keys:
            yield from _without_parent(storage, work, key)
        for child, key in _referring(storage, work, taking=False) if work.deleted else ():
            for value, own in _children(storage, child, key, _referred(storage, work, key)):
                yield (
                    f"{work.spec.name}[{_spelt(value)}] is deleted, but record {_spelt(own)} of "
                    f"table {child.name!r} refers to it"
                )


def _without_parent(storage: Storage, work: Work, key: ForeignKey) -> Iterator[str]:
    wanted: dict[Key, list[Item]] = {}
    for item in work.items:
        after = item.after or {}
        values = tuple(after.get(name) for name in key.columns)
        if None not in values:
            wanted.setdefault(values if len(values) > 1 else values[0], []).append(item)
    names = key.references or storage.describe(key.table).primary_key
    parents = Shape(key.table, names, {})
    there = set()
    for condition, values in matching(parents, list(wanted)):
        rows = storage.select(Query(key.table, names, condition), values=values)
        there |= {parents.key_of(row) for row in rows}
    for value in wanted.keys() - there:
        for item in wanted[value]:
            yield (
                f"{work.spec.name}[{_spelt(item.key)}]: its {', '.join(key.columns)} refers to "
                f"{value!r} of table {key.table!r}, which is not there"
            )


def _referring(
    storage: Storage, work: Work, *, taking: bool
) -> Iterator[tuple[TableSpec, ForeignKey]]:
    """Yield tables that refer to this one, and how; those whose records go along."""
    for name in storage.tables():
        child = storage.describe(name)
        for key in child.foreign_keys:
            if key.table == work.spec.name and (key.on_delete in _TAKING) == taking:
                yield child, key


def _referred(storage: Storage, work: Work, key: ForeignKey) -> list[Key]:
    """Return what others refer by to the records that are removed: their keys, or other values."""
    keys = [item.key for item in work.deleted]
    names = key.references or work.spec.primary_key
    if names == work.shape.key:
        return keys
    parents = Shape(work.shape.table, names, {})
    found = dict.fromkeys(parents.key_of(row) for row in _rows(storage, work, keys, names))
    return [each for each in found if None not in parents.as_tuple(each)]


def _rows(
    storage: Storage, work: Work, keys: Sequence[Key], names: tuple[str, ...]
) -> Iterator[Record]:
    """Yield some columns of records: as they are, or else as they were when the plan was made."""
    for condition, values in matching(work.shape, keys):
        yield from storage.select(Query(work.shape.table, names, condition), values=values)
    for item in work.deleted:
        for record in (item.local, item.remote):
            if record and set(names) <= set(record):
                yield record


def _children(
    storage: Storage, child: TableSpec, key: ForeignKey, values: Sequence[Key]
) -> Iterator[tuple[Key, Key]]:
    """Yield what records refer to some others, and their own keys."""
    names = child.primary_key or key.columns
    own, referring = Shape(child.name, names, {}), Shape(child.name, key.columns, {})
    for condition, some in matching(referring, values):
        query = Query(child.name, tuple(dict.fromkeys((*names, *key.columns))), condition)
        for row in storage.stream(query, values=some):
            yield referring.key_of(row), own.key_of(row)


def _spelt(key: Key) -> str:
    return ", ".join(map(repr, key)) if isinstance(key, tuple) else repr(key)
