"""Whose the tables are and who may use them: kept while they are replaced."""

from __future__ import annotations

from scitex.db.adapters.postgresql.errors import DriverError
from scitex.db.adapters.postgresql.session import Session

_DENIED = "42501"
_FOUND = """
WITH kept AS (
    SELECT c.oid, c.relkind, c.relowner, c.relacl,
        c.relnamespace::regnamespace || '.' || quote_ident(c.relname) AS name
    FROM pg_class c WHERE c.relnamespace = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
)
SELECT name, format('ALTER TABLE %%s OWNER TO %%s', name, relowner::regrole)
FROM kept WHERE relkind <> 'S' AND relowner <> (SELECT usesysid FROM pg_user
    WHERE usename = current_user)
UNION ALL
SELECT name, format('GRANT %%s ON %%s %%s TO %%s', a.privilege_type,
        CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, name,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
    || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
FROM kept, aclexplode(relacl) a WHERE a.grantee <> relowner
"""


def kept(session: Session, schemas: list[int]) -> list[tuple[str, str]]:
    """
    Return the statements that give tables back to whom they belong, each with its table.

    Parameters
    ----------
    session : Session
    schemas : list of int
        Their numbers.
    """
    return session.rows(_FOUND, (schemas,))


def give(session: Session, rights: list[tuple[str, str]]) -> None:
    """Give what is there again back to whom it belonged, as far as the session's role may."""
    for name, sql in rights:
        if not session.rows("SELECT to_regclass(%s) IS NOT NULL", (name,))[0][0]:
            continue
        with session.connection.cursor() as cursor:
            cursor.execute("SAVEPOINT rights")
            try:
                cursor.execute(sql)
            except DriverError as error:
                if error.pgcode != _DENIED:
                    raise
                cursor.execute("ROLLBACK TO SAVEPOINT rights")
            cursor.execute("RELEASE SAVEPOINT rights")
