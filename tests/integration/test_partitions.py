"""Tables that PostgreSQL keeps in parts, among those of other engines."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from pathlib import Path

import pytest

from scitex.db import (
    BackupError,
    DatabaseSync,
    ForeignKeyError,
    PostgreSQL,
    SchemaError,
    SQLite3,
    by_hash,
    by_range,
    copy_database,
)
from scitex.db.testing.postgres.database import ScratchSchema

pytestmark = pytest.mark.engine("postgresql")

COLUMNS = {"id": "INTEGER NOT NULL", "subject": "TEXT NOT NULL", "value": "REAL"}
KEY = ["id", "subject"]
ROWS = [{"id": n, "subject": f"s{n % 7}", "value": float(n)} for n in range(150)]


@pytest.mark.parametrize("track", [False, True])
def test_a_table_in_parts_is_synced(
    sqlite_db: SQLite3, postgresql_db: PostgreSQL, track: bool
) -> None:
    """Both ways, with a log of changes or without, as a table that is one whole."""
    sqlite_db.create_table("t", COLUMNS, primary_key=KEY)
    postgresql_db.create_table("t", COLUMNS, primary_key=KEY, partition_by=by_hash("subject", 3))
    sqlite_db.insert_many("t", ROWS[:50])
    postgresql_db.insert_many("t", ROWS[50:])
    with DatabaseSync(sqlite_db, postgresql_db, track=track) as sync:
        sync.sync_all(["t"])
        postgresql_db.update("t", {"value": -1.0}, where={"id": 3})
        postgresql_db.delete("t", where={"id": 4})
        sqlite_db.update("t", {"value": -5.0}, where={"id": 101})
        sync.sync_all(["t"])

    assert sqlite_db.count("t") == 149
    assert sqlite_db.fingerprint("t") == postgresql_db.fingerprint("t")
    found = sqlite_db.select("t", ["id", "value"], where="value < 0", order_by="id")
    assert found == [{"id": 3, "value": -1.0}, {"id": 101, "value": -5.0}]


def test_a_table_in_parts_is_copied(sqlite_db: SQLite3, postgresql_db: PostgreSQL) -> None:
    """Its records go with it, and the copy is one whole."""
    postgresql_db.create_table("t", COLUMNS, primary_key=KEY, partition_by=by_hash("subject", 3))
    postgresql_db.insert_many("t", ROWS)

    copy_database(postgresql_db, sqlite_db)

    assert sqlite_db.fingerprint("t") == postgresql_db.fingerprint("t")
    assert sqlite_db.list_tables() == ["t"]


def test_a_part_in_another_schema_is_that_one(postgresql_db: PostgreSQL) -> None:
    """A table that has its name beside is not taken for it."""
    db = postgresql_db
    with postgresql_db.transaction():
        db.execute("CREATE SCHEMA archive_of_parts")
    try:
        db.create_table("t", {"at": "INTEGER NOT NULL"}, partition_by=by_range("at", [0, 10]))
        db.execute("CREATE TABLE archive_of_parts.old PARTITION OF t FOR VALUES FROM (10) TO (20)")
        db.create_table("old", {"x": "TEXT"})
        db.insert("old", {"x": "precious"})
        with pytest.raises(SchemaError, match="overlap"):
            db.add_partition("t", 10, 20, name="mine")

        db.drop_partition("t", "old")

        assert db.count("old") == 1
        found = db.get_partitioning("t")
        assert found is not None
        assert [part.name for part in found.parts] == ["t_p0"]
    finally:
        db.execute("DROP SCHEMA archive_of_parts CASCADE")


def test_a_part_goes_though_others_refer_to_the_table(postgresql_db: PostgreSQL) -> None:
    """One whose records are not referred to; else it is told."""
    db = postgresql_db
    db.create_table("t", {"at": "INTEGER PRIMARY KEY"}, partition_by=by_range("at", [0, 10, 20]))
    db.create_table("notes", {"at": "INTEGER"}, foreign_keys={"at": "t.at"})
    db.insert_many("t", [{"at": 5}, {"at": 15}])
    db.insert("notes", {"at": 15})

    db.drop_partition("t", "t_p0")
    with pytest.raises(ForeignKeyError):
        db.drop_partition("t", "t_p1")

    assert db.select("t") == [{"at": 15}]


def test_the_default_part_may_hold_what_a_new_one_would(postgresql_db: PostgreSQL) -> None:
    """That is told for what it is, and nothing changes."""
    db = postgresql_db
    db.create_table("t", {"at": "INTEGER"}, partition_by=by_range("at", [0, 10]))
    db.execute("CREATE TABLE rest PARTITION OF t DEFAULT")
    db.insert("t", {"at": 15})

    with pytest.raises(SchemaError, match=r"default partition(.|\n)*move them away"):
        db.add_partition("t", 10, 20)
    assert db.list_tables() == ["t"]


@pytest.mark.parametrize(
    ("declared", "edges"),
    [
        ("TIME", [dt.time(0), dt.time(12), dt.time(23, 59)]),
        ("UUID", [uuid.UUID(int=0), uuid.UUID(int=1 << 100), None]),
        ("BLOB", [b"", b"\x80'\xff", None]),
        ("BOOLEAN", [False, True, None]),
        ("TEXT", ["infinity", "z"]),
        ("NUMERIC(10,2)", [0.5, 100]),
        ("TIMESTAMPTZ", ["2025-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00"]),
        ("INTERVAL", [dt.timedelta(0), dt.timedelta(hours=1), dt.timedelta(days=40)]),
        ("INTEGER[]", [[1, 2], [3], [4, 5]]),
        ("INET", ["9.0.0.1", "10.0.0.1/32", None]),
        ("MONEY", ["5", "7.50", "100"]),
        ("JSONB", [{"a": 1}, {"a": 2}]),
        ("TIMETZ", ["10:00+02", "12:00+00"]),
    ],
)
def test_ranges_of_any_type(postgresql_db: PostgreSQL, declared: str, edges: list[object]) -> None:
    """They are known again when the same is asked for."""
    for _ in range(2):
        postgresql_db.create_table("t", {"k": declared}, partition_by=by_range("k", edges))
    postgresql_db.add_partition("t", edges[0], edges[1], name="t_p0")

    found = postgresql_db.get_partitioning("t")
    assert found is not None
    assert len(found.parts) == len(edges) - 1


def test_a_bound_that_python_cannot_keep_is_text(postgresql_db: PostgreSQL) -> None:
    """A year before the first one."""
    postgresql_db.create_table("t", {"day": "DATE"}, partition_by="day")
    postgresql_db.execute(
        "CREATE TABLE old PARTITION OF t FOR VALUES FROM ('0044-03-15 BC') TO ('2000-01-01')"
    )
    postgresql_db.add_partition("t", "2000-01-01", None)

    found = postgresql_db.get_partitioning("t")
    assert found is not None
    assert [part.low for part in found.parts] == ["0044-03-15 BC", dt.date(2000, 1, 1)]


def test_a_bound_that_is_no_number_is_text(postgresql_db: PostgreSQL) -> None:
    """It is greater than all others, as the server has it."""
    db = postgresql_db
    db.create_table("t", {"x": "NUMERIC"}, partition_by=by_range("x", [1, 2]))
    db.execute("CREATE TABLE a PARTITION OF t FOR VALUES FROM ('NaN') TO (MAXVALUE)")
    db.add_partition("t", 2, 3, name="b")

    found = db.get_partitioning("t")
    assert found is not None
    assert [part.name for part in found.parts] == ["t_p0", "b", "a"]
    assert found.parts[2].low == "NaN"
    assert db.get_partitioning("t") == found


def test_parts_come_in_the_servers_order(postgresql_db: PostgreSQL) -> None:
    """Which is an ENUM's own."""
    db = postgresql_db
    db.execute("CREATE TYPE size AS ENUM ('small', 'medium', 'big')")
    db.execute("CREATE TABLE t (x size) PARTITION BY RANGE (x)")
    for low, high in (("'medium'", "'big'"), ("'big'", "MAXVALUE"), ("MINVALUE", "'medium'")):
        db.execute(f"CREATE TABLE {low[1:4]} PARTITION OF t FOR VALUES FROM ({low}) TO ({high})")
    db.execute("CREATE TABLE a PARTITION OF t DEFAULT")

    found = db.get_partitioning("t")
    assert found is not None
    assert [part.low for part in found.parts] == [None, "medium", "big", None]


