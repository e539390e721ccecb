"""Runs that others stored, or left without an end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from scitex.db.domain.moments import UTC
from scitex.db.domain.queries import Query
from scitex.db.domain.tracking.tables import INFO, RUNS, SCORES
from scitex.db.ports.storage import Storage
from scitex.db.services.tracking import keeping
from scitex.db.services.transactions import Block


def adopt(storage: Storage) -> int:
    """Find the metrics of runs that were stored as the documentation does; return how many."""
    if storage.count(RUNS.name) == storage.count(INFO.name):
        return 0
    known = {row["run_id"] for row in storage.stream(Query(INFO.name, ("run_id",)))}
    rows = [
        row
        for row in storage.stream(Query(RUNS.name, ("run_id", "status", "metrics")))
        if row["run_id"] not in known
    ]
    now = dt.datetime.now(UTC)
    info = [{"run_id": row["run_id"], "ended": now, "tags": "{}"} for row in rows]
    with Block(storage):
        storage.insert_many(INFO.name, info, on_conflict="ignore", conflict_columns=("run_id",))
        scores = [each for row in rows for each in keeping.scores_in(row, now)]
        storage.insert_many(
            SCORES.name, scores, on_conflict="ignore", conflict_columns=SCORES.primary_key
        )
    return len(rows)


def reap(
    storage: Storage,
    *,
    host: str,
    is_alive: Callable[[str], bool],
    older_than: dt.timedelta,
) -> list[str]:
    """Note which runs were killed: their process is gone, or has given no sign for too long."""
    now = dt.datetime.now(UTC)
    gone = []
    for info in keeping.unfinished(storage):
        if info["host"] == host:
            lost = not is_alive(info["process"] or "")
        else:
            lost = info["heartbeat"] is None or now - info["heartbeat"] > older_than
        if lost:
            gone.append(info)
    with Block(storage):
        for info in gone:
            last = info["heartbeat"] or now
            ended = last.astimezone().replace(tzinfo=None)
            keeping.finish(storage, info["run_id"], "killed", ended, last)
    return [info["run_id"] for info in gone]
