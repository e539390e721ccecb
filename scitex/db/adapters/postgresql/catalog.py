"""What the server says of its tables."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Any, Protocol

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.jsonsql import indexed_path
from scitex.db.adapters.sql.asking import Asked, Described
from scitex.db.domain.errors import SchemaError
from scitex.db.domain.names import is_own
from scitex.db.domain.search.searching import PREFIX
from scitex.db.domain.tables import Action, ColumnSpec, ForeignKey, IndexSpec, TableSpec
from scitex.db.domain.types import ColumnType, Kind, column_type

# INTEGER is 64 bits wide in this package's words, and 32 in PostgreSQL's own.
_NATIVE = {"integer": "INT4", "real": "FLOAT4"}
ACTIONS: dict[str, Action] = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}

# One statement, so that it is one state of the table, and plain ones, since a session that is
# new takes longer to plan them than to run them: what few tables have is asked for apart.
_TABLE = """
SELECT 'column', a.attnum::bigint, a.attname::text, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.attidentity::text, a.attgenerated::text,
       a.attcollation::bigint, NULL::int2[]
FROM pg_attribute AS a
LEFT JOIN pg_attrdef AS d ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = to_regclass(%(name)s) AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT contype::text, oid::bigint, NULL, NULL, pg_get_expr(conbin, conrelid), NULL, NULL, NULL,
       NULL, conkey
FROM pg_constraint
WHERE conrelid = to_regclass(%(name)s) AND contype IN ('p', 'u', 'f', 'c')
UNION ALL
SELECT 'index', indexrelid::bigint, NULL, NULL, NULL, NULL, NULL, NULL, indnkeyatts, indkey::int2[]
FROM pg_index
WHERE indrelid = to_regclass(%(name)s) AND indisunique AND indpred IS NULL
"""
_SEQUENCE = "SELECT pg_get_serial_sequence(%s, %s)"
_NEXT = re.compile(r"nextval\('((?:[^']|'')*)'::regclass\)")
# Collations that have the same number in every database and compare as this package does.
_BY_CODE = {0, 950, 951}
_COLLATIONS = """
SELECT l.oid::bigint, CASE
       WHEN l.collname <> 'default' THEN l.collname
       WHEN to_jsonb(b) ->> 'datlocprovider' = 'i' THEN 'ICU'
       WHEN to_jsonb(b) ->> 'datlocprovider' = 'b' THEN 'C'
       ELSE b.datcollate END
FROM pg_collation AS l JOIN pg_database AS b ON b.datname = current_database()
WHERE l.oid = ANY(%s)
"""
_NAMES = (
    "(SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest({}) WITH ORDINALITY AS k(c, n) \
JOIN pg_attribute AS a ON a.attrelid = {} AND a.attnum = k.c)"
)
_FOREIGN_KEYS = f"""
SELECT {_NAMES.format("c.conkey", "c.conrelid")}, r.relname,
       {_NAMES.format("c.confkey", "c.confrelid")}, c.confdeltype::text, c.confupdtype::text,
       c.condeferred
