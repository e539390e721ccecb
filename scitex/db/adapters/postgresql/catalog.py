"""What the server says of its tables."""

from __future__ import annotations

from typing import Any, Protocol

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.jsonsql import indexed_path
from scitex.db.adapters.sql.asking import Asked, Described
from scitex.db.domain.errors import SchemaError
from scitex.db.domain.names import is_own
from scitex.db.domain.searching import PREFIX
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

_COLUMNS = r"""
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text,
       CASE WHEN l.collname <> 'default' THEN l.collname
            WHEN to_jsonb(b) ->> 'datlocprovider' = 'i' THEN 'ICU'
            WHEN to_jsonb(b) ->> 'datlocprovider' = 'b' THEN 'C'
            ELSE b.datcollate END,
       CASE WHEN a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%%'
            THEN COALESCE(
                pg_get_serial_sequence(%(name)s, a.attname),
                replace((regexp_match(
                    pg_get_expr(d.adbin, d.adrelid), 'nextval\(''(.*)''::regclass'))[1],
                    '''''', '''')) END
FROM pg_attribute AS a
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
JOIN pg_database AS b ON b.datname = current_database()
WHERE a.attrelid = to_regclass(%(name)s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_NAMES = (
    "(SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest({}) WITH ORDINALITY AS k(c, n) \
JOIN pg_attribute AS a ON a.attrelid = {} AND a.attnum = k.c)"
)
_CONSTRAINTS = f"""
SELECT c.contype::text, {_NAMES.format("c.conkey", "c.conrelid")}, r.relname,
       {_NAMES.format("c.confkey", "c.confrelid")}, c.confdeltype::text, c.confupdtype::text,
       c.condeferred, pg_get_expr(c.conbin, c.conrelid)
FROM pg_constraint AS c
LEFT JOIN pg_class AS r ON r.oid = c.confrelid
WHERE c.conrelid = to_regclass(%(name)s) AND c.contype IN ('p', 'u', 'f', 'c')
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
    rows = session.rows(_COLUMNS, {"name": name})
    if not rows and session.rows("SELECT to_regclass(%s)", (name,))[0][0]:
        raise SchemaError(
            f"table {table!r} has no columns",
            hint="add one, or drop the table",
        )
    if not rows:
        raise session.missing(table)
    constraints = session.rows(_CONSTRAINTS, {"name": name})
    keys = [tuple(row[1]) for row in constraints if row[0] == "p"]
    spec = TableSpec(
        table,
        [_column(row) for row in rows],
        primary_key=keys[0] if keys else (),
        unique=[tuple(row[1]) for row in constraints if row[0] == "u"],
        foreign_keys=[_foreign_key(row) for row in constraints if row[0] == "f"],
        checks=[row[7] for row in constraints if row[0] == "c"],
    )
    unique = [
        frozenset(row[4])
        for row in session.rows(_INDEXES, {"name": name})
        if row[1] and row[2] is None and None not in row[4]
    ]
    sequences = [row[7] for row in rows if row[7] is not None]
    return Described(spec, tuple(unique), sequence=sequences[0] if sequences else None)


def _column(row: tuple[Any, ...]) -> ColumnSpec:
    name, declared, notnull, default, identity, generated, collation, sequence = row
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


def _foreign_key(row: tuple[Any, ...]) -> ForeignKey:
    _, columns, table, references, on_delete, on_update, deferred, _ = row
    return ForeignKey(
        tuple(columns),
        table,
        tuple(references),
        on_delete=ACTIONS[on_delete],
        on_update=ACTIONS[on_update],
        deferred=deferred,
    )


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
