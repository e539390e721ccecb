"""Storing, changing and removing records, with what follows for those that refer to them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from scitex.db.adapters.memory import references, refusals
from scitex.db.adapters.memory.keys import Key, Record
from scitex.db.adapters.memory.references import Change
from scitex.db.adapters.memory.store import Store
from scitex.db.adapters.memory.table import Table
from scitex.db.domain.errors import NotNullError, SchemaError
from scitex.db.domain.queries import OnConflict
from scitex.db.domain.tables import ForeignKey


@attrs.frozen
class Policy:
    """What happens where a record has a key that another one has, and which keys count."""

    on_conflict: OnConflict
    keys: tuple[Key, ...] = ()


def policy(table: Table, on_conflict: OnConflict, columns: tuple[str, ...]) -> Policy:
    """
    Say which keys make two records the same.

    Parameters
    ----------
    table : Table
    on_conflict : {"error", "ignore", "update"}
    columns : tuple of str
        Empty means the primary key.

    Raises
    ------
    ColumnNotFoundError
        If the table lacks one of the columns.
    SchemaError
        If they are not unique, or the table has no primary key.
    """
    spec = table.spec
    if on_conflict == "error":
        return Policy(on_conflict)
    columns = tuple(spec.column(name).name for name in columns) or spec.primary_key
    if not columns:
        raise SchemaError(
            f"table {spec.name!r} has no primary key, so no two records are the same",
            hint="name the columns: conflict_columns=[...]",
        )
    keys = table.keys_on(columns)
    if not keys:
        listed = ", ".join(map(repr, columns))
        raise SchemaError(
            f"no key or unique index of table {spec.name!r} covers {listed}",
            hint=f"make one: create_index({spec.name!r}, [{listed}], unique=True)",
        )
    return Policy(on_conflict, keys)


@attrs.frozen
class _Doubt:
    """A reference that must point at something when the statement ends."""

    table: Table
    key: ForeignKey
    number: int
    left_behind: bool


class Statement:
    """
    One statement: what it does to a table, and what follows from that for others.

    Parameters
    ----------
    store : Store
    row : int, optional
        The place in its batch of the record that it is about; a statement may be made again
        for the next one.
    """

    def __init__(self, store: Store, *, row: int | None = None) -> None:
        self.row = row
        self._store = store
        self._queue: deque[tuple[Table, list[Change]]] = deque()
        self._doubts: list[_Doubt] = []

    def insert(self, table: Table, record: Mapping[str, object], policy: Policy) -> Record | None:
        """Store a record; return it as it is kept, None where it was ignored."""
        given = table.rules.values(record, row=self.row)
        for place in table.rules.numbered:
            if place in given and given[place] is None:
                del given[place]
        draft = table.rules.draft(given)
        table.number(draft)
        try:
            new = table.rules.completed(draft, row=self.row)
        except NotNullError:
            known = self._known_by_key(table, given, draft, policy)
            if known is None:
                raise
            return self._meet(table, known, given, policy)
        for key in policy.keys:
            other = key.find(new)
            if other is not None:
                table.count(self._store.log, new)
                return self._meet(table, other, given, policy)
        self._check_unique(table, new, None)
        number = next(table.shelf.numbers)
        table.write(self._store.log, number, None, new)
        if table.spec.foreign_keys:
            self._doubt(table, number, table.spec.foreign_keys)
            self.finish()
        return new

    def _known_by_key(
        self, table: Table, given: Mapping[int, Any], draft: list[Any], policy: Policy
    ) -> int | None:
        """Find the record that is meant by one that leaves out what must have a value."""
        names = [table.spec.names[place] for place in given]
        if policy.on_conflict != "update" or not table.spec.lacking(names):
            return None
        told = (key.find(tuple(draft)) for key in policy.keys if set(key.columns) < set(names))
        return next(told, None)

    def _meet(
        self, table: Table, number: int, given: dict[int, Any], policy: Policy
    ) -> Record | None:
        """Let a record meet the one that has its key already."""
        if policy.on_conflict == "ignore":
            return None
        self.update(table, [number], given)
        return table.shelf.records[number]

    def update(self, table: Table, numbers: Iterable[int], changes: Mapping[int, Any]) -> None:
        """Change some columns of some records."""
        self._queue.append((table, [self._change(table, each, changes) for each in numbers]))
        self.finish()

    def delete(self, table: Table, numbers: Iterable[int]) -> None:
        """Remove some records."""
        self._queue.append((table, [self._remove(table, each) for each in numbers]))
        self.finish()

    def _change(self, table: Table, number: int, changes: Mapping[int, Any]) -> Change:
        old = table.shelf.records[number]
        draft = list(old)
        for place, value in changes.items():
            draft[place] = value
        new = table.rules.completed(draft, row=self.row)
        self._check_unique(table, new, number)
        table.write(self._store.log, number, old, new)
        changed = {table.spec.names[place] for place in changes}
        self._doubt(
            table, number, (key for key in table.spec.foreign_keys if changed & {*key.columns})
        )
        return old, new

    def _remove(self, table: Table, number: int) -> Change:
        old = table.shelf.records[number]
        table.write(self._store.log, number, old, None)
        return old, None

    def _check_unique(self, table: Table, new: Record, number: int | None) -> None:
        for key in table.keys:
            other = key.find(new)
            if other is not None and other != number:
                taken = [new[place] for place in key.positions]
                raise refusals.duplicate(table.spec.name, key.columns, taken, row=self.row)

    def _doubt(self, table: Table, number: int, keys: Iterable[ForeignKey]) -> None:
        self._doubts += [_Doubt(table, key, number, left_behind=False) for key in keys]

    def finish(self) -> None:
        """Do what follows for other tables, then see that every reference points somewhere."""
        while self._queue:
            parent, changes = self._queue.popleft()
            for child, key in self._store.referrers(parent.spec.name):
                self._follow(parent, child, key, changes)
        while self._doubts:
            self._settle(self._doubts.pop())

    def _follow(self, parent: Table, child: Table, key: ForeignKey, changes: list[Change]) -> None:
        """Do to the records of `child` what its foreign key says."""
        gone = references.gone(parent, key, changes)
        found = references.referring(child, key, gone) if gone else []
        if not found:
            return
        removed = None in gone.values()
        action = key.on_delete if removed else key.on_update
        if action == "NO ACTION":
            self._doubts += [_Doubt(child, key, number, left_behind=True) for number, _ in found]
        elif action == "RESTRICT":
            raise self._needed(child, key, found[0][1])
        elif action == "CASCADE" and removed:
            self._queue.append((child, [self._remove(child, number) for number, _ in found]))
        else:
            self._rewrite(child, key, found, gone if action == "CASCADE" else action)

    def _rewrite(
        self,
        child: Table,
        key: ForeignKey,
        found: list[tuple[int, Record]],
        successors: Mapping[Any, Any] | str,
    ) -> None:
        """Let references point at the successors of what they pointed at, or at nothing."""
        places = references.places(child, key.columns)
        done = []
        for number, record in found:
            if isinstance(successors, str):
                default = successors == "SET DEFAULT"
                new = [child.rules.default(place) if default else None for place in places]
            else:
                after = successors[references.values(child, key, record)]
                pairs = zip(after, places, strict=True)
                new = [child.rules.fitted(value, place) for value, place in pairs]
            changes = dict(zip(places, new, strict=True))
            done.append(self._change(child, number, changes))
        self._queue.append((child, done))

    def _settle(self, doubt: _Doubt) -> None:
        record = doubt.table.shelf.records.get(doubt.number)
        if record is None or references.holds(self._store, doubt.table, doubt.key, record):
            return
        if doubt.key.deferred:
            self._store.doubtful = True
            return
        if doubt.left_behind:
            raise self._needed(doubt.table, doubt.key, record)
        given = references.values(doubt.table, doubt.key, record)
        raise refusals.dangling(doubt.table.spec.name, doubt.key, given, row=self.row)

    def _needed(self, child: Table, key: ForeignKey, record: Record) -> Exception:
        given = references.values(child, key, record)
        return refusals.needed(child.spec.name, key, given, row=self.row)
