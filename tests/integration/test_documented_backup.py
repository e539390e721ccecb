"""The documented examples on backups work as they are written, on both engines."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scitex.db import Capability, Database, PostgreSQL, SQLite3
from scitex.db.testing.contract.ground import needs
from scitex.db.testing.postgres.database import ScratchSchema

SQLITE = pytest.param("sqlite", marks=pytest.mark.engine("sqlite file"))
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.engine("postgresql"))
ENGINES = pytest.mark.parametrize("db", [SQLITE, POSTGRESQL], indirect=True)
EXPERIMENTS = [
    {"id": 1, "name": "exp_001", "accuracy": 0.95},
    {"id": 2, "name": "exp_002", "accuracy": None},
]


@pytest.fixture
def db(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """Return a database with two experiments; the current folder is empty."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    if request.param == "sqlite":
        opened: Database = SQLite3(tmp_path / "my_data.db")
    else:
        schema: ScratchSchema = request.getfixturevalue("postgresql_schema")
        opened = PostgreSQL(**schema.params, schema=schema.name)
    with opened as db:
        db.create_table(
            "experiments", {"id": "INTEGER PRIMARY KEY", "name": "TEXT", "accuracy": "REAL"}
        )
        db.insert_many("experiments", EXPERIMENTS)
        yield db


@ENGINES
def test_a_full_backup_is_restored(db: Database) -> None:
    """Section 7: a full backup, and a restore from it."""
    with needs(db, Capability.BACKUPS):
        db.backup_database("backup_20250530.sql")
        db.delete("experiments", where="accuracy > ?", params=[0.9])

        db.restore_database("backup_20250530.sql")

        assert db.select("experiments", order_by="id") == EXPERIMENTS


@ENGINES
def test_a_table_is_backed_up(db: Database) -> None:
    """Section 7: the backup of one table, which restores that table."""
    with needs(db, Capability.BACKUPS):
        db.backup_table("experiments", "experiments_backup.sql")
        db.update("experiments", {"name": "?"}, where={"id": 1})

        db.restore_table("experiments", "experiments_backup.sql")

        assert db.select("experiments", order_by="id") == EXPERIMENTS


@ENGINES
def test_a_daily_backup(db: Database) -> None:
    """Section 7: the function that is scheduled makes a backup named for its moment."""

    def daily_backup() -> None:
        timestamp = datetime.now().strftime("%Y-%m%d-%H%M")
        db.backup_database(f"backup_{timestamp}.sql")

    with needs(db, Capability.BACKUPS):
        daily_backup()
        daily_backup()

        assert [path.suffix for path in Path.cwd().iterdir()] == [".sql"]


@ENGINES
def test_old_backups_are_removed(db: Database, tmp_path: Path) -> None:
    """Best Practices 4: backups are files that can be found by name and removed by age."""

    def cleanup_old_backups(directory: str, days: int = 30) -> None:
        cutoff = datetime.now() - timedelta(days=days)
        for file in os.listdir(directory):  # noqa: PTH208 - as documented
            if file.startswith("backup_") and file.endswith(".sql"):
                file_time = os.path.getmtime(os.path.join(directory, file))  # noqa: PTH118, PTH204
                if datetime.fromtimestamp(file_time) < cutoff:
                    os.remove(os.path.join(directory, file))  # noqa: PTH107, PTH118

    with needs(db, Capability.BACKUPS):
        for name in ("backup_old.sql", "backup_new.sql"):
            db.backup_database(name)
        old = time.time() - 40 * 24 * 3600
        os.utime("backup_old.sql", (old, old))

        cleanup_old_backups(os.curdir)

        assert [path.name for path in Path.cwd().iterdir()] == ["backup_new.sql"]
