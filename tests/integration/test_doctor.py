"""What the doctor finds on each engine, and in files that others have spoilt."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scitex.db import Database, PostgreSQL, SQLite3, doctor
from scitex.db.domain.errors import OperationalError
from scitex.db.testing.contract.doctor import checks
from scitex.db.testing.postgres.database import ScratchSchema

SQLITE = pytest.mark.engine("sqlite file")
POSTGRESQL = pytest.mark.engine("postgresql")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with two tables, one of which refers to the other."""
    path = tmp_path / "data.db"
    with SQLite3(path) as db:
        db.create_table("parents", {"id": "INTEGER PRIMARY KEY", "x": "REAL", "name": "TEXT"})
        db.create_table(
            "children", {"id": "INTEGER PRIMARY KEY", "p": "INTEGER REFERENCES parents(id)"}
        )
        db.create_index("children", ["p"])
        db.insert_many("parents", [{"x": n / 3, "name": f"n{n}"} for n in range(100)])
        db.insert_many("children", [{"p": n} for n in range(1, 101)])
    return path


def spoilt(path: Path, sql: str, *values: object) -> None:
    """Change a file as a careless program would."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute(sql, values)
        raw.commit()


@SQLITE
@pytest.mark.parametrize(
    ("sql", "check"),
    [
        ("DELETE FROM parents WHERE id = 7", "foreign-keys"),
        ("UPDATE children SET p = 'seven' WHERE id = 7", "misfit-type"),
        ("UPDATE parents SET x = 'n/a'", "misfit-type"),
        ("UPDATE parents SET name = x'ff00'", "misfit-type"),
        ("UPDATE parents SET name = CAST(x'e9e9' AS TEXT)", "not-utf8"),
    ],
)
def test_spoilt_values_are_found(path: Path, sql: str, check: str) -> None:
    """What a program without rules has written is told with its place; nothing is changed."""
    spoilt(path, sql)
    before = path.read_bytes()
    report = doctor(path)

    assert check in checks(report)
    assert not report.ok
    assert path.read_bytes() == before


@SQLITE
def test_a_broken_index_is_found_and_made_anew(path: Path) -> None:
    """An index that lost an entry is an error; fix= makes it anew."""
    spoilt(path, "UPDATE sqlite_schema SET sql = sql || ' WHERE id > 50' WHERE type = 'index'")
    spoilt(path, "REINDEX")
    spoilt(path, "UPDATE sqlite_schema SET sql = replace(sql, ' WHERE id > 50', '')")
    found = doctor(path)
    mended = doctor(path, fix="broken-index")

    assert (checks(found), found.ok) == (["broken-index"], False)
    assert (mended.ok, [each.check for each in mended.fixed]) == (True, ["broken-index"])
    assert doctor(path).findings == ()


@SQLITE
def test_a_damaged_file_is_a_finding(path: Path) -> None:
    """Pages that were overwritten, or a file that is no database, are told and not raised."""
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    other = path.with_name("other.db")
    other.write_text("no database " * 1000)

    for file in (path, other):
        report = doctor(file)
        assert (report.ok, checks(report)) == (False, ["integrity"])
        assert "damaged" in str(report) or "malformed" in str(report)
    assert path.read_bytes() == data


@SQLITE
def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    """Examining a file that is not there is an error, and makes none."""
    with pytest.raises(OperationalError, match="no file"):
        doctor(tmp_path / "none.db")

    assert list(tmp_path.iterdir()) == []


@SQLITE
def test_nothing_is_left_behind(path: Path) -> None:
    """After an examination no lock is held and no file lies beside."""
    doctor(path)
    with closing(sqlite3.connect(path, timeout=0)) as raw:
        raw.execute("BEGIN EXCLUSIVE")

    assert sorted(file.name for file in path.parent.iterdir()) == ["data.db"]


@SQLITE
def test_careless_settings_are_found(path: Path) -> None:
    """A connection without foreign keys and without syncing is told."""
    with SQLite3(path, foreign_keys=False, synchronous="OFF") as db:
        assert checks(db.doctor()) == ["foreign-keys-off", "unsafe-writing"]


@SQLITE
def test_a_careless_journal_is_found(path: Path) -> None:
    """A connection that keeps its journal in memory, or none, is told."""
    with SQLite3(path) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA journal_mode = MEMORY")
        (finding,) = db.doctor().findings

        assert (finding.check, "MEMORY" in finding.message) == ("unsafe-writing", True)


@SQLITE
def test_a_journal_left_behind_is_a_note(path: Path) -> None:
    """A journal beside a file in WAL mode is told, and left where it is."""
    left = Path(f"{path}-journal")
    with SQLite3(path) as db:
        left.write_bytes(b"x" * 100)

        assert checks(db.doctor()) == ["leftover-journal"]
        assert left.exists()


@SQLITE
def test_free_pages_and_missing_statistics_are_notes(path: Path) -> None:
    """Much free room, and many records never analysed, are notes; one can be fixed."""
    with SQLite3(path) as db:
        db.insert_many("parents", [{"name": "x" * 1000} for _ in range(4000)])
        db.insert_many("children", [{"p": 1} for _ in range(2000)])
        db.delete("parents", "id > ?", [100])

        assert (checks(db.doctor()), db.doctor().ok) == (["bloat", "statistics"], True)
        assert checks(db.doctor(fix="statistics")) == ["bloat"]
        db.optimize()
        assert db.doctor().findings == ()


@SQLITE
def test_a_counter_behind_is_moved_on(path: Path) -> None:
    """A counter of AUTOINCREMENT that was set back is found and mended."""
    with SQLite3(path) as db:
        db.execute('CREATE TABLE "it\'s" (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT)')
        db.insert_many("it's", [{"x": "a"}, {"x": "b"}])
        db.execute("UPDATE sqlite_sequence SET seq = 1")

        assert checks(db.doctor()) == ["sequence"]
        assert db.doctor(fix="sequence").findings == ()


def opened(schema: ScratchSchema) -> Database:
    """Open a database on the scratch schema."""
    return PostgreSQL(**schema.params, schema=schema.name)


@POSTGRESQL
def test_a_sequence_behind_is_moved_on(postgresql_schema: ScratchSchema) -> None:
    """A sequence that would give out numbers that are taken is an error, and mended."""
    with opened(postgresql_schema) as db:
        for name in ("it's", 'a "b" %'):
            db.create_table(name, {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
            quoted = name.replace('"', '""')
            db.execute(f'INSERT INTO "{postgresql_schema.name}"."{quoted}" (id) VALUES (1), (2)')
        found = db.doctor()
        mended = db.doctor(fix="sequence")

        assert (checks(found), len(found.findings), found.ok) == (["sequence"], 2, False)
        assert (mended.findings, len(mended.fixed)) == ((), 2)
        assert [db.insert(name, {"x": "new"}) for name in ("it's", 'a "b" %')] == [3, 3]


@POSTGRESQL
def test_types_that_lose_something_are_notes(postgresql_schema: ScratchSchema) -> None:
    """Single precision and times without a zone are notes; so the report is still well."""
    with opened(postgresql_schema) as db:
        db.execute(
            f'CREATE TABLE "{postgresql_schema.name}".t '
            "(id int PRIMARY KEY, a real, b timestamp, c double precision, d timestamptz)"
        )
        report = db.doctor()

        assert (checks(report), report.ok) == (["naive-timestamp", "single-precision"], True)
        assert [each.where for each in report.findings] == [
            "column 'a' of table 't'",
            "column 'b' of table 't'",
        ]


@POSTGRESQL
def test_rules_never_checked_are_a_warning(postgresql_schema: ScratchSchema) -> None:
    """A foreign key that was added without looking at the records is told."""
    with opened(postgresql_schema) as db:
        db.create_table("p", {"id": "INTEGER PRIMARY KEY"})
        db.create_table("c", {"id": "INTEGER PRIMARY KEY", "p": "INTEGER"})
        db.create_index("c", ["p"])
        db.insert("c", {"p": 9})
        here = f'"{postgresql_schema.name}"'
        db.execute(
            f"ALTER TABLE {here}.c ADD CONSTRAINT r FOREIGN KEY (p) REFERENCES {here}.p NOT VALID"
        )
        report = db.doctor()

        assert (checks(report), report.ok) == (["foreign-keys"], False)
        assert "VALIDATE CONSTRAINT" in str(report)


@POSTGRESQL
def test_an_index_that_is_not_valid_is_made_anew(postgresql_schema: ScratchSchema) -> None:
    """What a broken-off CREATE INDEX CONCURRENTLY leaves is an error, and mended."""
    with opened(postgresql_schema) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.insert_many("t", [{"x": "a"}, {"x": "a"}])
        here = f'"{postgresql_schema.name}"'
        with pytest.raises(Exception, match=r"same|duplicate"):
            db.execute(f"CREATE UNIQUE INDEX CONCURRENTLY i ON {here}.t (x)")
        found = db.doctor()
        db.delete("t", "id = ?", [2])

        assert (checks(found), found.ok) == (["broken-index"], False)
        assert db.doctor(fix="broken-index").findings == ()
