"""Summing up readings by parts of time, in memory."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from scitex.db.domain.errors import DataError
from scitex.db.domain.moments import UTC
from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.series import Buckets, Gaps
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind
from scitex.db.ports.records import Values

_SUMMED: dict[str, Callable[[Sequence[Any]], Any]] = {
    "mean": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "sum": sum,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}
_MICRO = dt.timedelta(microseconds=1)


class Series:
    """The calls on readings over time."""

    if TYPE_CHECKING:  # what the storage has beside these calls

        def describe(self, table: str) -> TableSpec: ...

        def select(self, query: Query, *, values: Values = ()) -> list[Record]: ...

    def buckets(self, asked: Buckets) -> list[Record]:
        names = tuple(dict.fromkeys((asked.time, asked.value)))
        number = _number(self.describe(asked.table), asked.table, asked.time)
        self.describe(asked.table).column(asked.value)
        query = Query(asked.table, names, asked.where, (OrderTerm(asked.time),))
        parts: dict[int, list[Any]] = {}
        for row in self.select(query, values=asked.values):
            place = _place(asked, number(row[asked.time]))
            if place is not None:
                parts.setdefault(place, []).append(row[asked.value])
        return [
            {"bucket": place, **_summed(values, asked.wanted)}
            for place, values in sorted(parts.items())
        ]

    def gaps(self, asked: Gaps) -> list[Record]:
        number = _number(self.describe(asked.table), asked.table, asked.time)
        query = Query(asked.table, (asked.time,), asked.where, (OrderTerm(asked.time),))
        rows = [row[asked.time] for row in self.select(query, values=asked.values)]
        return [
            {"start": start, "end": end}
            for start, end in itertools.pairwise(rows)
            if number(end) - number(start) > asked.longer
        ]


def _number(spec: TableSpec, table: str, name: str) -> Callable[[Any], int]:
    """Return what turns moments of a column into numbers."""
    column = spec.column(name)
    kind = column.type.kind
    if kind is Kind.INTEGER:
        return int
    if kind not in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        raise DataError(
            f"column {name!r} ({column.type}) of table {table!r} has no moments",
            table=table,
            column=name,
            hint="ask by a column of TIMESTAMP, TIMESTAMPTZ or INTEGER",
        )
    epoch = dt.datetime(1970, 1, 1, tzinfo=UTC if kind is Kind.TIMESTAMPTZ else None)
    return lambda moment: int((moment - epoch) // _MICRO)


def _place(asked: Buckets, number: int) -> int | None:
    """Return the number of the part that a moment is in."""
    if not asked.edges:
        return (number - asked.origin) // asked.width
    if not asked.edges[0] <= number < asked.edges[-1]:
        return None
    return bisect.bisect_right(asked.edges, number) - 1


def _summed(values: list[Any], wanted: Sequence[str]) -> Record:
    there = [value for value in values if value is not None]
    plain = [name for name in wanted if name not in ("first", "last")]
    ends = [name for name in wanted if name in ("first", "last")]
    return {
        name: len(there) if name == "count" else (_SUMMED[name](there) if there else None)
        for name in (*plain, *ends)
    }
