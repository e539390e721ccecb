"""Putting what the text of a dump holds in the place of what is there, in one transaction."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from scitex.db.adapters.postgresql.backups import allowed
from scitex.db.adapters.postgresql.backups.script import Script, Statement
from scitex.db.adapters.postgresql.backups.states import schemas
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.errors import DriverError, first_line, translated
from scitex.db.adapters.postgresql.session import Session
from scitex.db.domain.errors import BackupError, LockedError

_SHOWN = 60  # characters of a statement that an error tells

# All in some schemas that neither an extension nor another object brought, tables first.
_CONTENTS = """
SELECT i.type, i.identity, o.classid, o.objid FROM (
    SELECT DISTINCT classid, objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = ANY(%s)
    AND d.deptype = 'n' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid
        AND e.deptype IN ('e', 'i') AND e.refobjid <> e.objid)
) o, pg_catalog.pg_identify_object(o.classid, o.objid, 0) i
WHERE i.identity IS NOT NULL AND i.type <> 'default acl'
ORDER BY o.classid <> 'pg_catalog.pg_class'::regclass, o.objid
"""
_TABLES = """
SELECT c.relnamespace::regnamespace || '.' || quote_ident(c.relname) FROM pg_class c
WHERE c.relnamespace = ANY(%s) AND c.relkind IN ('r', 'p') ORDER BY 1
"""
_KINDS = {"statistics object": "STATISTICS", "composite type": "TYPE"}
# Whatever belongs to other schemas than some: lost or new, it would be an accident.
_ELSEWHERE = """
SELECT DISTINCT i.type, i.identity
FROM (SELECT DISTINCT classid, objid, objsubid FROM pg_catalog.pg_depend) d,
    pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
WHERE d.objid >= 16384 AND i.identity IS NOT NULL AND i.type NOT IN ('schema')
AND i.type NOT LIKE 'toast%%' AND NOT coalesce(i.schema, split_part(i.identity, '.', 1))
    = ANY(%s)
AND NOT EXISTS (SELECT FROM unnest(%s::text[]) q WHERE i.identity LIKE '%%' || q || '.%%')
"""
_REFERRING = """
SELECT k.conrelid::regclass::text, k.conname, pg_get_constraintdef(k.oid)
FROM pg_constraint k
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = to_regclass(%s)
AND k.conrelid <> k.confrelid
"""
_STATISTICS = """
SELECT regexp_replace(pg_get_statisticsobjdef(oid), '^CREATE STATISTICS', '\\& IF NOT EXISTS'),
       CASE WHEN stxstattarget >= 0 THEN format('ALTER STATISTICS %%s.%%I SET STATISTICS %%s',
          stxnamespace::regnamespace, stxname, stxstattarget) END
