"""PostgreSQL as a storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, BinaryIO

from scitex.db.adapters.postgresql import (
    blobs,
    citus,
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
from scitex.db.adapters.postgresql.backups.snapshots import SnapshotStorage
from scitex.db.adapters.postgresql.changes import Changing
from scitex.db.adapters.postgresql.divided.calls import Divided
from scitex.db.adapters.postgresql.opening import Target
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.postgresql.upkeep import Upkeep
from scitex.db.adapters.sql.inspection import Inspecting
from scitex.db.adapters.sql.sessions import Sessions
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


class PostgresqlStorage(SnapshotStorage, Upkeep, Changing, Divided, Inspecting[Session]):
    """
    A PostgreSQL database.

    Parameters
    ----------
    target : Target
        What is opened, and how.
    """

    engine = "postgresql"
    _engine = searching
    _deduplicator = duplicates
    _mover = moving
    _clock = clock
    _catalogue = inspection
    capabilities = frozenset(
        {
            Capability.SQL,
            Capability.BACKUPS,
            Capability.CONCURRENT,
            Capability.DURABLE,
            Capability.SCHEMAS,
            Capability.REMOTE,
            Capability.PARTITIONS,
            Capability.TIMED_PLANS,
        }
    )

    def __init__(self, target: Target) -> None:
        self._target = target
        super().__init__(Sessions(lambda: Session(target)))

    @property
    def location(self) -> str:
        return self._target.location

    @property
    def version(self) -> str:
        session = self._sessions.current()
        told = session.connection.info.parameter_status("server_version") or "unknown"
        return told.partition(" ")[0]

    @property
    def size(self) -> int:
        session = self._sessions.current()
        return citus.database_size(session)

    @contextmanager
    def reading(self) -> Iterator[None]:
        with unloading.reading(self._sessions.current(), "ISOLATION LEVEL REPEATABLE READ"):
            yield

    def elsewhere(self, *, snapshot: bool) -> AbstractContextManager[elsewhere.Place]:
        return elsewhere.told(self._target, self._sessions, _opened, snapshot=snapshot)

    def insert_blob(
        self, table: str, record: Mapping[str, object], *, column: str, parts: Parts
    ) -> Any:
        return blobs.insert(self._sessions.current(), table, record, column, parts)

    def open_blob(
        self, query: Query, *, values: Values = ()
    ) -> AbstractContextManager[Blob | None]:
        return blobs.opened(self._sessions.current(), query, values)

    def stream(self, query: Query, *, values: Values = ()) -> Iterator[Record]:
        session = self._sessions.current()
        if session.levels.owners:
            yield from streaming.shared(session, query, values)
            return
        meant = streaming.number(session, query.table)
        with self._sessions.extra() as other:
            yield from streaming.alone(other, query, values, meant)

    def unload(
        self, asked: Asked, *, values: Given = None, take: Callable[[Piece], object]
    ) -> None:
        unloading.unload(self._sessions.current(), asked, values, take)

    def pages(self, asked: Asked, *, values: Given = None, rows: int) -> Iterator[Piece]:
        session = self._sessions.current()
        if session.levels.owners:
            yield from unloading.shared(session, asked, values, rows)
            return
        meant = streaming.number(session, asked.table) if isinstance(asked, Query) else None
        with self._sessions.extra() as other:
            yield from unloading.alone(other, asked, values, rows, meant=meant)

    def unload_csv(
        self, asked: Asked, *, values: Given = None, file: BinaryIO, form: CsvForm, header: bool
    ) -> int | None:
        return unloading.unload_csv(
            self._sessions.current(), asked, values, file, form, header=header
        )

    def execute(self, sql: str, *, params: Parameters = None) -> Rows:
        session = self._sessions.current()
        with session.turn:
            return rawsql.execute(session, sql, params)

    def query(self, sql: str, *, params: Parameters = None) -> Rows:
        session = self._sessions.current()
        with session.turn:
            return rawsql.query(session, sql, params)


def _opened(target: Target) -> tuple[PostgresqlStorage, Sessions[Session]]:
    """Open a database that was told of elsewhere."""
    storage = PostgresqlStorage(target)
    return storage, storage._sessions
