"""Moments as numbers, in SQLite: they are kept as text."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable
from typing import Any

from scitex.db.adapters.sql.series import Numbered, Rows
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain import moments
from scitex.db.domain.series import MICROS, Buckets
from scitex.db.domain.types import Kind

# SQLite's own functions round to milliseconds, so that 4.9996 s would be in the next second.
_WHOLE = "substr({0}, 1, 19) || ltrim(substr({0}, 21), '0123456789')"
_SECONDS = (
    "CAST(strftime('%s', CASE WHEN substr({0}, 20, 1) = '.' THEN "
    + _WHOLE
    + " ELSE {0} END) AS INTEGER)"
)
_PARTS = "CASE WHEN substr({0}, 20, 1) = '.' THEN CAST(substr({0}, 21, 6) AS INTEGER) ELSE 0 END"


def rows(session: Session, sql: str, values: tuple[Any, ...]) -> Rows:
    """Run a statement."""
    return session.rows(sql, values)


def number(column: str, kind: Kind) -> str:
    """Spell microseconds since 1970, or the number that a column of whole ones has."""
    if kind is Kind.INTEGER:
        return column
    return f"({_SECONDS} * {MICROS} + {_PARTS})".format(column)


def numbered(column: str, kind: Kind, asked: Buckets) -> Numbered:
    """Say in which part of time a reading is."""
    if asked.edges:
        return _between(column, kind, asked)
    if kind is not Kind.INTEGER and asked.width % MICROS == 0 and asked.origin % MICROS == 0:
        seconds = _SECONDS.format(column)
        return Numbered(f"({seconds} - {asked.origin // MICROS}) / {asked.width // MICROS}")
    return Numbered(f"({number(column, kind)} - {asked.origin}) / {asked.width}")


def _between(column: str, kind: Kind, asked: Buckets) -> Numbered:
    """Join the edges, so that an index on the moments serves for each part."""
    spell = (lambda edge: edge) if kind is Kind.INTEGER else _text(utc=kind is Kind.TIMESTAMPTZ)
    edges = list(map(spell, asked.edges))
    pairs = json.dumps(list(itertools.pairwise(edges)))
    low, high = (f"json_extract(edge.value, '$[{at}]')" for at in (0, 1))
    source = f" JOIN json_each(?) AS edge ON {column} >= {low} AND {column} < {high}"
    return Numbered("edge.key", source, (pairs,))


def _text(*, utc: bool) -> Callable[[int], Any]:
    epoch = dt.datetime(1970, 1, 1, tzinfo=moments.UTC if utc else None)

    def spell(micros: int) -> str:
        return moments.datetime_text(epoch + dt.timedelta(microseconds=micros))

    return spell
