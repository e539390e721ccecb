"""A peer whose notes on what was agreed are junk: an error of ours or a sync, nothing made up."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import DatabaseSync, Error, SQLite3

pytestmark = [
    pytest.mark.engine("sqlite file"),
    # Of junk in a column of moments people are told when they read it.
    pytest.mark.filterwarnings("ignore::scitex.db.DatabaseWarning"),
]
COLUMNS = {"id": "TEXT PRIMARY KEY", "x": "INTEGER"}
JUNK: st.SearchStrategy[Any] = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.binary(max_size=30)
    | st.sampled_from(['{"a": 1}', "[[]]", "t", "../../x", "'; DROP TABLE canary; --", "[1, 2"])
)


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two databases that were synced, and changed since."""
    folder = tmp_path_factory.mktemp("agreed")
    with SQLite3(folder / "one.db") as one, SQLite3(folder / "other.db") as other:
        for db in (one, other):
            db.create_table("t", COLUMNS)
            db.create_table("canary", {"id": "INTEGER PRIMARY KEY"})
            db.insert("canary", {"id": 1})
        one.insert_many("t", [{"id": name, "x": 1} for name in "abcdef"])
        DatabaseSync(one, other).sync_all(["t"])
        one.update("t", {"x": 2}, where={"id": "a"})
        other.update("t", {"x": 3}, where={"id": "b"})
        other.insert("t", {"id": "g", "x": 4})
    return folder


def _spoil(path: Path, place: int, junk: Any, count: int) -> None:
    """Write junk into a cell of the bookkeeping, or take records of it away."""
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'scitex%'"
        cells = [
            (table, column[1])
            for (table,) in raw.execute(names).fetchall()
            for column in raw.execute(f'PRAGMA table_info("{table}")').fetchall()
        ]
        table, column = cells[place % len(cells)]
        where = f"rowid IN (SELECT rowid FROM {table} ORDER BY rowid LIMIT {count})"
        with contextlib.suppress(sqlite3.Error):
            if place % 7 == 0:
                raw.execute(f"DELETE FROM {table} WHERE {where}")
            else:
                raw.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", [junk])


@given(
    spoilt=st.lists(
        st.tuples(st.booleans(), st.integers(0, 500), JUNK, st.integers(1, 3)),
        min_size=1,
        max_size=3,
    )
)
def test_junk_in_what_was_agreed(
    agreed: Path, tmp_path_factory: pytest.TempPathFactory, spoilt: list[Any]
) -> None:
    """Whatever a peer's notes say, no value is made up, and nothing else is touched."""
    folder = tmp_path_factory.mktemp("spoilt")
    for name in ("one.db", "other.db"):
        shutil.copy(agreed / name, folder / name)
    for is_other, place, junk, count in spoilt:
        _spoil(folder / ("other.db" if is_other else "one.db"), place, junk, count)
    with SQLite3(folder / "one.db") as one, SQLite3(folder / "other.db") as other:
        with contextlib.suppress(Error):
            DatabaseSync(one, other).sync_all(["t"])
        with contextlib.suppress(Error):
            DatabaseSync(one, other).conflicts()
        with contextlib.suppress(Error):
            DatabaseSync(other, one).sync_table("t")
        for db in (one, other):
            assert db.select("canary") == [{"id": 1}]
            found = {(row["id"], row["x"]) for row in db.select("t")}
            before = {*((name, 1) for name in "abcdef"), ("a", 2), ("b", 3), ("g", 4)}
            assert found <= before
            assert {name for name, _ in found} >= set("abcdef")  # both had them all along
            assert db.query("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
            assert not db.in_transaction
    assert {path.suffix for path in folder.iterdir()} <= {".db", ".db-wal", ".db-shm", ".db-sync"}
    shutil.rmtree(folder)
