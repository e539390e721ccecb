"""Objects that are changed together, and stored together when that is done."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

import attrs
import cattrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.jsontext import json_text
from scitex.db.domain.ordering import parents_first
from scitex.db.domain.plain import is_array
from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress, counted, length, reporting
from scitex.db.services.repositories.fields import json_converter
from scitex.db.services.repositories.mapping import ObjectMapping, Values, mapped
from scitex.db.services.repositories.repository import Repository
from scitex.db.services.transactions import Block

T = TypeVar("T")


def _mark(value: Any) -> Any:
    """Return what a value is known by later, when it may have been changed in place."""
    if isinstance(value, (dict, list)):
        return json_text(value)
    return (value.dtype.str, value.shape, value.tobytes()) if is_array(value) else value


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
        unit: UnitOfWork,
    ) -> None:
        super().__init__(storage, mapping, converter)
        self._unit = unit
        self._known: dict[Any, _Known] = {}
        self._new: list[T] = []

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
            self._refuse_twice(key)
            self._new.append(obj)
            self._known[key] = _Known(obj, None)
            return obj
        self._unit.flush()  # what it refers to has to be there
        stored = super().add(obj)
        if stored is obj:
            self._unit.undo(
                lambda: self._mapping.changed(obj, **{str(self._mapping.numbered): None})
            )
        record = self._mapping.record(stored)
        self._known[self._mapping.key_of(record)] = _Known(stored, self._marks(record))
        return stored

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
        key = self._mapping.key_of(self._mapping.record(obj))
        known = self._known.get(key)
        if known is None:  # read elsewhere, before: its version is what tells whether it is stale
            stored = super().update(obj)
            self._known[key] = _Known(stored, self._marks(self._mapping.record(stored)))
            return stored
        if known.marks is None:
            self._new = [obj if each is known.obj else each for each in self._new]
        known.obj = obj
        return obj

    def remove(self, obj: T) -> None:
        """Remove an object, as `Repository.remove`."""
        self._unit.must_be_open()
        key = self._mapping.key_of(self._mapping.record(obj))
        known = self._known.get(key)
        if known is not None and known.marks is None:
            self._new = [each for each in self._new if each is not known.obj]
        else:
            self._unit.flush()
            super().remove(obj)
        self._known.pop(key, None)

    # -- what the unit does with them -----------------------------------------------------

    @property
    def has_new(self) -> bool:
        """Whether there is something to be added."""
        return bool(self._new)

    def write_new(self) -> None:
        """Store what was added."""
        new, self._new = self._new, []
        records = [self._mapping.record(each) for each in new]
        if not records:
            return
        self._storage.insert_many(self.table, records)
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
        if known.obj is obj:
            self._unit.undo(lambda: self._mapping.changed(obj, **{version: before}))


class UnitOfWork:
    """
    Several objects changed together; `Database.unit_of_work` makes one.

    The block is a transaction: what was added to its repositories, and what was changed in
    objects that they returned, is stored when it ends, in batches and parents first, or not at
    all where an exception leaves it.

    Examples
    --------
    >>> trials.add_all([Trial("s1", 0.5), Trial("s2", 0.25)])
    2
    >>> with db.unit_of_work() as unit:
    ...     for trial in unit.repository(Trial, table="trials").find():
    ...         trial.score += 1
    >>> [trial.score for trial in trials.find(order_by="id")]
    [1.5, 1.25]
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._block: Block | None = None
        self._repositories: dict[Any, TrackedRepository[Any]] = {}
        self._undone: list[Callable[[], object]] = []

    def repository(
        self,
        kind: type[T],
        table: str,
        *,
        key: str | Iterable[str] = "id",
        version: str | None = None,
        converter: cattrs.Converter | None = None,
    ) -> Repository[T]:
        """
        Return the repository of a class whose objects the unit watches.

        Parameters
        ----------
        kind, table, key, version, converter
            As in `Database.repository`; asked for again, it is the same one.

        Returns
        -------
        Repository

        Raises
        ------
        InterfaceError
            If the unit is over.
        SchemaError
            As `Database.repository`.

        Examples
        --------
        >>> with db.unit_of_work() as unit:
        ...     unit.repository(Trial, table="trials").count()
        0
        """
        self.must_be_open()
        columns = (key,) if isinstance(key, str) else tuple(key)
        asked = (kind, table, columns, version)
        if asked not in self._repositories:
            chosen = converter or json_converter()
            mapping = mapped(kind, table, key=columns, version=version, converter=chosen)
            self._repositories[asked] = TrackedRepository(self._storage, mapping, chosen, self)
        return self._repositories[asked]

    def flush(self) -> None:
        """
        Send what was done so far to the database; it is kept when the block ends.

        Raises
        ------
        RecordNotFoundError, StaleRecordError
            If an object was removed or changed by somebody else meanwhile.
        Error
            As `Repository.add`.

        Examples
        --------
        >>> with db.unit_of_work() as unit:
        ...     unit.flush()
        """
        self.must_be_open()
        adding = [each for each in self._repositories.values() if each.has_new]
        if len(adding) > 1:
            specs = {each.table: self._storage.describe(each.table) for each in adding}
            order = parents_first(specs)
            adding.sort(key=lambda each: order.index(each.table))
        for repository in adding:
            repository.write_new()
        for repository in self._repositories.values():
            repository.write_changed()

    def undo(self, how: Callable[[], object]) -> None:
        """Keep what takes a change in an object back, should the unit fail."""
        self._undone.append(how)

    def must_be_open(self) -> None:
        """Raise `InterfaceError` if the unit has not begun, or is over."""
        if self._block is None:
            raise InterfaceError(
                "this unit of work is not open", hint="with db.unit_of_work() as unit: ..."
            )

    def __enter__(self) -> Self:
        if self._block is not None:
            raise InterfaceError("this unit of work is open already", hint="make another one")
        self._block = Block(self._storage)
        self._block.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        block = self._block
        assert block is not None  # noqa: S101 - entered before
        try:
            if kind is None:
                try:
                    self.flush()
                except BaseException as failure:
                    block.__exit__(type(failure), failure, failure.__traceback__)
                    raise
            block.__exit__(kind, error, trace)
        except BaseException:
            self._forget()
            raise
        else:
            if kind is not None:
                self._forget()
        finally:
            self._block = None
            self._repositories = {}

    def _forget(self) -> None:
        """Make objects what they were, as far as the unit changed them itself."""
        while self._undone:
            self._undone.pop()()
