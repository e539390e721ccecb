"""What runs say at their beginning, and when they are stored whole."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Mapping
from typing import Any

from scitex.db.domain.errors import DuplicateKeyError, InterfaceError
from scitex.db.domain.tracking import spelling
from scitex.db.domain.tracking.events import Over, Started
from scitex.db.domain.tracking.tables import RUNS

Here = tuple[str, str, str | None, str | None]  # host, process, name of the origin, its facts


def over(run_id: str, config: Mapping[str, Any], metrics: Mapping[str, Any], here: Here) -> Over:
    """
    Return what is said of a run that is over.

    Raises
    ------
    InterfaceError
        If its settings or metrics are no mapping.
    """
    for what, given in (("config", config), ("metrics", metrics)):
        if not isinstance(given, Mapping):
            raise InterfaceError(
                f"{what} of run {run_id!r} is {given!r:.60}",
                hint="give a dict of names and values",
            )
    began, named = config.get("start_time"), config.get("name")
    return Over(
        run_id,
        None if named is None else str(named),
        spelling.spelt(config),
        spelling.spelt(metrics),
        began.isoformat(" ") if isinstance(began, dt.datetime) else began,
        _wall(),
        time.time_ns() // 1000,
        *here,
    )


def started(
    names: tuple[str, str | None, str | None],
    given: tuple[Mapping[str, Any] | None, Mapping[str, object] | None],
    here: Here,
) -> Started:
    """
    Return what a run says when it begins.

    Parameters
    ----------
    names : tuple
        Its own, its experiment's, and that of the run that it is part of.
    given : tuple
        Settings and tags.
    here : tuple
        Where it runs, and what it was started by.
    """
    run, experiment, parent = names
    config, tags = (spelling.spelt(each or {}) for each in given)
    return Started(run, experiment, config, tags, parent, _wall(), time.time_ns() // 1000, *here)


def name() -> str:
    """Make a name for a run: its moment, and something that no other has."""
    return f"{dt.datetime.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"  # noqa: DTZ005 - for people


def _wall() -> str:
    return dt.datetime.now().isoformat(" ", "microseconds")  # noqa: DTZ005 - the wall's clock


def taken(run_id: str) -> DuplicateKeyError:
    """Return the error that a name is another run's."""
    return DuplicateKeyError(
        f"there is a run {run_id!r} already",
        table=RUNS.name,
        hint="take another name; start_run(run_id=..., resume=True) goes on with it, amend() "
        "corrects it",
    )
