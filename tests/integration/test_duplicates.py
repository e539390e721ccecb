"""Removing duplicates where only one engine has the like, and by a path."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import scitex.db
from scitex.db import PostgreSQL, SQLite3
from scitex.db.domain.errors import LockedError, OperationalError, ReadOnlyError, SchemaError
from scitex.db.testing.postgres.database import ScratchSchema

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def pg(postgresql_schema: ScratchSchema) -> PostgreSQL:
    """Return an empty schema."""
    return PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name)


PARTS = (
    "CREATE TABLE parts (id bigint{key}, x int) PARTITION BY RANGE (id)",
    "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20)",
)


def _partitioned(db: PostgreSQL, key: str) -> None:
    for text in PARTS:
        db.execute(text.format(key=key))
    db.execute("INSERT INTO parts VALUES (1, 5), (2, 6), (11, 7), (12, 5)")


@pytest.mark.engine("postgresql")
def test_a_partitioned_table_goes_by_its_key(pg: PostgreSQL) -> None:
    """In a partitioned table just the true duplicates go: rows' places repeat between parts."""
    with pg as db:
        _partitioned(db, " PRIMARY KEY")
        removed = db.delete_duplicates("parts", on="x")

        assert (removed, [row["id"] for row in db.select("parts", order_by="id")]) == (
            1,
            [1, 2, 11],
        )


@pytest.mark.engine("postgresql")
def test_parts_on_another_server_need_a_key(pg: PostgreSQL) -> None:
    """What keeps no places of its own, such as a foreign table, is told apart by a key or not."""
    with pg as db:
        _partitioned(db, "")
        db.execute("CREATE FOREIGN DATA WRAPPER nowhere")
        db.execute("CREATE SERVER afar FOREIGN DATA WRAPPER nowhere")
        try:
            db.execute(
                "CREATE FOREIGN TABLE parts_3 PARTITION OF parts FOR VALUES FROM (20) TO (30) "
                "SERVER afar"
            )
            with pytest.raises(SchemaError, match=r"no primary key(.|\n)*hint: give it"):
                db.delete_duplicates("parts", on="x")
        finally:
            db.execute("DROP FOREIGN DATA WRAPPER nowhere CASCADE")

        assert db.count("parts") == 4
        assert (db.delete_duplicates("parts", on="x"), db.count("parts")) == (1, 3)


@pytest.mark.engine("postgresql")
def test_a_table_with_heirs_goes_by_its_key(pg: PostgreSQL) -> None:
    """In a table that others inherit from just the true duplicates go."""
    with pg as db:
        db.execute("CREATE TABLE old (id bigint PRIMARY KEY, x int)")
        db.execute("CREATE TABLE heir () INHERITS (old)")
        db.execute("INSERT INTO old VALUES (1, 5), (2, 6)")
        db.execute("INSERT INTO heir VALUES (3, 7), (4, 5)")

        assert (db.delete_duplicates("old", on="x"), db.count("old")) == (1, 3)


@pytest.mark.engine("postgresql")
def test_nobody_writes_meanwhile(postgresql_schema: ScratchSchema) -> None:
    """While another transaction has written to the table, the call waits, and says so in time."""
    params = {**postgresql_schema.params, "schema": postgresql_schema.name}
    with PostgreSQL(**params) as other, PostgreSQL(**params, timeout=0.2) as db:
        db.create_table("t", {"x": "INTEGER"})
        with other.transaction():
            other.insert("t", {"x": 1})
            with pytest.raises(LockedError):
                db.delete_duplicates("t")


