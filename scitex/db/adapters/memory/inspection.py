"""What the engine in memory tells of its tables, and how their columns are measured."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from typing import Any

from scitex.db.adapters.memory.expressions.comparing import order_key
from scitex.db.adapters.memory.session import Session
from scitex.db.adapters.memory.store import Store
from scitex.db.domain.errors import TableNotFoundError, UnsupportedFeatureError
from scitex.db.domain.inspection import catalogued
from scitex.db.domain.inspection.catalogued import Constraint, Trigger, View
from scitex.db.domain.inspection.profiles import (
    AVERAGED,
    LONG,
    ORDERED,
    RANKED,
    ColumnProfile,
    TableProfile,
    mean_of_floats,
    quantile,
)
from scitex.db.domain.inspection.queryplans import QueryPlan
from scitex.db.domain.jsontext import json_text
from scitex.db.domain.references import referred
from scitex.db.domain.tables import ColumnSpec, columns_of
from scitex.db.domain.types import Kind
from scitex.db.ports.columns import Asked, Given


class Inspecting:
    """The calls on inspection."""

    _session: Session

    def constraints(self, table: str) -> list[Constraint]:
        with self._session as store:
            return _constraints(store, table)

    def triggers(self, table: str | None = None) -> list[Trigger]:
        with self._session as store:
            if table is not None:
                store.table(table)
            return []

    def views(self) -> list[View]:
        self._session.refuse_closed()
        return []

    def create_sql(self, table: str) -> str:
        with self._session as store:
            return catalogued.create_table_text(
                store.table(table).spec, _constraints(store, table)
            )

    def index_sql(self, table: str) -> dict[str, str]:
        with self._session as store:
            found = store.table(table).indexes
            return {name: catalogued.create_index_text(found[name]) for name in sorted(found)}

    def profile(
        self, table: str, *, columns: tuple[str, ...], quantiles: tuple[float, ...]
    ) -> TableProfile:
        with self._session as store:
            found = store.table(table)
            specs = [found.spec.column(name) for name in columns]
            places = [found.rules.positions[name] for name in columns]
            rows = list(found.shelf.records.values())
        profiles = [
            _profile(column, [row[place] for row in rows], quantiles)
            for column, place in zip(specs, places, strict=True)
        ]
        return TableProfile(table, len(rows), tuple(profiles))

    def explain(self, asked: Asked, *, values: Given = None, analyze: bool = False) -> QueryPlan:
        self._session.refuse_closed()
        raise UnsupportedFeatureError(
            "the in-memory engine makes no plans",
            engine="memory",
            hint="ask SQLite3 or PostgreSQL how they would carry the statement out",
        )


def _constraints(store: Store, table: str) -> list[Constraint]:
    """Return the rules of a spec; nothing has a name here."""
    spec = store.table(table).spec
    found = [catalogued.key(spec.primary_key, primary=True)] if spec.primary_key else []
    found += [catalogued.key(columns) for columns in spec.unique]
    found += [catalogued.check(text, columns_of(spec, text)) for text in spec.checks]
    for key in spec.foreign_keys:
        try:
            columns = referred(key, store.table(key.table).spec)
        except TableNotFoundError:
            columns = key.references
        found.append(catalogued.reference(key, columns))
    return found


def _profile(
    column: ColumnSpec, values: Sequence[Any], quantiles: tuple[float, ...]
) -> ColumnProfile:
    """Measure a column's values."""
    kind = column.type.kind
    present = [value for value in values if value is not None]
    ordered = kind in ORDERED or kind is Kind.ANY
    ranked = sorted(present, key=order_key if kind is Kind.ANY else None) if ordered else present
    sizes = [len(value) for value in present] if kind in LONG else []
    asked = quantiles if kind in RANKED and present else ()
    return ColumnProfile(
        column.name,
        column.type.portable,
        len(present),
        len(values) - len(present),
        None if kind is Kind.BLOB else len({_distinct(value) for value in present}),
        min=ranked[0] if ordered and present else None,
        max=ranked[-1] if ordered and present else None,
        mean=_mean(present) if kind in AVERAGED and present else None,
        quantiles={
            part: quantile(part, len(present), lambda rank: ranked[rank - 1]) for part in asked
        },
        min_length=min(sizes, default=None),
        max_length=max(sizes, default=None),
    )


def _distinct(value: Any) -> Hashable:
    """Return what tells a value from others."""
    return json_text(value) if isinstance(value, (dict, list)) else value


def _mean(values: list[Any]) -> Any:
    if isinstance(values[0], dt.datetime):
        spans = [value - values[0] for value in values]
        return values[0] + sum(spans, dt.timedelta(0)) / len(spans)
    if isinstance(values[0], dt.timedelta):
        return sum(values, dt.timedelta(0)) / len(values)
    return mean_of_floats(map(float, values))
