"""Writing to one side what a plan says, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from scitex.db.domain.errors import DataError, IntegrityError
from scitex.db.domain.fingerprints import JSON
from scitex.db.domain.jsontext import value_text
from scitex.db.domain.ordering import late_columns, parents_first
from scitex.db.domain.rows import Record
from scitex.db.domain.sync.plans import Item, SideName
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage
from scitex.db.services.sync import references
from scitex.db.services.sync.freeing import free
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
        DataError
            If a value does not fit on this side; the record is told.
        """
        tables = {each.shape.table: each for each in work if each.items}
        order = parents_first({name: each.spec for name, each in tables.items()})
        sorted_work = [tables[name] for name in order if name in tables]
        for each in sorted_work:
            references.keep_children(self._storage, self._side, each, tables)
        try:
            cause = self._written(sorted_work)
        except DataError as error:
            raise self._unfit(sorted_work, error) from error
        if cause is not None:
            raise self._told(sorted_work, cause)
        for each in sorted_work:
            self._report(len(each.items))

    def _written(self, work: list[Work]) -> IntegrityError | None:
        """Write in the first order that the rules allow; return what the last one met, if none."""
        cause = None
        for way in _WAYS:
            try:
                with Block(self._storage):
                    self._in_order(work, way)
            except IntegrityError as error:
                if cause is None or way is not _WAYS[-1]:
                    cause = error
                continue
            return None
        return cause

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

    def _unfit(self, work: list[Work], error: DataError) -> DataError:
        """Find the first record of which a value does not fit, and make an error that names it."""
        for each in work:
            items = [item for item in each.items if item.after is not None]
            while len(items) > 1:
                some = items[: len(items) // 2]
                items = some if self._refusal(each, some) else items[len(some) :]
            if items and (found := self._refusal(each, items)):
                told = found.message.removeprefix("record 0: ")
                return DataError(
                    f"the {self._side} side cannot take {_named(each, items[0])}: {told}",
                    table=each.shape.table,
                    column=found.column,
                    hint="nothing of these tables was written there; change the value, or leave "
                    "it out by sync_table(..., columns=) or where=, then sync again",
                )
        return error

    def _refusal(self, work: Work, items: list[Item]) -> DataError | None:
        """Return what is told where a value of some records does not fit."""
        try:
            with Block(self._storage):
                self._in_order([attrs.evolve(work, items=items)], _WAYS[0])
        except DataError as found:
            return found
        except IntegrityError:
            return None
        return None

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
                    told.append(f"{_named(each, item)}: {found.message}")
                    if len(told) == TOLD:
                        break
        return refused(self._side, told, cause)


def _named(work: Work, item: Item) -> str:
    """Return a record's name in errors: ``runs[1]``."""
    return f"{work.shape.table}[{', '.join(map(repr, work.shape.as_tuple(item.key)))}]"


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
    removed = 0
    for condition, values in matching(work.shape, keys):
        removed += storage.delete(work.shape.table, where=condition, values=values)
    if removed != len(keys) and (left := _there(storage, work, keys)):
        raise _kept_out(work, "removed", len(keys), len(keys) - left)


def _there(storage: Storage, work: Work, keys: list[Key]) -> int:
    """Return how many of some records there are."""
    return len(look_up(storage, attrs.evolve(work.shape, where=EVERYTHING), keys))


def _kept_out(work: Work, what: str, many: int, done: int) -> IntegrityError:
    """Make the error that not all of some records could be written."""
    return IntegrityError(
        f"of {many:,} records of table {work.shape.table!r} that were to be {what} {done:,} "
        "could be: the others went with records that they refer to, or a trigger keeps them",
        table=work.shape.table,
    )


def _change(storage: Storage, work: Work, side: SideName, late: tuple[str, ...]) -> None:
    """Change records; what they are to refer to is put in later, and nothing until then."""
    nothing = dict.fromkeys(late)
    changed = [
        {name: nothing.get(name, value) for name, value in _moved(work, item, side).items()}
        for item in work.items
    ]
    _update(storage, work, [record for record in changed if record])


def _moved(work: Work, item: Item, side: SideName) -> Record:
    """Return the key and what else of a record is to be otherwise; nothing where nothing is."""
    before, after = item.mark(side), item.becomes
    if item.after is None or before is None or after is None:
        return {}
    names = work.shape.changed(before, after) - set(work.shape.key)
    return _given(work, item, (*work.shape.key, *sorted(names))) if names else {}


def _given(work: Work, item: Item, names: Iterable[str]) -> Record:
    """Return values of a record as a storage takes them: text in JSON is spelt as JSON."""
    record, becomes, shape = item.after or {}, item.becomes or b"", work.shape
    found = {name: record[name] for name in names}
    for name, value in found.items():
        if shape.kinds[name] is not Kind.JSON:
            continue
        must = value is None and not work.spec.column(name).nullable  # JSON's null it is then
        if must or shape.mark_of(becomes, name)[:1] == JSON:
            found[name] = value_text(value)
    return found


def _update(storage: Storage, work: Work, records: list[Record]) -> None:
    """
    Change records.

    Raises
    ------
    IntegrityError
        If one is not there any more, as it went with another one; or a trigger keeps it.
    """
    if not records:
        return
    table, key = work.shape.table, work.shape.key
    found = storage.update_many(table, sorted(records, key=tuple), key=key)
    if found != len(records):
        raise _kept_out(work, "changed", len(records), found)


def _add(storage: Storage, work: Work, side: SideName, late: tuple[str, ...]) -> None:
    """Add records; what may refer to some that are not there yet, later."""
    names = [name for name in work.shape.columns if name not in late]
    added = [
        _given(work, item, names)
        for item in work.items
        if item.after is not None and item.mark(side) is None
    ]
    if added and storage.insert_many(work.shape.table, added) != len(added):
        there = _there(storage, work, list(map(work.shape.key_of, added)))
        if there != len(added):  # else a trigger has put them elsewhere, where they are seen
            raise _kept_out(work, "added", len(added), there)


def _fill_late(storage: Storage, work: Work, side: SideName, late: tuple[str, ...]) -> None:
    """Give records the values that were left out before."""
    records = []
    for item in work.items:
        if item.after is None:
            continue
        new = item.mark(side) is None
        given = item.after if new else _moved(work, item, side)
        values = {name: given[name] for name in late if name in given}
        if values and not (new and set(values.values()) == {None}):
            key = zip(work.shape.key, work.shape.as_tuple(item.key), strict=True)
            records.append({**dict(key), **values})
    _update(storage, work, records)


# The last one suits all references, and records that exchange unique values.
_WAYS: tuple[tuple[Step, ...], ...] = (
    (_remove, _change, _add),
    (_change, _remove, _add),
    (_add, _change, _remove),
    (free, _add, _change, _remove),
)
