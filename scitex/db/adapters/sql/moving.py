"""The calls on duplicates and on moved tables that both SQL engines carry out the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from scitex.db.adapters.sql.searching import SearchedStorage
from scitex.db.adapters.sql.storage import SqlSession
from scitex.db.domain.copying import Uncarried
from scitex.db.domain.duplicates import Repeats
from scitex.db.domain.rows import Record
from scitex.db.domain.tables import TableSpec

S = TypeVar("S", bound=SqlSession)
S_contra = TypeVar("S_contra", bound=SqlSession, contravariant=True)


class Deduplicator(Protocol[S_contra]):
    """What an engine does with duplicates in its own way: a module, or what is like one."""

    def delete(self, session: S_contra, asked: Repeats) -> int:
        """Remove them; return how many there were."""
        ...

    def found(self, session: S_contra, asked: Repeats, limit: int) -> tuple[int, list[Record]]:
        """Return how many there are, and some of them."""
        ...


class Mover(Protocol[S_contra]):
    """What an engine does with whole tables in its own way: a module, or what is like one."""

    def building(
        self, session: S_contra, specs: Sequence[TableSpec]
    ) -> AbstractContextManager[None]:
        """Make tables, and let their references be broken for the length of a block."""
        ...

    def drop_tables(self, session: S_contra, names: Sequence[str]) -> None:
        """Remove tables that may refer to one another."""
        ...

    def counter(self, session: S_contra, table: str) -> int | None:
        """Return the number that was given out last."""
        ...

    def set_counter(self, session: S_contra, table: str, number: int) -> None:
        """Say which number was given out last."""
        ...

    def belongings(self, session: S_contra) -> list[Uncarried]:
        """Name what no description of a table tells."""
        ...


class MovingStorage(SearchedStorage[S]):
    """The calls on duplicates and on whole tables."""

    _deduplicator: Deduplicator[S]
    _mover: Mover[S]

    def delete_duplicates(self, asked: Repeats) -> int:
        session = self._sessions.current()
        with session.turn:
            return self._deduplicator.delete(session, asked)

    def duplicates(self, asked: Repeats, *, limit: int) -> tuple[int, list[Record]]:
        session = self._sessions.current()
        with session.turn:
            return self._deduplicator.found(session, asked, limit)

    @contextmanager
    def building(self, specs: Sequence[TableSpec]) -> Iterator[None]:
        session = self._sessions.current()
        with session.turn, self._mover.building(session, specs):
            yield

    def drop_tables(self, tables: Sequence[str]) -> None:
        session = self._sessions.current()
        with session.turn, session.atomic():
            for table in tables:
                session.described(table)
                self._forget(session, table)
            self._mover.drop_tables(session, tables)

    def counter(self, table: str) -> int | None:
        session = self._sessions.current()
        with session.turn:
            return self._mover.counter(session, table)

    def set_counter(self, table: str, number: int) -> None:
        session = self._sessions.current()
        with session.turn:
            self._mover.set_counter(session, table, number)

    def belongings(self) -> list[Uncarried]:
        session = self._sessions.current()
        with session.turn:
            return self._mover.belongings(session)
