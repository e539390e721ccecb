"""What refers to what: records that a sync would leave without the one they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from scitex.db.domain.errors import ForeignKeyError
from scitex.db.domain.queries import Query
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
    Refuse to remove a record with which others would go, or change, that no plan names.

    Raises
    ------
    ForeignKeyError
        If there is such a one.
    """
    gone = [item.key for item in work.deleted]
    for child, key in _referring(storage, work, taking=True) if gone else ():
        planned = tables.get(child.name)
        known = {item.key for item in planned.items} if planned else set()
        for value, own in _children(storage, child, key, gone):
            if own in known:
                continue
            raise ForeignKeyError(
                f"record {value!r} of table {work.spec.name!r} was deleted on the other side, but "
                f"on the {side} side record {_spelt(own)} of table {child.name!r} refers to it",
                table=child.name,
                hint="delete that record too, refer to another one, or put the deleted one back; "
                "then sync again",
            )


def broken(storage: Storage, works: Iterable[Work]) -> Iterator[str]:
    """Tell which of the changes, that are written, leave a record without what it refers to."""
    for work in works:
        for key in work.spec.foreign_keys:
            yield from _without_parent(storage, work, key)
        gone = [item.key for item in work.deleted]
        for child, key in _referring(storage, work, taking=False) if gone else ():
            for value, own in _children(storage, child, key, gone):
                yield (
                    f"{work.spec.name}[{value!r}] is deleted, but record {_spelt(own)} of table "
                    f"{child.name!r} refers to it"
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
    """Yield tables that refer to the key of this one, and how; those whose records go along."""
    if len(work.shape.key) != 1:
        return
    for name in storage.tables():
        child = storage.describe(name)
        for key in child.foreign_keys:
            its_key = key.references in ((), work.shape.key)
            if key.table == work.spec.name and its_key and (key.on_delete in _TAKING) == taking:
                yield child, key


def _children(
    storage: Storage, child: TableSpec, key: ForeignKey, values: Sequence[Key]
) -> Iterator[tuple[object, Key]]:
    """Yield what records refer to some others, and their own keys."""
    names = child.primary_key or key.columns
    own = Shape(child.name, names, {})
    for condition, some in matching(Shape(child.name, key.columns, {}), values):
        query = Query(child.name, tuple(dict.fromkeys((*names, *key.columns))), condition)
        for row in storage.stream(query, values=some):
            yield row[key.columns[0]], own.key_of(row)


def _spelt(key: Key) -> str:
    return ", ".join(map(repr, key)) if isinstance(key, tuple) else repr(key)
