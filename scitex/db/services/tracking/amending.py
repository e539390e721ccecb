"""Correcting what is kept of a run, with what it was before."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.moments import UTC
from scitex.db.domain.tracking import spelling
from scitex.db.domain.tracking.tables import AMENDMENTS, RUNS, STATUSES
from scitex.db.ports.storage import Storage
from scitex.db.services.tracking import finding, keeping
from scitex.db.services.transactions import Block

_AMENDED = ("experiment_name", "status", "start_time", "end_time")


def amend(
    storage: Storage,
    run_id: str,
    *,
    who: str | None,
    why: str,
    config: Mapping[str, Any] | None,
    others: Mapping[str, Any],
) -> None:
    """
    Correct a run.

    Raises
    ------
    RecordNotFoundError
        If there is no such run.
    InterfaceError
        If there is nothing to correct, it is nothing that can be, or no status.
    """
    changes = {name: value for name, value in others.items() if name in _AMENDED}
    if changes.keys() != others.keys() or not (changes or config):
        raise InterfaceError(
            f"nothing of run {run_id!r} is corrected by {', '.join(others) or 'nothing'}",
            hint=f"pass config=, {', '.join(f'{name}=' for name in _AMENDED)}",
        )
    if changes.get("status", STATUSES[0]) not in STATUSES:
        raise InterfaceError(
            f"status={changes['status']!r} is none of a run",
            hint=f"choose one of {', '.join(STATUSES)}",
        )
    before = finding.run(storage, run_id)
    if config:
        changes["config"] = spelling.spelt({**before["config"], **config})
        before["config"] = spelling.spelt(before["config"])
    rows = [
        {
            "id": uuid.uuid4(),
            "run_id": run_id,
            "moment": dt.datetime.now(UTC),
            "who": who,
            "why": why,
            "field": name,
            "before": None if before[name] is None else str(before[name]),
            "after": None if value is None else str(value),
        }
        for name, value in changes.items()
    ]
    with Block(storage):
        storage.update(RUNS.name, changes, where=keeping.OF_RUN, values=(run_id,))
        storage.insert_many(AMENDMENTS.name, rows)
