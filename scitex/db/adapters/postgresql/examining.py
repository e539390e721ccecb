"""Looking a PostgreSQL schema over."""

from __future__ import annotations

from collections.abc import Iterator

from scitex.db.adapters.postgresql.session import Session
from scitex.db.domain.errors import Error
from scitex.db.domain.inspection.findings import Finding

_HERE = "n.nspname = COALESCE(%s, current_schema())"
_UNCHECKED = f"""
SELECT t.relname, c.conname FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE {_HERE} AND NOT c.convalidated AND c.contype IN ('c', 'f') ORDER BY 1, 2
"""  # noqa: S608 - written here
_TYPES = f"""
SELECT c.relname, a.attname, a.atttypid::regtype::text FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE {_HERE} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
AND NOT a.attisdropped AND a.atttypid IN ('float4'::regtype, 'timestamp'::regtype) ORDER BY 1, 2
"""  # noqa: S608 - written here
_INVALID = f"""
SELECT i.relname, t.relname FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS t ON t.oid = x.indrelid JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE {_HERE} AND NOT x.indisvalid AND i.relkind = 'i' ORDER BY 1
"""  # noqa: S608 - written here
_ACTIVITY = f"""
SELECT c.relname, COALESCE(s.n_dead_tup, 0), COALESCE(s.n_live_tup, 0),
       s.last_analyze IS NULL AND s.last_autoanalyze IS NULL
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_stat_all_tables AS s ON s.relid = c.oid
WHERE {_HERE} AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE') ORDER BY 1
"""  # noqa: S608 - written here
_TYPE_NOTES = {
    "real": (
        "single-precision",
        "REAL is single precision here: it keeps some 7 digits of a number",
        "declare it DOUBLE PRECISION, where measurements have more digits",
    ),
    "timestamp without time zone": (
        "naive-timestamp",
        "its times have no time zone, so nobody can tell which moment they mean",
        "declare it TIMESTAMPTZ, where moments are meant",
    ),
}
_MANY = 1000  # records, below which nothing is worth telling


def examine(session: Session) -> Iterator[Finding]:
    """Tell what is the matter with the schema, without changing it."""
    schema = (session.server.schema,)
    for table, name in session.rows(_UNCHECKED, schema):
        yield Finding(
            "foreign-keys",
            "warning",
            f"table {table!r}",
            f"the records from before the rule {name!r} were never held to it",
            _plain(
                f"ALTER TABLE {session.target(table)} VALIDATE CONSTRAINT "
                f"{session.dialect.name(name)}"
            ),
        )
    for index, table in session.rows(_INVALID, schema):
        sql = _plain(f"REINDEX INDEX {session.target(index)}")
        yield Finding(
            "broken-index",
            "error",
            f"index {index!r} of table {table!r}",
            "it is not valid: making it was broken off, and no search uses it",
            f"have it made anew: {sql}",
            sql=sql,
        )
    for table in session.tables():
        try:
            yield from _sequence(session, table)
        except Error as error:
            yield Finding(
                "unreadable", "warning", f"table {table!r}", error.message, "ask its owner"
            )
    for table, column, type in session.rows(_TYPES, schema):
        check, message, remedy = _TYPE_NOTES[type]
        yield Finding(check, "note", f"column {column!r} of table {table!r}", message, remedy)
    yield from _activity(session)


def _plain(sql: str) -> str:
    """Write a statement as a person would: the driver wants each percent sign twice."""
    return sql.replace("%%", "%")


def _sequence(session: Session, table: str) -> Iterator[Finding]:
    described = session.described(table)
    column = described.spec.numbered
    if described.sequence is None or column is None:
        return
    target, name = session.target(table), session.dialect.name(column)
    sequence = session.dialect.literal(described.sequence)
    literal = "'" + sequence.replace("'", "''") + "'"
    following, most = session.rows(
        f"SELECT (SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END "  # noqa: S608
        f"FROM {sequence}), (SELECT max({name}) FROM {target})"
    )[0]
    if most is not None and most >= following:
        yield Finding(
            "sequence",
            "error",
            f"table {table!r}",
            f"its next number is {following}, and its largest key is {most}: records without a "
            "key will be refused as duplicates",
            "move the sequence on",
            sql=_plain(f"SELECT setval({literal}, (SELECT max({name}) FROM {target}))"),  # noqa: S608
        )


def _activity(session: Session) -> Iterator[Finding]:
    for table, dead, live, never in session.rows(_ACTIVITY, (session.server.schema,)):
        if dead > _MANY and dead > live / 4:
            yield Finding(
                "bloat",
                "note",
                f"table {table!r}",
                f"about {dead:,} removed or former records take room beside {live:,} live ones",
                f"call vacuum({table!r}); full=True gives the room back to the disk",
            )
        if never and live > _MANY:
            yield Finding(
                "statistics",
                "note",
                f"table {table!r}",
                "it was never analysed, so the server plans by guess",
                "call analyze(), or optimize()",
                sql=_plain(f"ANALYZE {session.target(table)}"),
            )
