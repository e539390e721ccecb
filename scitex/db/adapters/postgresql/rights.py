"""Whose things are, who may use them, and where they are published: kept while replaced."""

from __future__ import annotations

from scitex.db.adapters.postgresql.errors import DriverError
from scitex.db.adapters.postgresql.session import Session

_DENIED = "42501"
_MINE = "(SELECT oid FROM pg_roles WHERE rolname = current_user)"
_TO = "CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END"
_OPTION = "CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END"

# Each gives what tells whether a thing is there again, its name, and the statement.
_TABLES = f"""
WITH kept AS (
    SELECT c.oid, c.relkind, c.relowner, c.relacl,
        c.relnamespace::regnamespace || '.' || quote_ident(c.relname) AS name
    FROM pg_class c WHERE c.relnamespace = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
)
SELECT 'to_regclass', name, format('ALTER TABLE %%s OWNER TO %%s', name, relowner::regrole)
FROM kept WHERE relkind <> 'S' AND relowner <> {_MINE}
UNION ALL
SELECT 'to_regclass', name, format('GRANT %%s ON %%s %%s TO %%s', a.privilege_type,
        CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, name, {_TO}) || {_OPTION}
FROM kept, aclexplode(relacl) a WHERE a.grantee <> relowner
UNION ALL
SELECT 'to_regclass', name, format('GRANT %%s (%%I) ON TABLE %%s TO %%s', a.privilege_type,
        t.attname, name, {_TO}) || {_OPTION}
FROM kept JOIN pg_attribute t ON t.attrelid = kept.oid AND NOT t.attisdropped,
    aclexplode(t.attacl) a WHERE a.grantee <> relowner
"""  # noqa: S608 - all of it is ours
_ROUTINES = f"""
WITH kept AS (
    SELECT p.proowner, p.proacl, p.prosecdef, format('%%I.%%I(%%s)', n.nspname, p.proname,
        pg_get_function_identity_arguments(p.oid)) AS name, p.oid::regprocedure::text AS found
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.pronamespace = ANY(%s) AND p.prokind <> 'a'
)
SELECT 'to_regprocedure', found, 'ALTER ROUTINE ' || name || ' OWNER TO ' || proowner::regrole
FROM kept WHERE proowner <> {_MINE}
UNION ALL
SELECT 'to_regprocedure', found, 'REVOKE ALL ON ROUTINE ' || name || ' FROM PUBLIC'
FROM kept WHERE proacl IS NOT NULL
UNION ALL
SELECT 'to_regprocedure', found, format('GRANT EXECUTE ON ROUTINE %%s TO ', name)
    || {_TO} || {_OPTION}
FROM kept, aclexplode(proacl) a WHERE a.grantee <> proowner
"""  # noqa: S608 - all of it is ours
_SCHEMAS = f"""
SELECT 'to_regnamespace', n.oid::regnamespace::text, format('GRANT %%s ON SCHEMA %%s TO %%s',
    a.privilege_type, n.oid::regnamespace, {_TO}) || {_OPTION}
FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.oid = ANY(%s) AND a.grantee <> n.nspowner
UNION ALL
SELECT 'to_regnamespace', n.oid::regnamespace::text,
    format('ALTER SCHEMA %%s OWNER TO %%s', n.oid::regnamespace, n.nspowner::regrole)
FROM pg_namespace n WHERE n.oid = ANY(%s) AND n.nspowner <> {_MINE} AND n.nspname <> 'public'
"""  # noqa: S608 - all of it is ours
_PUBLISHED = """
SELECT 'to_regclass', name, format('ALTER PUBLICATION %%I ADD TABLE %%s', p.pubname, name) || {}
FROM (SELECT r.*, c.relnamespace::regnamespace || '.' || quote_ident(c.relname) AS name
    FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid
    WHERE c.relnamespace = ANY(%s)) r
JOIN pg_publication p ON p.oid = r.prpubid
"""
_PART = """(
    CASE WHEN r.prattrs IS NULL THEN '' ELSE (
        SELECT ' (' || string_agg(quote_ident(t.attname), ', ' ORDER BY t.attnum) || ')'
        FROM pg_attribute t WHERE t.attrelid = r.prrelid AND t.attnum = ANY(r.prattrs)) END
    || CASE WHEN r.prqual IS NULL THEN ''
        ELSE ' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')' END)"""
_PARTS_SINCE = 150_000  # the server from which on a publication has parts of tables
_DEFINERS = """
SELECT p.oid, format('%%I.%%I(%%s)', n.nspname, p.proname,
    pg_get_function_identity_arguments(p.oid)), p.oid::regprocedure::text
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.pronamespace = ANY(%s) AND p.prosecdef
"""

Kept = list[tuple[str, str, str]]


def kept(session: Session, schemas: list[int]) -> Kept:
    """
    Return the statements that give things back to whom they belong.

    Parameters
    ----------
    session : Session
    schemas : list of int
        Their numbers.
    """
    version: int = session.connection.server_version
    published = _PUBLISHED.format(_PART if version >= _PARTS_SINCE else "''")
    found: Kept = []
    for sql in (_TABLES, _ROUTINES, published):
        found += session.rows(sql, (schemas,))
    return found + session.rows(_SCHEMAS, (schemas, schemas))


def give(session: Session, rights: Kept) -> None:
    """Give what is there again back to whom it belonged, as far as the session's role may."""
    for test, name, sql in rights:
        if not session.rows(f"SELECT {test}(%s) IS NOT NULL", (name,))[0][0]:
            continue
        with session.connection.cursor() as cursor:
            cursor.execute("SAVEPOINT rights")
            try:
                cursor.execute(sql)
            except DriverError as error:
                if error.pgcode not in _PASSED_OVER:
                    raise
                cursor.execute("ROLLBACK TO SAVEPOINT rights")
            cursor.execute("RELEASE SAVEPOINT rights")


# It may not be given; it is published already, by the backup.
_PASSED_OVER = frozenset({_DENIED, "42710"})


def close_definers(session: Session, schemas: list[int], known: set[str]) -> None:
    """Let nobody else call new functions that have their owner's rights: nobody said who may."""
    for _, name, found in session.rows(_DEFINERS, (schemas,)):
        if found not in known:
            with session.connection.cursor() as cursor:
                cursor.execute(f"REVOKE ALL ON ROUTINE {name} FROM PUBLIC")


def definers(session: Session, schemas: list[int]) -> set[str]:
    """Return the functions that are called with the rights of their owner."""
    return {found for _, _, found in session.rows(_DEFINERS, (schemas,))}
