"""A SQLite database as it is at one moment, and another one put in its place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.adapters.sqlite3.backups import loading, replacing
from scitex.db.adapters.sqlite3.backups.copying import copied, copy_to_file, damage, dangling
from scitex.db.adapters.sqlite3.backups.dumping import Writer
from scitex.db.adapters.sqlite3.opening import PASSING, Target
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.backups import Kind
from scitex.db.domain.errors import (
    BackupError,
    InterfaceError,
    ReadOnlyError,
    TransactionStateError,
)
from scitex.db.ports.snapshots import Moment, Source, State
from scitex.db.ports.storage import Storage

_SCHEMA = (
    "SELECT type, name, tbl_name, sql FROM sqlite_schema "
    "WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' AND name NOT IN "
    "(SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow') "
    "ORDER BY type, name"
)
_MARKS = ("user_version", "application_id", "encoding")


class Sqlite3State:
    """
    What a connection sees, as long as it sees one state.

    Parameters
    ----------
    session : Session
        It has a transaction open, or a database to itself.
    storage : Storage
        What reads through that session.
    """

    def __init__(self, session: Session, storage: Storage) -> None:
        self._session = session
        self._storage = storage

    def parts(self) -> list[tuple[str, Storage]]:
        return [("", self._storage)]

    def schema(self) -> str:
        rows = self._session.rows(_SCHEMA)
        marks = [self._session.rows(f"PRAGMA {name}")[0] for name in _MARKS]
        return "\n".join(map(repr, [*rows, *marks]))

    def is_empty(self) -> bool:
        marks = (self._session.rows(f"PRAGMA {name}")[0][0] for name in _MARKS[:2])
        return not self._session.rows("SELECT 1 FROM sqlite_schema LIMIT 1") and not any(marks)

    def examine(self) -> int:
        damage(self._session.connection, self._session.file.path)
        return dangling(self._session.connection)


# SQLite 3.40 lets no index or computed column use its own JSON functions where the schema is not
# trusted.  Of all others it refuses just load_extension(), and that in every schema.
_JSON_IS_SUSPECT = (
    "SELECT 1 FROM pragma_function_list WHERE name = 'json_extract' AND NOT flags & 0x200000"
)


class Sqlite3Moment(Sqlite3State):
    """A state that can be written down."""

    def write(
        self, kind: Kind, *, tables: tuple[str, ...] | None, take: Callable[[bytes], object]
    ) -> None:
        if kind != "sql":
            raise InterfaceError(f"SQLite writes no backup of the kind {kind!r} piece by piece")
        Writer(self._session, take).write(tables)

    def copy(self, path: str, *, check: bool, report: Callable[[int], object]) -> int | None:
        return copy_to_file(self._session.connection, path, check=check, report=report)


class SnapshotStorage:
    """The calls on whole databases."""

    _target: Target
    _sessions: Sessions[Session]

    @property
    def backup_kinds(self) -> tuple[Kind, ...]:
        return ("db", "sql")

    @property
    def backup_scope(self) -> str | None:
        return None

    @contextlib.contextmanager
    def moment(self) -> Iterator[Moment[Storage]]:
        self._outside("backed up")
        with self._copied() if self._target.in_memory else self._sessions.extra() as session:
            owner = object()
            with session.turn:  # nobody closes it meanwhile
                try:
                    session.begin(owner, writes=False)
                    session.rows("SELECT count(*) FROM sqlite_schema")  # from here on it is fixed
                    yield Sqlite3Moment(session, self._over(session))
                finally:
                    session.rollback(owner)

    def restore(
        self,
        kind: Kind,
        source: Source,
        *,
        tables: tuple[str, ...] | None,
        save: Callable[[], object],
        check: Callable[[State[Storage]], object],
    ) -> None:
        self._outside("restored")
        if self._target.read_only:
            raise ReadOnlyError(
                f"{self._target.path} is opened for reading only",
                hint="open it with read_only=False",
            )
        with self._replaced() as live, self._read(kind, source, live, tables) as session:
            check(Sqlite3State(session, self._over(session)))
            replacing.saved(session, live, tables, save)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Storage]:
        with _passing(self._target) as session:
            yield self._over(session)

    # ------------------------------------------------------------------------- parts

    def _outside(self, done: str) -> None:
        """Refuse inside a transaction of this object's: it would wait for itself."""
        if self.depth:  # type: ignore[attr-defined]  # the storage's own
            raise TransactionStateError(
                f"{self._target.path} cannot be {done} inside a transaction of its own",
                hint="commit or roll back first",
            )

    def _over(self, session: Session) -> Storage:
        """Return a storage that has one session, which somebody else opens and closes."""
        storage: Any = type(self).__new__(type(self))
        storage._target = session.file
        storage._sessions = Sessions(lambda: session, shared=True)
        return storage  # type: ignore[no-any-return]  # made without being opened

    @contextlib.contextmanager
    def _copied(self) -> Iterator[Session]:
        """Give a copy of the database in memory, which is free again at once."""
        mine = self._sessions.current()
        with _passing(self._target) as session:
            with mine.turn:
                copied(mine.connection, session.connection, mine.file)
            yield session

    @contextlib.contextmanager
    def _replaced(self) -> Iterator[Session]:
        """Give the session through which the database is replaced."""
        if not self._target.in_memory:
            with self._sessions.extra() as session, session.turn:
                yield session
            return
        session = self._sessions.current()
        with session.turn:
            session.drain()
            yield session

    @contextlib.contextmanager
    def _read(
        self, kind: Kind, source: Source, live: Session, tables: tuple[str, ...] | None
    ) -> Iterator[Session]:
        """Give a session that sees what is in a backup, with the pages that are wanted."""
        size: int = live.rows("PRAGMA page_size")[0][0]
        if kind == "sql":
            with _passing(attrs.evolve(live.file, page_size=size)) as session:
                with source.reading() as file:
                    loading.load(session.connection, file, source.path)
                yield session
        elif kind == "db":
            with _opened(source.path, live.file) as session:
                if tables is not None or session.rows("PRAGMA page_size")[0][0] == size:
                    yield session
                    return
                with _passing(attrs.evolve(live.file, page_size=size)) as other:
                    # VACUUM would do it too, but numbers rows anew that have no key.
                    with loading.sandboxed(other.connection, source.path) as run:
                        Writer(session, run).write(None)
                    yield other
        else:
            raise BackupError(f"{source.path}: SQLite restores no backup of the kind {kind!r}")


@contextlib.contextmanager
def _passing(target: Target) -> Iterator[Session]:
    """Give an empty database in a file without a name, which is gone after the block."""
    session = Session(
        attrs.evolve(target, path=PASSING, read_only=False, synchronous="OFF", foreign_keys=False)
    )
    try:
        session.rows("PRAGMA journal_mode = MEMORY")
        session.rows("PRAGMA cache_size = -65536")
        yield session
    finally:
        session.close()


@contextlib.contextmanager
def _opened(path: str, target: Target) -> Iterator[Session]:
    """Give a session that reads a backup which is a database, in one state."""
    session = Session(
        attrs.evolve(target, path=path, read_only=True, page_size=None, foreign_keys=False)
    )
    try:
        if not session.rows(_JSON_IS_SUSPECT):
            session.rows("PRAGMA trusted_schema = OFF")
        session.begin(session, writes=False)
        session.rows("SELECT count(*) FROM sqlite_schema")
        yield session
    finally:
        session.close()
