"""Writing to one side what a plan says, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from scitex.db.domain.errors import IntegrityError
from scitex.db.domain.ordering import late_columns, parents_first
from scitex.db.domain.rows import Record
from scitex.db.domain.sync.plans import Item, SideName
from scitex.db.ports.storage import Storage
from scitex.db.services.sync import references
from scitex.db.services.sync.lookups import look_up, matching
from scitex.db.services.sync.planning import Prepared
from scitex.db.services.sync.reading import EVERYTHING, Key, Shape, portions
from scitex.db.services.sync.references import Work
from scitex.db.services.transactions import Block

TOLD = 20  # refused records that an error names
_MANY = 10  # one record in so many: reading all is quicker than looking them up


class Applying:
    """
    Writing to one side.

    Parameters
    ----------
    storage : Storage
        With a transaction open, in which nobody else writes to the tables.
    side : {"local", "remote"}
    report : callable
        Is given the number of records written.
    """

    def __init__(self, storage: Storage, side: SideName, report: Callable[[int], object]) -> None:
        self._storage = storage
        self._side = side
        self._report = report

    def unchanged(
        self, prepared: Prepared, items: Sequence[Item]
    ) -> tuple[list[Item], list[Item]]:
        """Part items into those that are as the plan has seen them, and those that are not."""
        shape = attrs.evolve(prepared.shape, where=EVERYTHING)
        if not items or self._nothing_logged(prepared):
            return list(items), []
        found = self._signatures(shape, [item.key for item in items])
        same: list[Item] = []
        other: list[Item] = []
        for item in items:
            alike = found.get(item.key) == item.mark(self._side)
            (same if alike else other).append(item)
        return same, other

    def _signatures(self, shape: Shape, keys: list[Key]) -> dict[Key, bytes]:
        """Return what tells of some records: looked up, or read whole where they are many."""
        total = self._storage.count(shape.table)
        if len(keys) * _MANY < total:
            found = look_up(self._storage, shape, keys)
            return {key: each.signature for key, each in found.items()}
        read = portions(self._storage, shape) if total else iter(())
        wanted = set(keys)
        return {
            key: mark
            for portion in read
            for key, mark in zip(portion.keys, portion.marks.tolist(), strict=True)
            if key in wanted
        }

    def _nothing_logged(self, prepared: Prepared) -> bool:
        """Say whether the log of changes tells that nothing changed since the plan was made."""
        before = prepared.positions
        since = before.here if self._side == "local" else before.there
        if since is None:
            return False
        return self._storage.logged(prepared.shape.table, since=since, but=None) == []

    def write(self, work: Iterable[Work]) -> None:
        """
        Change, add and remove records of several tables.

        Raises
        ------
        IntegrityError
            If records break a rule of their table, whatever is written first; each is told.
        """
        tables = {each.shape.table: each for each in work if each.items}
        order = parents_first({name: each.spec for name, each in tables.items()})
        sorted_work = [tables[name] for name in order if name in tables]
        for each in sorted_work:
            references.keep_children(self._storage, self._side, each, tables)
        ways = ((_remove, _change, _add), (_change, _remove, _add), (_add, _change, _remove))
        for way in ways:
            try:
                with Block(self._storage):
                    self._in_order(sorted_work, way)
            except IntegrityError as error:
                cause = error
                continue
            break
        else:
            raise self._told(sorted_work, cause)
        for each in sorted_work:
            self._report(len(each.items))

    def _in_order(self, work: list[Work], way: Sequence[Step]) -> None:
        self._storage.defer_references()
        for step in way:
            tables = reversed(work) if step is _remove else iter(work)
            for each in tables:
                before = [one.shape.table for one in work[: work.index(each)]]
                step(self._storage, each, self._side, late_columns(each.spec, before))
        for each in work:
            before = [one.shape.table for one in work[: work.index(each)]]
            _fill_late(self._storage, each, self._side, late_columns(each.spec, before))

    def _told(self, work: list[Work], cause: IntegrityError) -> IntegrityError:
        """Find which records are refused, and make an error that names them."""
        told: list[str] = []
        for each in work:
            for item in each.items:
                one = attrs.evolve(each, items=[item])
                try:
                    with Block(self._storage):
                        self._in_order([one], (_remove, _change, _add))
                except IntegrityError as found:
                    key = ", ".join(map(repr, each.shape.as_tuple(item.key)))
                    told.append(f"{each.shape.table}[{key}]: {found.message}")
                    if len(told) == TOLD:
                        break
        return refused(self._side, told, cause)


def refused(side: SideName, told: list[str], cause: IntegrityError) -> IntegrityError:
    """Return an error that names the changes that a side cannot take."""
    error = type(cause)(
        f"the {side} side cannot take {len(told) or 'some'} of the changes: "
        f"{'; '.join(told) or cause.message}",
        hint="nothing of these tables was written there; change these records and sync again",
    )
    error.__cause__ = cause
    return error


Step = Callable[[Storage, Work, SideName, tuple[str, ...]], None]


def _remove(storage: Storage, work: Work, side: SideName, late: tuple[str, ...]) -> None:
    """Remove records, those that refer to one another without regard to their order."""
    keys = [item.key for item in work.items if item.after is None and item.mark(side) is not None]
    if late and keys:
        empty = dict.fromkeys(late)
        for condition, values in matching(work.shape, keys):
            storage.update(work.shape.table, empty, where=condition, values=values)
    for condition, values in matching(work.shape, keys):
        storage.delete(work.shape.table, where=condition, values=values)


def _change(storage: Storage, work: Work, side: SideName, late: tuple[str, ...]) -> None:
    """Change records; what they are to refer to is put in later, and nothing until then."""
    nothing = dict.fromkeys(name for name in late if name in work.shape.kinds)
    changed = [
        {**item.after, **nothing}
        for item in work.items
        if item.after is not None and item.mark(side) is not None
    ]
    if changed and len(changed[0]) > len(work.shape.key):
        storage.update_many(work.shape.table, changed, key=work.shape.key)


def _add(storage: Storage, work: Work, side: SideName, late: tuple[str, ...]) -> None:
    """Add records; what may refer to some that are not there yet, later."""
    added = [
        _without(item.after, late)
        for item in work.items
        if item.after is not None and item.mark(side) is None
    ]
    if added:
        storage.insert_many(work.shape.table, added)


def _fill_late(storage: Storage, work: Work, side: SideName, late: tuple[str, ...]) -> None:
    """Give records the values that were left out before."""
    late = tuple(name for name in late if name in work.shape.kinds)
    if not late:
        return
    names = (*work.shape.key, *late)
    records = [
        {name: item.after[name] for name in names}
        for item in work.items
        if item.after is not None and (item.mark(side) is not None or _any(item.after, late))
    ]
    if records:
        storage.update_many(work.shape.table, records, key=work.shape.key)


def _any(record: Record, names: tuple[str, ...]) -> bool:
    return any(record[name] is not None for name in names)


def _without(record: Record | None, names: tuple[str, ...]) -> Record:
    return {name: value for name, value in (record or {}).items() if name not in names}
