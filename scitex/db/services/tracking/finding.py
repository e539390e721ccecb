"""Giving runs back: all of them, the best, what they logged, and how they differ."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import attrs

from scitex.db.domain.errors import InterfaceError, RecordNotFoundError
from scitex.db.domain.predicates import And, Column, Compare, In, IsNull, Not, OrderTerm, Parameter
from scitex.db.domain.queries import Given, OrderBy, Query, Where, given, order, whole_number
from scitex.db.domain.rows import Record
from scitex.db.domain.tracking import spelling
from scitex.db.domain.tracking.tables import FILES, INFO, METRICS, ORIGINS, RUNS, SCORES
from scitex.db.ports.storage import Storage
from scitex.db.services.tracking.keeping import OF_RUN, scores_of

log = logging.getLogger(__name__)
Mode = Literal["max", "min"]
_AT_ONCE = 500
_INSIDE = ("config.", "metrics.", "tags.")


@attrs.frozen
class Filter:
    """
    Which runs are wanted.

    Attributes
    ----------
    given : Given
        By the columns of ``runs``.
    inside : dict
        What is inside their settings, metrics and tags, by paths.
    """

    given: Given
    inside: Mapping[str, object] = attrs.field(factory=dict)

    def lets(self, run: Record) -> bool:
        """Say whether a run has inside what is wanted."""
        if not self.inside:
            return True
        there = {
            f"{part}{name}": value
            for part in _INSIDE
            for name, value in spelling.flat(run[part[:-1]]).items()
        }
        return all(
            there.get(name) in wanted
            if isinstance(wanted, list | tuple | set)
            else there.get(name) == wanted
            for name, wanted in self.inside.items()
        )


def filter_of(where: Where) -> Filter:
    """Read a `where` argument; names such as ``config.lr`` are looked for inside."""
    if not isinstance(where, Mapping):
        return Filter(given(where))
    inside = {name: value for name, value in where.items() if str(name).startswith(_INSIDE)}
    rest = {name: value for name, value in where.items() if name not in inside}
    return Filter(given(rest or None), inside)


def runs(
    storage: Storage,
    where: Where = None,
    *,
    order_by: OrderBy = None,
    limit: int | None = None,
) -> list[Record]:
    """Return runs, the latest first by default."""
    wanted, limit = filter_of(where), whole_number(limit, "limit")
    condition, values = wanted.given
    by = order(order_by) or (OrderTerm("start_time", descending=True), OrderTerm("run_id"))
    query = Query(RUNS.name, None, condition, by, None if wanted.inside else limit)
    found = _told(storage, storage.select(query, values=values))
    kept = [run for run in found if wanted.lets(run)]
    return kept if limit is None else kept[:limit]


def _told(storage: Storage, rows: list[Record]) -> list[Record]:
    """Return runs with all that is known of them."""
    names = [row["run_id"] for row in rows]
    info = {
        row["run_id"]: row for some in _portions(names) for row in _of(storage, INFO.name, some)
    }
    going = [row["run_id"] for row in rows if row["status"] in ("running", "killed")]
    latest = scores_of(storage, going)
    return [_run(row, info.get(row["run_id"]), latest.get(row["run_id"])) for row in rows]


def _run(row: Record, info: Record | None, latest: Record | None) -> Record:
    found = dict(row)
    found["config"] = _read(row, "config")
    found["metrics"] = latest or _read(row, "metrics")
    known = info or {}
    found["tags"] = spelling.read(known.get("tags"))
    for name in ("parent", "started", "ended", "heartbeat", "host", "origin"):
        found[name] = known.get(name)
    return found


def _read(row: Record, column: str) -> Any:
    found = spelling.read(row[column])
    if isinstance(found, str):
        log.warning("run %r has %s that is no JSON; it is given as text", row["run_id"], column)
    return found


def _portions(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), _AT_ONCE):
        yield tuple(names[start : start + _AT_ONCE])


def _of(storage: Storage, table: str, runs: tuple[str, ...]) -> list[Record]:
    return storage.select(Query(table, None, _among(len(runs))), values=runs)


def _among(count: int) -> In:
    return In(Column("run_id"), tuple(map(Parameter, range(count))))


def run(storage: Storage, run_id: str) -> Record:
    """
    Return one run with all that is known of it.

    Raises
    ------
    RecordNotFoundError
        If there is none of this name.
    """
    found = _told(storage, _of(storage, RUNS.name, (run_id,)))
    if not found:
        raise RecordNotFoundError(f"there is no run {run_id!r}", hint="runs() lists them")
    return {**found[0], "provenance": _provenance(storage, found[0]["origin"])}


def _provenance(storage: Storage, origin: str | None) -> Any:
    if origin is None:
        return {}
    by_id = Compare(Column("id"), "=", Parameter(0))
    rows = storage.select(Query(ORIGINS.name, ("facts",), by_id), values=(origin,))
    return spelling.read(rows[0]["facts"]) if rows else {}


# -- the best --------------------------------------------------------------------------------


def best(
    storage: Storage, metric: str, n: int, *, mode: Mode = "max", where: Where = None
) -> list[Record]:
    """
    Return the runs with the greatest, or least, last value of a metric.

    Those for which it is NaN come next, and those that have none last.
    """
    if mode not in ("max", "min"):
        raise InterfaceError(f"mode={mode!r} is neither", hint="choose 'max' or 'min'")
    if type(n) is not int or n < 0:
        raise InterfaceError(f"n={n!r} is no number of runs", hint="pass a whole number")
    found: list[Record] = []
    wanted = filter_of(where)
    for names in _ranked(storage, metric, mode):
        found += _kept(storage, wanted, names, n - len(found))
        if len(found) >= n:
            return found
    there = {row["run_id"] for row in found}
    others = (row for row in runs(storage, where) if row["run_id"] not in there)
    return [*found, *itertools.islice(others, n - len(found))]


def _kept(storage: Storage, wanted: Filter, names: tuple[str, ...], most: int) -> list[Record]:
    """Return the first of some runs that are wanted, in their order."""
    by_id = {row["run_id"]: row for row in _matching(storage, wanted, names)}
    ranked = [by_id[name] for name in names if name in by_id]
    if not wanted.inside:
        ranked = ranked[:most]
    return [run for run in _told(storage, ranked) if wanted.lets(run)][:most]


def _ranked(storage: Storage, metric: str, mode: Mode) -> Iterator[tuple[str, ...]]:
    """Yield the names of runs from the best on, some at a time, then of those with NaN."""
    named = Compare(Column("name"), "=", Parameter(0))
    by = tuple(OrderTerm(name, descending=mode == "max") for name in ("value", "run_id"))
    size, start = 20, 0
    while True:
        there = And(named, Not(IsNull(Column("value"))))
        query = Query(SCORES.name, ("run_id",), there, by, size, start)
        rows = storage.select(query, values=(metric,))
        if rows:
            yield tuple(row["run_id"] for row in rows)
        if len(rows) < size:
            break
        start, size = start + size, _AT_ONCE
    none = And(named, IsNull(Column("value")))
    rows = storage.select(Query(SCORES.name, ("run_id",), none), values=(metric,))
    yield from _portions([row["run_id"] for row in rows])


def _matching(storage: Storage, wanted: Filter, names: tuple[str, ...]) -> list[Record]:
    rows = _of(storage, RUNS.name, names)
    condition, values = wanted.given
    if condition is None:
        return rows
    matching = storage.select(Query(RUNS.name, ("run_id",), condition), values=values)
    let = {row["run_id"] for row in matching}
    return [row for row in rows if row["run_id"] in let]


# -- what they logged ------------------------------------------------------------------------


def history(storage: Storage, run_id: str, metric: str | None) -> list[Record]:
    """Return the points of a run's metric, or of all of them, in the order of their steps."""
    condition: Any = OF_RUN
    values: tuple[object, ...] = (run_id,)
    if metric is not None:
        condition = And(OF_RUN, Compare(Column("name"), "=", Parameter(1)))
        values = (run_id, metric)
    by = tuple(map(OrderTerm, ("name", "step", "moment", "number")))
    columns = ("name", "step", "value", "marker", "moment")
    rows = storage.select(Query(METRICS.name, columns, condition, by), values=values)
    return [
        {
            "metric": row["name"],
            "step": row["step"],
            "value": spelling.scored(row["value"], row["marker"]),
            "time": row["moment"],
        }
        for row in rows
    ]


