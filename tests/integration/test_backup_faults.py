"""Backups of SQLite where things go wrong: kills, a full disk, others who write."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import time
from pathlib import Path

import pytest

import scitex.db
from scitex.db import SQLite3
from scitex.db.domain.errors import BackupError
from tests.integration.children import said, started

pytestmark = pytest.mark.engine("sqlite file")
KILLS = int(os.environ.get("SCITEX_DB_KILLS", "3"))  # in each test; `make kills` takes fifty


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return the place of a database with some megabytes."""
    with SQLite3(tmp_path / "test.db") as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT", "y": "REAL"})
        db.insert_many("t", [{"x": f"text {n}" * 10, "y": n / 7} for n in range(20_000)])
    return tmp_path / "test.db"


def whole(path: Path) -> int:
    """Return how many records there are in a database that is whole."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

        found: int = connection.execute("SELECT count(*) FROM t").fetchone()[0]
        return found


def killed(program: str, longest: float, *arguments: object) -> None:
    """Start a program, and kill it at some moment of its work."""
    child = started(program, *arguments)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(random.uniform(0, longest))
    child.kill()
    child.communicate()


BACKING_UP = """
    import sys
    from scitex.db import SQLite3
    with SQLite3(sys.argv[1]) as db:
        db.count("t")
        print("ready", flush=True)
        db.backup_database(sys.argv[2])
"""


@pytest.mark.parametrize("ending", [".db", ".sql.gz"])
def test_a_killed_backup_leaves_none_or_a_good_one(
    place: Path, tmp_path: Path, ending: str
) -> None:
    """Killed at any moment, a new backup is there and good, or not there."""
    seen = set()
    for number in range(KILLS):
        path = tmp_path / f"backup{number}{ending}"
        killed(BACKING_UP, 0.3, place, path)
        seen.add(path.exists())
        if path.exists():
            assert scitex.db.verify_backup(path).manifest.rows == 20_000

    assert (whole(place), bool(seen)) == (20_000, True)


@pytest.mark.parametrize("ending", [".db", ".sql"])
def test_a_killed_backup_leaves_the_old_one_or_the_new(
    place: Path, tmp_path: Path, ending: str
) -> None:
    """Killed at any moment while it replaces another one, either is there, and good."""
    path = tmp_path / f"backup{ending}"
    with SQLite3(place) as db:
        db.backup_database(path)
        for number in range(KILLS):
            db.insert("t", {"x": "more"})
            killed(BACKING_UP, 0.3, place, path)

            rows = scitex.db.verify_backup(path).manifest.rows
            assert 20_000 <= rows <= 20_001 + number

    assert whole(place) == 20_000 + KILLS


RESTORING = """
    import sys
    from scitex.db import SQLite3
    with SQLite3(sys.argv[1]) as db:
        db.count("t")
        print("ready", flush=True)
        db.restore_database(sys.argv[2], safety_copy=False)
