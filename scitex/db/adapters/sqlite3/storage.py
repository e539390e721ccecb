"""SQLite as a storage."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, BinaryIO

from scitex.db.adapters import here
from scitex.db.adapters.sql.inspection import Inspecting
from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.adapters.sqlite3 import (
    blobs,
    clock,
    duplicates,
    elsewhere,
    inspection,
    moving,
    rawsql,
    searching,
    streaming,
    unloading,
)
from scitex.db.adapters.sqlite3.backups.snapshots import SnapshotStorage
from scitex.db.adapters.sqlite3.changes import Changing
from scitex.db.adapters.sqlite3.opening import Target
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.adapters.sqlite3.upkeep import Upkeep
from scitex.db.adapters.undivided import Undivided
from scitex.db.domain.blobs import Parts
from scitex.db.domain.capabilities import Capability
from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.pieces import Piece
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record, Rows
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.blobs import Blob
from scitex.db.ports.columns import Asked, Given
from scitex.db.ports.records import Values

_IN_MEMORY = frozenset({Capability.SQL, Capability.BACKUPS})


class Sqlite3Storage(SnapshotStorage, Upkeep, Changing, Undivided, Inspecting[Session]):
    """
    A SQLite file, or a database in memory.

    Parameters
    ----------
    target : Target
        What is opened, and how.
    """

    engine = "sqlite"
    version = sqlite3.sqlite_version
    _engine = searching
    _deduplicator = duplicates
    _mover = moving
    _clock = clock
    _catalogue = inspection

    def __init__(self, target: Target) -> None:
        self._target = target
        super().__init__(Sessions(lambda: Session(target), shared=target.in_memory))

    @property
    def location(self) -> str:
        return self._target.path

    @property
    def capabilities(self) -> frozenset[Capability]:
        if self._target.in_memory:
            return _IN_MEMORY
        return frozenset({*_IN_MEMORY, Capability.CONCURRENT, Capability.DURABLE})

    @property
    def size(self) -> int:
        session = self._sessions.current()
        with session.turn:
            pages = session.rows("PRAGMA page_count")[0][0]
            return int(pages * session.rows("PRAGMA page_size")[0][0])

    def elsewhere(self, *, snapshot: bool) -> AbstractContextManager[elsewhere.Place | here.Here]:
        if self._target.in_memory:
            return here.told(self, snapshot=snapshot)
        return elsewhere.told(self._target, Sqlite3Storage, snapshot=snapshot)

    @property
    def depth(self) -> int:
        session = self._sessions.current()
        mine = session.thread == threading.get_ident()  # in memory, threads share a session
        return session.levels.depth if mine else 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        session = self._sessions.current()
        with session.turn, session.snapshot(writes=False):
            session.rows("SELECT 1 FROM sqlite_schema LIMIT 1")  # the state is that of this moment
            yield

    def rollback(self, owner: object = None) -> None:
        session = self._sessions.current_or_none()
        if session is None:
            return
        mine = session.thread == threading.get_ident()
        if mine or (owner is not None and owner in session.levels.owners):
            super().rollback(owner)  # another thread's transaction is nothing to this one

    def insert_blob(
        self, table: str, record: Mapping[str, object], *, column: str, parts: Parts
    ) -> Any:
        session = self._sessions.current()
        with session.turn:
            return blobs.insert(session, table, record, column, parts)

    def open_blob(
        self, query: Query, *, values: Values = ()
    ) -> AbstractContextManager[Blob | None]:
        return blobs.opened(self._sessions.current(), query, values)

    def stream(self, query: Query, *, values: Values = ()) -> Iterator[Record]:
        session = self._sessions.current()
        if self._shares(session):
            yield from streaming.shared(session, query, values)
            return
        with self._sessions.extra() as other:
            yield from streaming.alone(other, query, values)

    def _shares(self, session: Session) -> bool:
        """Say whether rows must come over the thread's own connection: no other has the same."""
        if self._target.in_memory or session.levels.owners:
            return True
        return bool(session.rows("SELECT 1 FROM sqlite_temp_schema LIMIT 1"))

    def unload(
        self, asked: Asked, *, values: Given = None, take: Callable[[Piece], object]
    ) -> None:
        unloading.unload(self._sessions.current(), asked, values, take)

    def pages(self, asked: Asked, *, values: Given = None, rows: int) -> Iterator[Piece]:
        session = self._sessions.current()
        if self._shares(session):
            yield from unloading.shared(session, asked, values, rows)
            return
        with self._sessions.extra() as other:
            yield from unloading.alone(other, asked, values, rows)

    def unload_csv(
        self, asked: Asked, *, values: Given = None, file: BinaryIO, form: CsvForm, header: bool
    ) -> int | None:
        return None

    def execute(self, sql: str, *, params: Parameters = None) -> Rows:
        session = self._sessions.current()
        with session.turn:
            return rawsql.change(session, sql, params)

    def query(self, sql: str, *, params: Parameters = None) -> Rows:
        session = self._sessions.current()
        with session.turn:
            return rawsql.query(session, sql, params)