@pytest.mark.engine("postgresql")
def test_collations_do_not_count(postgresql_local_collated_schema: ScratchSchema) -> None:
    """Text is the same where its characters are, also where its collation says otherwise."""
    schema = postgresql_local_collated_schema
    with PostgreSQL(**schema.params, schema=schema.name) as db:
        db.execute(
            f"CREATE COLLATION {schema.name}.ci "
            "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        )
        db.execute(f"CREATE TABLE t (id int PRIMARY KEY, x text COLLATE {schema.name}.ci)")
        db.execute("INSERT INTO t VALUES (1, 'a'), (2, 'A'), (3, 'a')")

        assert (db.delete_duplicates("t", on="x"), db.count("t")) == (1, 2)


@pytest.mark.engine("sqlite file")
@pytest.mark.parametrize(
    "columns",
    [
        "k TEXT PRIMARY KEY, x INTEGER) WITHOUT ROWID",
        "k TEXT PRIMARY KEY, x INTEGER) STRICT",
        "k TEXT PRIMARY KEY, x INTEGER, rowid TEXT, oid TEXT)",
        "k TEXT PRIMARY KEY, x INTEGER, rowid TEXT, oid TEXT, _rowid_ TEXT)",
    ],
)
def test_tables_of_every_sort_have_duplicates(tmp_path: Path, columns: str) -> None:
    """Tables without rows' numbers, and with columns called so, go by what they have."""
    with SQLite3(tmp_path / "a.db") as db:
        db.execute(f"CREATE TABLE t ({columns}")
        db.execute("INSERT INTO t (k, x) VALUES ('a', 1), ('b', 1), ('c', 2)")
        removed = db.delete_duplicates("t", on="x", keep="last")

        assert (removed, [row["k"] for row in db.select("t", order_by="k")]) == (1, ["b", "c"])


@pytest.mark.engine("sqlite file")
def test_case_of_a_collation_does_not_count(tmp_path: Path) -> None:
    """Text is the same where its characters are, also in a NOCASE column."""
    with SQLite3(tmp_path / "a.db") as db:
        db.execute("CREATE TABLE t (x TEXT COLLATE NOCASE)")
        db.execute("INSERT INTO t VALUES ('a'), ('A'), ('a')")

        assert (db.delete_duplicates("t"), db.count("t")) == (1, 2)


@pytest.mark.engine("sqlite file")
def test_a_path_will_do(tmp_path: Path) -> None:
    """The function takes a path, a URL, or an open database, which stays open."""
    path = tmp_path / "a.db"
    with SQLite3(path) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "INTEGER"})
        removed = []
        for given in (path, str(path), f"sqlite:///{path}", db):
            db.insert_many("t", [{"x": 1}, {"x": 1}])
            removed.append(scitex.db.delete_duplicates(given, "t", keep="last"))

        assert (removed, db.count("t")) == ([1, 2, 2, 2], 1)


@pytest.mark.engine("sqlite file")
def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A path that leads nowhere is an error, and stays so."""
    with pytest.raises(OperationalError, match="no file"):
        scitex.db.delete_duplicates(tmp_path / "none.db", "t")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.engine("sqlite file")
def test_a_database_for_reading_shows_them_only(tmp_path: Path) -> None:
    """Where nothing may be written, a dry run tells what would go, and no more."""
    with SQLite3(tmp_path / "a.db") as db:
        db.create_table("t", {"x": "INTEGER"})
        db.insert_many("t", [{"x": 1}, {"x": 1}])
    with SQLite3(tmp_path / "a.db", read_only=True) as db:
        assert db.delete_duplicates("t", dry_run=True).count == 1  # type: ignore[union-attr]
        with pytest.raises(ReadOnlyError):
            db.delete_duplicates("t")


@pytest.mark.engine("sqlite file")
def test_threads_remove_each_duplicate_once(tmp_path: Path) -> None:
    """Several threads at once remove each duplicate once."""
    with SQLite3(tmp_path / "a.db") as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "INTEGER"})
        db.insert_many("t", [{"x": n % 10} for n in range(1000)])
        removed: list[int] = []
        threads = [
            threading.Thread(target=lambda: removed.append(db.delete_duplicates("t")))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (sum(removed), db.count("t")) == (990, 10)
