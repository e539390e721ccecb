"""Taking whole tables into SQLite, and telling what belongs to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from scitex.db.adapters.sql import tables
from scitex.db.adapters.sqlite3.createsql import policies
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.copying import Uncarried
from scitex.db.domain.errors import ForeignKeyError
from scitex.db.domain.search.searching import PREFIX
from scitex.db.domain.tables import TableSpec, name_taken


@contextmanager
def building(session: Session, specs: Sequence[TableSpec]) -> Iterator[None]:
    """Make tables; see at the end that every reference holds."""
    with session.atomic():
        session.run("PRAGMA defer_foreign_keys = ON")
        for spec in specs:
            if session.has_table(spec.name):
                raise name_taken("table", spec.name)
            tables.make_table(session, spec.with_keys_required())
        yield
        for spec in specs:
            tables.check_references(session, spec)
            _check_records(session, spec.name)
        session.run("PRAGMA defer_foreign_keys = OFF")


def _check_records(session: Session, table: str) -> None:
    found = session.rows(f"PRAGMA foreign_key_check({SQLITE.name(table)})")
    if found:
        raise ForeignKeyError(
            f"{len(found)} reference(s) of table {table!r} to table {found[0][2]!r} point at no "
            f"record; the first is in row {found[0][1]}",
            table=table,
            hint="mend the records in the source first",
        )


def drop_tables(session: Session, names: Sequence[str]) -> None:
    """Remove tables, with what they hold first: no order would do for those in a circle."""
    with session.atomic():
        for name in names:
            session.described(name)
            others = set(session.referring(name)) - set(names)
            if others:
                raise tables.referred_to(name, sorted(others))
        session.run("PRAGMA defer_foreign_keys = ON")
        quoted = {name: SQLITE.name(name) for name in names}
        for name in names:
            sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"
            for (trigger,) in session.rows(sql, (name,)):
                session.run(f"DROP TRIGGER {SQLITE.name(trigger)}")
        for name in names:
            session.run(f"DELETE FROM {quoted[name]}", table=name)  # noqa: S608 - quoted
        for name in names:
            session.run(f"DROP TABLE {quoted[name]}", table=name)


def counter(session: Session, table: str) -> int | None:
    """Return the last number that AUTOINCREMENT gave."""
    session.described(table)
    if not session.rows("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'"):
        return None
    found = session.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    return int(found[0][0]) if found else None


def set_counter(session: Session, table: str, number: int) -> None:
    """Have AUTOINCREMENT go on behind a number."""
    spec = session.described(table).spec
    if not any(column.autoincrement for column in spec.columns):
        return
    with session.atomic():
        session.run("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        session.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, number))


def belongings(session: Session) -> list[Uncarried]:
    """Return views, triggers, and tables of other sorts."""
    rows = session.rows(
        "SELECT type, name, tbl_name FROM sqlite_schema WHERE type IN ('view', 'trigger') "
        "ORDER BY type DESC, name"
    )
    found = [
        Uncarried(type, name, table if type == "trigger" else None)
        for type, name, table in rows
        if not (type == "trigger" and name.startswith(PREFIX))
    ]
    known = set(session.tables())
    listed = session.rows(
        "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'"
    )
    for name, type, without_rowid, strict in sorted(each for each in listed if each[0] in known):
        if type == "virtual":
            found.append(Uncarried("virtual table", name, name))
        if without_rowid:
            found.append(Uncarried("rule", "WITHOUT ROWID", name, minor=True))
        if strict:
            found.append(Uncarried("rule", "STRICT", name))
        if type == "table":
            found += _written(session, name)
    return found


def _written(session: Session, table: str) -> list[Uncarried]:
    """Return what only the text of a table, and of its indexes, tells."""
    text = session.rows("SELECT sql FROM sqlite_schema WHERE name = ?", (table,))[0][0]
    found = [Uncarried("rule", f"ON CONFLICT {word}", table) for word in policies(text)]
    down = session.rows(
        "SELECT DISTINCT l.name FROM pragma_index_list(?) AS l, pragma_index_xinfo(l.name) AS x "
        "WHERE x.key AND x.desc ORDER BY l.name",
        (table,),
    )
    return found + [Uncarried("rule", f"{name} DESC", table, minor=True) for (name,) in down]
