"""Upkeep of SQLite files: room, logs, locks, other programs, and sudden ends."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from scitex.db import SQLite3
from scitex.db.domain.errors import LockedError, OperationalError, ReadOnlyError
from tests.integration.children import started, told

pytestmark = pytest.mark.engine("sqlite file")
VACUUMING = """
    import sys
    from scitex.db import SQLite3
    with SQLite3(sys.argv[1]) as db:
        print("ready")
        while True:
            db.vacuum()
"""
LIMITED = """
    import resource, signal, sys
    from scitex.db import SQLite3
    from scitex.db.domain.errors import OperationalError
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with SQLite3(sys.argv[1]) as db:
        size = db.get_stats()["size"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 4, size // 4))
        try:
            db.vacuum()
        except OperationalError as error:
            print(error)
"""

KILLS = int(os.environ.get("SCITEX_DB_KILLS", "5"))  # `make kills` takes fifty


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with 2,000 records and the room of as many removed ones."""
    path = tmp_path / "data.db"
    with SQLite3(path) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.create_index("t", ["x"])
        db.insert_many("t", [{"x": f"{number:0100}"} for number in range(4000)])
        db.delete("t", "id % 2 = ?", [0])
    return path


def content(path: Path) -> tuple[str, list[tuple[object, ...]]]:
    """Tell, by the driver itself, whether a file is sound, and what is in it."""
    with closing(sqlite3.connect(path)) as raw:
        sound = raw.execute("PRAGMA integrity_check").fetchone()[0]
        return sound, raw.execute("SELECT * FROM t ORDER BY id").fetchall()


def test_a_vacuum_gives_the_room_back(path: Path) -> None:
    """The file shrinks, its log is cut, and it keeps its journal mode and map of pages."""
    before = path.stat().st_size
    with SQLite3(path) as db:
        db.vacuum()
        stats = db.get_stats()
        modes = [db.execute(f"PRAGMA {name}")[0] for name in ("journal_mode", "auto_vacuum")]

        assert (stats["free_bytes"], stats["wal_bytes"]) == (0, 0)
        assert path.stat().st_size == stats["size"] < before * 0.6
        assert modes == [{"journal_mode": "wal"}, {"auto_vacuum": 2}]


def test_optimizing_cuts_free_pages_off(path: Path) -> None:
    """optimize() shortens a file that has a map of its pages, and analyses its indexes."""
    with SQLite3(path) as db:
        db.delete("t", "id > ?", [1000])
        free = db.get_stats()["free_bytes"]
        db.optimize()
        stats = db.get_stats(exact=False)

        assert free > 0
        assert (stats["free_bytes"], stats["tables"]["t"]["rows"]) == (0, 500)


def test_statistics_tell_where_the_bytes_are(path: Path) -> None:
    """The tables' bytes and the free ones are nearly all of the file."""
    with SQLite3(path) as db:
        stats = db.get_stats()
        table = stats["tables"]["t"]

        assert 0 < table["indexes"]["idx_t_x"] < table["bytes"]
        assert 0 <= stats["size"] - table["bytes"] - stats["free_bytes"] < 8 * 4096


def test_a_searched_table_counts_its_own_records_only(path: Path) -> None:
    """A full-text table of another program is one table, with the bytes of all its parts."""
    with SQLite3(path) as db:
        db.execute("CREATE VIRTUAL TABLE words USING fts5(x)")
        db.execute("INSERT INTO words SELECT x FROM t")
        stats = db.get_stats()["tables"]

        assert (list(stats), stats["words"]["rows"]) == (["t", "words"], 2000)
        assert stats["words"]["bytes"] > 2000 * 100


def test_a_vacuum_beside_a_reader_ends_in_time(path: Path) -> None:
    """Another connection that reads in a transaction does not keep a vacuum waiting."""
    with closing(sqlite3.connect(path, isolation_level=None)) as reader, SQLite3(path) as db:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM t").fetchone()
        began = time.monotonic()
        db.vacuum()

        assert time.monotonic() - began < 25
        assert db.execute("PRAGMA busy_timeout")[0] == {"timeout": 30_000}


@pytest.mark.parametrize("call", ["vacuum", "analyze", "optimize"])
def test_a_writer_in_the_way_is_told(path: Path, call: str) -> None:
    """Where another connection writes for longer than the timeout, that is said."""
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as writer,
        SQLite3(path, timeout=0.1) as db,
    ):
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(LockedError, match="locked by another connection"):
            getattr(db, call)()
        writer.execute("ROLLBACK")
        getattr(db, call)()


@pytest.mark.parametrize("call", ["vacuum", "analyze", "optimize"])
def test_a_file_that_is_only_read_is_refused(path: Path, call: str) -> None:
    """A database that is opened for reading is measured, and not kept in order."""
    with SQLite3(path, read_only=True) as db:
        with pytest.raises(ReadOnlyError, match=rf"{call}\(\) writes"):
            getattr(db, call)()

        assert db.get_stats()["tables"]["t"]["rows"] == 2000


def test_a_vacuum_with_iteration_open(path: Path) -> None:
    """Records that are being iterated over while the file is vacuumed all come."""
    with SQLite3(path) as db:
        records = db.iter_select("t")
        next(records)
        db.vacuum()

        assert len(list(records)) == 1999


def test_a_full_disk_is_told(path: Path) -> None:
    """Where there is no room for the copy, the error tells what is needed; all is as before."""
    before = content(path)
    child = started(LIMITED, path, env={**os.environ, "PYTHONPATH": str(Path.cwd())})
    said, status, complained = told(child)

    assert (status, complained) == (0, "")
    assert "the vacuum was given up" in said
    assert "twice the size" in said
    assert content(path) == before


def test_a_vacuum_that_is_killed_leaves_the_file_whole(path: Path) -> None:
    """Killed at random moments of vacuuming, the file is sound and holds every record."""
    before = content(path)
    chance = random.Random(5)
    for _ in range(KILLS):
        child = started(VACUUMING, path)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        child.send_signal(signal.SIGKILL)
        child.communicate()

        assert content(path) == before


def test_a_damaged_file_is_told(path: Path) -> None:
    """A vacuum of a file whose pages were overwritten fails, and says what it is."""
    data = bytearray(path.read_bytes())
    data[4096 * 5 : 4096 * 60] = b"\xff" * (4096 * 55)
    path.write_bytes(data)
    with SQLite3(path) as db, pytest.raises(Exception, match="damaged") as caught:
        db.vacuum()

    assert not isinstance(caught.value, OperationalError)
