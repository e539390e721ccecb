"""Tables that PostgreSQL keeps in parts."""

from __future__ import annotations

import datetime as dt
import decimal
import re
from collections.abc import Callable
from typing import Any

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql import tables
from scitex.db.domain.errors import SchemaError
from scitex.db.domain.moments import read_datetime
from scitex.db.domain.partitions import Partition, Partitioned
from scitex.db.domain.tables import TableSpec, name_taken
from scitex.db.domain.types import Kind

_COLUMN = (
    "SELECT a.attname::text FROM pg_partitioned_table AS p JOIN pg_attribute AS a "
    "ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0] "
    "WHERE p.partrelid = to_regclass(%s) AND p.partstrat = 'r' AND p.partnatts = 1"
)
_PARTS = (
    "SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i "
    "JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(%s)"
)
_BOUNDS = re.compile(r"FOR VALUES FROM \((.*)\) TO \((.*)\)")
_READ: dict[Kind, Callable[[str], Any]] = {
    Kind.INTEGER: int,
    Kind.REAL: float,
    Kind.NUMERIC: decimal.Decimal,
    Kind.DATE: dt.date.fromisoformat,
    Kind.TIMESTAMP: read_datetime,
    Kind.TIMESTAMPTZ: read_datetime,
}
_NO_BOUND = {"MINVALUE", "MAXVALUE", "'infinity'", "'-infinity'"}
_COPIED = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE"


def create(session: Session, spec: TableSpec, column: str) -> None:
    """Make a table that has parts."""
    spec.column(column)
    tables.create_table(session, spec, tail=f" PARTITION BY RANGE ({POSTGRESQL.name(column)})")


def partitioned(session: Session, table: str) -> Partitioned | None:
    """Tell a table's parts, in order; one for whatever no other takes is left out."""
    place = (session.regclass(table),)
    spec = session.described(table).spec
    named = session.rows(_COLUMN, place)
    if not named:
        return None
    column = named[0][0]
    read = _READ.get(spec.column(column).type.kind, str)
    found = []
    for name, told in session.rows(_PARTS, place):
        bounds = _BOUNDS.fullmatch(told or "")
        if bounds:
            found.append(Partition(name, _value(bounds[1], read), _value(bounds[2], read)))
    return Partitioned(
        column, tuple(sorted(found, key=lambda part: (part.low is not None, part.low)))
    )


def _value(text: str, read: Callable[[str], Any]) -> Any:
    if text in _NO_BOUND:
        return None
    return read(text[1:-1].replace("''", "'") if text[0] == "'" else text)


def add(session: Session, table: str, part: Partition) -> None:
    """
    Add a part that is empty.

    It is made beside the table and attached to it, which holds up nobody who reads or writes;
    others who add one wait.
    """
    target, own = session.target(table), session.target(part.name)
    with session.atomic():
        session.run(f"LOCK TABLE {target} IN SHARE UPDATE EXCLUSIVE MODE", table=table)
        if _is_there(session, table, part.name):
            return
        if session.has_table(part.name):
            raise name_taken("table", part.name)
        session.run(f"CREATE TABLE {own} (LIKE {target} {_COPIED})", table=table)
        low, high = (
            bound if value is None else "%s"
            for value, bound in ((part.low, "MINVALUE"), (part.high, "MAXVALUE"))
        )
        given = tuple(value for value in (part.low, part.high) if value is not None)
        session.run(
            f"ALTER TABLE {target} ATTACH PARTITION {own} FOR VALUES FROM ({low}) TO ({high})",
            given,
            table=table,
        )


def drop(session: Session, table: str, name: str) -> None:
    """Remove a part with what is in it."""
    with session.atomic():
        if not _is_there(session, table, name):
            raise SchemaError(
                f"table {table!r} has no part {name!r}",
                hint="storage.partitioned() tells its parts",
            )
        session.run(f"DROP TABLE {session.target(name)}", table=table)


def _is_there(session: Session, table: str, name: str) -> bool:
    session.described(table)
    place = (session.regclass(table),)
    return any(part == name for part, _ in session.rows(_PARTS, place))