def compared(found: Iterable[Record]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return settings in which runs differ, and all their metrics, by name and run."""
    given = list(found)
    told: dict[str, dict[str, dict[str, Any]]] = {"config": {}, "metrics": {}}
    for part, names in told.items():
        flat = {run["run_id"]: spelling.flat(run[part]) for run in given}
        for name in dict.fromkeys(name for each in flat.values() for name in each):
            values = {run: each.get(name) for run, each in flat.items()}
            if part == "metrics" or len({repr(value) for value in values.values()}) > 1:
                names[name] = values
    return told


def frame(found: Iterable[Record]) -> Any:
    """Return one row a run, settings and metrics by their paths."""
    import pandas as pd

    rows = []
    for each in found:
        row = {name: value for name, value in each.items() if f"{name}." not in _INSIDE}
        for part in _INSIDE:
            flat = spelling.flat(each[part[:-1]])
            row |= {f"{part}{name}": value for name, value in flat.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def data(storage: Storage, run_id: str, name: str) -> bytes:
    """
    Return what a file of a run has in it.

    Raises
    ------
    RecordNotFoundError
        If the run keeps none of this name.
    """
    both = And(OF_RUN, Compare(Column("name"), "=", Parameter(1)))
    rows = storage.select(Query(FILES.name, ("data",), both), values=(run_id, name))
    if not rows:
        raise RecordNotFoundError(
            f"run {run_id!r} keeps no {name!r}", hint="files(run) lists them"
        )
    found: bytes = rows[0]["data"]
    return found
