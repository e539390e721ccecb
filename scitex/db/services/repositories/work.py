"""Objects that are changed together, and stored together when that is done."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

import cattrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.ordering import parents_first
from scitex.db.ports.storage import Storage
from scitex.db.services.repositories.fields import json_converter
from scitex.db.services.repositories.mapping import mapped
from scitex.db.services.repositories.repository import Repository
from scitex.db.services.repositories.tracked import TrackedRepository
from scitex.db.services.transactions import Block

T = TypeVar("T")


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
        self.write_new()
        for repository in self._repositories.values():
            repository.write_changed()
        going = [each for each in self._repositories.values() if each.has_gone]
        for repository in reversed(self._parents_first(going)):
            repository.write_gone()

    def write_new(self) -> None:
        """Store what was added, parents first."""
        adding = [each for each in self._repositories.values() if each.has_new]
        for repository in self._parents_first(adding):
            repository.write_new()

    def _parents_first(self, found: list[TrackedRepository[Any]]) -> list[TrackedRepository[Any]]:
        if len(found) < 2:
            return found
        order = parents_first({each.table: self._storage.describe(each.table) for each in found})
        return sorted(found, key=lambda each: order.index(each.table))

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
        self._undone = []
        block = Block(self._storage)
        block.__enter__()
        self._block = block  # only now: where no transaction could begin, the unit is not open
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
