"""
Measuring columns in SQL, in few passes.

One pass over the table counts, and finds the least, the greatest and the mean of all columns; one
a column groups its values, which tells how many there are and which stand where in order.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Callable
from typing import Any, Protocol

import attrs

from scitex.db.adapters.sql.asking import Asked
from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.adapters.sql.rowmaking import Decoder
from scitex.db.domain.errors import DatabaseError, DataError
from scitex.db.domain.inspection.profiles import (
    AVERAGED,
    LONG,
    ORDERED,
    RANKED,
    ColumnProfile,
    TableProfile,
    joined_mean,
    quantile,
    ranks,
)
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.types import Kind

_AT_ONCE = 100  # columns in one statement; SQLite takes 2,000 results
_UNREADABLE = (ValueError, OverflowError, TypeError)
_MOMENTS = {Kind.TIMESTAMP: None, Kind.TIMESTAMPTZ: dt.UTC}


@attrs.frozen
class Measures:
    """
    How an engine spells what is measured; ``{}`` stands for the quoted column.

    Attributes
    ----------
    value : callable
        Spells a column so that NULL stands for all that is no value.
    ordered : callable
        Spells a column so that its values have the order of this package.
    grouped : callable
        Spells a column so that equal values, and no others, are one.
    mean : callable
        Spells the mean of a column's values; of moments the sums of whole seconds since 1970 and
        of their fractions, and how many are in them.
    size : callable
        Spells the characters or bytes of a value.
    kinds : frozenset of Kind
        Those, beside the ordered ones, that the engine can put in order.
    misfits : callable, optional
        Spells how many values are of another type; None for a column that has none.
    """

    value: Callable[[ColumnSpec, str], str]
    ordered: Callable[[ColumnSpec, str], str]
    grouped: Callable[[ColumnSpec, str], str]
    mean: Callable[[ColumnSpec, str], list[str]]
    size: Callable[[ColumnSpec, str], str]
    kinds: frozenset[Kind] = frozenset()
    misfits: Callable[[ColumnSpec, str], str | None] = lambda _column, _name: None


def mean_terms(name: str) -> list[str]:
    """Spell sums of floats that no sum of floats is too large for, and their number."""
    big = f"{name} / 18446744073709551616.0"
    return [
        f"sum({name}) FILTER (WHERE abs({name}) < 1e290)",
        f"sum({big}) FILTER (WHERE abs({name}) >= 1e290)",
        f"count({name}) FILTER (WHERE abs({name}) >= 1e290)",
        f"count({name})",
    ]


class Measured(Asked, Protocol):
    """A session whose tables are measured."""

    dialect: Dialect

    def decoder(self, table: str, column: ColumnSpec) -> Decoder | None:
        """Return what reads a column's values, or None where they come right."""
        ...