FROM pg_statistic_ext WHERE stxrelid = to_regclass(%s)
OR stxrelid IN (SELECT relid FROM pg_partition_tree(to_regclass(%s))) ORDER BY stxname
"""
# A column, a part, or what was to be made of them, that the backup does not know.
_FITS_NO_MORE = {"42703", "42P01", "42704"}
_WORD = r'(?:"(?:[^"]|"")+"|\w+)'
_MADE = re.compile(rf"\s*CREATE (?:UNLOGGED )?TABLE ({_WORD}(?:\.{_WORD})?) \(")
_OWNER = """
SELECT c.relname::text FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhparent
WHERE i.inhrelid = to_regclass(%s) AND c.relkind = 'p'
"""
_UNTRUSTED = """
SELECT p.oid::regprocedure::text, l.lanname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE NOT l.lanpltrusted AND p.prokind <> 'a' AND p.oid >= 16384
AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    AND d.deptype IN ('e', 'i'))
"""
_TRUSTED = (
    "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = %s) OR EXISTS"
    " (SELECT FROM pg_available_extension_versions WHERE name = %s AND trusted)"
)


def hold(session: Session, tables: tuple[str, ...] | None) -> None:
    """
    Let others only read what is to be replaced, until the transaction ends.

    Raises
    ------
    LockedError
        If others write to it for longer than the timeout, or make tables meanwhile.
    """
    before = _held(session, tables)
    if before:
        _run(session, f"LOCK TABLE {', '.join(before)} IN SHARE ROW EXCLUSIVE MODE")
    if _held(session, tables) != before:
        raise LockedError(
            "others make or drop tables meanwhile", hint="restore when they have finished"
        )


def _held(session: Session, tables: tuple[str, ...] | None) -> list[str]:
    """Return the quoted names of the tables that are to be replaced."""
    if tables is not None:
        return sorted({session.regclass(name) for name in tables if session.has_table(name)})
    numbers = [number for number, _ in schemas(session)]
    return [row[0] for row in session.rows(_TABLES, (numbers,))]


def empty(session: Session) -> None:
    """Drop all that is in the schemas that a session means; extensions stay."""
    found = schemas(session)
    numbers = [number for number, _ in found]
    if session.server.schema is None:
        _run(session, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    for kind, identity, *_ in session.rows(_CONTENTS, (numbers,)):
        spelt = _KINDS.get(kind, kind).upper()
        _run(session, f"DROP {spelt} IF EXISTS {identity} CASCADE")
    # What stays belongs to an extension, and its schema with it.
    for number, name in found:
        if name not in {"public", session.server.schema} and not _is_used(session, number):
            _run(session, f"DROP SCHEMA {POSTGRESQL.quoted(name)}")


def make_schemas(session: Session, names: Iterable[str]) -> None:
    """Make the schemas that are missing."""
    for name in names:
        _run(session, f"CREATE SCHEMA IF NOT EXISTS {POSTGRESQL.quoted(name)}")


def _is_used(session: Session, number: int) -> bool:
    sql = (
        "SELECT EXISTS (SELECT FROM pg_depend WHERE refobjid = %s"
        " AND refclassid = 'pg_namespace'::regclass)"
        " OR (SELECT nspacl IS NOT NULL FROM pg_namespace WHERE oid = %s)"
    )
    return bool(session.rows(sql, (number, number))[0][0])


def elsewhere(session: Session) -> set[tuple[str, str]]:
    """List all that is outside the schema that a session is bound to."""
    schema = session.server.schema
    if schema is None:
        return set()
    spelt = [session.rows("SELECT quote_ident(%s)", (schema,))[0][0]]
    names = [schema, *spelt, "pg_toast"]
    return {(row[0], row[1]) for row in session.rows(_ELSEWHERE, (names, spelt))}


def drop_table(session: Session, table: str) -> list[str]:
    """
    Drop a table; return the statements that bring back what no backup of it has.

    These let other tables refer to it again, and the planner know its columns together.

    Raises
    ------
    BackupError
        If views, or whatever else, are made of it.
    """
    if not session.has_table(table):
        return []
    again = []
    for other, name, rule in session.rows(_REFERRING, (session.regclass(table),)):
        quoted = POSTGRESQL.quoted(name)
        _run(session, f"ALTER TABLE {other} DROP CONSTRAINT {quoted}")
        again.append(f"ALTER TABLE {other} ADD CONSTRAINT {quoted} {rule}")
    # No backup of a table has them, since they may be of several.
    found = session.rows(_STATISTICS, (session.regclass(table),) * 2)
    again += [sql for row in found for sql in row if sql]
    try:
        _run(session, f"DROP TABLE {session.regclass(table)}")
    except DriverError as error:
        if error.pgcode != "2BP01":
            raise
        raise BackupError(
            f"table {table!r} cannot be replaced: {error.diag.message_detail or ''}".strip(),
            hint="drop first what is made of it, or restore the whole database",
        ) from error
    return again


def refer(session: Session, again: Iterable[str]) -> None:
    """Let other tables refer to a table again, and have its statistics be kept."""
    for sql in again:
        try:
            _run(session, "SAVEPOINT again")  # in a message of its own, as Citus wants it
            _run(session, sql)
            _run(session, "RELEASE SAVEPOINT again")
        except DriverError as error:
            if " STATISTICS " in sql[:_SHOWN] and error.pgcode in _FITS_NO_MORE:
                _run(session, "ROLLBACK TO SAVEPOINT again")
                continue
            if (error.pgcode or "")[:2] not in {"23", "42"}:
                raise
            raise BackupError(
                f"other tables refer to what is not in the backup: {first_line(error)}",
                hint="restore the whole database, or remove those records first",
            ) from error


def run(session: Session, lines: Iterable[bytes], where: str) -> None:
    """
    Run the text of a dump.

    Raises
    ------
    BackupError
        If it says what makes no part of a database, or cannot be run.
    LockedError
        If others hold what it needs.
    """
    script = Script(lines, where)
    known = set(session.rows(_UNTRUSTED))
    done = 0
    for statement in script.statements():
        done += 1
        try:
            _perform(session, script, statement)
            if _makes_routine(statement):
                _check_routines(session, script, known)
        except (DriverError, UnicodeError) as error:
            if isinstance(error, DriverError) and error.pgcode in {"55P03", "40P01"}:
                raise translated(error) from error
            said = first_line(error) if isinstance(error, DriverError) else str(error)
            raise script.refusal(f"line {statement.line:,} cannot be restored: {said}") from error
    if not done:
        raise script.refusal("it holds no statement")
    if script.is_cut:
        raise script.refusal("pg_dump began it and did not end it: it was cut short")


def _perform(session: Session, script: Script, statement: Statement) -> None:
    text = allowed.bare(statement.text.decode("utf-8"))
    if allowed.is_skipped(text):
        return
    if (extension := allowed.extension_in(text)) is not None:
        if not session.rows(_TRUSTED, (extension, extension))[0][0]:
            raise script.refusal(
                f"it needs the extension {extension!r}: let the database's owner create it first"
            )
    elif not allowed.is_allowed(text):
        raise script.refusal(
            f"line {statement.line:,} makes no part of a database, and is not run: {text[:_SHOWN]}"
        )
    if statement.is_copy:
        with session.connection.cursor() as cursor:
            cursor.copy_expert(text, cast("Any", _Records(script.records())), size=1 << 16)
        return
    if made := _MADE.match(text):
        owner = session.rows(_OWNER, (made[1],))
        if owner:
            raise script.refusal(
                f"line {statement.line:,} cannot be restored: {made[1]} is a part of table "
                f"{owner[0][0]!r}; rename that part first"
            )
    _run(session, allowed.tolerant(text))


def _makes_routine(statement: Statement) -> bool:
    start = statement.text[:_SHOWN].lower()
    return b"function" in start or b"procedure" in start


def _check_routines(session: Session, script: Script, known: set[tuple[str, str]]) -> None:
    """Refuse a function that may do whatever the server may: nothing has called it yet."""
    for name, language in session.rows(_UNTRUSTED):
        if (name, language) not in known:
            raise script.refusal(f"the function {name} is in {language}, which reaches outside")


class _Records(io.RawIOBase):
    """The records of a table as the file that COPY reads."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        pieces, length = [self._held], len(self._held)
        while length < size:
            line = next(self._lines, None)
            if line is None:
                break
            pieces.append(line)
            length += len(line)
        found = b"".join(pieces)
        self._held = found[size:]
        return found[:size]


def _run(session: Session, sql: str) -> None:
    """Run a text as it is: without values, a % is one."""
    with session.connection.cursor() as cursor:
        cursor.execute(sql)
