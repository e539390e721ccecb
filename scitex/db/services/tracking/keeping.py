"""Writing down what runs say of themselves; said twice, it is written once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from scitex.db.domain.errors import SchemaError
from scitex.db.domain.moments import UTC
from scitex.db.domain.pieces import Packed, Values
from scitex.db.domain.predicates import And, Column, Compare, In, IsNull, Parameter
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.tracking import spelling
from scitex.db.domain.tracking.events import (
    Ended,
    Event,
    Filed,
    Measured,
    Over,
    Point,
    Started,
    Tagged,
)
from scitex.db.domain.tracking.tables import (
    BY_VALUE,
    FILES,
    INFO,
    METRICS,
    ORIGINS,
    RUNS,
    SCORES,
    TABLES,
)
from scitex.db.ports.storage import Storage
from scitex.db.services.transactions import Block

_FEW = 30  # metrics that are stored faster one by one
OF_RUN = Compare(Column("run_id"), "=", Parameter(0))
_KILLED = And(In(Column("run_id"), (Parameter(0),)), Compare(Column("status"), "=", Parameter(1)))


def prepare(storage: Storage) -> None:
    """
    Make the tables that are missing.

    Raises
    ------
    SchemaError
        If there is a table ``runs`` that is another one than documented.
    """
    there = set(storage.tables())
    missing = [spec for spec in TABLES if spec.name not in there]
    if RUNS.name in there:
        names = {column.name for column in storage.describe(RUNS.name).columns}
        if lacking := [name for name in RUNS.names if name not in names]:
            raise SchemaError(
                f"table 'runs' has no column {', '.join(map(repr, lacking))}, so it is no table "
                "of an experiment's runs",
                hint="keep the runs in another database, or rename that table",
            )
    if missing:
        with Block(storage):
            for spec in missing:
                storage.create_table(spec)
            if SCORES in missing:
                storage.create_index(BY_VALUE)


def moment_of(micros: int) -> dt.datetime:
    """Return the moment that is so many microseconds after 1970."""
    return dt.datetime(1970, 1, 1, tzinfo=UTC) + dt.timedelta(microseconds=micros)


def keep(storage: Storage, events: Iterable[Event]) -> None:
    """Write events down in their order, all or none."""
    with Block(storage):
        for event in events:
            match event:
                case Started():
                    _start(storage, event)
                case Measured():
                    _measure(storage, event)
                case Tagged():
                    _tag(storage, event.run, spelling.read(event.tags))
                case Filed():
                    _file(storage, event)
                case Over():
                    store(storage, event)
                case Ended():
                    ended = moment_of(event.moment)
                    finish(storage, event.run, event.status, event.ended, ended)


def keep_origin(storage: Storage, origin: str | None, facts: str | None) -> None:
    """Keep what runs were started by, once."""
    if origin is not None:
        row = {"id": origin, "facts": facts}
        storage.insert(ORIGINS.name, row, on_conflict="ignore", conflict_columns=("id",))


def _start(storage: Storage, event: Started) -> None:
    keep_origin(storage, event.origin, event.facts)
    alive = {
        "heartbeat": moment_of(event.moment),
        "host": event.host,
        "process": event.process,
        "ended": None,
    }
    if event.resumed:
        going = {"status": "running", "end_time": None}
        storage.update(RUNS.name, going, where=OF_RUN, values=(event.run,))
        if not storage.update(INFO.name, alive, where=OF_RUN, values=(event.run,)):
            storage.insert(INFO.name, {"run_id": event.run, "tags": "{}", **alive})
        _tag(storage, event.run, spelling.read(event.tags))
        return
    record = {
        "run_id": event.run,
        "experiment_name": event.name,
        "start_time": event.began,
        "status": "running",
        "config": event.config,
        "metrics": "{}",
    }
    info = {
        "run_id": event.run,
        "parent": event.parent,
        "started": moment_of(event.moment),
        "origin": event.origin,
        "tags": event.tags,
        **alive,
    }
    for table, each in ((RUNS.name, record), (INFO.name, info)):
        storage.insert(table, each, on_conflict="ignore", conflict_columns=("run_id",))
    there = storage.select(Query(INFO.name, ("started",), OF_RUN), values=(event.run,))
    if there[0]["started"] != info["started"]:  # it was taken up while the database was away
        _start(storage, attrs.evolve(event, resumed=True))


def store(storage: Storage, event: Over) -> None:
    """
    Store a run that is over, all of it or nothing.

    Raises
    ------
    DuplicateKeyError
        If there is a run of its name.
    """
    moment = moment_of(event.moment)
    row = {
        "run_id": event.run,
        "experiment_name": event.name,
        "start_time": event.began,
        "end_time": event.ended,
        "status": "completed",
        "config": event.config,
        "metrics": event.metrics,
    }
    info = {
        "run_id": event.run,
        "ended": moment,
        "heartbeat": moment,
        "host": event.host,
        "process": event.process,
        "origin": event.origin,
        "tags": "{}",
    }
    with Block(storage):
        keep_origin(storage, event.origin, event.facts)
        storage.insert(RUNS.name, row)
        storage.insert(INFO.name, info)
        scores = scores_in(row, moment)
        if len(scores) > _FEW:
            storage.insert_many(SCORES.name, scores)
        else:
            for score in scores:
                storage.insert(SCORES.name, score)


def scores_in(row: Record, now: dt.datetime) -> list[Record]:
    """Return the numbers among a run's metrics, as they are ranked by."""
    found = spelling.flat(spelling.read(row["metrics"]))
    scores = {name: spelling.score(value) for name, value in found.items()}
    return [
        {
            "run_id": row["run_id"],
            "name": name,
            "value": each[0],
            "marker": each[1],
            "moment": now,
        }
        for name, each in scores.items()
        if each is not None
    ]


