"""Every operation is killed at its statements, and at random moments: all or nothing."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import scitex.db
from scitex.db import Database, connect
from scitex.db.testing.postgres.database import Database as ScratchDatabase
from tests.faults.children import start
from tests.faults.operations import OPERATIONS, Operation, prepare, state

# Of each operation at random moments, and at so many of its statements.
KILLS = int(os.environ.get("SCITEX_DB_FAULT_KILLS", "0"))
AT_STATEMENTS = 60 if KILLS else 2
MOST_STATEMENTS = 1000
# What every change is tried with on PostgreSQL; the others take their turn in longer runs.
_ALWAYS = {"insert_many", "transaction", "restore", "sync"}


def _cases() -> Iterator[Any]:
    """Give each operation on each engine."""
    for name in OPERATIONS:
        yield pytest.param("sqlite", name, marks=pytest.mark.engine("sqlite file"))
        seldom = [] if name in _ALWAYS or KILLS else [pytest.mark.thorough]
        yield pytest.param("postgresql", name, marks=[pytest.mark.engine("postgresql"), *seldom])


@attrs.frozen
class Ground:
    """
    Where an operation is killed again and again.

    Attributes
    ----------
    address : str
    folder : Path
        What lies beside the database is in it.
    reset : callable
        Brings back what was there before the operation.
    """

    address: str
    folder: Path
    reset: Callable[[], None]

    def now(self) -> list[Any]:
        """Return the state of what takes part."""
        with connect(self.address) as db:
            states = [state(db)]
        remote = self.folder / "remote.db"
        if remote.exists():
            with connect(remote) as db:
                states.append(state(db))
        return states


@pytest.fixture
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """Return a prepared database of each engine."""
    folder, kept = tmp_path / "lab", tmp_path / "kept"
    folder.mkdir()
    if request.param == "sqlite":
        with connect(folder / "lab.db") as db:
            prepare(db, folder)
            _give_remote(db, folder)
        shutil.copytree(folder, kept)

        def reset() -> None:
            shutil.rmtree(folder)
            shutil.copytree(kept, folder)

        yield Ground(str(folder / "lab.db"), folder, reset)
        return
    database: ScratchDatabase = request.getfixturevalue("postgresql_database")
    with database.schema() as schema:
        address = f"{schema.url}&schema={schema.name}"
        with connect(address) as db:
            prepare(db, folder)
            _give_remote(db, folder)
            db.backup_database(folder / "start.sql")
        shutil.copytree(folder, kept)

        def bring_back() -> None:
            shutil.rmtree(folder)
            shutil.copytree(kept, folder)
            _wait_until_alone(address)
            with connect(address) as db:
                db.restore_database(kept / "start.sql", safety_copy=False)

        yield Ground(address, folder, bring_back)


def _give_remote(db: Database, folder: Path) -> None:
    """Make the other side of a sync: it has records that this one lacks."""
    with connect(folder / "remote.db") as remote:
        scitex.db.copy_database(db, remote, tables="t")
        remote.insert_many("t", [{"word": "theirs", "x": 0.5} for _ in range(300)])


def _wait_until_alone(address: str) -> None:
    """Wait until the server has noticed that the killed process is gone."""
    with connect(address) as db:
        for _ in range(500):
            others = db.query(
                "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend' "
                "AND state <> 'idle'"
            )
            if others[0]["n"] == 0:
                return
            time.sleep(0.01)


def _check(ground: Ground, operation: Operation, allowed: list[Any]) -> int:
    """See that a database is whole after a kill; return which of the states it is in."""
    if ground.address.startswith("postgresql"):
        _wait_until_alone(ground.address)
    found = ground.now()
    with connect(ground.address) as db:
        errors = [each for each in db.doctor(quick=False).findings if each.severity == "error"]
        db.export_to_csv("t", ground.folder / "after.csv", limit=1)  # the next to write here
    assert errors == []
    assert list(ground.folder.glob(".scitex-*")) == []
    if operation.remote:  # the sides change one after the other
        sides = enumerate(found)
        assert all(one in [each[place] for each in allowed] for place, one in sides)
    else:
        assert found in allowed
    backup = ground.folder / "new.sql.gz"
    if backup.exists():
        scitex.db.verify_backup(backup)
    return allowed.index(found) if found in allowed else -1


def _allowed(ground: Ground, operation: Operation) -> list[Any]:
    """Do the operation step by step, undisturbed; return the states between."""
    states = [ground.now()]
    for step in operation.steps:
        with connect(ground.address) as db:
            step(db, ground.folder)
        states.append(ground.now())
    return states


def _kill(ground: Ground, name: str, after: int | None, seconds: float) -> bool:
    """Start the operation and kill it; say whether it was killed at a statement in time."""
    ground.reset()
    child, told = start(name, ground.address, ground.folder, after=after)
    if after is None:
        time.sleep(random.uniform(0, seconds))
        child.kill()
    child.join()
    told.close()
    return child.exitcode != 0


@pytest.mark.parametrize(("ground", "name"), list(_cases()), indirect=["ground"])
def test_a_kill_leaves_all_or_nothing(ground: Ground, name: str) -> None:
    """After a kill at a statement, or at any moment, the database is as before or as after."""
    operation = OPERATIONS[name]
    began = time.perf_counter()
    allowed = _allowed(ground, operation)
    seconds = time.perf_counter() - began
    seen = set()
    for after in _spread(_statements(ground, name), AT_STATEMENTS):
        assert _kill(ground, name, after, seconds)
        seen.add(_check(ground, operation, allowed))
    for _ in range(KILLS):
        _kill(ground, name, None, seconds)
        seen.add(_check(ground, operation, allowed))

    assert len(seen) > 1 or name in ("backup", "restore")  # their last step is no statement


def _statements(ground: Ground, name: str) -> int:
    """Return how many statements an operation has, by killing it after too many."""
    ground.reset()
    child, told = start(name, ground.address, ground.folder, after=MOST_STATEMENTS)
    count: int = told.recv()
    child.join()
    return count


def _spread(count: int, most: int) -> list[int]:
    """Return numbers from 1 to `count`, so many at most, the first and the last among them."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + round(place * (count - 1) / (most - 1)) for place in range(most)})
