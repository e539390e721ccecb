"""Bringing a table back from a cluster's nodes by copying it, where Citus itself cannot."""

from __future__ import annotations

from scitex.db.adapters.postgresql import inspection, rights
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.tables import referred_to
from scitex.db.domain.errors import UnsupportedFeatureError

_INDEXES = """
SELECT pg_get_indexdef(x.indexrelid) FROM pg_index AS x WHERE x.indrelid = to_regclass(%s)
AND NOT EXISTS (SELECT FROM pg_constraint AS c
                WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
"""
_UNCARRIED = """
WITH t AS (SELECT * FROM pg_class WHERE oid = to_regclass(%s))
SELECT 'its parts' FROM t WHERE relkind = 'p'
UNION ALL SELECT 'foreign keys' FROM t
WHERE EXISTS (SELECT FROM pg_constraint AS c WHERE c.conrelid = t.oid AND c.contype = 'f')
UNION ALL SELECT 'row level security' FROM t WHERE relrowsecurity
UNION ALL SELECT 'policies' FROM t WHERE EXISTS (SELECT FROM pg_policy WHERE polrelid = t.oid)
UNION ALL SELECT 'REPLICA IDENTITY' FROM t WHERE relreplident <> 'd'
UNION ALL SELECT 'extended statistics' FROM t
WHERE EXISTS (SELECT FROM pg_statistic_ext WHERE stxrelid = t.oid)
UNION ALL SELECT 'SET STATISTICS' FROM t WHERE EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = t.oid AND a.attnum > 0 AND a.attstattarget > 0)
UNION ALL SELECT 'comments on indexes' FROM t WHERE EXISTS (
    SELECT FROM pg_index AS x JOIN pg_description AS d
    ON d.objoid = x.indexrelid AND d.classoid = 'pg_class'::regclass WHERE x.indrelid = t.oid)
UNION ALL SELECT 'comments on constraints' FROM t WHERE EXISTS (
    SELECT FROM pg_constraint AS c JOIN pg_description AS d
    ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass WHERE c.conrelid = t.oid)
UNION ALL SELECT 'several sequences' FROM t WHERE (
    SELECT count(*) FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid
    WHERE d.classid = 'pg_class'::regclass AND d.refobjid = t.oid AND s.relkind = 'S') > 1
UNION ALL SELECT 'rules' FROM t WHERE relhasrules
UNION ALL SELECT 'views or functions made of it' FROM t WHERE EXISTS (
    SELECT FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = t.oid AND r.ev_class <> t.oid)
"""
_SCHEMA = "SELECT relnamespace::bigint FROM pg_class WHERE oid = to_regclass(%s)"


def copy_home(session: Session, table: str) -> None:
    """
    Make a table anew at the coordinator, with its records, indexes, numbering and rights.

    Raises
    ------
    ForeignKeyError
        If other tables refer to it.
    """
    target = session.target(table)
    # What others store between the copying and the dropping would be gone.
    session.run(f"LOCK TABLE {target} IN ACCESS EXCLUSIVE MODE", table=table).close()
    _check(session, table)
    described, name = session.described(table), session.regclass(table)
    path = session.rows("SELECT current_setting('search_path')")[0][0]
    indexes = [row[0] for row in session.rows(_INDEXES, (name,))]
    owned = rights.kept(session, [session.rows(_SCHEMA, (name,))[0][0]])
    columns = POSTGRESQL.names(
        tuple(column.name for column in described.spec.columns if column.generated is None)
    )
    numbered = _numbers(session, described)
    statements = inspection.create_sql(session, table)  # and looks into the table's schema
    session.run(
        f"CREATE TEMPORARY TABLE scitex_home ON COMMIT DROP AS SELECT {columns} FROM {target}"  # noqa: S608 - quoted
    ).close()
    session.run(f"DROP TABLE {target}").close()
    session.run(statements.replace("%", "%%")).close()
    session.run(
        f"INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE "  # noqa: S608 - quoted
        f"SELECT {columns} FROM pg_temp.scitex_home"
    ).close()
    session.run("DROP TABLE pg_temp.scitex_home").close()
    sequence = session.described(table).sequence
    if sequence is not None and numbered is not None:
        session.rows("SELECT setval(%s::regclass, %s, %s)", (sequence, *numbered))
    for sql in indexes:
        session.run(sql.replace("%", "%%")).close()
    session.rows("SELECT set_config('search_path', %s, true)", (path,))
    rights.give(session, owned)
    session.changed()


def _check(session: Session, table: str) -> None:
    """Refuse what would not all be there again."""
    others = session.referring(table)
    if others:
        raise referred_to(table, others)
    told = [row[0] for row in session.rows(_UNCARRIED, (session.regclass(table),))]
    if told:
        raise UnsupportedFeatureError(
            f"table {table!r} cannot be brought back with all that it has: {', '.join(told)}",
            hint="drop these first and make them again after, or copy the records to a new table",
        )


def _numbers(session: Session, described: Described) -> tuple[int, bool] | None:
    """Return the last number that was given out, and whether it was."""
    if described.sequence is None:
        return None
    name = POSTGRESQL.literal(described.sequence)
    last, called = session.rows(f"SELECT last_value, is_called FROM {name}")[0]  # noqa: S608 - the server's
    return int(last), bool(called)
