"""Backups of databases in memory: what only they can show."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from scitex.db import BackupError, InMemory, SQLite3, verify_backup
from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.domain.errors import DuplicateKeyError, UnsupportedFeatureError

ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
COLUMNS = {
    "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "real": "REAL",
    "exact": "NUMERIC(20, 5)",
    "text": "TEXT",
    "raw": "BLOB",
    "ok": "BOOLEAN",
    "at": "TIMESTAMPTZ",
    "day": "DATE",
    "clock": "TIME",
    "took": "INTERVAL",
    "tag": "UUID",
    "doc": "JSON",
}
RECORD: dict[str, Any] = {
    "id": 7,
    "real": float("inf"),
    "exact": decimal.Decimal("12345678901234.50000"),
    "text": "é\n--\u2028",
    "raw": b"\x00\xff",
    "ok": True,
    "at": dt.datetime(2025, 5, 30, 14, 0, 0, 1, tzinfo=dt.UTC),
    "day": dt.date(2025, 5, 30),
    "clock": dt.time(14, 0, 0, 1),
    "took": dt.timedelta(days=-1, microseconds=3),
    "tag": uuid.UUID(int=5),
    "doc": {"a": [1, None, "x"]},
}


def database(emulate: Engine = "sqlite") -> InMemory:
    """Return a database with a record of every sort, and what belongs to its table."""
    db = InMemory(emulate)
    db.create_table("every", COLUMNS)
    db.insert("every", RECORD)
    db.create_index("every", ["text"], unique=True)
    db.create_index("every", [("doc")] if emulate == "sqlite" else ["day"])
    db.enable_search("every", ["text"])
    return db


@pytest.mark.parametrize("emulate", ENGINES)
@pytest.mark.parametrize("ending", ["own", ".sql", ".sql.gz"])
def test_every_value_comes_back(tmp_path: Path, emulate: Engine, ending: str) -> None:
    """Values of every sort, indexes, searches and numbers given are as they were."""
    own = {"sqlite": ".db", "postgresql": ".dump"}[emulate]
    path = tmp_path / f"all{own if ending == 'own' else ending}"
    with database(emulate) as db, InMemory(emulate) as other:
        db.delete("every", where={"id": db.insert("every", {"text": "gone"})})
        made = db.backup_database(path)
        other.restore_database(path)

        assert other.select("every") == db.select("every") == [RECORD]
        assert other.list_indexes("every") == db.list_indexes("every")
        assert other.get_table("every") == db.get_table("every")
        assert [row["id"] for row in other.search("every", "é")] == [7]
        with pytest.raises(DuplicateKeyError):
            other.insert("every", {"text": RECORD["text"]})
        assert other.insert("every", {"text": "new"}) == 9
        assert verify_backup(path) == made


def test_a_database_by_other_rules_is_refused(tmp_path: Path) -> None:
    """What follows PostgreSQL's rules is not restored into what follows SQLite's."""
    with database("postgresql") as db, InMemory() as other, SQLite3(":memory:") as sqlite:
        db.backup_database(tmp_path / "all.sql")
        with pytest.raises(BackupError, match=r"InMemory\('postgresql'\)(.|\n)*same emulate="):
            other.restore_database(tmp_path / "all.sql")
        with pytest.raises(BackupError, match="a backup of memory"):
            sqlite.restore_database(tmp_path / "all.sql")
        with pytest.raises(UnsupportedFeatureError, match=r"\.db"):
            db.backup_database(tmp_path / "all.db")


@pytest.mark.parametrize(
    "line",
    [
        "[1]",
        "{}",
        '"text"',
        "null",
        "[" * 10_000,
        '{"format":"scitex.db in memory, 1","engine":"sqlite"}\n[1]',
        '{"format":"scitex.db in memory, 1","engine":"sqlite"}\n{"spec":{"name":"t"}}',
        '{"format":"scitex.db in memory, 2","engine":"sqlite"}',
    ],
    ids=lambda line: line[:60],
)
def test_hostile_text_makes_no_database(tmp_path: Path, line: str) -> None:
    """What tells of no tables is refused, manifest or not, and nothing is changed."""
    (tmp_path / "x.sql").write_text(line)
    with database() as db:
        with pytest.raises(BackupError, match=r"x\.sql, line [0-9]"):
            db.restore_database(tmp_path / "x.sql", verify=False)

        assert db.select("every") == [RECORD]
        assert list(tmp_path.iterdir()) == [tmp_path / "x.sql"]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [*lines, lines[-1]],
        lambda lines: [*lines, *lines[1:]],
        lambda lines: [*lines[:-1], json.dumps([*json.loads(lines[-1]), 1])],
        lambda lines: [*lines[:-1], lines[-1].replace("true", '"maybe"')],
        lambda lines: [*lines[:-1], lines[-1].replace('"bytes"', '"pickle"')],
        lambda lines: [*lines[:-1], lines[-1].replace("inf", "many")],
    ],
    ids=["twice", "table twice", "longer", "wrong sort", "unknown sort", "no number"],
)
def test_records_that_break_a_rule_are_refused(tmp_path: Path, change: Any) -> None:
    """A record that its table could not hold is told by its line."""
    with database() as db:
        db.backup_database(tmp_path / "all.sql")
        text = (tmp_path / "all.sql").read_text().split("\n")
        lines = [line for line in text if line.startswith(("{", "["))]
        (tmp_path / "all.sql").write_text("\n".join(change(lines)))
        with pytest.raises(BackupError, match=r"all\.sql, line [0-9]"):
            db.restore_database(tmp_path / "all.sql", verify=False)

        assert db.select("every") == [RECORD]


def test_a_table_whose_records_are_needed(tmp_path: Path) -> None:
    """A table is not put back where records of another one would refer to nothing."""
    with InMemory() as db:
        db.create_table("users", {"id": "INTEGER PRIMARY KEY"})
        db.create_table(
            "visits", {"id": "INTEGER PRIMARY KEY", "user": "INTEGER REFERENCES users"}
        )
        db.insert("users", {"id": 1})
        db.backup_database(tmp_path / "all.sql")
        db.insert("users", {"id": 2})
        db.insert("visits", {"user": 2})
        with pytest.raises(BackupError, match="does not go with the tables that stay"):
            db.restore_table("users", tmp_path / "all.sql")
        assert (db.count("users"), list(tmp_path.glob("before*"))) == (2, [])

        db.restore_database(tmp_path / "all.sql")
        assert (db.count("users"), db.count("visits")) == (1, 0)


def test_what_others_write_meanwhile_is_in_the_safety_copy_or_stays(tmp_path: Path) -> None:
    """Beside threads that insert, each record is in the database, or in a safety copy."""
    with InMemory() as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "who": "TEXT"})
        db.backup_database(tmp_path / "empty.sql")
        written: list[str] = []

        def write(thread: int) -> None:
            for place in range(200):
                db.insert("t", {"who": f"{thread}.{place}"})
                written.append(f"{thread}.{place}")

        threads = [threading.Thread(target=write, args=(each,)) for each in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            db.restore_database(tmp_path / "empty.sql")
        for thread in threads:
            thread.join()
        found = {row["who"] for row in db.select("t")}
        for path in tmp_path.glob("before_restore*"):
            if path.suffix != ".json":
                with InMemory() as copy:
                    copy.restore_database(path)
                    found |= {row["who"] for row in copy.select("t")}

        assert found == set(written)
        assert len(written) == 600
