"""Objects that are kept, as they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

import attrs

from scitex.db.domain.errors import InterfaceError, RecordNotFoundError
from scitex.db.domain.predicates import And, Column, Compare, Parameter, Predicate
from scitex.db.domain.queries import OrderBy, Query, Where, given, select_query
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.repositories.mapping import ObjectMapping, Values

T = TypeVar("T")


def asked_by(names: Iterable[str]) -> Predicate:
    """Ask for a record by some columns, whose values are given later."""
    parts: list[Predicate] = [
        Compare(Column(name), "=", Parameter(place)) for place, name in enumerate(names)
    ]
    found = parts[0]
    for part in parts[1:]:
        found = And(found, part)
    return found


class Shelf(Generic[T]):
    """The calls that give objects back."""

    def __init__(self, storage: Storage, mapping: ObjectMapping[T]) -> None:
        self._storage = storage
        self._mapping = mapping
        self._by_key = asked_by(mapping.key)

    @property
    def table(self) -> str:
        """The table's name."""
        return self._mapping.table

    @property
    def spec(self) -> TableSpec:
        """The table as the class has it."""
        return self._mapping.spec

    def get(self, key: Any) -> T:
        """
        Return the object with a key.

        Parameters
        ----------
        key : object
            A tuple where it has several columns, in the order of ``key=``.

        Returns
        -------
        T

        Raises
        ------
        RecordNotFoundError
            If there is none.

        Examples
        --------
        >>> trials.get(trials.add(Trial("s1", 0.5)).id)
        Trial(subject='s1', score=0.5, id=1)
        """
        values = key if isinstance(key, tuple) else (key,)
        if len(values) != len(self._mapping.key):
            raise InterfaceError(
                f"{key!r} is no key of table {self.table!r}",
                hint=f"give {', '.join(self._mapping.key)}, in that order",
            )
        self._settle()
        query = Query(self.table, self._mapping.names, self._by_key, (), 1)
        for record in self._storage.select(query, values=values):
            return self._object(record)
        raise self._not_there(key)

    def _settle(self) -> None:
        """Have everything stored that a question is about."""

    def _object(self, record: Values) -> T:
        return self._mapping.object(record)

    def find(
        self,
        where: Where = None,
        *,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> list[T]:
        """
        Return the objects that meet a condition.

        Parameters
        ----------
        where, params, order_by, limit, offset
            As in `Database.select`.

        Returns
        -------
        list of T

        Raises
        ------
        Error
            As `Database.select`; `ColumnNotFoundError` too, if the table lacks a field's column.

        Examples
        --------
        >>> trials.find(col("subject").like("s%"), order_by="score DESC", limit=5)
        []
        """
        self._settle()
        query, values = self._query((order_by, limit, offset), where, params)
        return list(map(self._object, self._storage.select(query, values=values)))

    def stream(
        self,
        where: Where = None,
        *,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> Iterator[T]:
        """
        Yield the objects that meet a condition, without holding them all.

        Parameters
        ----------
        where, params, order_by, limit, offset
            As in `Database.select`.

        Yields
        ------
        T

        Raises
        ------
        Error
            As `find`, when the first object is asked for.

        Examples
        --------
        >>> sum(trial.score for trial in trials.stream())
        0
        """
        self._settle()
        query, values = self._query((order_by, limit, offset), where, params)
        return map(self._object, self._storage.stream(query, values=values))

    def _query(
        self, shape: tuple[OrderBy, Any, Any], where: Where, params: Parameters
    ) -> tuple[Query, Any]:
        found = given(where, params)
        order_by, limit, offset = shape
        query = select_query(
            self.table,
            columns=self._mapping.names,
            condition=found.condition,
            order_by=order_by,
            limit=limit,
            offset=offset,
        )
        return query, found.values

    def count(self, where: Where = None, *, params: Parameters = None) -> int:
        """
        Count the objects that meet a condition.

        Parameters
        ----------
        where, params
            As in `Database.count`.

        Returns
        -------
        int

        Raises
        ------
        Error
            As `Database.select`.

        Examples
        --------
        >>> trials.count({"subject": "s1"})
        0
        """
        self._settle()
        found = given(where, params)
        return self._storage.count(self.table, where=found.condition, values=found.values)

    def exists(self, where: Where = None, *, params: Parameters = None) -> bool:
        """
        Say whether an object meets a condition.

        Parameters
        ----------
        where, params
            As in `Database.exists`.

        Returns
        -------
        bool

        Raises
        ------
        Error
            As `Database.select`.

        Examples
        --------
        >>> trials.exists(col("score") > 0.9)
        False
        """
        self._settle()
        query, values = self._query((None, 1, None), where, params)
        small = attrs.evolve(query, columns=self._mapping.key)
        return bool(self._storage.select(small, values=values))

    def __contains__(self, key: object) -> bool:
        """Say whether there is an object with a key."""
        self._settle()
        return self._is_there(key)

    def _is_there(self, key: object) -> bool:
        values = key if isinstance(key, tuple) else (key,)
        query = Query(self.table, self._mapping.key, self._by_key, (), 1)
        return bool(self._storage.select(query, values=values))

    def __iter__(self) -> Iterator[T]:
        """Yield all objects, as `stream` does."""
        return self.stream()

    def _not_there(self, key: Any) -> RecordNotFoundError:
        return RecordNotFoundError(
            f"table {self.table!r} has no {self._mapping.kind.__name__} with the key {key!r}",
            hint="find() tells what there is; add() stores a new one",
        )
