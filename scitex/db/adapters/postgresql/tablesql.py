"""Writing the CREATE TABLE of a table out of the server's catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from scitex.db.adapters.postgresql.session import Session

_TABLE = """
SELECT c.oid, c.relkind::text, c.relpersistence::text, c.relispartition, quote_ident(c.relname),
       c.reloptions, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
       CASE WHEN m.amname <> 'heap' THEN m.amname END,
       ARRAY(SELECT i.inhparent::regclass::text FROM pg_inherits AS i
             WHERE i.inhrelid = c.oid ORDER BY i.inhseqno),
       ARRAY(SELECT i.inhrelid FROM pg_inherits AS i JOIN pg_class AS k ON k.oid = i.inhrelid
             WHERE i.inhparent = c.oid AND k.relispartition ORDER BY i.inhrelid::regclass::text),
       quote_ident(s.srvname), f.ftoptions, obj_description(c.oid, 'pg_class'),
       pg_get_viewdef(c.oid)
FROM pg_class AS c
LEFT JOIN pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_foreign_table AS f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server AS s ON s.oid = f.ftserver
WHERE c.oid = %s
"""
# NOT NULL has a name and is a constraint of its own since PostgreSQL 18.
_COLUMNS = """
SELECT quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attislocal,
       pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text,
       CASE WHEN l.oid <> t.typcollation THEN l.oid::regcollation::text END,
       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END,
       pg_get_serial_sequence(c.oid::regclass::text, a.attname),
       col_description(a.attrelid, a.attnum),
       (SELECT n.conname FROM pg_constraint AS n
        WHERE n.conrelid = c.oid AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum]
        AND n.conname <> c.relname || '_' || a.attname || '_not_null'),
       a.attname, c.relname
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_RULES = """
SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s AND contype IN ('p', 'u', 'c', 'f', 'x')
AND (conislocal OR contype IN ('p', 'u', 'x') AND coninhcount = 0)
ORDER BY array_position(ARRAY['p', 'u', 'x', 'c', 'f'], contype::text), conname
"""
_SEQUENCE = """
SELECT seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle, seqtypid::regtype::text,
       %s::regclass::text, c.relname
FROM pg_sequence JOIN pg_class AS c ON c.oid = seqrelid WHERE seqrelid = %s::regclass
"""
_STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
_MOST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
_SERIAL = {"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}


@attrs.define
class Written:
    """
    Statements that are being put together.

    Attributes
    ----------
    before, after : list of str
        Statements that come before and after the CREATE TABLE.
    lines : list of str
        What stands in its brackets.
    """

    before: list[str] = attrs.field(factory=list)
    lines: list[str] = attrs.field(factory=list)
    after: list[str] = attrs.field(factory=list)


def create_sql(session: Session, oid: int) -> str:
    """
    Write the statements that make a table or view: the CREATE TABLE, and what belongs to it.

    Names in the table's own schema are not qualified: the caller sees to it that this schema, and
    no other, is looked into.
    """
    return ";\n".join(_statements(session, oid))


def _statements(session: Session, oid: int) -> list[str]:
    row = session.rows(_TABLE, (oid,))[0]
    kind, name, definition = row[1], row[4], row[14]
    if kind in {"v", "m"}:
        return [view_sql(name, definition, row[5], materialized=kind == "m")]
    written = Written()
    for column in session.rows(_COLUMNS, (oid,)):
        # What numbers the records of a part is its table's.
        own = (*column[:5], "", *column[6:]) if row[3] else column
        _column(session, written, name, own, inherits=bool(row[9]) and not row[3])
    for rule, text in session.rows(_RULES, (oid,)):
        written.lines.append(f"CONSTRAINT {rule} {text}")
    body = ",\n    ".join(written.lines)
    sql = (
        f"CREATE {_kind(row)}TABLE {name} (\n    {body}\n)"
        if body
        else (f"CREATE {_kind(row)}TABLE {name} ()")
    )
    sql += "".join(f" {clause}" for clause in _clauses(row))
    if row[3]:
        parent = row[9][0]
        written.after.insert(0, f"ALTER TABLE ONLY {parent} ATTACH PARTITION {name} {row[7]}")
    if row[13] is not None:
        written.after.append(f"COMMENT ON TABLE {name} IS {_literal(row[13])}")
    for part in row[10]:
        written.after += _statements(session, part)
    return [*written.before, sql, *written.after]


def view_sql(name: str, definition: str, options: list[str] | None, *, materialized: bool) -> str:
    """Spell a CREATE VIEW."""
    kind = "MATERIALIZED VIEW" if materialized else "VIEW"
    told = f" WITH ({', '.join(options)})" if options else ""
    return f"CREATE {kind} {name}{told} AS\n{definition.rstrip().rstrip(';')}"


def _kind(row: tuple[Any, ...]) -> str:
    foreign = "FOREIGN " if row[1] == "f" else ""
    return {"u": "UNLOGGED ", "t": "TEMPORARY "}.get(row[2], "") + foreign


def _clauses(row: tuple[Any, ...]) -> Iterator[str]:
    """Spell what follows the brackets."""
    if row[9] and not row[3]:
        yield f"INHERITS ({', '.join(row[9])})"
    if row[6]:
        yield f"PARTITION BY {row[6]}"
    if row[8]:
        yield f"USING {row[8]}"
    if row[5]:
        yield f"WITH ({', '.join(row[5])})"
    if row[11]:
        yield f"SERVER {row[11]}"
        options = [option.partition("=") for option in row[12] or ()]
        if options:
            told = ", ".join(f'"{key}" {_literal(value)}' for key, _, value in options)
            yield f"OPTIONS ({told})"


def _column(
    session: Session, written: Written, table: str, row: tuple[Any, ...], *, inherits: bool
) -> None:
    """Spell one column, and what must be said of it beside."""
    name, default, generated = row[0], row[4], row[6]
    storage, comment = row[8], row[10]
    if row[3] or not inherits:
        written.lines.append(_definition(session, written, table, row))
    elif default is not None and not generated:
        written.after.append(f"ALTER TABLE ONLY {table} ALTER COLUMN {name} SET DEFAULT {default}")
    if storage:
        written.after.append(
            f"ALTER TABLE ONLY {table} ALTER COLUMN {name} SET STORAGE {_STORAGE[storage]}"
        )
    if comment is not None:
        written.after.append(f"COMMENT ON COLUMN {table}.{name} IS {_literal(comment)}")


def _definition(session: Session, written: Written, table: str, row: tuple[Any, ...]) -> str:
    """Spell a column as it stands in the brackets."""
    name, type, required, _, default, identity, generated, collation, _, sequence = row[:10]
    line = f"{name} {type}" + (f" COLLATE {collation}" if collation else "")
    if identity:
        line += _identity(session, identity, sequence, type)
    elif generated:
        kind = "VIRTUAL" if generated == "v" else "STORED"
        line += f" GENERATED ALWAYS AS ({default}) {kind}"
    elif sequence and default:
        line = _serial(session, written, table, row)
    elif default is not None:
        line += f" DEFAULT {default}"
    named = f" CONSTRAINT {_quoted(row[11])}" if row[11] else ""
    return f"{line}{named} NOT NULL" if required else line


def _identity(session: Session, identity: str, sequence: str | None, type: str) -> str:
    """Spell an identity column, with what is unusual in its sequence."""
    how = "ALWAYS" if identity == "a" else "BY DEFAULT"
    options = "" if sequence is None else _options(_sequence(session, sequence), type)
    return f" GENERATED {how} AS IDENTITY" + (f" ({options})" if options else "")


def _sequence(session: Session, sequence: str) -> tuple[Any, ...]:
    return session.rows(_SEQUENCE, (sequence, sequence))[0]


def _options(row: tuple[Any, ...], type: str) -> str:
    """Spell what a sequence has that one would not have by itself."""
    start, step, least, most, cache, cycle = row[:6]
    limit = _MOST.get(type, _MOST["bigint"])
    usual = (1, limit) if step > 0 else (-limit - 1, -1)
    told = []
    if start != (least if step > 0 else most):
        told.append(f"START WITH {start}")
    if step != 1:
        told.append(f"INCREMENT BY {step}")
    told += [
        f"{word} {value}"
        for word, value, own in (("MINVALUE", least, usual[0]), ("MAXVALUE", most, usual[1]))
        if value != own
    ]
    told += [f"CACHE {cache}"] if cache != 1 else []
    told += ["CYCLE"] if cycle else []
    return " ".join(told)


def _serial(session: Session, written: Written, table: str, row: tuple[Any, ...]) -> str:
    """Spell a column that a sequence of its own numbers: as SERIAL, where it is just that."""
    name, type, default, sequence = row[0], row[1], row[4], row[9]
    found = _sequence(session, sequence)
    options, place = _options(found, found[6]), found[7]
    usual = f"{row[13]}_{row[12]}_seq"
    if found[6] == type and not options and found[8] == usual and row[2]:
        return f"{name} {_SERIAL[type]}"
    kind = "" if found[6] == "bigint" else f" AS {found[6]}"
    written.before.append(f"CREATE SEQUENCE {place}{kind}" + (f" {options}" if options else ""))
    written.after.append(f"ALTER SEQUENCE {place} OWNED BY {table}.{name}")
    return f"{name} {type} DEFAULT {default}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
