"""Putting records in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from scitex.db.adapters.memory.expressions import texts
from scitex.db.adapters.memory.expressions.comparing import order_key
from scitex.db.adapters.memory.expressions.evaluate import Getter, getter
from scitex.db.adapters.memory.expressions.scope import Engine, Scope
from scitex.db.adapters.memory.keys import Record
from scitex.db.domain.predicates import Column, OrderTerm
from scitex.db.domain.queries import Text
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind


@attrs.frozen
class Term:
    """What to sort by: a value of each record, its direction, and where NULLs go."""

    value: Getter
    key: Callable[[Any], Any] | None
    descending: bool = False
    nulls_first: bool = False


def terms(order_by: tuple[OrderTerm, ...] | Text, spec: TableSpec, engine: Engine) -> list[Term]:
    """
    Make an order ready.

    Raises
    ------
    ColumnNotFoundError
        If it names a column that the table does not have.
    Error
        As `reading.order` for a text.
    """
    scope = Scope(spec, engine, from_text=isinstance(order_by, Text))
    if isinstance(order_by, Text):
        read = texts.reader().order(order_by.text, spec, engine)
        return [
            Term(getter(term.expression, scope), order_key, term.descending, term.nulls_first)
            for term in read
        ]
    return [
        Term(
            getter(Column(term.column), scope),
            order_key if spec.column(term.column).type.kind is Kind.ANY else None,
            term.descending,
        )
        for term in order_by
    ]


def ordered(records: list[Record], by: list[Term]) -> list[Record]:
    """Return the records in order; those that are equal stay as they were."""
    for term in reversed(by):
        records = _sorted(records, term)
    return records


def _sorted(records: list[Record], term: Term) -> list[Record]:
    value, key = term.value, term.key
    present = [record for record in records if value(record) is not None]
    missing = [record for record in records if value(record) is None]
    if key is None:
        present.sort(key=value, reverse=term.descending)
    else:
        present.sort(key=lambda record: key(value(record)), reverse=term.descending)
    return missing + present if term.nulls_first else present + missing
