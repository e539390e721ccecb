"""Objects that are watched: what was changed in them is found by comparing records."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import attrs
import cattrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.jsontext import json_text
from scitex.db.domain.plain import is_array
from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress, counted, length, reporting
from scitex.db.services.repositories.mapping import ObjectMapping, Values
from scitex.db.services.repositories.repository import Repository

T = TypeVar("T")


class Unit(Protocol):
    """What a repository asks of the unit that it belongs to."""

    def must_be_open(self) -> None:
        """Raise where the unit has not begun, or is over."""
        ...

    def flush(self) -> None:
        """Store what was done so far."""
        ...

    def write_new(self) -> None:
        """Store what was added so far."""
        ...

    def undo(self, how: Callable[[], object]) -> None:
        """Keep what takes a change in an object back, should the unit fail."""
        ...


def _mark(value: Any) -> Any:
    """Return what a value is known by later, when it may have been changed in place."""
    if isinstance(value, (dict, list)):
        try:
            return json_text(value)
        except ValueError:  # it is equal to nothing: the database is asked, and says what is wrong
            return object()
    if is_array(value):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, (float, decimal.Decimal)):
        return None if value != value else str(value)  # noqa: PLR0124 - only NaN differs from itself
    return value


@attrs.define(eq=False)
class _Known:
    """An object of the unit, and its record as the database has it; None where it is new."""

    obj: Any
    marks: Values | None


class TrackedRepository(Repository[T]):
    """
    A repository whose objects are watched: what is changed in them is stored by the unit.

    The calls are those of `Repository`.  Each key has one object here, which `get` and `find`
    return again; `find` and the like see what was done before in the unit.
    """

    def __init__(
        self,
        storage: Storage,
        mapping: ObjectMapping[T],
        converter: cattrs.Converter,
        unit: Unit,
    ) -> None:
        super().__init__(storage, mapping, converter)
        self._unit = unit
        self._known: dict[Any, _Known] = {}
        self._new: list[T] = []
        self._gone: dict[Any, Values] = {}

    def _object(self, record: Values) -> T:
        key = self._mapping.key_of(record)
        known = self._known.get(key)
        if known is None:
            obj = self._mapping.object(record)
            known = self._known[key] = _Known(obj, self._marks(self._mapping.record(obj)))
        found: T = known.obj
        return found

    def _marks(self, record: Values) -> Values:
        return {name: _mark(value) for name, value in record.items()}

    def get(self, key: Any) -> T:
        """Return the unit's own object with a key, as `Repository.get`."""
        self._unit.must_be_open()
        known = self._known.get(key)
        if known is not None:
            found: T = known.obj
            return found
        return super().get(key)

    def _settle(self) -> None:
        self._unit.flush()

    def add(self, obj: T) -> T:
        """Store a new object at the end; one that the database numbers, at once."""
        self._unit.must_be_open()
        record = self._mapping.record(obj)
        key = self._mapping.key_of(record)
        if self._mapping.numbered is None or self._mapping.numbered in record:
            if key in self._gone:
                self._unit.flush()  # the old one makes room
            self._refuse_twice(key)
            self._new.append(obj)
            self._known[key] = _Known(obj, None)
            return obj
        self._unit.write_new()  # what it refers to has to be there
        stored = super().add(obj)
        self._taken_back(obj, stored, str(self._mapping.numbered), None)
        record = self._mapping.record(stored)
        self._known[self._mapping.key_of(record)] = _Known(stored, self._marks(record))
        return stored

    def _taken_back(self, before: T, now: T, name: str, value: Any) -> None:
        """Have a field that was set in an object be what it was, should the unit fail."""
        if now is before:
            self._unit.undo(lambda: self._mapping.changed(before, **{name: value}))

    def _refuse_twice(self, key: Any) -> None:
        known = self._known.get(key)
        if known is not None:
            raise InterfaceError(
                f"this unit has a {self._mapping.kind.__name__} with the key {key!r} already",
                hint="change that object, or remove() it first",
            )

    def add_all(self, objects: Iterable[T], *, progress: Progress = False) -> int:
        """Add each of some new objects."""
        self._unit.must_be_open()
        with reporting(progress, total=length(objects), what=self.table) as report:
            return sum(1 for _ in map(self.add, counted(objects, report)))

    def update(self, obj: T) -> T:
        """Store an object in the place of the unit's own with its key; for frozen ones."""
        self._unit.must_be_open()
        record = self._mapping.record(obj)
        key, version = self._mapping.key_of(record), self._mapping.version
        known = self._known.get(key)
        if known is None:  # read elsewhere, before: its version is what tells whether it is stale
            if key in self._gone:
                raise self._not_there(key)
            self._unit.write_new()  # what it refers to has to be there
            stored = super().update(obj)
            if version is not None:
                self._taken_back(obj, stored, version, record[version])
            self._known[key] = _Known(stored, self._marks(self._mapping.record(stored)))
            return stored
        if known.marks is None:
            self._new = [obj if each is known.obj else each for each in self._new]
        elif version is not None and record[version] != known.marks[version]:
            raise self._stale(key, record[version])
        known.obj = obj
        return obj

    def remove(self, obj: T) -> None:
        """Remove an object at the end, after what was changed is stored."""
        self._unit.must_be_open()
        record = self._mapping.record(obj)
        key = self._mapping.key_of(record)
        known = self._known.pop(key, None)
        if known is not None and known.marks is None:
            self._new = [each for each in self._new if each is not known.obj]
        elif key in self._gone:
            raise self._not_there(key)
        else:
            self._gone[key] = record

    # -- what the unit does with them -----------------------------------------------------

    @property
    def has_new(self) -> bool:
        """Whether there is something to be added."""
        return bool(self._new)

    def write_new(self) -> None:
        """Store what was added."""
        new = self._new
        records = [self._mapping.record(each) for each in new]
        if not records:
            return
        self._storage.insert_many(self.table, records)
        self._new = []  # only now: what failed is still to be stored
        for obj, record in zip(new, records, strict=True):
            self._known[self._mapping.key_of(record)] = _Known(obj, self._marks(record))

    def write_changed(self) -> None:
        """Store what was changed, only the columns that were."""
        alike: dict[tuple[str, ...], list[tuple[_Known, Values]]] = {}
        for key, known in list(self._known.items()):
            if known.marks is None:
                continue
            record = self._mapping.record(known.obj)
            self._refuse_moved(key, record)
            marks = self._marks(record)
            names = tuple(name for name in marks if marks[name] != known.marks[name])
            if names:
                alike.setdefault(names, []).append((known, record))
        for names, changed in alike.items():
            if self._mapping.version is None:
                self._write_alike(names, changed)
            else:
                self._write_versioned(names, changed)

    @property
    def has_gone(self) -> bool:
        """Whether there is something to be removed."""
        return bool(self._gone)

    def write_gone(self) -> None:
        """Remove what is to be removed."""
        for key, record in list(self._gone.items()):
            self._delete(record)
            del self._gone[key]

    def _refuse_moved(self, key: Any, record: Values) -> None:
        now = self._mapping.key_of(record)
        if now != key:
            raise InterfaceError(
                f"the key of {self._mapping.kind.__name__} {key!r} was changed to {now!r}",
                hint="add() it anew with that key, and remove() the old one",
            )

    def _write_alike(self, names: tuple[str, ...], changed: list[tuple[_Known, Values]]) -> None:
        wanted = (*self._mapping.key, *names)
        records = [{name: record[name] for name in wanted} for _, record in changed]
        found = self._storage.update_many(self.table, records, key=self._mapping.key)
        if found != len(records):
            for _, record in changed:
                if not self._is_there(self._mapping.key_of(record)):
                    raise self._missed(record)
        for known, record in changed:
            known.marks = self._marks(record)

    def _write_versioned(
        self, names: tuple[str, ...], changed: list[tuple[_Known, Values]]
    ) -> None:
        version = str(self._mapping.version)
        for known, record in changed:
            assert known.marks is not None  # noqa: S101 - new ones are not here
            read = known.marks[version]
            changes = {name: record[name] for name in names} | {version: (read or 0) + 1}
            self._change({**record, version: read}, changes)
            self._count_up(known, changes[version], read)

    def _count_up(self, known: _Known, now: int, before: Any) -> None:
        version = str(self._mapping.version)
        obj = known.obj
        known.obj = self._mapping.changed(obj, **{version: now})
        known.marks = self._marks(self._mapping.record(known.obj))
        self._taken_back(obj, known.obj, version, before)