def _tag(storage: Storage, run: str, tags: Record) -> None:
    if not tags:
        return
    rows = storage.select(Query(INFO.name, ("tags",), OF_RUN), values=(run,))
    before = spelling.read(rows[0]["tags"]) if rows else {}
    after = {name: value for name, value in {**before, **tags}.items() if value is not None}
    changes = {"tags": spelling.spelt(after)}
    if not storage.update(INFO.name, changes, where=OF_RUN, values=(run,)):
        storage.insert(INFO.name, {"run_id": run, **changes})


def _file(storage: Storage, event: Filed) -> None:
    record = {
        "run_id": event.run,
        "name": event.name,
        "kind": event.what,
        "size": len(event.data),
        "sha256": event.sha256,
        "moment": moment_of(event.moment),
        "data": event.data,
    }
    storage.insert_many(
        FILES.name, [record], on_conflict="update", conflict_columns=("run_id", "name")
    )


def _measure(storage: Storage, event: Measured) -> None:
    """Keep points, and the latest of each metric of each run."""
    runs, names, numbers, steps, values, markers, micros = zip(*event.points, strict=True)
    moments = Packed(np.array(micros, "i8").view("M8[us]"), utc=True)
    columns: list[Values] = [
        runs,
        names,
        [event.writer] * len(runs),
        numbers,
        steps,
        values,
        markers,
        moments,
    ]
    storage.insert_columns(
        METRICS.name,
        METRICS.names,
        iter([columns]),
        on_conflict="ignore",
        conflict_columns=METRICS.primary_key,
    )
    latest: dict[tuple[str, str], Point] = {}
    for point in event.points:
        before = latest.get(point[:2])
        if before is None or before[6] <= point[6]:
            latest[point[:2]] = point
    _score(storage, latest)


def _score(storage: Storage, latest: Mapping[tuple[str, str], Point]) -> None:
    """Keep the latest values, where none that is later is there."""
    runs = sorted({run for run, _ in latest})
    there: dict[tuple[str, str], dt.datetime] = {}
    for run in runs:
        query = Query(SCORES.name, ("name", "moment"), OF_RUN)
        for row in storage.select(query, values=(run,)):
            there[run, row["name"]] = row["moment"]
    rows = [
        {
            "run_id": run,
            "name": name,
            "value": value,
            "marker": marker,
            "moment": moment_of(micros),
        }
        for run, name, _, _, value, marker, micros in latest.values()
        if (run, name) not in there or there[run, name] <= moment_of(micros)
    ]
    if rows:
        storage.insert_many(
            SCORES.name, rows, on_conflict="update", conflict_columns=SCORES.primary_key
        )


def scores_of(storage: Storage, runs: Sequence[str]) -> dict[str, Record]:
    """Return the latest metrics of some runs."""
    found: dict[str, Record] = {run: {} for run in runs}
    for start in range(0, len(runs), 500):
        some = tuple(runs[start : start + 500])
        among = In(Column("run_id"), tuple(map(Parameter, range(len(some)))))
        for row in storage.select(Query(SCORES.name, None, among), values=some):
            value = spelling.scored(row["value"], row["marker"])
            found[row["run_id"]][row["name"]] = value
    return found


def finish(
    storage: Storage, run: str, status: str, ended: object, moment: dt.datetime | None
) -> None:
    """Note that a run is over, and with which metrics."""
    metrics = scores_of(storage, [run])[run]
    changes = {"status": status, "end_time": ended, "metrics": spelling.spelt(metrics)}
    storage.update(RUNS.name, changes, where=OF_RUN, values=(run,))
    storage.update(INFO.name, {"ended": moment}, where=OF_RUN, values=(run,))


def beat(storage: Storage, runs: Iterable[str], now: dt.datetime) -> None:
    """Note that runs are alive; one that was taken for killed is running again."""
    with Block(storage):
        for run in runs:
            storage.update(INFO.name, {"heartbeat": now}, where=OF_RUN, values=(run,))
            alive = {"status": "running", "end_time": None}
            if storage.update(RUNS.name, alive, where=_KILLED, values=(run, "killed")):
                storage.update(INFO.name, {"ended": None}, where=OF_RUN, values=(run,))


def unfinished(storage: Storage) -> list[Record]:
    """Return what is known of the runs that are not over."""
    return storage.select(Query(INFO.name, None, IsNull(Column("ended"))))
