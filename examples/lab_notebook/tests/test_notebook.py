"""The notebook, tested with what `scitex.db` ships: its fixtures come by themselves."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import pytest

from scitex.db import Database, ForeignKeyError, InMemory, LockedError
from scitex.db.testing import assert_same_rows

sys.path.insert(0, str(Path(__file__).parents[1]))

from notebook import Notebook, Subject

NINE = dt.datetime(2025, 5, 30, 9)
SESSION = [(NINE, 0.25), (NINE + dt.timedelta(minutes=5), 0.75)]


@pytest.fixture
def notebook(memory_db: InMemory) -> Notebook:
    """Return a notebook with two subjects, in memory."""
    found = Notebook(memory_db)
    found.record(found.enrol("Ada", dt.date(1990, 12, 10)), SESSION)
    found.record(found.enrol("Bo", dt.date(1988, 1, 2)), [(NINE, 0.9)])
    return found


def test_who_is_to_come_again(any_db: Database) -> None:
    """On every engine; PostgreSQL is started if it can be had."""
    notebook = Notebook(any_db)
    notebook.record(notebook.enrol("Ada", dt.date(1990, 12, 10)), SESSION)

    assert notebook.to_come_again(below=0.5) == ["Ada"]
    assert notebook.to_come_again(below=0.1) == []


def test_a_session_is_written_whole_or_not_at_all(notebook: Notebook, memory_db: InMemory) -> None:
    """A database that is locked in the middle leaves no half of it."""
    ada = notebook.subjects.get(1)
    memory_db.fail_on("insert_columns", when="after", error=LockedError)
    with pytest.raises(LockedError), memory_db.transaction():
        notebook.record(ada, SESSION)

    assert notebook.trials.count() == 3


def test_scores_are_corrected_together(notebook: Notebook, memory_db: InMemory) -> None:
    """All of them, or none where the commit fails."""
    ada = notebook.subjects.get(1)
    before = memory_db.select("trials")
    with memory_db.fail_on("commit", error=LockedError), pytest.raises(LockedError):
        notebook.rescale(ada, 2)
    assert_same_rows(memory_db.select("trials"), before)

    notebook.rescale(ada, 2)

    found = memory_db.select("trials", ["subject", "score"])
    told = [(1, 0.5), (1, 1.5), (2, 0.9)]
    assert_same_rows(found, [{"subject": who, "score": score} for who, score in told])


def test_a_stranger_has_no_trials(notebook: Notebook) -> None:
    """A trial belongs to somebody who was taken in."""
    with pytest.raises(LookupError, match="not enrolled"):
        notebook.record(Subject("Nobody", dt.date(2000, 1, 1)), SESSION)
    with pytest.raises(ForeignKeyError):
        notebook.record(Subject("Nobody", dt.date(2000, 1, 1), id=99), SESSION)
