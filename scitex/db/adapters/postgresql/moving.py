"""Taking whole tables into PostgreSQL, and telling what belongs to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import attrs

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql import ddl, tables
from scitex.db.domain.copying import Uncarried
from scitex.db.domain.tables import TableSpec, name_taken

_BELONGINGS = """
SELECT what, name, parent, minor FROM (
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                          WHEN 'p' THEN 'partitioning' ELSE 'foreign table' END AS what,
           c.relname::text AS name,
           CASE WHEN c.relkind IN ('p', 'f') THEN c.relname::text END AS parent,
           c.relkind = 'p' AS minor
    FROM pg_class AS c WHERE c.relnamespace = {space} AND c.relkind IN ('v', 'm', 'p', 'f')
    UNION ALL
    SELECT 'trigger', t.tgname::text, c.relname::text, false FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relnamespace = {space} AND NOT t.tgisinternal
    UNION ALL
    SELECT 'policy', p.polname::text, c.relname::text, false FROM pg_policy AS p
    JOIN pg_class AS c ON c.oid = p.polrelid WHERE c.relnamespace = {space}
    UNION ALL
    SELECT 'function', f.proname::text, NULL, false FROM pg_proc AS f
    WHERE f.pronamespace = {space} AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE d.objid = f.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'rule', x.conname::text, c.relname::text, false FROM pg_constraint AS x
    JOIN pg_class AS c ON c.oid = x.conrelid
    WHERE c.relnamespace = {space} AND x.contype = 'x'
    UNION ALL
    SELECT 'rule', x.conname || ' DEFERRABLE', c.relname::text, false FROM pg_constraint AS x
    JOIN pg_class AS c ON c.oid = x.conrelid
    WHERE c.relnamespace = {space} AND x.contype IN ('p', 'u') AND x.condeferrable
    UNION ALL
    SELECT 'rule', i.indexrelid::regclass || ' NULLS NOT DISTINCT', c.relname::text, false
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
    WHERE c.relnamespace = {space} AND (to_jsonb(i) ->> 'indnullsnotdistinct')::boolean
    UNION ALL
    SELECT 'rule', i.indexrelid::regclass || ' DESC', c.relname::text, true
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
    WHERE c.relnamespace = {space} AND 1 = ANY(ARRAY(
        SELECT o::int & 1 FROM unnest(i.indoption::int2[]) AS o))
    UNION ALL
    SELECT 'inheritance', h.inhparent::regclass::text, c.relname::text, false
    FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid
    WHERE c.relnamespace = {space} AND c.relkind = 'r' AND NOT c.relispartition
    UNION ALL
    SELECT 'rule', a.attname || CASE WHEN a.attidentity = 'a' THEN ' GENERATED ALWAYS AS IDENTITY'
            ELSE ' ' || format_type(a.atttypid, a.atttypmod) END, c.relname::text, true
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.relnamespace = {space} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND a.attnum > 0 AND NOT a.attisdropped
    AND (a.attidentity = 'a' OR a.atttypid = 'bpchar'::regtype)
) AS s ORDER BY what, name
"""
_SPACE = "COALESCE(to_regnamespace(%(schema)s), to_regnamespace(quote_ident(current_schema())))"


@contextmanager
def building(session: Session, specs: Sequence[TableSpec]) -> Iterator[None]:
    """Make tables; let them refer to one another at the end."""
    with session.atomic():
        for spec in specs:
            if session.has_table(spec.name):
                raise name_taken("table", spec.name)
            plain = attrs.evolve(spec.with_keys_required(), foreign_keys=())
            tables.make_table(session, plain)
        session.changed()
        yield
        for spec in specs:
            tables.check_references(session, spec)
            target = session.target(spec.name)
            for key in spec.foreign_keys:
                rule = ddl.foreign_key(POSTGRESQL, key, prefix=session.prefix)
                session.run(f"ALTER TABLE {target} ADD {rule}", table=spec.name).close()
        session.changed()


def drop_tables(session: Session, names: Sequence[str]) -> None:
    """Remove tables by one statement."""
    with session.atomic():
        for name in names:
            session.described(name)
            others = set(session.referring(name)) - set(names)
            if others:
                raise tables.referred_to(name, sorted(others))
        session.run(f"DROP TABLE {', '.join(map(session.target, names))}").close()
        session.changed()


def counter(session: Session, table: str) -> int | None:
    """Return the last number that the table's sequence gave."""
    sequence = session.described(table).sequence
    if sequence is None:
        return None
    name = POSTGRESQL.literal(sequence)
    last, called = session.rows(f"SELECT last_value, is_called FROM {name}")[0]  # noqa: S608 - told quoted
    return int(last) if called else None


def set_counter(session: Session, table: str, number: int) -> None:
    """Have the table's sequence go on behind a number."""
    sequence = session.described(table).sequence
    if sequence is not None:
        session.run("SELECT setval(%s::regclass, %s)", (sequence, number)).close()


def belongings(session: Session) -> list[Uncarried]:
    """Return views, triggers, functions and the like of the schema."""
    schema = session.server.schema
    given = None if schema is None else POSTGRESQL.quoted(schema)
    rows = session.rows(_BELONGINGS.format(space=_SPACE), {"schema": given})
    return [Uncarried(what, name, table, minor) for what, name, table, minor in rows]
