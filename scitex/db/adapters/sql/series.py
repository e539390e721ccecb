"""Summing up readings by parts of time, in SQL."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import attrs

from scitex.db.adapters.sql.changes import LoggedStorage
from scitex.db.adapters.sql.conditions import clause
from scitex.db.adapters.sql.storage import SqlSession
from scitex.db.domain.errors import DataError
from scitex.db.domain.rows import Record
from scitex.db.domain.series import Buckets, Gaps
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import Kind

S = TypeVar("S", bound=SqlSession)
S_contra = TypeVar("S_contra", bound=SqlSession, contravariant=True)
Rows = list[tuple[Any, ...]]
_SPELT = {
    "mean": "avg(v)",
    "min": "min(v)",
    "max": "max(v)",
    "count": "count(v)",
    "sum": "sum(v)",
}
_ENDS = {"first": "min", "last": "max"}


@attrs.frozen
class Numbered:
    """
    How an engine numbers the parts of time.

    Attributes
    ----------
    bucket : str
        The number of the part that a reading ``t`` is in; NULL where it is in none.
    source : str
        What is joined to the readings.
    first : tuple
        Values that are bound before all others.
    """

    bucket: str
    source: str = ""
    first: tuple[Any, ...] = ()


class Clock(Protocol[S_contra]):
    """What an engine does with time in its own way: a module, or what is like one."""

    def rows(self, session: S_contra, sql: str, values: tuple[Any, ...]) -> Rows:
        """Run a statement."""
        ...

    def number(self, column: str, kind: Kind) -> str:
        """Spell microseconds since 1970, or the number that a column of whole ones has."""
        ...

    def numbered(self, column: str, kind: Kind, asked: Buckets) -> Numbered:
        """Say in which part of time a reading is."""
        ...


class SeriesStorage(LoggedStorage[S]):
    """The calls on readings over time."""

    _clock: Clock[S]

    def buckets(self, asked: Buckets) -> list[Record]:
        session = self._sessions.current()
        with session.turn:
            return _buckets(self._clock, session, asked)

    def gaps(self, asked: Gaps) -> list[Record]:
        session = self._sessions.current()
        with session.turn:
            return _gaps(self._clock, session, asked)


def _timed(session: SqlSession, table: str, name: str) -> ColumnSpec:
    """Return a column of moments."""
    column = session.described(table).spec.column(name)
    if column.type.kind not in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.INTEGER):
        raise DataError(
            f"column {name!r} ({column.type}) of table {table!r} has no moments",
            table=table,
            column=name,
            hint="ask by a column of TIMESTAMP, TIMESTAMPTZ or INTEGER",
        )
    return column


def _buckets(clock: Clock[Any], session: Any, asked: Buckets) -> list[Record]:
    spec = session.described(asked.table).spec
    column = _timed(session, asked.table, asked.time)
    where = clause(session.dialect, spec, asked.where)
    time, value = (
        session.dialect.name(spec.column(name).name) for name in (asked.time, asked.value)
    )
    numbered = clock.numbered(f"readings.{time}", column.type.kind, asked)
    target = session.target(asked.table)
    plain = [name for name in asked.wanted if name in _SPELT]
    ends = [name for name in asked.wanted if name in _ENDS]
    terms = [f"{_SPELT[name]} AS a_{name}" for name in plain]
    terms += [f"{_ENDS[name]}(CASE WHEN v IS NOT NULL THEN t END) AS a_{name}" for name in ends]
    bound = where.bind(asked.values)
    sql = (
        f"SELECT b, {', '.join(terms)} FROM (SELECT {numbered.bucket} AS b, "  # noqa: S608 - quoted
        f"readings.{time} AS t, readings.{value} AS v "
        f"FROM {target} AS readings{numbered.source} WHERE {where.sql}) AS parted "
        "WHERE b IS NOT NULL GROUP BY b ORDER BY b"
    )
    values = (*numbered.first, *bound)
    if ends:
        looked = [
            f"(SELECT {value} FROM {target} WHERE {where.sql} AND {time} = g.a_{name} LIMIT 1)"  # noqa: S608
            for name in ends
        ]
        listed = ", ".join(["b", *(f"a_{name}" for name in plain), *looked])
        sql = f"SELECT {listed} FROM ({sql}) AS g ORDER BY b"  # noqa: S608 - quoted
        values = (*(each for _ in ends for each in bound), *values)
    names = ("bucket", *plain, *ends)
    return [dict(zip(names, row, strict=True)) for row in clock.rows(session, sql, values)]


def _gaps(clock: Clock[Any], session: Any, asked: Gaps) -> list[Record]:
    spec = session.described(asked.table).spec
    column = _timed(session, asked.table, asked.time)
    where = clause(session.dialect, spec, asked.where)
    time = session.dialect.name(column.name)
    start, end = (clock.number(name, column.type.kind) for name in ("p", "t"))
    sql = (
        f"SELECT p, t FROM (SELECT {time} AS t, lag({time}) OVER (ORDER BY {time}) AS p "  # noqa: S608
        f"FROM {session.target(asked.table)} WHERE {where.sql}) AS beside "
        f"WHERE p IS NOT NULL AND {end} - {start} > {session.dialect.placeholder} ORDER BY t"
    )
    read = session.decoder(asked.table, column) or _as_it_is
    rows = clock.rows(session, sql, (*where.bind(asked.values), asked.longer))
    return [{"start": read(start), "end": read(end)} for start, end in rows]


def _as_it_is(value: Any) -> Any:
    return value