def test_a_table_is_restored_beside_one_that_has_its_parts(
    postgresql_db: PostgreSQL, tmp_path: Path
) -> None:
    """It is told which: the part there is renamed first."""
    db = postgresql_db
    db.create_table("t", {"at": "INTEGER"}, partition_by=by_range("at", [0, 10]))
    db.insert("t", {"at": 5})
    made = db.backup_table("t", tmp_path / "t.sql")
    db.rename_table("t", "old")

    with pytest.raises(BackupError, match="t_p0 is a part of table 'old'; rename that part"):
        db.restore_table("t", made.path)
    db.rename_table("t_p0", "old_p0")
    db.restore_table("t", made.path)

    assert [db.count("t"), db.count("old")] == [1, 1]


def test_a_part_is_backed_up_with_its_table(postgresql_db: PostgreSQL, tmp_path: Path) -> None:
    """Alone it could not be restored."""
    postgresql_db.create_table("t", {"at": "INTEGER"}, partition_by=by_range("at", [0, 10]))
    with pytest.raises(BackupError, match="is a part of"):
        postgresql_db.backup_table("t_p0", tmp_path / "part.sql")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("numbered", [True, False])
def test_a_newer_server_takes_a_backup(
    postgresql_schema: ScratchSchema,
    postgresql_local_schema: ScratchSchema,
    tmp_path: Path,
    numbered: bool,
) -> None:
    """Whatever its version makes of what numbers the records of parts."""
    key = "INTEGER PRIMARY KEY" if numbered else "INTEGER NOT NULL"
    with PostgreSQL(**postgresql_local_schema.params, schema=postgresql_local_schema.name) as old:
        columns = {"id": key, "at": "INTEGER NOT NULL"}
        old.create_table("t", columns, partition_by=by_range("at", [0, 10]))
        old.insert("t", {"id": 7, "at": 5})
        made = old.backup_database(tmp_path / "old.sql")
    schema = postgresql_local_schema.name
    with PostgreSQL(**postgresql_schema.params, schema=schema) as new:
        new.create_schema(schema)
        try:
            new.restore_database(made.path)
            assert new.select("t") == [{"id": 7, "at": 5}]
        finally:
            new.execute(f"DROP SCHEMA {schema} CASCADE")


