"""Objects of one class, stored and found."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import cattrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.stale import StaleRecordError
from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress, counted, length, reporting
from scitex.db.services.repositories.mapping import ObjectMapping, Values
from scitex.db.services.repositories.shelf import Shelf, asked_by

T = TypeVar("T")
_AT_ONCE = 5_000  # objects that are turned into columns


class Repository(Shelf[T]):
    """
    The objects of a class, each a record of a table; `Database.repository` makes one.

    Attributes
    ----------
    converter : cattrs.Converter
        What turns nested objects, lists and classes of your own into what is stored and back;
        register hooks on it before the first object is stored or found.

    Examples
    --------
    >>> import attrs
    >>> @attrs.define
    ... class Trial:
    ...     subject: str
    ...     score: float
    ...     id: int | None = None
    >>> trials = db.repository(Trial, table="trials")
    >>> trials.create_table()
    >>> trials.add(Trial("s1", 0.5))
    Trial(subject='s1', score=0.5, id=1)
    >>> trials.find(col("score") > 0.1)
    [Trial(subject='s1', score=0.5, id=1)]
    """

    def __init__(
        self, storage: Storage, mapping: ObjectMapping[T], converter: cattrs.Converter
    ) -> None:
        super().__init__(storage, mapping)
        self.converter = converter
        names = mapping.key if mapping.version is None else (*mapping.key, mapping.version)
        self._by_state = asked_by(names)

    def create_table(self) -> None:
        """
        Make the table, or leave one that is the same alone.

        Raises
        ------
        SchemaError
            If another table of that name exists; its differences are listed.

        Examples
        --------
        >>> trials.create_table()
        """
        self._storage.create_table(self._mapping.spec)

    def add(self, obj: T) -> T:
        """
        Store a new object.

        Parameters
        ----------
        obj : T

        Returns
        -------
        T
            The object with the key that the database gave it: itself, or, where its class is
            frozen, a copy.

        Raises
        ------
        InterfaceError
            If it is of another class.
        DuplicateKeyError
            If there is one with its key.
        DataError, NotNullError, CheckError, ForeignKeyError
            If a column cannot keep a value, or a rule would be broken.

        Examples
        --------
        >>> trials.add(Trial("s2", 0.25)).id
        1
        """
        mapping = self._mapping
        record = mapping.record(obj)
        key = self._storage.insert(mapping.table, record)
        if mapping.numbered is None or mapping.numbered in record:
            return obj
        if isinstance(key, tuple):
            key = key[mapping.key.index(mapping.numbered)]
        return mapping.changed(obj, **{mapping.numbered: key})

    def add_all(self, objects: Iterable[T], *, progress: Progress = False) -> int:
        """
        Store many new objects, all of them or none.

        Parameters
        ----------
        objects : iterable of T
            A generator too.
        progress : bool or callable, default False
            Whether it is shown how far the work is.

        Returns
        -------
        int
            How many.

        Raises
        ------
        Error
            As `add`; it is said which object it was.
        InterfaceError
            If some have keys, and the keys of others are for the database to give.

        Notes
        -----
        As quick as `Database.insert_many`.  Keys that the database gives are not told; `add`
        tells them.

        Examples
        --------
        >>> trials.add_all(Trial(f"s{n}", n / 10) for n in range(100))
        100
        """
        coming = iter(objects)
        first = list(itertools.islice(coming, 1))
        mapping, place = self._mapping, None
        if mapping.numbered is not None and first:
            key = mapping.columns(first)[mapping.names.index(mapping.numbered)]
            place = mapping.names.index(mapping.numbered) if key == [None] else None
        names = [name for at, name in enumerate(mapping.names) if at != place]
        with reporting(progress, total=length(objects), what=self.table) as report:
            given = counted(itertools.chain(first, coming), report)
            return self._storage.insert_columns(
                self.table, tuple(names), self._pieces(given, without=place)
            )

    def _pieces(self, given: Iterator[T], *, without: int | None) -> Iterator[list[list[Any]]]:
        """Yield columns of objects, the one of a key that the database gives left out."""
        mapping, done = self._mapping, 0
        keys = mapping.names.index(mapping.numbered) if mapping.numbered is not None else None
        while some := list(itertools.islice(given, _AT_ONCE)):
            columns = mapping.columns(some)
            if keys is not None:
                for row, key in enumerate(columns[keys]):
                    if (key is None) is (without is None):
                        raise self._mixed(done + row, key)
            if without is not None:
                del columns[without]
            yield columns
            done += len(some)

    def _mixed(self, row: int, key: Any) -> InterfaceError:
        found, first = ("no key", "one") if key is None else (f"the key {key!r}", "none")
        return InterfaceError(
            f"object {row} has {found}, and the first of them has {first}",
            hint="add those whose keys the database gives apart from those that have one",
        )

    def update(self, obj: T) -> T:
        """
        Store an object that was changed, found by its key.

        Parameters
        ----------
        obj : T

        Returns
        -------
        T
            The object, with its version counted up where it has one: itself, or, where its
            class is frozen, a copy.

        Raises
        ------
        RecordNotFoundError
            If there is none with its key.
        StaleRecordError
            If somebody else changed it since it was read; this is told by its version.
        Error
            As `add`.

        Examples
        --------
        >>> trial = trials.add(Trial("s1", 0.5))
        >>> trial.score = 0.75
        >>> _ = trials.update(trial)
        >>> trials.get(trial.id).score
        0.75
        """
        mapping = self._mapping
        record = mapping.record(obj)
        changes = {name: value for name, value in record.items() if name not in mapping.key}
        if mapping.version is None:
            self._change(record, changes or {mapping.key[0]: record.get(mapping.key[0])})
            return obj
        changes[mapping.version] = (record[mapping.version] or 0) + 1
        self._change(record, changes)
        return mapping.changed(obj, **{mapping.version: changes[mapping.version]})

    def _change(self, record: Values, changes: Values) -> None:
        """Change the record of an object, if it is what the object was read as."""
        values = self._state(record)
        found = self._storage.update(self.table, changes, where=self._by_state, values=values)
        if not found:
            raise self._missed(record)

    def _state(self, record: Values) -> tuple[Any, ...]:
        version = self._mapping.version
        names = self._mapping.key if version is None else (*self._mapping.key, version)
        return tuple(record.get(name) for name in names)

    def _missed(self, record: Values) -> Exception:
        """Say why an object's record was not found: it is gone, or another by now."""
        key = self._mapping.key_of(record)
        version = self._mapping.version
        if version is None or not self._is_there(key):
            return self._not_there(key)
        return self._stale(key, record[version])

    def _stale(self, key: Any, version: Any) -> StaleRecordError:
        return StaleRecordError(
            f"{self._mapping.kind.__name__} {key!r} of table {self.table!r} was changed by "
            f"somebody else since it was read as version {version}",
            table=self.table,
            key=key,
        )

    def remove(self, obj: T) -> None:
        """
        Remove an object, found by its key.

        Parameters
        ----------
        obj : T

        Raises
        ------
        RecordNotFoundError
            If there is none with its key.
        StaleRecordError
            If somebody else changed it since it was read; this is told by its version.
        ForeignKeyError
            If another record refers to it.

        Examples
        --------
        >>> trials.remove(trials.add(Trial("s1", 0.5)))
        >>> trials.count()
        0
        """
        self._delete(self._mapping.record(obj))

    def _delete(self, record: Values) -> None:
        """Remove the record of an object, if it is what the object was read as."""
        values = self._state(record)
        if not self._storage.delete(self.table, where=self._by_state, values=values):
            raise self._missed(record)

    def __repr__(self) -> str:
        return f"<Repository of {self._mapping.kind.__name__} in table {self.table!r}>"
