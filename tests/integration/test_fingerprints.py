"""Fingerprints of what only one engine, or another program, keeps."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest

import scitex.db
from scitex.db.testing.postgres.database import ScratchSchema

MISFITS = [
    ("INTEGER", 1, "'one'"),
    ("INTEGER", 1, "1.5"),
    ("INTEGER", 1, "x'31'"),
    ("REAL", 1, "'x'"),
    ("TEXT", "'31'", "x'3331'"),
    ("TEXT", "'a'", "'a' || char(0) || 'b'"),
    ("TIMESTAMP", "'2025-05-30 14:00:00'", "'30.05.2025 14:00:00'"),
    ("TIMESTAMP", "'0001-01-01 00:00:00'", "'0000-01-01 00:00:00'"),
    ("TIMESTAMP", "'2025-05-30 14:00:00'", "1748613600"),
    ("DATE", "'2025-05-30'", "'2025-05-31 '"),
    ("BOOLEAN", "1", "2"),
    ("JSON TEXT", "'\"abc\"'", "'abc'"),
    ("JSON TEXT", "'{}'", "'{'"),
    ("UUID", "'12345678-1234-5678-1234-567812345678'", "'none'"),
    ("", "1", "1.0"),
    ("", "1", "'1'"),
    ("", "'a'", "x'61'"),
]


@pytest.mark.filterwarnings("ignore:column:scitex.db.DatabaseWarning")
@pytest.mark.engine("sqlite file")
@pytest.mark.parametrize(("word", "one", "other"), MISFITS)
def test_what_does_not_fit_its_column_counts_as_it_is(
    tmp_path: Path, word: str, one: object, other: str
) -> None:
    """Values that another program wrote into a column of another type are told apart."""
    found = []
    with scitex.db.SQLite3(tmp_path / "a.db") as db:
        for name, value in (("a", one), ("b", other), ("c", other)):
            db.execute(f"CREATE TABLE {name} (x {word})")
            db.execute(f"INSERT INTO {name} VALUES ({value}), (NULL)")
            found.append(db.fingerprint(name).digest)

    assert (found[0] == found[1], found[1] == found[2]) == (False, True)


@pytest.mark.engine("sqlite file")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'2025-05-30 14:00:00'", "'2025-05-30T14:00:00.000000'"),
        ("'2025-05-30 14:00:00'", "'2025-05-30 14:00'"),
    ],
)
def test_a_moment_counts_however_it_is_spelt(tmp_path: Path, one: str, other: str) -> None:
    """A moment that another program spelt otherwise is the same moment."""
    with scitex.db.SQLite3(tmp_path / "a.db") as db:
        for name, value in (("a", one), ("b", other)):
            db.execute(f"CREATE TABLE {name} (x TIMESTAMP)")
            db.execute(f"INSERT INTO {name} VALUES ({value})")

        assert db.fingerprint("a") == db.fingerprint("b")


@pytest.mark.engine("sqlite file")
def test_a_database_is_seen_at_one_moment(tmp_path: Path) -> None:
    """What another program changes while a database is read does not count."""
    path = tmp_path / "a.db"
    with scitex.db.SQLite3(path) as db:
        for name in "ab":
            db.create_table(name, {"x": "INTEGER"})
            db.insert(name, {"x": 1})
        before = db.fingerprint()

        def write(_done: int, _total: int | None) -> None:
            with contextlib.closing(sqlite3.connect(path)) as other, other:
                other.execute("UPDATE b SET x = x + 1")

        during = db.fingerprint(progress=write)

        assert (during == before, db.fingerprint() == before) == (True, False)


@pytest.mark.engine("postgresql")
def test_a_schema_is_seen_at_one_moment(postgresql_schema: ScratchSchema) -> None:
    """What another connection changes while a schema is read does not count."""
    params = {**postgresql_schema.params, "schema": postgresql_schema.name}
    with scitex.db.PostgreSQL(**params) as db, scitex.db.PostgreSQL(**params) as other:
        for name in "ab":
            db.create_table(name, {"x": "INTEGER"})
            db.insert(name, {"x": 1})
        before = db.fingerprint()

        def write(_done: int, _total: int | None) -> None:
            thread = threading.Thread(target=other.update, args=("b", {"x": 2}, {"x": 1}))
            thread.start()
            thread.join()

        during = db.fingerprint(progress=write)

        assert (during == before, db.fingerprint() == before) == (True, False)


@pytest.mark.engine("postgresql")
def test_types_of_postgresql_alone_have_fingerprints(postgresql_schema: ScratchSchema) -> None:
    """Columns of types that only PostgreSQL knows count by their text."""
    params = {**postgresql_schema.params, "schema": postgresql_schema.name}
    with scitex.db.PostgreSQL(**params) as db:
        db.execute(
            "CREATE TABLE t (i inet, a int[], r int4range, n numeric, j jsonb, m interval, "
            "e real, z timestamptz, tz timetz)"
        )
        values = (
            "'10.0.0.1', '{1,2}', '[1,5)', 'NaN', '{\"a\": 1.50}', '1 month', 'NaN', 'infinity', "
            "'14:00+02'"
        )
        found = []
        for _ in range(2):
            db.execute(f"INSERT INTO t VALUES ({values})")
            found.append(db.fingerprint("t"))
            db.execute("INSERT INTO t DEFAULT VALUES")
            found.append(db.fingerprint("t"))

        assert len({each.digest for each in found}) == 4


@pytest.mark.engine("postgresql")
def test_large_rows_are_read_a_few_at_a_time(postgresql_schema: ScratchSchema) -> None:
    """Rows of several megabytes come in pieces of a few."""
    params = {**postgresql_schema.params, "schema": postgresql_schema.name}
    with scitex.db.PostgreSQL(**params) as db:
        db.create_table("t", {"raw": "BLOB"})
        db.execute(
            "INSERT INTO t SELECT decode(repeat('00', 5000000), 'hex') FROM generate_series(1, 20)"
        )
        told: list[int] = []
        db.fingerprint("t", progress=lambda done, _total: told.append(done))

        assert (len(told) >= 3, told[-1]) == (True, 20)