FROM pg_constraint AS c
LEFT JOIN pg_class AS r ON r.oid = c.confrelid
WHERE c.conrelid = to_regclass(%s) AND c.contype = 'f'
ORDER BY c.oid
"""  # noqa: S608 - written here, no value goes in
_INDEXES = """
SELECT i.relname, x.indisunique, pg_get_expr(x.indpred, x.indrelid),
       ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, true)
             FROM generate_series(1, x.indnkeyatts) AS n ORDER BY n),
       ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k(c, n)
             LEFT JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.c
             WHERE k.n <= x.indnkeyatts ORDER BY k.n),
       EXISTS (SELECT FROM pg_constraint AS c
               WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
WHERE x.indrelid = to_regclass(%(name)s)
ORDER BY i.relname COLLATE "C"
"""


class Server(Asked, Protocol):
    """A session that can be asked."""

    def regclass(self, table: str) -> str:
        """Quote a table's name, with its schema, for to_regclass()."""
        ...


def tables(session: Server, schema: str | None) -> list[str]:
    """Return the names of a schema's tables, sorted; partitions are part of their table."""
    rows = session.rows(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE n.nspname = COALESCE(%s, current_schema()) AND c.relkind IN ('r', 'p', 'f') "
        "AND NOT c.relispartition AND EXISTS (SELECT FROM pg_attribute AS a WHERE "
        "a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) "
        'ORDER BY c.relname COLLATE "C"',
        (schema,),
    )
    return [row[0] for row in rows if not is_own(row[0])]


def describe(session: Server, table: str, *, target: str | None = None) -> Described:
    """
    Return what a table is; `target` is its quoted name where that is not the usual one.

    Raises
    ------
    TableNotFoundError
    """
    name = session.regclass(table) if target is None else target
    rows = sorted(session.rows(_TABLE, {"name": name}), key=itemgetter(1))
    columns = [row for row in rows if row[0] == "column"]
    if not columns and session.rows("SELECT to_regclass(%s)", (name,))[0][0]:
        raise SchemaError(
            f"table {table!r} has no columns",
            hint="add one, or drop the table",
        )
    if not columns:
        raise session.missing(table)
    names = {row[1]: row[2] for row in columns}
    keys = {
        kind: [tuple(names[n] for n in row[9]) for row in rows if row[0] == kind] for kind in "pu"
    }
    sequences = {row[1]: _sequence(session, name, row) for row in columns}
    collations = _collations(session, {row[8] for row in columns} - _BY_CODE)
    spec = TableSpec(
        table,
        [_column(row, collations.get(row[8]), sequences[row[1]]) for row in columns],
        primary_key=keys["p"][0] if keys["p"] else (),
        unique=keys["u"],
        foreign_keys=_foreign_keys(session, name) if any(row[0] == "f" for row in rows) else [],
        checks=[row[4] for row in rows if row[0] == "c"],
    )
    unique = [row[9][: row[8]] for row in rows if row[0] == "index"]
    return Described(
        spec,
        tuple(frozenset(names[n] for n in key) for key in unique if 0 not in key),
        sequence=next(filter(None, sequences.values()), None),
    )


def _sequence(session: Server, name: str, row: tuple[Any, ...]) -> str | None:
    """Return the quoted name of the sequence that numbers a column, if one does."""
    column, default, identity = row[2], row[4] or "", row[6]
    if not identity and not default.startswith("nextval("):
        return None
    owned: str | None = session.rows(_SEQUENCE, (name, column))[0][0]
    borrowed = _NEXT.match(default)
    if owned is None and borrowed:
        return borrowed[1].replace("''", "'")
    return owned


def _collations(session: Server, numbers: set[int]) -> dict[int, str]:
    """Return what collations are called, by their numbers."""
    return dict(session.rows(_COLLATIONS, (sorted(numbers),))) if numbers else {}


def _column(row: tuple[Any, ...], collation: str | None, sequence: str | None) -> ColumnSpec:
    _, _, name, declared, default, notnull, identity, generated, *_ = row
    type = _type(declared)
    computed = bool(generated)
    numbered = bool(identity) or sequence is not None
    return ColumnSpec(
        name,
        type,
        nullable=not notnull,
        default=None if numbered or computed else default,
        autoincrement=numbered,
        collation=_collation(collation, type.kind),
        generated=default if computed else None,
    )


def _type(declared: str) -> ColumnType:
    return column_type(_NATIVE.get(declared, declared))


def _collation(name: str | None, kind: Kind) -> str | None:
    if kind is not Kind.TEXT or name in {None, "C", "POSIX", "ucs_basic"}:
        return None
    return name


def _foreign_keys(session: Server, name: str) -> list[ForeignKey]:
    return [
        ForeignKey(
            tuple(columns),
            table,
            tuple(references),
            on_delete=ACTIONS[on_delete],
            on_update=ACTIONS[on_update],
            deferred=deferred,
        )
        for columns, table, references, on_delete, on_update, deferred in session.rows(
            _FOREIGN_KEYS, (name,)
        )
    ]


def indexes(session: Server, table: str) -> list[IndexSpec]:
    """Return the table's indexes, those that carry a key or serve a search left out."""
    found = []
    for name, unique, where, terms, columns, carries_key in session.rows(
        _INDEXES, {"name": session.regclass(table)}
    ):
        if not (carries_key or name.startswith(PREFIX)):
            spelt = tuple(
                (indexed_path(term) or term) if column is None else column
                for term, column in zip(terms, columns, strict=True)
            )
            found.append(IndexSpec(name, table, spelt, unique, where))
    return found


def index_owner(session: Server, table: str, name: str) -> str | None:
    """Return the table whose index has this name in the same schema, if there is one."""
    rows = session.rows(
        "SELECT t.relname FROM pg_class AS i JOIN pg_index AS x ON x.indexrelid = i.oid "
        "JOIN pg_class AS t ON t.oid = x.indrelid "
        "JOIN pg_class AS mine ON mine.oid = to_regclass(%s) "
        "WHERE i.relname = %s AND i.relnamespace = mine.relnamespace",
        (session.regclass(table), name),
    )
    return rows[0][0] if rows else None


def referring(session: Server, table: str) -> list[str]:
    """Return the other tables that refer to this one."""
    rows = session.rows(
        "SELECT DISTINCT r.relname FROM pg_constraint AS c "
        "JOIN pg_class AS r ON r.oid = c.conrelid "
        "WHERE c.contype = 'f' AND c.confrelid = to_regclass(%s) AND c.conrelid <> c.confrelid "
        "ORDER BY 1",
        (session.regclass(table),),
    )
    return [row[0] for row in rows]


# One writer of given numbers at a time looks at the sequence and moves it.
_ADVANCE = (
    "SELECT pg_advisory_xact_lock({literal}::regclass::oid::bigint); "
    "SELECT setval({literal}::regclass, %s) FROM {name} AS s "
    "WHERE s.last_value < %s OR (s.last_value = %s AND NOT s.is_called); "
)


def advance(sequence: str) -> str:
    """Spell what moves a sequence past a number that is given; binds the number thrice."""
    name = POSTGRESQL.literal(sequence)
    literal = "'" + name.replace("'", "''") + "'"
    return _ADVANCE.format(name=name, literal=literal)
