"""Keeping a PostgreSQL database small and quick, and measuring it."""

from __future__ import annotations

from scitex.db.adapters.postgresql import citus, examining
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.domain.errors import OperationalError
from scitex.db.domain.inspection.findings import Finding
from scitex.db.domain.inspection.measures import Measure, TableMeasure, not_inside, not_reading

# Vacuuming a partitioned table does its partitions, too.
_OURS = """
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = COALESCE(%s, current_schema()) AND c.relkind IN ('r', 'p', 'm')
AND NOT c.relispartition AND pg_has_role(c.relowner, 'USAGE') ORDER BY c.relname COLLATE "C"
"""
# Changed by more than a tenth since it was last looked at, as the server itself reckons.
_DUE = """
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_all_tables AS s ON s.relid = c.oid
WHERE n.nspname = COALESCE(%s, current_schema()) AND c.relkind IN ('r', 'p', 'm')
AND pg_has_role(c.relowner, 'USAGE')
AND ((s.last_analyze IS NULL AND s.last_autoanalyze IS NULL)
     OR s.n_mod_since_analyze > 50 + 0.1 * GREATEST(c.reltuples, 0))
ORDER BY c.relname COLLATE "C"
"""
_SIZES = """
SELECT c.relname,
       (SELECT CASE WHEN min(l.reltuples) >= 0 AND max(l.relpages) > 0
                    THEN sum(l.reltuples)::bigint END
        FROM pg_class AS l WHERE l.relkind <> 'p' AND l.oid IN (
            SELECT c.oid UNION ALL SELECT relid FROM pg_partition_tree(c.oid))),
       CASE c.relkind
            WHEN 'p' THEN (SELECT COALESCE(sum(pg_total_relation_size(relid)), 0)::bigint
                           FROM pg_partition_tree(c.oid))
            ELSE pg_total_relation_size(c.oid) END
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = COALESCE(%s, current_schema()) AND c.relkind IN ('r', 'p', 'f')
AND NOT c.relispartition ORDER BY c.relname COLLATE "C"
"""
_INDEX_SIZES = """
SELECT i.relname,
       CASE i.relkind
            WHEN 'I' THEN (SELECT COALESCE(sum(pg_relation_size(relid)), 0)::bigint
                           FROM pg_partition_tree(i.oid))
            ELSE pg_relation_size(i.oid) END
FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
WHERE x.indrelid = to_regclass(%s)
AND NOT EXISTS (SELECT FROM pg_constraint AS c
                WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY i.relname COLLATE "C"
"""


class Upkeep:
    """The calls on upkeep."""

    _sessions: Sessions[Session]

    def vacuum(self, table: str | None = None, *, full: bool = False) -> None:
        session = self._sessions.current()
        if session.levels.owners:
            raise not_inside("vacuum")
        how = "VACUUM (FULL)" if full else "VACUUM"
        for name in _chosen(session, "vacuum", table):
            session.run(f"{how} {session.target(name)}", table=name).close()

    def analyze(self, table: str | None = None) -> None:
        session = self._sessions.current()
        for name in _chosen(session, "analyze", table):
            session.run(f"ANALYZE {session.target(name)}", table=name).close()

    def optimize(self) -> None:
        session = self._sessions.current()
        if session.levels.owners:
            raise not_inside("optimize")
        _check_writing(session, "optimize")
        for row in session.rows(_DUE, (session.server.schema,)):
            session.run(f"ANALYZE {session.target(row[0])}", table=row[0]).close()

    def measure(self, *, exact: bool = True) -> Measure:
        session = self._sessions.current()
        tables, spread = [], citus.version(session) is not None
        for name, estimate, size in session.rows(_SIZES, (session.server.schema,)):
            indexes = session.rows(_INDEX_SIZES, (session.regclass(name),))
            count = f"SELECT count(*) FROM {session.target(name)}"  # noqa: S608 - quoted
            rows = session.rows(count)[0][0] if exact else estimate
            found = citus.sizes(session, name) if spread else None
            whole = (size, indexes) if found is None else (found[0], sorted(found[1].items()))
            tables.append(TableMeasure(name, rows, whole[0], tuple(whole[1])))
        return Measure(citus.database_size(session), tuple(tables))

    def examine(self, *, quick: bool = False, sample: int | None = None) -> list[Finding]:
        session = self._sessions.current()
        return list(examining.examine(session))


def _check_writing(session: Session, what: str) -> None:
    if session.server.read_only:  # the server itself would allow it
        raise not_reading(what, session.server.location)


def _chosen(session: Session, what: str, table: str | None) -> list[str]:
    """Return the tables to work on: those of the schema that are ours, or the one named."""
    _check_writing(session, what)
    if table is None:
        return [row[0] for row in session.rows(_OURS, (session.server.schema,))]
    session.described(table)
    owner = session.rows(
        "SELECT pg_get_userbyid(relowner), pg_has_role(relowner, 'USAGE') "
        "FROM pg_class WHERE oid = to_regclass(%s)",
        (session.regclass(table),),
    )
    if owner and not owner[0][1]:  # the server would only warn
        raise OperationalError(
            f"{what}() of table {table!r} is its owner's to call",
            hint=f"connect as {owner[0][0]}, or have it done there",
        )
    return [table]
