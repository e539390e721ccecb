"""Storing runs that are over, as one call."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

import attrs

from scitex.db.domain.errors import DuplicateKeyError
from scitex.db.domain.moments import UTC
from scitex.db.domain.tracking import spelling
from scitex.db.domain.tracking.events import Started
from scitex.db.domain.tracking.tables import INFO, RUNS, SCORES
from scitex.db.ports.storage import Storage
from scitex.db.services.tracking.adopting import scores_in
from scitex.db.services.tracking.keeping import keep_origin
from scitex.db.services.transactions import Block

_FEW = 30  # metrics that are stored faster one by one


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
        scores = scores_in(row, now)
        if len(scores) > _FEW:
            storage.insert_many(SCORES.name, scores)
        else:
            for score in scores:
                storage.insert(SCORES.name, score)


def started(
    names: tuple[str, str | None, str | None],
    given: tuple[Mapping[str, Any] | None, Mapping[str, object] | None],
    here: tuple[str, str],
    facts: tuple[str | None, str | None],
) -> Started:
    """
    Return what a run says when it begins.

    Parameters
    ----------
    names : tuple
        Its own, its experiment's, and that of the run that it is part of.
    given : tuple
        Settings and tags.
    here, facts : tuple
        The host and process; the name of what it was started by, and the facts.
    """
    run, name, parent = names
    config, tags = (spelling.spelt(each or {}) for each in given)
    began = dt.datetime.now().isoformat(" ", "microseconds")  # noqa: DTZ005 - the wall's clock
    moment = time.time_ns() // 1000
    return Started(run, name, config, tags, parent, began, moment, *here, *facts)


def taken(run_id: str) -> DuplicateKeyError:
    """Return the error that a name is another run's."""
    return DuplicateKeyError(
        f"there is a run {run_id!r} already",
        table=RUNS.name,
        hint="take another name; start_run(run_id=..., resume=True) goes on with it, amend() "
        "corrects it",
    )
