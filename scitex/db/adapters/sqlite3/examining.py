"""Looking a SQLite file over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.network import network_mount
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import Error
from scitex.db.domain.inspection.findings import Finding
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import Kind

_BROKEN_INDEX = re.compile(r"(?:wrong # of entries in index|row \d+ missing from index) (.+)")
_RESTORE = "restore a backup, or save what can be read: sqlite3 FILE .recover > saved.sql"
_FITTING = {Kind.INTEGER: "'integer', 'null'", Kind.REAL: "'real', 'integer', 'null'"}
_BLOAT = 0.25  # of the file is free
_LEAST_BLOAT = 1 << 20


def examine(session: Session, *, quick: bool, sample: int | None) -> Iterator[Finding]:
    """Tell what is the matter with the file, without changing it."""
    yield from _integrity(session, quick=quick)
    checks = [_references, _switches, _journal, _free_pages, _statistics, _sequences]
    for check in checks:
        try:
            yield from check(session)
        except Error as error:
            yield _unreadable(session, error)
    if not quick:
        for table in session.tables():
            try:
                yield from _misfits(session, table, sample)
            except Error as error:
                yield Finding("integrity", "error", f"table {table!r}", error.message, _RESTORE)


def _unreadable(session: Session, error: Error) -> Finding:
    return Finding("integrity", "error", session.file.path, error.message, _RESTORE)


def _integrity(session: Session, *, quick: bool) -> Iterator[Finding]:
    try:
        told = session.rows("PRAGMA quick_check" if quick else "PRAGMA integrity_check")
    except Error as error:
        yield _unreadable(session, error)
        return
    broken = set()
    for (text,) in told:
        if text == "ok":
            continue
        index = _BROKEN_INDEX.match(text)
        if index is None:
            yield Finding("integrity", "error", session.file.path, text, _RESTORE)
        else:
            broken.add(index[1])
    for name in sorted(broken):
        sql = f"REINDEX main.{session.target(name)}"
        yield Finding(
            "broken-index",
            "error",
            f"index {name!r}",
            "it does not have what its table has, so searches by it miss records",
            f"have it made anew: {sql}",
            sql=sql,
        )


def _references(session: Session) -> Iterator[Finding]:
    found: dict[tuple[str, str], int] = {}
    for name in session.tables():
        try:
            rows = session.rows(f"PRAGMA main.foreign_key_check({SQLITE.name(name)})")
        except Error as error:
            if "foreign key mismatch" not in error.message:
                raise
            yield Finding(
                "foreign-key-mismatch",
                "error",
                f"table {name!r}",
                f"it refers to columns that are no key of theirs ({error.message}): nothing can "
                "be stored in it while foreign keys are held to",
                "declare the columns referred to PRIMARY KEY or UNIQUE, or make the table anew "
                "without that rule",
            )
            continue
        for table, _, parent, _ in rows:
            found[table, parent] = found.get((table, parent), 0) + 1
    for (table, parent), number in sorted(found.items()):
        yield Finding(
            "foreign-keys",
            "error",
            f"table {table!r}",
            f"{number:,} references point at no record of {parent!r}",
            f"PRAGMA foreign_key_check({session.target(table)}) lists them; store the records "
            "that are missing, or remove those that refer to them",
        )


def _switches(session: Session) -> Iterator[Finding]:
    where = session.file.path
    if not session.rows("PRAGMA foreign_keys")[0][0]:
        yield Finding(
            "foreign-keys-off",
            "warning",
            where,
            "this connection does not hold foreign keys to anything",
            "open it with foreign_keys=True; other programs must switch it on, too",
        )
    if session.rows("PRAGMA synchronous")[0][0] == 0:
        yield Finding(
            "unsafe-writing",
            "warning",
            where,
            "synchronous is OFF: a power cut may damage the file",
            "open it with synchronous='FULL' or 'NORMAL'",
        )


def _journal(session: Session) -> Iterator[Finding]:
    where, mode = session.file.path, session.rows("PRAGMA journal_mode")[0][0]
    if session.file.in_memory:
        return
    if mode in {"off", "memory"}:
        yield Finding(
            "unsafe-writing",
            "warning",
            where,
            f"journal_mode is {mode.upper()}: a crash in the middle of writing damages the file",
            "PRAGMA journal_mode = WAL",
        )
    kind = network_mount(Path(where))
    if mode == "wal" and kind is not None:
        yield Finding(
            "network-wal",
            "error",
            where,
            f"it is in WAL mode on a network mount ({kind}), where WAL loses data",
            "PRAGMA journal_mode = DELETE, or keep the file on a local disk",
        )
    left = Path(where + "-journal")
    if mode == "wal" and left.exists() and left.stat().st_size:
        yield Finding(
            "leftover-journal",
            "note",
            str(left),
            "a journal lies beside a file in WAL mode, from another file or another time",
            "move it away when no program has the database open",
        )


def _free_pages(session: Session) -> Iterator[Finding]:
    names = ("freelist_count", "page_count", "page_size")
    free, pages, size = (session.rows(f"PRAGMA {name}")[0][0] for name in names)
    if free * size >= _LEAST_BLOAT and free > pages * _BLOAT:
        yield Finding(
            "bloat",
            "note",
            session.file.path,
            f"{free * 100 // pages} % of the file ({free * size:,} bytes) hold nothing",
            "call vacuum(), or optimize()",
        )


def _statistics(session: Session) -> Iterator[Finding]:
    known: set[str] = set()
    if session.rows("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"):
        known = {row[0] for row in session.rows("SELECT DISTINCT tbl FROM sqlite_stat1")}
    indexed = session.rows(
        "SELECT DISTINCT tbl_name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    )
    for (table,) in sorted(indexed):
        target = f"main.{session.target(table)}"
        some = session.rows(f"SELECT 1 FROM {target} LIMIT 1 OFFSET 1000")  # noqa: S608 - quoted
        if table not in known and some:
            yield Finding(
                "statistics",
                "note",
                f"table {table!r}",
                "it was never analysed, so SQLite chooses among its indexes by guess",
                "call analyze(), or optimize()",
                sql=f"ANALYZE {target}",
            )


def _sequences(session: Session) -> Iterator[Finding]:
    if not session.rows("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'"):
        return
    for table, last in session.rows("SELECT name, max(seq) FROM sqlite_sequence GROUP BY name"):
        if not session.has_table(table):
            continue
        sql = f"SELECT max(rowid) FROM main.{session.target(table)}"  # noqa: S608 - quoted
        most = session.rows(sql)[0][0]
        if most is not None and (not isinstance(last, int) or most > last):
            name = table.replace("'", "''")
            yield Finding(
                "sequence",
                "warning",
                f"table {table!r}",
                f"its counter is at {last}, its largest key is {most}: the keys of removed "
                "records might be given out again",
                "move the counter on",
                sql=f"UPDATE sqlite_sequence SET seq = {most} WHERE name = '{name}'",  # noqa: S608
            )


def _misfits(session: Session, table: str, sample: int | None) -> Iterator[Finding]:
    """Tell columns with values of another type than declared, and texts that are none."""
    asked = [
        (column, _misfit(session, column))
        for column in session.described(table).spec.columns
        if column.type.kind in {Kind.INTEGER, Kind.REAL, Kind.TEXT}
    ]
    if not asked:
        return
    limit = "" if sample is None else f" LIMIT {sample:d}"
    counts = ", ".join(f"count(*) FILTER (WHERE {test})" for _, test in asked)
    found = session.rows(
        f"SELECT {counts} FROM (SELECT * FROM main.{session.target(table)}{limit})"  # noqa: S608
    )[0]
    for (column, _), number in zip(asked, found, strict=True):
        if number:
            yield Finding(
                "misfit-type",
                "warning",
                f"column {column.name!r} of table {table!r}",
                f"{number:,} values are not {column.type.portable}, as the column is declared",
                f"look for those WHERE {_misfit(session, column)}",
            )
    yield from _no_text(session, table, [each for each, _ in asked], limit)


def _misfit(session: Session, column: ColumnSpec) -> str:
    name = session.target(column.name)
    if column.type.kind is Kind.TEXT:
        return f"typeof({name}) = 'blob'"
    return f"typeof({name}) NOT IN ({_FITTING[column.type.kind]})"


def _no_text(
    session: Session, table: str, columns: list[ColumnSpec], limit: str
) -> Iterator[Finding]:
    for column in columns:
        name = session.target(column.name)
        read = session.rows(
            f"SELECT CAST({name} AS BLOB) FROM (SELECT {name} FROM "  # noqa: S608 - quoted
            f"main.{session.target(table)}{limit}) WHERE typeof({name}) = 'text'"
        )
        number = sum(not _is_utf8(row[0]) for row in read)
        if number:
            yield Finding(
                "not-utf8",
                "error",
                f"column {column.name!r} of table {table!r}",
                f"{number:,} texts are not UTF-8, and cannot be read as text",
                f"read their bytes by CAST({name} AS BLOB), and store them decoded",
            )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
