"""Moments as numbers, in PostgreSQL."""

from __future__ import annotations

from typing import Any

from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.series import Numbered, Rows
from scitex.db.domain.series import Buckets
from scitex.db.domain.types import Kind

_EPOCH = {Kind.TIMESTAMP: "timestamp '1970-01-01'", Kind.TIMESTAMPTZ: "timestamptz '1970-01-01Z'"}


def rows(session: Session, sql: str, values: tuple[Any, ...]) -> Rows:
    """Run a statement."""
    return [tuple(map(_plain, row)) for row in session.rows(sql, values)]


def _plain(value: Any) -> Any:
    """Return sums of whole numbers, which come as decimals, as floats."""
    return float(value) if hasattr(value, "as_tuple") else value


def number(column: str, kind: Kind) -> str:
    """Spell microseconds since 1970, or the number that a column of whole ones has."""
    if kind is Kind.INTEGER:
        return column
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"


def numbered(column: str, kind: Kind, asked: Buckets) -> Numbered:
    """Say in which part of time a reading is."""
    micros = number(column, kind)
    if asked.edges:
        past = len(asked.edges)
        within = f"nullif(nullif(width_bucket({micros}, %s::bigint[]), 0), {past}) - 1"
        return Numbered(within, "", (list(asked.edges),))
    if kind is Kind.INTEGER:
        return Numbered(f"({column} - {asked.origin}) / {asked.width}")
    return Numbered(f"({micros} - {asked.origin}) / {asked.width}")
