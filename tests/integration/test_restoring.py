"""What a restore may not lose: commits of others, marks of a file, and who asked for what."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from scitex.db import SQLite3
from scitex.db.adapters.sqlite3.backups import replacing
from scitex.db.domain.errors import BackupError, LockedError, OperationalError, ReadOnlyError
from scitex.db.services.backups import restoring


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a database with one record, and a backup of it."""
    path = tmp_path / "lab.db"
    with SQLite3(path) as db:
        db.create_table("t", {"x": "INTEGER"})
        db.insert("t", {"x": 1})
        db.backup_database(tmp_path / "old.sql")
    return path


def copies(folder: Path) -> list[str]:
    """Return the safety copies in a folder."""
    return [each.name for each in folder.iterdir() if each.name.startswith("before_restore")]


@pytest.mark.parametrize("mode", ["wal", "delete"])
@pytest.mark.parametrize("table", [None, "t"])
def test_what_others_commit_meanwhile_is_in_the_safety_copy(
    place: Path, mode: str, table: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record stored after the copy was made, and before the lock was had, is not lost."""
    with sqlite3.connect(place) as other:
        other.execute(f"PRAGMA journal_mode = {mode}")
    other.close()
    real = restoring._SafetyCopy.take
    left = [100, 101]

    def take(copy: restoring._SafetyCopy) -> None:
        real(copy)
        if left:
            with sqlite3.connect(place) as other:
                other.execute("INSERT INTO t VALUES (?)", (left.pop(0),))
            other.close()

    monkeypatch.setattr(restoring._SafetyCopy, "take", take)
    with SQLite3(place) as db:
        path = place.parent / "old.sql"
        told = db.restore_table("t", path) if table else db.restore_database(path)

        assert [row["x"] for row in db.select("t")] == [1]
    assert told.safety_copy is not None
    with SQLite3(place.parent / "kept.db") as kept:
        kept.restore_table("t", told.safety_copy)
        assert sorted(row["x"] for row in kept.select("t")) == [1, 100, 101]
    assert copies(place.parent) == [Path(told.safety_copy).name] or told.safety_copy.endswith(
        ".db"
    )


def test_who_writes_all_the_time_is_waited_for_no_longer(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where others never stop, nothing is replaced."""
    numbers = iter(range(10_000))
    monkeypatch.setattr(replacing, "_version", lambda _: next(numbers))

    with SQLite3(place) as db:
        with pytest.raises(LockedError, match="all the time"):
            db.restore_database(place.parent / "old.sql")
        assert db.count("t") == 1
    assert copies(place.parent) == []


@pytest.mark.parametrize(
    "sql", ["CREATE VIEW v AS SELECT 1", "PRAGMA user_version = 7", "PRAGMA application_id = 7"]
)
def test_a_database_without_tables_may_hold_something(
    place: Path, tmp_path: Path, sql: str
) -> None:
    """A view, or a mark that a program made, is not replaced unasked, and is copied first."""
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute(sql)
    other.close()
    with SQLite3(tmp_path / "other.db") as db:
        with pytest.raises(OperationalError, match="not empty"):
            db.restore_database(tmp_path / "old.sql", overwrite=False)
        assert db.restore_database(tmp_path / "old.sql").safety_copy is not None


def test_a_restore_that_fails_leaves_no_copy(place: Path, tmp_path: Path) -> None:
    """Where nothing was replaced nothing is left behind."""
    (tmp_path / "bad.sql").write_text("CREATE TABLE t (x); CREATE TABLE t (x);")

    with SQLite3(place) as db, pytest.raises(BackupError):
        db.restore_database(tmp_path / "bad.sql", verify=False)
    with SQLite3(place, read_only=True) as db, pytest.raises(ReadOnlyError):
        db.restore_database(tmp_path / "old.sql")

    assert copies(tmp_path) == []


@pytest.mark.parametrize("name", ["empty.db", "empty.sql", "empty.sql.gz", "blank.sql"])
def test_an_empty_file_is_no_backup(place: Path, tmp_path: Path, name: str) -> None:
    """It is refused for what it is, also where no manifest is asked for."""
    (tmp_path / name).write_bytes(b"-- nothing\n" if name == "blank.sql" else b"")

    with SQLite3(place) as db:
        for verify in (True, False):
            with pytest.raises(BackupError, match=r"empty|no statement|manifest"):
                db.restore_database(tmp_path / name, verify=verify)
        assert db.count("t") == 1


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_damaged_compressed_backup_is_a_backup_error(
    place: Path, tmp_path: Path, ending: str
) -> None:
    """It is told as every other damage, with or without a manifest."""
    path = tmp_path / f"lab.sql{ending}"
    with SQLite3(place) as db:
        db.backup_database(path)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data[: len(data) - 3])
        for verify in (True, False):
            with pytest.raises(BackupError, match="damaged"):
                db.restore_database(path, verify=verify)
        assert db.count("t") == 1


@pytest.mark.skipif(os.name != "posix", reason="/proc is Linux's")
def test_a_place_that_cannot_be_written_is_told_in_our_words(place: Path) -> None:
    """The error is one of the package's, and names the path."""
    with SQLite3(place) as db, pytest.raises((OperationalError, OSError), match="/proc"):
        db.backup_database("/proc/nowhere.db")


def test_a_key_on_a_function_is_no_damage(place: Path, tmp_path: Path) -> None:
    """An index on a function of another program is told as that."""
    with sqlite3.connect(place) as other:
        other.create_function("twice", 1, lambda x: 2 * x, deterministic=True)
        other.execute("CREATE INDEX i ON t (twice(x))")
    other.close()

    with SQLite3(place) as db, pytest.raises(BackupError, match="function") as caught:
        db.backup_database(tmp_path / "new.db")
    assert "damaged" not in str(caught.value)