def test_a_part_is_compressed_as_its_table(postgresql_db: PostgreSQL) -> None:
    """And kept out of line as it."""
    db = postgresql_db
    db.create_table("t", {"at": "INTEGER", "raw": "BLOB", "v": "TEXT"}, partition_by="at")
    db.execute("ALTER TABLE t ALTER COLUMN v SET COMPRESSION pglz")
    db.add_partition("t", 0, 10)

    sql = (
        "SELECT attname::text, attcompression::text, attstorage::text FROM pg_attribute "
        "WHERE attrelid = to_regclass(?) AND attnum > 0 ORDER BY attnum"
    )
    assert db.query(sql, ["t_p0"]) == db.query(sql, ["t"])


def test_many_add_parts_that_are_given_no_name(
    postgresql_db: PostgreSQL, postgresql_schema: ScratchSchema
) -> None:
    """Each gets a name of its own, and none that another table has."""
    postgresql_db.create_table("t", {"at": "INTEGER"}, partition_by="at")
    postgresql_db.create_table("t_p2", {"x": "TEXT"})
    names: list[str] = []

    def add(place: int) -> None:
        with PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as db:
            names.append(db.add_partition("t", place * 10, place * 10 + 10))

    threads = [threading.Thread(target=add, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(names)) == 6
    assert "t_p2" not in names
    found = postgresql_db.get_partitioning("t")
    assert found is not None
    assert {part.name for part in found.parts} == set(names)


def test_some_add_parts_while_others_drop_them(
    postgresql_db: PostgreSQL, postgresql_schema: ScratchSchema
) -> None:
    """Who gives no name is never told to choose another."""
    postgresql_db.create_table("t", {"at": "INTEGER"}, partition_by="at")
    errors: list[Exception] = []

    def work(place: int) -> None:
        with PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as db:
            for turn in range(8):
                low = place * 1000 + turn * 10
                try:
                    name = db.add_partition("t", low, low + 10)
                    db.insert("t", {"at": low})
                    if turn % 2:
                        db.drop_partition("t", name)
                except Exception as error:  # noqa: BLE001 - told below
                    errors.append(error)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert postgresql_db.count("t") == 16
