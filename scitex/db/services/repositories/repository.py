"""Objects of one class, stored and found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import cattrs

from scitex.db.domain.stale import StaleRecordError
from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress, counted, length, reporting
from scitex.db.services.repositories.mapping import ObjectMapping, Values
from scitex.db.services.repositories.shelf import Shelf, asked_by

T = TypeVar("T")


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

        Notes
        -----
        As quick as `Database.insert_many`.  Keys that the database gives are not told; `add`
        tells them.

        Examples
        --------
        >>> trials.add_all(Trial(f"s{n}", n / 10) for n in range(100))
        100
        """
        write = self._mapping.record
        with reporting(progress, total=length(objects), what=self.table) as report:
            records = (write(each) for each in counted(objects, report))
            return self._storage.insert_many(self.table, records)

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
        if self._mapping.version is None or not self._is_there(key):
            return self._not_there(key)
        return StaleRecordError(
            f"{self._mapping.kind.__name__} {key!r} of table {self.table!r} was changed by "
            f"somebody else since it was read as version {record[self._mapping.version]}",
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
        record = self._mapping.record(obj)
        values = self._state(record)
        if not self._storage.delete(self.table, where=self._by_state, values=values):
            raise self._missed(record)

    def __repr__(self) -> str:
        return f"<Repository of {self._mapping.kind.__name__} in table {self.table!r}>"
