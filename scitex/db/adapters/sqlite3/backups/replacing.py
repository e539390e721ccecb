"""What is restored takes the place of what is there: the whole, or some tables."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import attrs

from scitex.db.adapters.sqlite3 import catalog, searching
from scitex.db.adapters.sqlite3.backups import loading
from scitex.db.adapters.sqlite3.backups.copying import copied, dangling
from scitex.db.adapters.sqlite3.backups.dumping import Writer
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import BackupError, LockedError, UnsupportedFeatureError
from scitex.db.domain.names import OWN
from scitex.db.domain.sync.bookkeeping import LOGS

_TRIES = 10


class _ChangedError(Exception):
    """Somebody wrote to the database after it was looked at."""


def saved(
    session: Session,
    live: Session,
    names: tuple[str, ...] | None,
    save: Callable[[], object],
) -> None:
    """
    Replace everything, or some tables, when what is replaced was saved as it is.

    Parameters
    ----------
    session : Session
        Sees what is restored.
    live : Session
        Of the database that is replaced.
    names : tuple of str or None
        The tables; all by default.
    save : callable
        Called again where somebody wrote after it, and before the database was ours.

    Raises
    ------
    LockedError
        If somebody writes all the time.
    """
    for _ in range(_TRIES):
        live.rows(f"PRAGMA busy_timeout = {int(live.file.timeout * 1000)}")
        before = _version(live)
        save()
        with contextlib.suppress(_ChangedError):
            if names is None:
                whole(session, live, before)
            else:
                tables(session, live, names, before)
            return
    raise LockedError(
        f"others write to {live.file.path} all the time, and nothing of theirs may be lost",
        hint="restore when they have finished",
    )


def _version(live: Session) -> int:
    """Return another number than before where another connection wrote meanwhile."""
    found: int = live.rows("PRAGMA data_version")[0][0]
    return found


def _same(live: Session, before: int) -> None:
    if _version(live) != before:
        raise _ChangedError


def whole(session: Session, live: Session, before: int) -> None:
    """
    Copy all pages in one transaction: other connections see the old state or the new one.

    Raises
    ------
    LockedError
        If somebody else writes, or reads in a file without a log, for longer than the timeout.
    BackupError
        If text is kept in another encoding there.
    """
    kept, wanted = (each.rows("PRAGMA encoding")[0][0] for each in (live, session))
    if kept != wanted and live.rows("SELECT 1 FROM sqlite_schema LIMIT 1"):
        raise BackupError(
            f"the backup keeps text in {wanted}, {live.file.path} in {kept}",
            hint="restore it into a new file",
        )
    if live.file.in_memory:
        copied(session.connection, live.connection, live.file)
    elif live.rows("PRAGMA journal_mode")[0][0] == "wal":
        _beside_readers(session, live, before)
    else:
        _alone(session, live, before)


def _beside_readers(session: Session, live: Session, before: int) -> None:
    """Copy over a database with a log, which others can read until that is done."""
    pages: int = session.rows("PRAGMA page_count")[0][0]
    live.rows("PRAGMA busy_timeout = 0")  # the copying waits
    with contextlib.closing(Session(attrs.evolve(live.file, page_size=None))) as watch:
        now = _version(watch)
        _same(live, before)

        looked = False

        def ours(_: int) -> None:  # the first half is copied: nobody else can write any more
            nonlocal looked
            if pages > 1 and not looked and _version(watch) != now:
                raise _ChangedError
            looked = True

        half = (pages + 1) // 2 if pages > 1 else -1
        copied(session.connection, live.connection, live.file, pages=half, report=ours)


def _alone(session: Session, live: Session, before: int) -> None:
    """Copy over a database without a log, which nobody else can use meanwhile."""
    live.rows("PRAGMA locking_mode = EXCLUSIVE")
    try:
        live.run("BEGIN EXCLUSIVE")
        live.run("COMMIT")  # and yet the lock is kept
        _same(live, before)
        live.rows("PRAGMA busy_timeout = 0")
        copied(session.connection, live.connection, live.file)
    finally:
        live.rows("PRAGMA locking_mode = NORMAL")
        live.rows("SELECT 1 FROM sqlite_schema LIMIT 1")  # with which the lock is given back


def tables(session: Session, live: Session, names: tuple[str, ...], before: int) -> None:
    """
    Replace some tables in one transaction, and leave all others as they are.

    Raises
    ------
    BackupError
        If records of other tables would refer to some that are gone.
    UnsupportedFeatureError
        If a table is kept by a module.
    LockedError, ReadOnlyError
    """
    with _unruled(live), live.atomic():
        _same(live, before)
        broken = dangling(live.connection)
        for name in names:
            _replace(session, live, name)
        if dangling(live.connection) > broken:
            raise BackupError(
                f"with table {', '.join(map(repr, names))} as it was, references would point at "
                "records that are not there",
                hint="restore the whole database, or remove those records first",
            )


@contextlib.contextmanager
def _unruled(live: Session) -> Iterator[None]:
    """Let no rule hold while tables are filled; it was kept when the records were stored."""
    kept: int = live.rows("PRAGMA foreign_keys")[0][0]
    live.rows("PRAGMA foreign_keys = OFF")
    live.rows("PRAGMA ignore_check_constraints = ON")
    try:
        yield
    finally:
        live.rows("PRAGMA ignore_check_constraints = OFF")
        live.rows(f"PRAGMA foreign_keys = {kept}")


def _replace(session: Session, live: Session, table: str) -> None:
    count = f"SELECT count(*) FROM {SQLITE.name(table)}"  # noqa: S608 - quoted
    kind = "SELECT 1 FROM pragma_table_list(?) WHERE type IN ('virtual', 'shadow')"
    if session.rows(kind, (table,)):
        raise UnsupportedFeatureError(
            f"table {table!r} is kept by a module, and cannot be restored alone",
            engine="sqlite",
            hint="restore the whole database, into a new file if need be",
        )
    searched = searching.find(session, table)
    if catalog.has_table(live, table):
        if kept := searching.find(live, table):
            searching.remove(live, kept)
        live.run(f"DROP TABLE {SQLITE.name(table)}", table=table)
    guard = live._guard
    with loading.sandboxed(live.connection, session.file.path, guard=guard) as run:
        Writer(session, run).only(table)
    _end_log(live, table)
    if searched is not None:
        searching.make(live, live.described(table), searched.spec)
    if live.rows(count) != session.rows(count):
        raise BackupError(f"table {table!r} was not restored whole")


def _end_log(live: Session, table: str) -> None:
    """Have what a sync noted of a table count no more: nobody noted what the restore changed."""
    sql = "SELECT name, type FROM sqlite_schema WHERE tbl_name = ? OR name = ?"
    found = live.rows(sql, (table, LOGS.name))
    for name, type in found:
        if type == "trigger" and name.startswith(OWN):
            live.run(f"DROP TRIGGER {SQLITE.name(name)}")
    if (LOGS.name, "table") in found:
        live.run(f"DELETE FROM {LOGS.name} WHERE name = ?", (table,))  # noqa: S608 - ours
