"""Tables that PostgreSQL keeps in parts."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from collections.abc import Callable
from typing import Any

import attrs

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql import tables
from scitex.db.domain.errors import SchemaError
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.moments import read_datetime
from scitex.db.domain.partitions import (
    How,
    Partition,
    PartitionBy,
    Partitioned,
    otherwise_kept,
)
from scitex.db.domain.tables import TableSpec, name_taken
from scitex.db.domain.types import Kind
from scitex.db.domain.values import fit, refused

_KEY = """
SELECT p.partstrat::text, pg_get_partkeydef(p.partrelid),
       ARRAY(SELECT a.attname::text FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS k(c, n)
             LEFT JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = k.c
             ORDER BY k.n)
FROM pg_partitioned_table AS p WHERE p.partrelid = to_regclass(%s)
"""
_PARTS = """
SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid),
       format('%%I.%%I', n.nspname, c.relname), n.oid = t.relnamespace
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_class AS t ON t.oid = i.inhparent
WHERE i.inhparent = to_regclass(%s) AND c.relispartition
ORDER BY c.relname COLLATE "C", n.nspname COLLATE "C"
"""
# Parts are made in their table's schema, wherever names are looked up first.
_BESIDE = """
SELECT format('%%I.%%I', n.nspname, %s), to_regclass(format('%%I.%%I', n.nspname, %s)) IS NULL
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)
"""
_HOW: dict[str, How] = {"r": "range", "h": "hash", "l": "list"}
_BOUND = r"(E?'(?:[^']|'')*'|[^')]+)"
_BOUNDS = re.compile(rf"FOR VALUES FROM \({_BOUND}\) TO \({_BOUND}\)")
_SHARE = re.compile(r"FOR VALUES WITH \(modulus (\d+), remainder (\d+)\)")
_READ: dict[Kind, Callable[[str], Any]] = {
    Kind.INTEGER: int,
    Kind.REAL: float,
    Kind.NUMERIC: decimal.Decimal,
    Kind.DATE: dt.date.fromisoformat,
    Kind.TIME: dt.time.fromisoformat,
    Kind.TIMESTAMP: read_datetime,
    Kind.TIMESTAMPTZ: read_datetime,
    Kind.UUID: uuid.UUID,
    Kind.BOOLEAN: lambda text: {"true": True, "false": False}[text],
    Kind.BLOB: lambda text: bytes.fromhex(text.removeprefix("\\x")),
}
_NO_BOUND = {"MINVALUE", "MAXVALUE"}
_INFINITE = {"infinity", "-infinity"}
_MOMENTS = {Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ}
_COMPRESSES = 140_000  # the first server whose columns are compressed as each says
_SHOWN = 10  # parts that an error names
_COPIED = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE"


def create(session: Session, spec: TableSpec, asked: PartitionBy) -> None:
    """
    Make a table with its parts; leave one that is the same alone.

    One that is there and has no parts yet is given them.
    """
    column = spec.column(asked.column)
    edges = tuple(_fitted(spec, asked.column, edge) for edge in asked.edges)
    wanted = asked.parts(spec.name, edges)
    by = f"{asked.how.upper()} ({POSTGRESQL.name(column.name)})"
    with session.atomic():
        tables.create_table(session, spec, tail=f" PARTITION BY {by}")
        found = partitioned(session, spec.name)
        same = found is not None and (found.how, found.columns) == (asked.how, (column.name,))
        if found is None or not same or (found.parts and _lacking(wanted, found.parts)):
            raise otherwise_kept(spec.name, asked, found)
        for part in wanted if not found.parts else ():
            add(session, spec.name, part)


def _fitted(spec: TableSpec, name: str, value: object) -> Any:
    """Return an edge as the column keeps it."""
    column = spec.column(name)
    try:
        return fit(value, column.type)
    except Misfit as error:
        raise refused(error, value, table=spec.name, column=name, type=column.type) from None


def _lacking(wanted: tuple[Partition, ...], there: tuple[Partition, ...]) -> bool:
    """Say whether a part is not there, whatever its name; of those by hash all must be alike."""
    known = {attrs.evolve(part, name="") for part in there}
    asked = {attrs.evolve(part, name="") for part in wanted}
    return not asked <= known


def partitioned(session: Session, table: str) -> Partitioned | None:
    """Tell a table's parts, in order, the one for whatever no other takes at the end."""
    place = (session.regclass(table),)
    spec = session.described(table).spec
    found = session.rows(_KEY, place)
    if not found:
        return None
    how, text, names = found[0]
    columns = tuple(names)
    if None in columns:
        columns = (text.partition("(")[2].removesuffix(")"),)
    known = len(columns) == 1 and columns[0] in spec.names
    kind = spec.column(columns[0]).type.kind if known else None
    parts = [_part(name, told or "", kind) for name, told, *_ in session.rows(_PARTS, place)]
    return Partitioned(columns, tuple(sorted(parts, key=_order)), _HOW[how])


