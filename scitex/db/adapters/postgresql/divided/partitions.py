"""Tables that PostgreSQL keeps in parts."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import attrs

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.divided import bounds
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql import tables
from scitex.db.domain.errors import IntegrityError, SchemaError
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.partitions import (
    How,
    Partition,
    PartitionBy,
    Partitioned,
    otherwise_kept,
    part_name,
    part_taken,
)
from scitex.db.domain.tables import TableSpec, name_taken
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
SELECT b.place, r.oid IS NULL, p.relname::text
FROM (SELECT format('%%I.%%I', n.nspname, %s::text) AS place FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)) AS b
LEFT JOIN pg_class AS r ON r.oid = to_regclass(b.place)
LEFT JOIN pg_inherits AS i ON i.inhrelid = r.oid LEFT JOIN pg_class AS p ON p.oid = i.inhparent
"""
_HOW: dict[str, How] = {"r": "range", "h": "hash", "l": "list"}
_NAME_TAKEN = {"42P07", "42710", "23505"}  # as the server says it, by who was quicker
_COMPRESSES = 140_000  # the first server whose columns are compressed as each says
_SHOWN = 10  # parts that an error names
_COPIED = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE"


def create(session: Session, spec: TableSpec, asked: PartitionBy) -> None:
    """
    Make a table with its parts; leave one that is the same alone.

    One that is there and has no parts yet is given them, and so is one by hash that lacks some.
    """
    column = spec.column(asked.column)
    edges = tuple(_fitted(spec, asked.column, edge) for edge in asked.edges)
    by = f"{asked.how.upper()} ({POSTGRESQL.name(column.name)})"
    with session.atomic():
        tables.create_table(session, spec, tail=f" PARTITION BY {by}")
        found = partitioned(session, spec.name)
        if found is None or (found.how, found.columns) != (asked.how, (column.name,)):
            raise otherwise_kept(spec.name, asked, found)
        wanted = asked.parts(bounds.as_read(session, spec, column.name, edges))
        lacking = bounds.lacking(wanted, found.parts)
        shares = all(part.modulus == asked.modulus for part in found.parts)
        if lacking and found.parts and not (asked.how == "hash" and shares):
            raise otherwise_kept(spec.name, asked, found)
        for part in lacking:
            add(session, spec.name, part)


def _fitted(spec: TableSpec, name: str, value: object) -> Any:
    """Return an edge as the column keeps it; what is missing is none, and not no edge."""
    column = spec.column(name)
    try:
        kept = fit(value, column.type)
    except Misfit as error:
        raise refused(error, value, table=spec.name, column=name, type=column.type) from None
    if kept is None and value is not None:
        gone = Misfit("a missing value is no bound", "pass None where there is no bound")
        raise refused(gone, value, table=spec.name, column=name, type=column.type)
    return kept


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
    told = [(name, told or "") for name, told, *_ in session.rows(_PARTS, place)]
    return Partitioned(columns, bounds.read(session, spec, columns, told), _HOW[how])


def add(session: Session, table: str, part: Partition) -> str:
    """
    Add a part that is empty; leave one of the same name that takes the same alone.

    It is made beside the table and attached to it, which holds up nobody who reads or writes;
    others who add one wait.
    """
    if part.name:
        POSTGRESQL.name(part.name)  # nothing is made under half a name
    spec = session.described(table).spec
    target = session.target(table)
    tried: set[str] = set()
    while True:
        try:
            with session.atomic():
                session.run(f"LOCK TABLE {target} IN SHARE UPDATE EXCLUSIVE MODE", table=table)
                return _added(session, spec, part, tried)
        except (SchemaError, IntegrityError) as error:
            if part.name or error.sqlstate not in _NAME_TAKEN:
                raise


def _added(session: Session, spec: TableSpec, part: Partition, tried: set[str]) -> str:
    """Add a part to a table to which nobody else adds one; a name is chosen where it has none."""
    table = spec.name
    found = partitioned(session, table)
    if found is None or found.how == "list" or not _is_by_column(found, spec):
        raise SchemaError(
            f"table {table!r} is not kept in parts by ranges or by hash of a column",
            hint="create_table(..., partition_by=by_range(column)) makes one that is",
        )
    part = found.completed(table, part)
    takes, given = _takes(spec, found, part)
    low, high = bounds.as_read(session, spec, found.columns[0], given)
    part = attrs.evolve(part, low=low, high=high)
    there = _there(session, spec, found, part)
    if there is not None:
        return there
    name, place = _free_place(session, table, part, len(found.parts), tried)
    copied = _COPIED
    if session.connection.server_version >= _COMPRESSES:
        copied += " INCLUDING COMPRESSION"
    target = session.target(table)
    session.run(f"CREATE TABLE {place} (LIKE {target} {copied})", table=table)
    bound = tuple(_bound(value) for value in given if value is not None)
    session.run(f"ALTER TABLE {target} ATTACH PARTITION {place} {takes}", bound, table=table)
    return name


def _is_by_column(found: Partitioned, spec: TableSpec) -> bool:
    return len(found.columns) == 1 and found.columns[0] in spec.names


def _there(session: Session, spec: TableSpec, found: Partitioned, part: Partition) -> str | None:
    """Return the name of the part that is asked for, where it is there already."""
    if not part.name:
        same = [each.name for each in found.parts if not bounds.lacking((part,), (each,))]
        return same[0] if same else None
    told = session.rows(_PARTS, (session.regclass(spec.name),))
    beside = [(name, sql or "") for name, sql, _, near in told if near and name == part.name]
    if not beside:
        return None
    (same_name,) = bounds.read(session, spec, found.columns, beside)
    if bounds.lacking((part,), (same_name,)):
        raise SchemaError(
            f"table {spec.name!r} has another part {part.name!r}: {same_name.sql}",
            hint="choose another name",
        )
    return part.name


def _free_place(
    session: Session, table: str, part: Partition, count: int, tried: set[str]
) -> tuple[str, str]:
    """Return a part's name, and where it is made; a name that it was given must be free."""
    number = itertools.count(count if part.remainder is None else part.remainder)
    while True:
        name = part.name or part_name(table, f"p{next(number)}")
        place, is_free, owner = session.rows(_BESIDE, (name, session.regclass(table)))[0]
        if is_free and name not in tried:
            tried.add(name)
            return name, place.replace("%", "%%")
        if part.name:
            raise part_taken(name, owner) if owner else name_taken("table", name)


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
