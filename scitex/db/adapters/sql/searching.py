"""What is the same in searching with both SQL engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import attrs

from scitex.db.adapters.sql import plans
from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.conditions import order_clause
from scitex.db.adapters.sql.rowmaking import row_maker
from scitex.db.adapters.sql.storage import SqlSession, SqlStorage
from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.rows import Record
from scitex.db.domain.search.searching import (
    Search,
    SearchSpec,
    already,
    check_searchable,
    not_enabled,
    refuse_to_drop,
    searched_columns,
)
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.records import Values

S = TypeVar("S", bound=SqlSession)
S_contra = TypeVar("S_contra", bound=SqlSession, contravariant=True)


@attrs.frozen
class Kept:
    """
    What search keeps of a table.

    Attributes
    ----------
    name : str
        What it is called.
    spec : SearchSpec
    indexed, config, lower : str
        On PostgreSQL, the text of what is indexed, the configuration's quoted name, and that of
        the collation by which capitals are told.
    """

    name: str
    spec: SearchSpec
    indexed: str = ""
    config: str = ""
    lower: str = ""


@attrs.frozen
class Sought:
    """
    A search, with what it is made of.

    Attributes
    ----------
    asked : Search
    values : tuple or mapping
        What fills the condition.
    described : Described
    kept : Kept
    columns : list of str
        Where to look.
    """

    asked: Search
    values: Values
    described: Described
    kept: Kept
    columns: list[str]

    @property
    def table(self) -> TableSpec:
        """The table."""
        return self.described.spec


@attrs.define
class Spelt:
    """SQL text that is being put together, with what it binds."""

    parts: list[str] = attrs.Factory(list)
    bound: list[Any] = attrs.Factory(list)

    def add(self, sql: str, *bound: Any) -> None:
        """Add a part."""
        self.parts.append(sql)
        self.bound += bound

    def joined(self, sign: str) -> str:
        """Return the parts with a sign between them."""
        return sign.join(self.parts)


class Engine(Protocol[S_contra]):
    """What an engine does in its own way: a module, or what is like one."""

    def find(self, session: S_contra, table: str) -> Kept | None:
        """Return what is kept of a table."""
        ...

    def make(self, session: S_contra, described: Described, spec: SearchSpec) -> None:
        """Index a table."""
        ...

    def remove(self, session: S_contra, kept: Kept) -> None:
        """Remove the index."""
        ...

    def rows(self, session: S_contra, sought: Sought) -> Sequence[tuple[Any, ...]]:
        """Return the records that are found, each with its score at the end."""
        ...


class SearchedStorage(SqlStorage[S]):
    """The calls on searching, and those on tables that have to do with it."""

    _engine: Engine[S]

    def enable_search(self, table: str, spec: SearchSpec) -> None:
        session, engine = self._sessions.current(), self._engine
        with session.turn, session.atomic():
            described = session.described(table)
            wanted = check_searchable(described.spec, spec)
            if not already(table, wanted, self._spec(session, table)):
                engine.make(session, described, wanted)

    def disable_search(self, table: str) -> None:
        session = self._sessions.current()
        with session.turn, session.atomic():
            session.described(table)
            self._forget(session, table)

    def search_of(self, table: str) -> SearchSpec | None:
        session = self._sessions.current()
        with session.turn, session.snapshot(writes=False):
            session.described(table)
            return self._spec(session, table)

    def search(self, asked: Search, *, values: Values = ()) -> list[tuple[Record, float]]:
        session = self._sessions.current()
        with session.turn, session.snapshot(writes=False):
            described = session.described(asked.table)
            kept = self._engine.find(session, asked.table)
            if kept is None:
                raise not_enabled(asked.table)
            columns = searched_columns(asked.table, kept.spec, asked.columns)
            if not asked.text and not isinstance(asked.text, str):
                plans.condition(session, described.spec, asked.where).bind(values)
                return []
            sought = Sought(asked, values, described, kept, columns)
            rows = self._engine.rows(session, sought)
            make = row_maker(described.spec.names, plans.decoders(session, described.spec, None))
            records = make([row[:-1] for row in rows])
        return [(record, float(row[-1])) for record, row in zip(records, rows, strict=True)]

    def drop_table(self, table: str) -> None:
        session = self._sessions.current()
        with session.turn, session.atomic():
            session.described(table)
            self._forget(session, table)
            super().drop_table(table)

    def drop_column(self, table: str, column: str) -> None:
        session = self._sessions.current()
        with session.turn, session.atomic():
            session.described(table).spec.column(column)
            refuse_to_drop(table, column, self._spec(session, table))
            super().drop_column(table, column)

    def _spec(self, session: S, table: str) -> SearchSpec | None:
        kept = self._engine.find(session, table)
        return None if kept is None else kept.spec

    def _forget(self, session: S, table: str) -> None:
        kept = self._engine.find(session, table)
        if kept is not None:
            self._engine.remove(session, kept)


def by_key(session: SqlSession, table: TableSpec) -> str:
    """Spell an order by the primary key."""
    terms = tuple(OrderTerm(name) for name in table.primary_key)
    return order_clause(session.dialect, table, terms).removeprefix(" ORDER BY ")


def condition(session: SqlSession, sought: Sought, into: Spelt) -> None:
    """Add the condition that was given beside the text."""
    where = plans.condition(session, sought.table, sought.asked.where)
    if where.sql:
        into.add(where.sql, *where.bind(sought.values))
