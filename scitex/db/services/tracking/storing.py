"""Storing runs that are over, as one call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from scitex.db.domain.errors import DuplicateKeyError
from scitex.db.domain.moments import UTC
from scitex.db.domain.tracking import spelling
from scitex.db.domain.tracking.tables import INFO, RUNS, SCORES
from scitex.db.ports.storage import Storage
from scitex.db.services.tracking.adopting import scores_in
from scitex.db.services.tracking.keeping import keep_origin
from scitex.db.services.transactions import Block


@attrs.frozen
class Over:
    """
    A run that is over.

    Attributes
    ----------
    run_id : str
    config, metrics : mapping
    host, process : str
        Who stored it.
    """

    run_id: str
    config: Mapping[str, Any]
    metrics: Mapping[str, Any]
    host: str
    process: str


def store(storage: Storage, over: Over, origin: str | None, facts: str | None) -> None:
    """
    Store a run that is over.

    Raises
    ------
    DuplicateKeyError
        If there is a run of its name.
    """
    now = dt.datetime.now(UTC)
    row = {
        "run_id": over.run_id,
        "experiment_name": over.config.get("name"),
        "start_time": over.config.get("start_time"),
        "end_time": now.astimezone().replace(tzinfo=None),
        "status": "completed",
        "config": spelling.spelt(over.config),
        "metrics": spelling.spelt(over.metrics),
    }
    info = {
        "run_id": over.run_id,
        "ended": now,
        "heartbeat": now,
        "host": over.host,
        "process": over.process,
        "origin": origin,
        "tags": "{}",
    }
    with Block(storage):
        keep_origin(storage, origin, facts)
        try:
            storage.insert(RUNS.name, row)
        except DuplicateKeyError as error:
            raise taken(over.run_id) from error
        storage.insert(INFO.name, info)
        if scores := scores_in(row, now):
            storage.insert_many(SCORES.name, scores)


def taken(run_id: str) -> DuplicateKeyError:
    """Return the error that a name is another run's."""
    return DuplicateKeyError(
        f"there is a run {run_id!r} already",
        table=RUNS.name,
        hint="take another name; start_run(run_id=..., resume=True) goes on with it, amend() "
        "corrects it",
    )
