"""What a server tells of its constraints, triggers and views, and how columns are measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scitex.db.adapters.postgresql import explaining, tablesql
from scitex.db.adapters.postgresql.catalog import ACTIONS
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.profiling import Measures, mean_terms
from scitex.db.domain.inspection.catalogued import (
    Constraint,
    ConstraintKind,
    Trigger,
    View,
    in_order,
)
from scitex.db.domain.search.searching import PREFIX
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import Kind

_KINDS: dict[str, ConstraintKind] = {
    "p": "primary key",
    "u": "unique",
    "c": "check",
    "f": "foreign key",
    "x": "exclude",
}
_NAMES = (
    "ARRAY(SELECT a.attname::text FROM unnest({}) WITH ORDINALITY AS k(c, n) "
    "JOIN pg_attribute AS a ON a.attrelid = {} AND a.attnum = k.c ORDER BY k.n)"
)
_CONSTRAINTS = f"""
SELECT c.contype::text, {_NAMES.format("c.conkey", "c.conrelid")}, pg_get_constraintdef(c.oid),
       c.conname, r.relname, {_NAMES.format("c.confkey", "c.confrelid")},
       CASE WHEN n.oid <> c.connamespace THEN n.nspname END,
       c.confupdtype::text, c.confdeltype::text, c.condeferrable, c.condeferred,
       pg_get_expr(c.conbin, c.conrelid)
FROM pg_constraint AS c
LEFT JOIN pg_class AS r ON r.oid = c.confrelid
LEFT JOIN pg_namespace AS n ON n.oid = r.relnamespace
WHERE c.conrelid = %s AND c.contype IN ('p', 'u', 'f', 'c', 'x')
AND (c.contype <> 'f' OR c.conparentid = 0 OR NOT c.conislocal
     OR c.conrelid NOT IN (SELECT p.conrelid FROM pg_constraint AS p WHERE p.oid = c.conparentid))
