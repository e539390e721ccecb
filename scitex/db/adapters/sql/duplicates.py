"""Finding, and removing, the records that repeat another one: by a window over those alike."""

from __future__ import annotations

from typing import Any, Protocol

import attrs

from scitex.db.adapters.sql import plans
from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.conditions import order_clause
from scitex.db.adapters.sql.rowmaking import read, row_maker
from scitex.db.adapters.sql.tables import Altered
from scitex.db.domain.duplicates import Repeats
from scitex.db.domain.errors import ForeignKeyError
from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.rows import Record
from scitex.db.domain.tables import TableSpec


class Session(plans.Planned, Altered, Protocol):
    """A session that can be asked, and written through."""


@attrs.frozen
class Place:
    """
    What tells one row of a table from another.

    Attributes
    ----------
    terms : tuple of str
        In SQL.
    ordered : bool
        Whether the rows came in the order of it.
    """

    terms: tuple[str, ...]
    ordered: bool


def by_key(session: Session, spec: TableSpec) -> Place:
    """Tell rows by the primary key."""
    return Place(tuple(map(session.dialect.name, spec.primary_key)), ordered=False)


def delete(session: Session, asked: Repeats, described: Described, place: Place) -> int:
    """Remove the records that repeat another one."""
    spec, target = described.spec, session.target(asked.table)
    names = [f"scitex_part_{number}" for number in range(len(place.terms))]
    parts = ", ".join(f"{term} AS {name}" for term, name in zip(place.terms, names, strict=True))
    row = ", ".join(place.terms)
    sql = (
        f"DELETE FROM {target} WHERE {f'({row})' if len(names) > 1 else row} IN "  # noqa: S608 - names are quoted
        f"(SELECT {', '.join(names)} FROM ({_numbered(session, asked, spec, place, parts)}) "
        f"AS scitex_alike WHERE {_place_name(spec)} > 1)"
    )
    try:
        with session.atomic():
            cursor = session.run(sql, table=asked.table)
            return plans.rowcount(cursor)
    except ForeignKeyError as error:
        raise _needed(session, spec, error) from error.__cause__


def _place_name(spec: TableSpec) -> str:
    """Return a name that no column has."""
    taken = {name.casefold() for name in spec.names}
    name = "scitex_place"
    while name in taken:
        name += "_"
    return name


def _numbered(
    session: Session, asked: Repeats, spec: TableSpec, place: Place, columns: str
) -> str:
    """Spell a SELECT of rows with the place of each among those that say the same."""
    dialect = session.dialect
    alike = ", ".join(dialect.by_code_point(spec.column(name)) for name in asked.on)
    order = order_clause(dialect, spec, asked.order).removeprefix(" ORDER BY ")
    if place.ordered:
        last = ", ".join(term + (" DESC" if asked.backwards else "") for term in place.terms)
        order = f"{order}, {last}" if order else last
    sql = (
        f"SELECT {columns}, row_number() OVER (PARTITION BY {alike} ORDER BY {order}) "  # noqa: S608 - as above
        f"AS {_place_name(spec)} FROM {session.target(asked.table)}"
    )
    if not asked.nulls_equal:
        sql += " WHERE " + " AND ".join(f"{dialect.name(name)} IS NOT NULL" for name in asked.on)
    return sql


def found(
    session: Session, asked: Repeats, described: Described, place: Place, limit: int
) -> tuple[int, list[Record]]:
    """Tell how many records repeat another one, and return some of them."""
    spec, dialect = described.spec, session.dialect
    numbered = _numbered(session, asked, spec, place, dialect.names(spec.names))
    inner = f"SELECT * FROM ({numbered}) AS scitex_alike WHERE {_place_name(spec)} > 1"  # noqa: S608 - as above
    order = order_clause(dialect, spec, tuple(map(OrderTerm, spec.primary_key)))
    sql = f"SELECT {dialect.names(spec.names)} FROM ({inner}) AS scitex_found{order} LIMIT {limit}"  # noqa: S608 - as above
    count: Any = session.rows(f"SELECT count(*) FROM ({inner}) AS scitex_found")[0][0]  # noqa: S608 - as above
    make = row_maker(spec.names, plans.decoders(session, spec, None))
    return int(count), read(session.run(sql, table=asked.table), make)


def _needed(session: Session, spec: TableSpec, error: ForeignKeyError) -> ForeignKeyError:
    """Say which tables refer to records that would go."""
    others = session.referring(spec.name)
    if any(key.table == spec.name for key in spec.foreign_keys):
        others.append(spec.name)
    mine = ForeignKeyError(
        f"records of table {spec.name!r} that would go are referred to by table "
        f"{', '.join(map(repr, others))}{error.message.partition('no record')[2]}",
        table=error.table,
        columns=error.columns,
        hint="let what refers to them refer to the record that stays, or declare the foreign key "
        "ON DELETE CASCADE or SET NULL; dry_run=True shows the records",
    )
    mine.sqlstate = error.sqlstate
    return mine