"""


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_killed_restore_leaves_the_old_state_or_the_new(
    place: Path, tmp_path: Path, mode: str
) -> None:
    """Killed at any moment of a restore, the database is whole, as before or as after."""
    with SQLite3(place) as db:
        db.execute(f"PRAGMA journal_mode = {mode}")
        db.backup_database(tmp_path / "old.sql")
        db.backup_database(tmp_path / "old.db")
    for number in range(KILLS):
        with SQLite3(place) as db:
            db.insert("t", {"x": "more"})
            before = db.count("t")
        killed(RESTORING, 0.4, place, tmp_path / ["old.sql", "old.db"][number % 2])

        assert whole(place) in {20_000, before}


FULL = """
    import resource, signal, sys, os
    from scitex.db import SQLite3
    from scitex.db.domain.errors import Error
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    db = SQLite3(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    for name in sys.argv[2:]:
        try:
            db.backup_database(name)
            print("made")
        except (OSError, Error) as error:
            print(type(error).__name__, "|", " ".join(str(error).split()))
"""


def test_a_full_disk_leaves_no_part(place: Path, tmp_path: Path) -> None:
    """Where the disk is full a backup fails in plain words; old ones stay, no part is left."""
    folder = tmp_path / "backups"
    folder.mkdir()
    names = [folder / f"lab{ending}" for ending in (".db", ".sql", ".sql.gz", ".sql.zst")]
    with SQLite3(place) as db:
        for name in names[:2]:
            db.backup_database(name)
    text = said(FULL, place, *names, folder / "new.db", folder / "new.sql")
    lines = text.splitlines()

    assert len(lines) == 6
    for line, name in zip(lines, [*names, folder / "new.db", folder / "new.sql"], strict=True):
        assert line.startswith(f"BackupError | {name} could not be written: "), line
        assert "hint: free some space" in line
    assert sorted(path.name for path in folder.iterdir()) == [
        "lab.db",
        "lab.db.manifest.json",
        "lab.sql",
    ]
    assert {scitex.db.verify_backup(name).manifest.rows for name in names[:2]} == {20_000}


MOVING = """
    import sys, random
    from scitex.db import SQLite3
    with SQLite3(sys.argv[1]) as db:
        print("ready", flush=True)
        moves = 0
        while True:
            a, b = random.sample(range(1, 101), 2)
            with db.transaction():
                db.execute("UPDATE money SET sum = sum - 1 WHERE id = ?", [a])
                db.execute("UPDATE purse SET sum = sum + 1 WHERE id = ?", [b])
            moves += 1
            if moves % 20 == 0:
                print(moves, flush=True)
"""


@pytest.mark.parametrize("ending", [".db", ".sql"])
def test_a_backup_is_one_moment(place: Path, tmp_path: Path, ending: str) -> None:
    """While somebody moves money a backup has all of it, once; nobody has to wait for it."""
    with SQLite3(place) as db:
        for name, sum_ in (("money", 1_000), ("purse", 0)):
            db.create_table(name, {"id": "INTEGER PRIMARY KEY", "sum": "INTEGER"})
            db.insert_many(name, [{"id": n, "sum": sum_} for n in range(1, 101)])
        child = started(MOVING, place)
        assert child.stdout is not None
        child.stdout.readline()
        moved = []
        for number in range(3):
            db.backup_database(tmp_path / f"money{number}{ending}")
            moved.append(db.query("SELECT sum(sum) AS s FROM purse")[0]["s"])
            time.sleep(0.2)
        child.kill()
        child.communicate()
    totals = []
    for number in range(3):
        with SQLite3(":memory:") as new:
            new.restore_database(tmp_path / f"money{number}{ending}")
            totals.append(
                new.query(
                    "SELECT (SELECT sum(sum) FROM money) + (SELECT sum(sum) FROM purse) AS s"
                )[0]["s"]
            )

    assert totals == [100_000] * 3
    assert moved[0] < moved[1] < moved[2]


def test_an_interrupted_restore_changes_nothing(place: Path, tmp_path: Path) -> None:
    """Ctrl-C while a backup is read leaves the database as it was."""
    with SQLite3(place) as db:
        db.backup_database(tmp_path / "old.sql")
        db.insert("t", {"x": "more"})

        def interrupt(done: int, _total: int | None) -> None:
            if done > 1:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            db.restore_database(tmp_path / "old.sql", progress=interrupt)

        assert db.count("t") == 20_001


def test_a_child_restores_after_a_fork(place: Path, tmp_path: Path) -> None:
    """A forked child may back up and restore; its parent's connection works on."""
    program = """
        import os, sys
        from scitex.db import SQLite3
        db = SQLite3(sys.argv[1])
        db.count("t")
        if (child := os.fork()) == 0:
            db.backup_database(sys.argv[2])
            db.restore_database(sys.argv[2], safety_copy=False)
            db.close()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(status, db.count("t"), db.insert("t", {"x": "after"}))
    """
    assert said(program, place, tmp_path / "lab.db") == "0 20000 20001"


def test_nothing_is_restored_from_a_backup_that_changes(place: Path, tmp_path: Path) -> None:
    """A backup that is no longer what its manifest tells restores nothing, though it is whole."""
    path = tmp_path / "lab.db"
    with SQLite3(place) as db:
        db.backup_database(path)
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute("DELETE FROM t WHERE id = 1")
            other.commit()
        with pytest.raises(BackupError, match="changed"):
            db.restore_database(path)

        assert db.count("t") == 20_000
