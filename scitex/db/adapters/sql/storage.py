"""What is the same in both SQL engines' storages: each call finds its thread's session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from scitex.db.adapters.sql import bulk, documents, plans, tables
from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.adapters.sql.telling import tell
from scitex.db.domain.errors import Error, IntegrityError
from scitex.db.domain.jsonpaths import Step
from scitex.db.domain.pieces import Values as ColumnValues
from scitex.db.domain.queries import Condition, OnConflict, Query
from scitex.db.domain.rows import Record
from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec
from scitex.db.domain.transactions import Levels
from scitex.db.ports.records import Values


class SqlSession(bulk.Writing, tables.Altered, Protocol):
    """One connection, as the storage uses it."""

    pid: int
    turn: Any  # a context manager: RLock is none to mypy
    levels: Levels

    def begin(self, owner: object) -> None:
        """Open a level."""
        ...

    def commit(self, owner: object) -> None:
        """Close the innermost level and keep its work."""
        ...

    def rollback(self, owner: object) -> None:
        """Undo the owner's level with those inside it."""
        ...

    def back_to(self, depth: int) -> None:
        """Undo the levels past a depth, also one whose beginning was interrupted."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


S = TypeVar("S", bound=SqlSession)


class SqlStorage(Generic[S]):
    """
    The calls that both SQL engines carry out the same way.

    Parameters
    ----------
    sessions : Sessions
        A session for each thread.
    """

    def __init__(self, sessions: Sessions[S]) -> None:
        self._sessions = sessions
        sessions.current()

    def close(self) -> None:
        self._sessions.close()

    # --------------------------------------------------------------------- records

    def insert(
        self,
        table: str,
        record: Mapping[str, object],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: tuple[str, ...] = (),
    ) -> Any:
        session = self._sessions.current()
        with session.turn:
            return bulk.insert(session, table, record, policy=on_conflict, target=conflict_columns)

    def insert_many(
        self,
        table: str,
        records: Iterable[Mapping[str, object]],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: tuple[str, ...] = (),
        batch_size: int | None = None,
    ) -> int:
        session = self._sessions.current()
        with session.turn:
            work = bulk.Insertion(session, table, policy=on_conflict, target=conflict_columns)
            return work.write(records, batch_size)

    def insert_columns(
        self,
        table: str,
        columns: tuple[str, ...],
        pieces: Iterable[Sequence[ColumnValues]],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: tuple[str, ...] = (),
    ) -> int:
        session = self._sessions.current()
        with session.turn:
            work = bulk.Insertion(session, table, policy=on_conflict, target=conflict_columns)
            return work.write_columns(columns, pieces)

    def update(
        self,
        table: str,
        changes: Mapping[str, object],
        *,
        where: Condition,
        values: Values = (),
    ) -> int:
        session = self._sessions.current()
        with session.turn:
            try:
                found: int = session.perform(
                    (plans.update, table, where, *changes), (changes, values)
                )
            except IntegrityError as error:
                tell(session, error, changes)
                raise
            return found

    def update_many(
        self,
        table: str,
        records: Iterable[Mapping[str, object]],
        *,
        key: tuple[str, ...],
        batch_size: int | None = None,
    ) -> int:
        session = self._sessions.current()
        with session.turn:
            size = batch_size or session.changes
            return bulk.update_many(session, table, records, key=key, size=size)

    def delete(self, table: str, *, where: Condition, values: Values = ()) -> int:
        session = self._sessions.current()
        with session.turn:
            found: int = session.perform((plans.delete, table, where), values)
            return found

    def update_json(
        self,
        table: str,
        column: str,
        path: tuple[Step, ...],
        text: str,
        *,
        where: Condition,
        values: Values = (),
    ) -> int:
        session = self._sessions.current()
        with session.turn:
            return documents.update_json(session, table, (column, path, text), where, values)

    def select(self, query: Query, *, values: Values = ()) -> list[Record]:
        session = self._sessions.current()
        with session.turn:
            found: list[Record] = session.perform((plans.select, query), values)
            return found

    def count(self, table: str, *, where: Condition | None = None, values: Values = ()) -> int:
        session = self._sessions.current()
        with session.turn:
            found: int = session.perform((plans.count, table, where), values)
            return found

    # ---------------------------------------------------------------------- schema

    def create_table(self, spec: TableSpec) -> None:
        session = self._sessions.current()
        with session.turn:
            tables.create_table(session, spec)

    def drop_table(self, table: str) -> None:
        session = self._sessions.current()
        with session.turn:
            tables.drop_table(session, table)

    def rename_table(self, table: str, *, to: str) -> None:
        session = self._sessions.current()
        with session.turn:
            tables.rename_table(session, table, to)

    def add_column(self, table: str, column: ColumnSpec) -> None:
        session = self._sessions.current()
        with session.turn:
            tables.add_column(session, table, column)

    def drop_column(self, table: str, column: str) -> None:
        session = self._sessions.current()
        with session.turn:
            tables.drop_column(session, table, column)

    def rename_column(self, table: str, column: str, *, to: str) -> None:
        session = self._sessions.current()
        with session.turn:
            tables.rename_column(session, table, column, to)

    def tables(self) -> list[str]:
        session = self._sessions.current()
        with session.turn:
            return session.tables()

    def describe(self, table: str) -> TableSpec:
        session = self._sessions.current()
        with session.turn, session.snapshot(writes=False):
            return session.described(table).spec

    def create_index(self, index: IndexSpec) -> None:
        session = self._sessions.current()
        with session.turn:
            tables.create_index(session, index)

    def drop_index(self, table: str, name: str) -> None:
        session = self._sessions.current()
        with session.turn:
            tables.drop_index(session, table, name)

    def indexes(self, table: str) -> list[IndexSpec]:
        session = self._sessions.current()
        with session.turn, session.snapshot(writes=False):
            session.described(table)
            return session.indexes(table)

    # ---------------------------------------------------------------- transactions

    @property
    def depth(self) -> int:
        return self._sessions.current().levels.depth

    def begin(self, owner: object = None) -> None:
        session, depth = self._sessions.current(), self.depth
        try:
            with session.turn:
                session.begin(owner)
        except Error:
            raise  # nothing was begun
        except BaseException:  # an interrupt may have come just after it was
            session.back_to(depth)
            raise

    def commit(self, owner: object = None) -> None:
        session = self._sessions.current()
        with session.turn:
            session.commit(owner)

    def rollback(self, owner: object = None) -> None:
        session = self._sessions.current_or_none()
        if session is None:
            return
        with session.turn:
            session.rollback(owner)
