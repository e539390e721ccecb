"""Tables that PostgreSQL keeps in parts."""

from __future__ import annotations

import datetime as dt
import decimal
import re
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
_PARTS = (
    "SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i "
    "JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(%s) "
    'AND c.relispartition ORDER BY c.relname COLLATE "C"'
)
_HOW: dict[str, How] = {"r": "range", "h": "hash", "l": "list"}
_BOUNDS = re.compile(r"FOR VALUES FROM \((.*)\) TO \((.*)\)", re.DOTALL)
_SHARE = re.compile(r"FOR VALUES WITH \(modulus (\d+), remainder (\d+)\)")
_READ: dict[Kind, Callable[[str], Any]] = {
    Kind.INTEGER: int,
    Kind.REAL: float,
    Kind.NUMERIC: decimal.Decimal,
    Kind.DATE: dt.date.fromisoformat,
    Kind.TIMESTAMP: read_datetime,
    Kind.TIMESTAMPTZ: read_datetime,
}
_NO_BOUND = {"MINVALUE", "MAXVALUE", "'infinity'", "'-infinity'"}
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
    read = _READ.get(spec.column(columns[0]).type.kind, str) if known else None
    parts = [_part(name, told or "", read) for name, told in session.rows(_PARTS, place)]
    return Partitioned(columns, tuple(sorted(parts, key=_order)), _HOW[how])


def _part(name: str, told: str, read: Callable[[str], Any] | None) -> Partition:
    """Read what a part takes."""
    if share := _SHARE.fullmatch(told):
        return Partition(name, modulus=int(share[1]), remainder=int(share[2]), sql=told)
    bounds = _BOUNDS.fullmatch(told) if read else None
    if bounds is None or read is None:
        return Partition(name, sql=told)
    return Partition(name, _value(bounds[1], read), _value(bounds[2], read), sql=told)


def _order(part: Partition) -> tuple[Any, ...]:
    """Sort by what parts take; what is not known by its bounds stands by its name."""
    if part.remainder is not None:
        return (0, part.modulus, part.remainder)
    if part.low is None and part.high is None:
        return (2, part.sql == "DEFAULT", part.name)
    return (0,) if part.low is None else (1, part.low)


def _value(text: str, read: Callable[[str], Any]) -> Any:
    if text in _NO_BOUND:
        return None
    return read(text[1:-1].replace("''", "'") if text[0] == "'" else text)


def add(session: Session, table: str, part: Partition) -> None:
    """
    Add a part that is empty; leave one of the same name that takes the same alone.

    It is made beside the table and attached to it, which holds up nobody who reads or writes;
    others who add one wait.
    """
    spec = session.described(table).spec
    target, own = session.target(table), session.target(part.name)
    with session.atomic():
        session.run(f"LOCK TABLE {target} IN SHARE UPDATE EXCLUSIVE MODE", table=table)
        found = partitioned(session, table)
        if found is None or found.how == "list" or len(found.columns) != 1:
            raise SchemaError(
                f"table {table!r} is not kept in parts by ranges or by hash of a column",
                hint="create_table(..., partition_by=by_range(column)) makes one that is",
            )
        same = {each.name: each for each in found.parts}.get(part.name)
        takes, given = _takes(spec, found, part)
        if same is not None:
            part = attrs.evolve(part, **dict(zip(("low", "high"), given, strict=True)))
            if _lacking((part,), (same,)):
                raise SchemaError(
                    f"table {table!r} has another part {part.name!r}: {same.sql}",
                    hint="choose another name",
                )
            return
        if session.has_table(part.name):
            raise name_taken("table", part.name)
        session.run(f"CREATE TABLE {own} (LIKE {target} {_COPIED})", table=table)
        bound = tuple(value for value in given if value is not None)
        session.run(f"ALTER TABLE {target} ATTACH PARTITION {own} {takes}", bound, table=table)


def _takes(spec: TableSpec, found: Partitioned, part: Partition) -> tuple[str, tuple[Any, Any]]:
    """Spell what a part takes; return its bounds as the column keeps them, beside."""
    if part.remainder is not None:
        words = f"FOR VALUES WITH (MODULUS {part.modulus}, REMAINDER {part.remainder})"
        return words, (None, None)
    low, high = (_fitted(spec, found.columns[0], value) for value in (part.low, part.high))
    first, last = "MINVALUE" if low is None else "%s", "MAXVALUE" if high is None else "%s"
    return f"FOR VALUES FROM ({first}) TO ({last})", (low, high)


def drop(session: Session, table: str, name: str) -> None:
    """Remove a part with what is in it."""
    with session.atomic():
        session.described(table)
        known = [part for part, _ in session.rows(_PARTS, (session.regclass(table),))]
        if name not in known:
            raise SchemaError(
                f"table {table!r} has no part {name!r}",
                hint=f"its parts are {', '.join(known[:_SHOWN]) or 'none'}",
            )
        session.run(f"DROP TABLE {session.target(name)}", table=table)