class Profiler:
    """
    Measures one table.

    Parameters
    ----------
    session : Measured
    measures : Measures
    spec : TableSpec
    """

    def __init__(self, session: Measured, measures: Measures, spec: TableSpec) -> None:
        self.session = session
        self.measures = measures
        self.spec = spec
        self.target = session.target(spec.name)

    def profile(self, columns: tuple[str, ...], quantiles: tuple[float, ...]) -> TableProfile:
        """Measure these columns."""
        specs = [self.spec.column(name) for name in columns]
        total = self.session.rows(f"SELECT count(*) FROM {self.target}")[0][0]  # noqa: S608 - quoted
        found: list[ColumnProfile] = []
        for start in range(0, len(specs), _AT_ONCE):
            found += self._measured(specs[start : start + _AT_ONCE], total)
        done = [self._grouped(each, quantiles) for each in found]
        return TableProfile(self.spec.name, total, tuple(done))

    def _value(self, column: ColumnSpec) -> str:
        return self.measures.value(column, self.session.dialect.name(column.name))

    def _measured(self, columns: list[ColumnSpec], total: int) -> list[ColumnProfile]:
        """Count, and find the least, the greatest and the mean, in one pass."""
        asked = [self._asked(column) for column in columns]
        terms = [term for each in asked for term in each.values()]
        sql = f"SELECT {', '.join(terms)} FROM {self.target}"  # noqa: S608 - quoted
        try:
            values = iter(self.session.rows(sql)[0])
            return [
                self._column(column, {name: next(values) for name in each}, total)
                for column, each in zip(columns, asked, strict=True)
            ]
        except (DatabaseError, *_UNREADABLE) as error:
            if len(columns) > 1:  # which of them it is
                return [self._measured([column], total)[0] for column in columns]
            raise self._told(columns[0], error) from error

    def _told(self, column: ColumnSpec, error: Exception) -> Exception:
        """Say which column has a value that cannot be had."""
        if isinstance(error, DatabaseError) and not isinstance(error, DataError):
            return error
        return DataError(
            f"column {column.name!r} of table {self.spec.name!r} has a value that Python cannot "
            f"have: {error}",
            table=self.spec.name,
            column=column.name,
            hint="measure the other columns: columns=[...]",
        )

    def _asked(self, column: ColumnSpec) -> dict[str, str]:
        """Spell what is asked of a column in the first pass."""
        name, measures = self._value(column), self.measures
        kind = column.type.kind
        found = {"count": f"count({name})"}
        misfits = measures.misfits(column, self.session.dialect.name(column.name))
        if misfits is not None:
            found["misfits"] = misfits
        if kind in ORDERED or kind in measures.kinds:
            ordered = measures.ordered(column, name)
            found |= {"min": f"min({ordered})", "max": f"max({ordered})"}
        if kind in AVERAGED:
            found |= {f"mean{n}": term for n, term in enumerate(measures.mean(column, name))}
        if kind in LONG:
            size = measures.size(column, name)
            found |= {"min_length": f"min({size})", "max_length": f"max({size})"}
        return found

    def _column(self, column: ColumnSpec, found: dict[str, Any], total: int) -> ColumnProfile:
        read = self._reader(column)
        means = [found[name] for name in found if name.startswith("mean")]
        return ColumnProfile(
            column.name,
            column.type.portable,
            found["count"],
            total - found["count"] - (found.get("misfits") or 0),
            min=read(found.get("min")),
            max=read(found.get("max")),
            mean=_mean(column.type.kind, found["count"], means),
            min_length=found.get("min_length"),
            max_length=found.get("max_length"),
            misfits=found.get("misfits") or 0,
        )

    def _reader(self, column: ColumnSpec) -> Callable[[Any], Any]:
        decode = self.session.decoder(self.spec.name, column)
        boolean = column.type.kind is Kind.BOOLEAN

        def read(value: Any) -> Any:
            if value is None or (isinstance(value, float) and math.isnan(value)):
                return None
            if boolean and value in (0, 1):
                return bool(value)
            return value if decode is None else decode(value)

        return read

    def _grouped(self, profile: ColumnProfile, quantiles: tuple[float, ...]) -> ColumnProfile:
        """Count the different values of a column, and find those that stand at a quantile."""
        column = self.spec.column(profile.name)
        kind = column.type.kind
        if kind is Kind.BLOB:
            return profile
        name = self._value(column)
        if kind not in RANKED or not profile.count or not quantiles:
            grouped = self.measures.grouped(column, name)
            sql = (
                f"SELECT count(*) FROM (SELECT 1 FROM {self.target} WHERE {name} IS NOT NULL "  # noqa: S608
                f"GROUP BY {grouped}) AS g"
            )
            return attrs.evolve(profile, distinct=self.session.rows(sql)[0][0])
        wanted = ranks(profile.count, quantiles)
        twice = tuple(rank for rank in wanted for _ in "<=")
        read = self._reader(column)
        try:
            rows = self.session.rows(self._ranked(column, name, len(wanted)), twice)
            known = {
                rank: read(value)
                for value, times, upto, _ in rows
                for rank in wanted
                if upto - times < rank <= upto
            }
        except (DatabaseError, *_UNREADABLE) as error:
            raise self._told(column, error) from error
        return attrs.evolve(
            profile,
            distinct=rows[0][3],
            quantiles={part: quantile(part, profile.count, known.get) for part in quantiles},
        )

    def _ranked(self, column: ColumnSpec, name: str, wanted: int) -> str:
        """Spell a search for the values that stand at some places in order."""
        sign = self.session.dialect.placeholder
        places = " OR ".join([f"(upto - n < {sign} AND upto >= {sign})"] * wanted)
        value = self.measures.ordered(column, name)
        return (
            "SELECT v, n, upto, d FROM (SELECT v, n, sum(n) OVER (ORDER BY v) AS upto, "  # noqa: S608
            f"count(*) OVER () AS d FROM (SELECT {value} AS v, count(*) AS n FROM {self.target} "
            f"WHERE {name} IS NOT NULL GROUP BY {value}) AS g) AS w WHERE {places}"
        )


def _mean(kind: Kind, count: int, found: list[Any]) -> Any:
    """Put a mean together: an average, or sums and the number of what is in them."""
    if not found or not count or (None in found and kind is not Kind.REAL):
        return None
    if kind in _MOMENTS:
        whole, rest, number = (decimal.Decimal(value) for value in found)
        start = dt.datetime(1970, 1, 1, tzinfo=_MOMENTS[kind])
        return start + dt.timedelta(microseconds=round((whole + rest) * 1_000_000 / number))
    if kind is Kind.INTERVAL:
        value = found[0]
        return value if isinstance(value, dt.timedelta) else dt.timedelta(microseconds=value)
    if kind is Kind.REAL:
        small, big, how_many, number = found
        lost = big is None and how_many  # inf and -inf come to nothing on SQLite
        return None if lost else joined_mean(small, big, number)
    mean = float(found[0])
    return None if math.isnan(mean) else mean
