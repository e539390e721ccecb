"""Files that are damaged, replaced or in use by others: told, and never a wrong answer."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scitex.db import Error, LockedError, OperationalError, SQLite3

pytestmark = pytest.mark.engine("sqlite file")
PAGES = int(os.environ.get("SCITEX_DB_FAULT_PAGES", "25"))
ROWS = 2_000
ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with an indexed table of some hundred pages."""
    place = tmp_path / "lab.db"
    with SQLite3(place) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "word": "TEXT", "x": "REAL"})
        db.insert_many("t", [{"word": f"word {n} " * 20, "x": n / 7} for n in range(ROWS)])
        db.create_index("t", "x")
    return place


def broken(path: Path) -> bool:
    """Say whether SQLite itself finds the file damaged."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
    except sqlite3.DatabaseError:
        return True


@pytest.mark.parametrize("seed", range(PAGES))
def test_a_damaged_page_is_told(path: Path, seed: int) -> None:
    """Where SQLite can see the damage, the doctor tells; no call fails in a way of its own."""
    chance = random.Random(seed)
    good = path.read_bytes()
    with SQLite3(path, read_only=True) as db:
        whole = db.select("t", order_by="id")
    page = chance.randrange(len(good) // 4096) * 4096
    width = chance.choice([1, 16, 4096])
    at = page + chance.randrange(4096 - width + 1)
    path.write_bytes(good[:at] + chance.randbytes(width) + good[at + width :])
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)

    seen = broken(path)
    try:
        with SQLite3(path) as db:
            found = db.doctor(sample=None)
            told = any(each.severity == "error" for each in found.findings)
            rows = db.select("t", order_by="id")
    except Error:
        told, rows = True, []

    assert told or not seen
    if not told:  # what no check of SQLite's can see is a change of values, not of structure
        assert len(rows) == len(whole)


def test_a_file_that_is_replaced_underneath_is_not_mixed_up(path: Path, tmp_path: Path) -> None:
    """Who has a file open goes on with that one; who opens it anew has the new one."""
    other = tmp_path / "other.db"
    with SQLite3(other) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "word": "TEXT"})
        db.insert("t", {"word": "new"})
    with SQLite3(path) as db:
        assert db.count("t") == ROWS
        other.replace(path)
        try:
            seen = db.count("t")
        except Error:
            seen = ROWS
        time.sleep(0.3)
        with pytest.raises(OperationalError, match="replaced by another one"):
            db.insert("t", {"word": "lost"})
        with SQLite3(path) as fresh:
            assert fresh.count("t") == 1
    assert seen == ROWS


HOLDING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_of_another_program_is_told_in_time(path: Path) -> None:
    """A foreign process that holds the file past the timeout is told, and not waited for."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        began = time.monotonic()
        with SQLite3(path, timeout=0.5) as db:
            with pytest.raises(LockedError):
                db.insert("t", {"word": "x"})
            assert 0.4 < time.monotonic() - began < 25
            assert db.count("t") == ROWS
        other.kill()


def test_the_log_of_a_file_does_not_grow_without_end(path: Path) -> None:
    """Many small commits beside a reader leave a log of a few megabytes, and none when closed."""
    log = Path(f"{path}-wal")
    with SQLite3(path, synchronous="NORMAL") as db, SQLite3(path, read_only=True) as reader:
        largest = 0
        for number in range(3_000):
            db.insert("t", {"word": "w" * 500})
            if number % 100 == 0:
                reader.count("t")
                largest = max(largest, log.stat().st_size)
    assert largest < 16 * 2**20


WRITING = """
import sys
from scitex.db import SQLite3
path, worker, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with SQLite3(path, timeout=120) as db:
    for place in range(rows):
        db.insert("w", {"worker": worker, "place": place})
"""
READING = """
import sys
from scitex.db import SQLite3
path = sys.argv[1]
with SQLite3(path, read_only=True) as db:
    seen = 0
    while True:
        rows = db.query("SELECT worker, count(*) AS n, max(place) AS last FROM w GROUP BY worker")
        assert all(row["n"] == row["last"] + 1 for row in rows), rows
        total = sum(row["n"] for row in rows)
        assert total >= seen
        seen = total
        print(seen, flush=True)
"""


def test_writers_in_other_processes_lose_nothing(tmp_path: Path) -> None:
    """Each record of each writer is there once, and readers see no gap."""
    workers, rows = 8, int(os.environ.get("SCITEX_DB_FAULT_ROWS", "100"))
    path = tmp_path / "lab.db"
    with SQLite3(path) as db:
        db.create_table(
            "w", {"id": "INTEGER PRIMARY KEY", "worker": "INTEGER", "place": "INTEGER"}
        )
    programs = [
        subprocess.Popen([sys.executable, "-c", WRITING, path, str(each), str(rows)], cwd=ROOT)
        for each in range(workers)
    ]
    reader = subprocess.Popen(
        [sys.executable, "-c", READING, path], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    codes = [program.wait() for program in programs]
    alive = reader.poll() is None
    reader.kill()
    reader.wait()

    assert (codes, alive) == ([0] * workers, True)
    with SQLite3(path) as db:
        found = db.query("SELECT worker, place FROM w ORDER BY worker, place")
        assert found == [{"worker": w, "place": p} for w in range(workers) for p in range(rows)]
        assert db.doctor().ok


@pytest.mark.parametrize("gone", ["folder", "file"])
def test_what_is_removed_underneath_is_told(path: Path, gone: str) -> None:
    """Nothing is stored where nobody would see it; what is there can still be read."""
    with SQLite3(path) as db:
        db.count("t")
        shutil.rmtree(path.parent) if gone == "folder" else path.unlink()
        with contextlib.suppress(Error):
            assert db.count("t") == ROWS
        time.sleep(0.3)
        for _ in range(2):
            with pytest.raises(OperationalError, match="removed or renamed"):
                db.insert("t", {"word": "lost"})
            with pytest.raises(OperationalError, match="removed or renamed"):
                db.execute("INSERT INTO t (word) VALUES ('lost')")
            with (
                pytest.raises(OperationalError, match="removed or renamed"),
                db.transaction(),
            ):
                db.execute("create table lost (id integer)")
            with pytest.raises(OperationalError, match="removed or renamed"):
                db.insert_many("t", [{"word": "lost"}])
        with pytest.raises((Error, OSError)):
            db.export_to_csv("t", path.parent / "no" / "x.csv")


def test_nothing_is_made_in_the_place_of_a_file_that_is_gone(path: Path) -> None:
    """Another connection, of a thread or for a backup, would make an empty database there."""
    calls: list[Callable[[SQLite3], object]] = [
        lambda db: db.backup_database(path.parent / "copy.db"),
        lambda db: db.backup_table("t", path.parent / "copy.sql"),
        lambda db: list(db.iter_select("t")),
        lambda db: db.vacuum(full=True),
        lambda db: db.create_index("t", "word"),
    ]
    with SQLite3(path) as db:
        db.count("t")
        moved = path.rename(path.with_suffix(".old"))
        for call in calls:
            with pytest.raises(OperationalError, match="removed or renamed"):
                call(db)
        with ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError, match="removed"):
            pool.submit(db.count, "t").result()

        assert not path.exists()
        assert len(db.query("WITH a AS (SELECT * FROM t) SELECT * FROM a")) == ROWS
        with db.transaction():
            assert db.count("t") == ROWS
        moved.rename(path)
        db.insert("t", {"word": "again"})
        assert db.count("t") == ROWS + 1
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name]
