"""Keeping a SQLite file small and quick, and measuring it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.adapters.sqlite3 import catalog, examining
from scitex.db.adapters.sqlite3.errors import DriverError
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import LockedError, OperationalError, ReadOnlyError
from scitex.db.domain.inspection.findings import Finding
from scitex.db.domain.inspection.measures import Measure, TableMeasure, not_inside, not_reading

_INCREMENTAL = 2  # PRAGMA auto_vacuum


class Upkeep:
    """The calls on upkeep."""

    _sessions: Sessions[Session]

    def vacuum(self, table: str | None = None, *, full: bool = False) -> None:
        session = self._sessions.current()
        with session.turn:
            _check(session, "vacuum", table)
            try:
                session.run("VACUUM").close()
            except (LockedError, ReadOnlyError):
                raise
            except OperationalError as error:
                raise OperationalError(
                    f"the vacuum was given up: {error.message}",
                    hint="it needs up to twice the size of the database as free room, in its "
                    "folder and in the folder for temporary files (SQLITE_TMPDIR); nothing was "
                    "changed",
                ) from error
            _shorten_log(session)

    def analyze(self, table: str | None = None) -> None:
        session = self._sessions.current()
        with session.turn:
            if session.file.read_only:
                raise not_reading("analyze", session.file.path)
            if table is not None:
                catalog.create_sql(session, table)
            session.run(
                "ANALYZE" if table is None else f"ANALYZE {_named(session, table)}"
            ).close()

    def optimize(self) -> None:
        session = self._sessions.current()
        with session.turn:
            _check(session, "optimize", None)
            known = _estimates(session)
            for name in _tables_with_indexes(session):
                if name not in known:
                    session.run(f"ANALYZE {_named(session, name)}").close()
            session.rows("PRAGMA optimize")
            if session.rows("PRAGMA auto_vacuum")[0][0] == _INCREMENTAL:
                _cut_off_free_pages(session)
            _shorten_log(session)

    def measure(self, *, exact: bool = True) -> Measure:
        session = self._sessions.current()
        with session.turn, session.snapshot(writes=False):
            page = session.rows("PRAGMA page_size")[0][0]
            names = session.tables()
            rows = _counts(session, names) if exact else _estimates(session)
            sizes = _sizes(session)
            return Measure(
                session.rows("PRAGMA page_count")[0][0] * page,
                tuple(_measured(session, name, rows.get(name), sizes) for name in names),
                free=session.rows("PRAGMA freelist_count")[0][0] * page,
                log=_log_bytes(session),
            )

    def examine(self, *, quick: bool = False, sample: int | None = None) -> list[Finding]:
        session = self._sessions.current()
        with session.turn:
            return list(examining.examine(session, quick=quick, sample=sample))


def _named(session: Session, table: str) -> str:
    """Name a table of the file itself, whatever temporary one is called the same."""
    return f"main.{session.target(table)}"


def _check(session: Session, what: str, table: str | None) -> None:
    """Refuse what cannot be, before anything is done."""
    if session.levels.owners or session.connection.in_transaction:
        raise not_inside(what)
    if session.file.read_only:
        raise not_reading(what, session.file.path)
    if table is not None:
        catalog.create_sql(session, table)


def _cut_off_free_pages(session: Session) -> None:
    """Shorten the file; a plain execute() of this pragma would free one page and stop."""
    try:
        session.connection.executescript("PRAGMA incremental_vacuum")
    except DriverError as error:
        raise session.failed(error) from error


def _shorten_log(session: Session) -> None:
    """Move the log into the file and cut it, unless somebody is reading from it just now."""
    session.rows("PRAGMA busy_timeout = 0")
    try:
        session.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    except LockedError:
        pass  # in shared memory somebody has it; the log is moved at another time
    finally:
        session.rows(f"PRAGMA busy_timeout = {int(session.file.timeout * 1000)}")


def _log_bytes(session: Session) -> int | None:
    if session.file.in_memory:
        return None
    log = Path(session.file.path + "-wal")
    return log.stat().st_size if log.exists() else 0


def _tables_with_indexes(session: Session) -> list[str]:
    found = session.rows(
        "SELECT DISTINCT tbl_name FROM sqlite_schema WHERE type = 'index' "
        "AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
    )
    return [row[0] for row in found]


def _estimates(session: Session) -> dict[str, int]:
    """Return how many records the tables had when they were last analysed."""
    if not session.rows("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"):
        return {}
    found = session.rows("SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl")
    return {name: rows for name, rows in found if name is not None}


def _counts(session: Session, names: list[str]) -> dict[str, int]:
    return {
        name: session.rows(f"SELECT count(*) FROM {_named(session, name)}")[0][0]  # noqa: S608 - quoted
        for name in names
    }


def _sizes(session: Session) -> dict[str, int] | None:
    """Return the bytes of each tree of pages; None where SQLite was built without dbstat."""
    if not session.rows("SELECT sqlite_compileoption_used('ENABLE_DBSTAT_VTAB')")[0][0]:
        return None
    return dict(session.rows("SELECT name, pgsize FROM dbstat('main', 1)"))


def _measured(
    session: Session, name: str, rows: int | None, sizes: Mapping[str, int] | None
) -> TableMeasure:
    owned = session.rows(
        "SELECT name, type, sql IS NOT NULL FROM sqlite_schema "
        "WHERE tbl_name = ? AND type IN ('table', 'index') ORDER BY name",
        (name,),
    )
    shadows = session.rows(  # what a virtual table keeps its records in
        "SELECT s.name FROM pragma_table_list AS s WHERE s.schema = 'main' "
        "AND s.type = 'shadow' AND substr(s.name, 1, length(?1) + 1) = ?1 || '_' AND EXISTS "
        "(SELECT 1 FROM pragma_table_list AS v WHERE v.name = ?1 AND v.type = 'virtual')",
        (name,),
    )
    trees = [row[0] for row in owned] + [row[0] for row in shadows]
    total = None if sizes is None else sum(sizes.get(tree, 0) for tree in trees)
    indexes = tuple(
        (index, None if sizes is None else sizes.get(index, 0))
        for index, kind, declared in owned
        if kind == "index" and declared
    )
    return TableMeasure(name, rows, total, indexes)
