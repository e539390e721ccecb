"""What is restored takes the place of what is there: the whole, or some tables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from scitex.db.adapters.sqlite3 import catalog, loading, searching
from scitex.db.adapters.sqlite3.copying import copied, dangling
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.dumping import Writer
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import BackupError, UnsupportedFeatureError


def whole(session: Session, live: Session) -> None:
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
    live.rows("PRAGMA busy_timeout = 0")  # the copying waits
    copied(session.connection, live.connection, live.file)


def tables(session: Session, live: Session, names: tuple[str, ...]) -> None:
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
        before = dangling(live.connection)
        for name in names:
            _replace(session, live, name)
        if dangling(live.connection) > before:
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
    if searched is not None:
        searching.make(live, live.described(table), searched.spec)
    if live.rows(count) != session.rows(count):
        raise BackupError(f"table {table!r} was not restored whole")
