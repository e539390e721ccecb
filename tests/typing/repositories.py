"""What mypy has to see of repositories: their objects are of the class that was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_type

import attrs

from scitex.db import Database, Repository


@attrs.define
class Experiment:
    """A class to keep."""

    name: str
    id: int | None = None


def stored(db: Database) -> None:
    """What goes in and comes out is an `Experiment`."""
    found = db.repository(Experiment, table="experiments")
    assert_type(found, Repository[Experiment])
    assert_type(found.add(Experiment("a")), Experiment)
    assert_type(found.get(1), Experiment)
    assert_type(found.find(), list[Experiment])
    assert_type(found.stream(), Iterator[Experiment])
    found.add("a")  # type: ignore[arg-type]
    found.add_all(["a"])  # type: ignore[list-item]
    found.get(1).title  # type: ignore[attr-defined]  # noqa: B018 - it is not there


def together(db: Database) -> None:
    """So it is in a unit of work."""
    with db.unit_of_work() as unit:
        found = unit.repository(Experiment, table="experiments")
        assert_type(found, Repository[Experiment])
        assert_type(found.find()[0].name, str)
