"""Bringing a table back from a cluster's nodes by copying it, where Citus itself cannot."""

from __future__ import annotations

from scitex.db.adapters.postgresql import inspection, rights
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.tables import referred_to

_INDEXES = """
SELECT pg_get_indexdef(x.indexrelid) FROM pg_index AS x WHERE x.indrelid = to_regclass(%s)
AND NOT EXISTS (SELECT FROM pg_constraint AS c
                WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
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
    others = session.referring(table)
    if others:
        raise referred_to(table, others)
    described, name = session.described(table), session.regclass(table)
    path = session.rows("SELECT current_setting('search_path')")[0][0]
    indexes = [row[0] for row in session.rows(_INDEXES, (name,))]
    owned = rights.kept(session, [session.rows(_SCHEMA, (name,))[0][0]])
    target = session.target(table)
    columns = POSTGRESQL.names(
        tuple(column.name for column in described.spec.columns if column.generated is None)
    )
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
    session.move_sequence(session.described(table))
    for sql in indexes:
        session.run(sql.replace("%", "%%")).close()
    session.rows("SELECT set_config('search_path', %s, true)", (path,))
    rights.give(session, owned)
    session.changed()