ORDER BY c.conname COLLATE "C"
"""  # noqa: S608 - written here, no value goes in
_TRIGGERS = """
SELECT t.tgname, c.relname, t.tgtype, pg_get_triggerdef(t.oid, true)
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND n.nspname = %(schema)s
AND (%(oid)s IS NULL OR c.oid = %(oid)s)
ORDER BY c.relname COLLATE "C", t.tgname COLLATE "C"
"""
_VIEWS = """
SELECT c.relname, quote_ident(c.relname), pg_get_viewdef(c.oid), c.relkind = 'm', c.reloptions
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname = %s
AND NOT EXISTS (SELECT FROM pg_depend AS d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname COLLATE "C"
"""
_INDEXES = """
SELECT i.relname, pg_get_indexdef(x.indexrelid)
FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
WHERE x.indrelid = %s AND i.relname NOT LIKE %s
AND NOT EXISTS (SELECT FROM pg_constraint AS c
                WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY i.relname COLLATE "C"
"""


@contextmanager
def moment(session: Session) -> Iterator[None]:
    """See one state of the database for the length of a block, and change nothing."""
    owner = object()
    inside = bool(session.levels.owners)
    repeatable = {"how": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
    try:
        session.begin(owner, **({} if inside else repeatable))
        yield
    finally:
        session.rollback(owner)


def _place(session: Session, table: str) -> tuple[int, str]:
    """Return a table's number and schema, and let names of that schema go unqualified."""
    found = session.rows(
        "SELECT c.oid, n.nspname FROM pg_class AS c JOIN pg_namespace AS n "
        "ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s) "
        "AND c.relkind IN ('r', 'p', 'f', 'v', 'm')",
        (session.regclass(table),),
    )
    if not found:
        raise session.missing(table)
    _look_into(session, found[0][1])
    return found[0]


def _look_into(session: Session, schema: str) -> None:
    """Until the level is undone, let names of this schema, and no other, go unqualified."""
    session.rows("SELECT set_config('search_path', quote_ident(%s), true)", (schema,))


def _schema(session: Session) -> str:
    sql = "SELECT COALESCE(%s, current_schema()::text, 'public')"
    found: str = session.rows(sql, (session.server.schema,))[0][0]
    _look_into(session, found)
    return found


def constraints(session: Session, table: str) -> list[Constraint]:
    """Return a table's rules."""
    oid, _ = _place(session, table)
    rows = session.rows(_CONSTRAINTS, (oid,))
    return in_order(_constraint(row) for row in rows)


def _constraint(row: tuple[Any, ...]) -> Constraint:
    kind, columns, sql, name, referred, references, schema, update, delete = row[:9]
    if kind == "c":
        sql = f"CHECK ({row[11]})"
    if kind != "f":
        update = delete = "a"
    return Constraint(
        _KINDS[kind],
        tuple(columns),
        sql,
        name,
        referred,
        tuple(references),
        schema,
        on_delete=ACTIONS[delete],
        on_update=ACTIONS[update],
        deferrable=row[9],
        deferred=row[10],
    )


_EVENTS = ((4, "INSERT"), (8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE"))  # pg_trigger.h


def triggers(session: Session, table: str | None) -> list[Trigger]:
    """Return the triggers, those of foreign keys left out."""
    oid = None
    if table is None:
        schema = _schema(session)
    else:
        oid, schema = _place(session, table)
    rows = session.rows(_TRIGGERS, {"schema": schema, "oid": oid})
    return [Trigger(name, owner, *_fires(type), sql) for name, owner, type, sql in rows]


def _fires(type: int) -> tuple[str, tuple[str, ...]]:
    timing = "INSTEAD OF" if type & 64 else "BEFORE" if type & 2 else "AFTER"
    return timing, tuple(word for bit, word in _EVENTS if type & bit)


def views(session: Session) -> list[View]:
    """Return the views, those of extensions left out."""
    rows = session.rows(_VIEWS, (_schema(session),))
    return [
        View(name, tablesql.view_sql(quoted, text, options, materialized=kept), kept)
        for name, quoted, text, kept, options in rows
    ]


def create_sql(session: Session, table: str) -> str:
    """Write the statements that make a table."""
    oid, _ = _place(session, table)
    return tablesql.create_sql(session, oid)


def index_sql(session: Session, table: str) -> dict[str, str]:
    """Return what makes the indexes that carry no key and serve no search."""
    oid, _ = _place(session, table)
    pattern = PREFIX.replace("_", r"\_") + "%"
    return dict(session.rows(_INDEXES, (oid, pattern)))


def _value(column: ColumnSpec, name: str) -> str:
    """Take NaN for missing, as it is everywhere in this package."""
    return f"NULLIF({name}, 'NaN')" if column.type.kind in {Kind.REAL, Kind.NUMERIC} else name


def _ordered(column: ColumnSpec, name: str) -> str:
    """Have text in order of its code points; what has no order by itself gets one."""
    kind = column.type.kind
    if kind is Kind.BOOLEAN:
        return f"{name}::int"
    return f'{name} COLLATE "C"' if kind is Kind.TEXT else name


def _grouped(column: ColumnSpec, name: str) -> str:
    """Compare what has no equality by its text."""
    kind = column.type.kind
    return f"{name}::text" if kind in {Kind.JSON, Kind.ANY} else _ordered(column, name)


def _mean(column: ColumnSpec, name: str) -> list[str]:
    kind = column.type.kind
    if kind in {Kind.TIMESTAMP, Kind.TIMESTAMPTZ}:
        finite = f"FILTER (WHERE isfinite({name}))"
        return [f"sum(extract(epoch FROM {name})) {finite}", "0", f"count(*) {finite}"]
    if kind is Kind.REAL:
        return mean_terms(f"{name}::float8")
    return [f"avg({name}::int)" if kind is Kind.BOOLEAN else f"avg({name})"]


def _size(column: ColumnSpec, name: str) -> str:
    return f"octet_length({name})" if column.type.kind is Kind.BLOB else f"length({name})"


measures = Measures(_value, _ordered, _grouped, _mean, _size)
explain = explaining.explain