def _part(name: str, told: str, kind: Kind | None) -> Partition:
    """Read what a part takes."""
    if share := _SHARE.fullmatch(told):
        return Partition(name, modulus=int(share[1]), remainder=int(share[2]), sql=told)
    bounds = _BOUNDS.fullmatch(told) if kind else None
    if bounds is None or kind is None:
        return Partition(name, sql=told)
    return Partition(name, _value(bounds[1], kind), _value(bounds[2], kind), sql=told)


def _order(part: Partition) -> tuple[Any, ...]:
    """Sort by what parts take; what is not known by its bounds stands by its name."""
    if part.remainder is not None:
        return (0, part.modulus, part.remainder)
    if part.low is None and part.high is None:
        return (2, part.sql == "DEFAULT", part.name)
    return (0,) if part.low is None else (1, str(type(part.low)), part.low)


def _value(text: str, kind: Kind) -> Any:
    """Read a bound; one that Python has no value for, such as a year before 1, stays text."""
    if text in _NO_BOUND:
        return None
    plain = text
    if text[-1] == "'":
        plain = text.removeprefix("E")[1:-1].replace("''", "'")
    if text[0] == "E":
        plain = plain.replace("\\\\", "\\")
    if kind in _MOMENTS and plain in _INFINITE:
        return None
    try:
        return _READ.get(kind, str)(plain)
    except (ValueError, KeyError, ArithmeticError):
        return plain


def add(session: Session, table: str, part: Partition) -> None:
    """
    Add a part that is empty; leave one of the same name that takes the same alone.

    It is made beside the table and attached to it, which holds up nobody who reads or writes;
    others who add one wait.
    """
    spec = session.described(table).spec
    target = session.target(table)
    with session.atomic():
        session.run(f"LOCK TABLE {target} IN SHARE UPDATE EXCLUSIVE MODE", table=table)
        found = partitioned(session, table)
        if found is None or found.how == "list" or len(found.columns) != 1:
            raise SchemaError(
                f"table {table!r} is not kept in parts by ranges or by hash of a column",
                hint="create_table(..., partition_by=by_range(column)) makes one that is",
            )
        place = session.regclass(table)
        own, is_free = session.rows(_BESIDE, (part.name, part.name, place))[0]
        beside = {name: told for name, told, _, near in session.rows(_PARTS, (place,)) if near}
        takes, given = _takes(spec, found, part)
        if part.name in beside:
            kind = spec.column(found.columns[0]).type.kind
            same = _part(part.name, beside[part.name] or "", kind)
            part = attrs.evolve(part, **dict(zip(("low", "high"), given, strict=True)))
            if _lacking((part,), (same,)):
                raise SchemaError(
                    f"table {table!r} has another part {part.name!r}: {same.sql}",
                    hint="choose another name",
                )
            return
        if not is_free:
            raise name_taken("table", part.name)
        own = own.replace("%", "%%")
        copied = _COPIED
        if session.connection.server_version >= _COMPRESSES:
            copied += " INCLUDING COMPRESSION"
        session.run(f"CREATE TABLE {own} (LIKE {target} {copied})", table=table)
        bound = tuple(_bound(value) for value in given if value is not None)
        session.run(f"ALTER TABLE {target} ATTACH PARTITION {own} {takes}", bound, table=table)


def _takes(spec: TableSpec, found: Partitioned, part: Partition) -> tuple[str, tuple[Any, Any]]:
    """Spell what a part takes; return its bounds as the column keeps them, beside."""
    if part.remainder is not None:
        words = f"FOR VALUES WITH (MODULUS {part.modulus}, REMAINDER {part.remainder})"
        return words, (None, None)
    low, high = (_fitted(spec, found.columns[0], value) for value in (part.low, part.high))
    first, last = "MINVALUE" if low is None else "%s", "MAXVALUE" if high is None else "%s"
    return f"FOR VALUES FROM ({first}) TO ({last})", (low, high)


def _bound(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value


def drop(session: Session, table: str, name: str) -> None:
    """Remove a part with what is in it."""
    target = session.target(table)
    with session.atomic():
        session.described(table)
        # Nobody takes a part out meanwhile: it would be another table then.
        session.run(f"LOCK TABLE {target} IN SHARE UPDATE EXCLUSIVE MODE", table=table)
        found = session.rows(_PARTS, (session.regclass(table),))
        named = [(near, place) for part, _, place, near in found if part == name]
        if not named:
            known = [row[0] for row in found]
            raise SchemaError(
                f"table {table!r} has no part {name!r}",
                hint=f"its parts are {', '.join(known[:_SHOWN]) or 'none'}",
            )
        place = max(named)[1].replace("%", "%%")
        try:
            with session.atomic():
                session.run(f"DROP TABLE {place}", table=table).close()
        except SchemaError:  # others refer to the table, of which it is no part then
            session.run(f"ALTER TABLE {target} DETACH PARTITION {place}", table=table).close()
            session.run(f"DROP TABLE {place}", table=table).close()
