"""Parts of a table in other processes, and all of one moment on PostgreSQL."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from scitex.db import (
    InMemory,
    LockedError,
    OperationalError,
    PostgreSQL,
    SQLite3,
    TablePart,
    by_range,
    connect,
)
from scitex.db.domain.errors import ProgrammingError, SchemaError, UnsupportedFeatureError
from scitex.db.testing import temporary_postgres
from scitex.db.testing.postgres.database import ScratchSchema

SERVER = pytest.mark.engine("postgresql")
FILE = pytest.mark.engine("sqlite file")
RECORDS = [{"id": n, "x": n / 7} for n in range(1000)]


@pytest.fixture
def server(postgresql_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return a filled schema."""
    with PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "REAL"})
        db.insert_many("t", RECORDS)
        yield db


def read(part: TablePart) -> list[dict[str, Any]]:
    """Do what a worker does."""
    return part.select()


@pytest.mark.parametrize(
    "address", [pytest.param("sqlite", marks=FILE), pytest.param("postgresql", marks=SERVER)]
)
def test_processes_read_parts(
    address: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Two of them give the whole, record for record."""
    if address == "sqlite":
        db: Any = SQLite3(tmp_path / "lab.db")
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "REAL"})
        db.insert_many("t", RECORDS)
    else:
        db = request.getfixturevalue("server")
    context = multiprocessing.get_context("spawn")
    with db, db.partitions("t", n=5) as parts, ProcessPoolExecutor(2, context) as pool:
        found = [row for rows in pool.map(read, parts) for row in rows]

    assert found == RECORDS


@SERVER
def test_a_snapshot_is_of_one_moment(server: PostgreSQL) -> None:
    """What is written later is in no part, in this process or as another would unpickle it."""
    with server.partitions("t", n=4, snapshot=True) as parts:
        sent = pickle.dumps(list(parts))
        server.delete("t", where="id < 500")
        server.insert_many("t", [{"id": n, "x": 0} for n in range(2000, 3000)])
        server.update("t", {"x": -1}, where="id = 999")
        elsewhere: list[TablePart] = pickle.loads(sent)  # noqa: S301 - made two lines above

        assert [row for part in elsewhere for row in part.select()] == RECORDS
        assert [row for part in parts for row in part.iter_select()] == RECORDS
        assert sum(len(part.to_dataframe()) for part in parts) == 1000
    with pytest.raises(OperationalError, match="snapshot"):
        elsewhere[0].count()
    assert server.count("t") == 1500


@SERVER
def test_a_snapshot_ends_with_its_block(server: PostgreSQL) -> None:
    """At once, not when the server hears that a connection is closed."""
    kept = "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'idle in transaction'"
    kept += " AND query LIKE '%pg_export_snapshot%'"
    for _ in range(10):
        with server.partitions("t", n=1, snapshot=True):
            assert server.query(kept) == [{"n": 1}]
        assert server.query(kept) == [{"n": 0}]


@SERVER
def test_a_part_that_is_shown_is_not_dropped(
    server: PostgreSQL, postgresql_schema: ScratchSchema
) -> None:
    """Nothing is missing from a snapshot; who waits for it to end is in nobody's way."""
    schema = postgresql_schema
    waits = "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
    caught: list[Exception] = []
    server.create_table("p", {"at": "INTEGER"}, partition_by=by_range("at", [0, 10, 20]))
    server.insert_many("p", [{"at": n} for n in range(20)])

    def drop() -> None:
        with PostgreSQL(**schema.params, schema=schema.name, timeout=5) as other:
            try:
                other.drop_partition("p", "p_p1")
            except LockedError as error:
                caught.append(error)

    with (
        server.partitions("p", "at", 3, snapshot=True) as parts,
        PostgreSQL(**schema.params, schema=schema.name, timeout=3) as writer,
    ):
        with pytest.raises(LockedError, match="block of this thread"):
            server.drop_partition("p", "p_p0")
        thread = threading.Thread(target=drop)
        thread.start()
        while not writer.query(f"SELECT EXISTS ({waits}) AS found")[0]["found"]:
            pass
        writer.insert("p", {"at": 15})
        assert sum(part.count() for part in parts) == 20
        thread.join()
        assert sum(part.count() for part in parts) == 20
    assert len(caught) == 1
    server.drop_partition("p", "p_p0")
    assert server.count("p") == 11


@SERVER
def test_a_part_writes_nothing(server: PostgreSQL) -> None:
    """Whether at a snapshot or not."""
    for snapshot in (False, True):
        with (
            server.partitions("t", n=2, snapshot=snapshot) as parts,
            parts[0].open() as db,
            pytest.raises(OperationalError),
        ):
            db.insert("t", {"id": -1})
    assert server.count("t") == 1000


@SERVER
def test_a_password_stays_behind() -> None:
    """It is in no pickle; whoever unpickles gives it, or has it from libpq."""
    with temporary_postgres(tcp=True) as one:
        params = {**one.params}
        secret = str(params["password"])
        with PostgreSQL(**params) as db:
            db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
            db.insert_many("t", [{"id": n} for n in range(10)])
            parts = db.partitions("t", n=2)
            sent = pickle.dumps(parts[0])
        part: TablePart = pickle.loads(sent)  # noqa: S301 - made just above

        assert secret.encode() not in sent
        assert secret not in repr(part) + repr(parts[0])
        assert parts[0].count() == 5
        with pytest.raises(OperationalError):
            part.count()
        assert part.count(password=secret) == 5


def test_what_cannot_be_opened_by_others_is_told(tmp_path: Path) -> None:
    """Memory is of one process, and only a server shows one moment to several."""
    for db in (InMemory(), SQLite3(":memory:")):
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        with pytest.raises(UnsupportedFeatureError, match="another process"):
            pickle.dumps(db.partitions("t")[0])
    for address in ("memory://", ":memory:", tmp_path / "x.db"):
        with connect(address) as db:
            db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
            with pytest.raises(UnsupportedFeatureError, match=r"one state(.|\n)*backup_database"):
                db.partitions("t", snapshot=True)


@FILE
def test_a_file_of_other_programs_is_cut(tmp_path: Path) -> None:
    """SQLite takes keys that are missing, and values of any type in one column."""
    with SQLite3(tmp_path / "x.db") as db:
        db.execute("CREATE TABLE t (name TEXT PRIMARY KEY, mixed ANY)")
        for name, mixed in (("NULL", "1"), ("'a'", "'x'"), ("'b'", "x'00'"), ("NULL", "2.5")):
            db.execute(f"INSERT INTO t VALUES ({name}, {mixed})")
        assert sum(part.count() for part in db.partitions("t", n=2)) == 4
        with pytest.raises(SchemaError, match="several types"):
            db.partitions("t", "mixed", n=3)


@SERVER
def test_numbers_that_are_none_are_cut(server: PostgreSQL) -> None:
    """NaN and infinities are records too, in one part each."""
    server.create_table("n", {"id": "INTEGER PRIMARY KEY", "x": "REAL"})
    values = [float("nan"), float("inf"), float("-inf"), None, *range(20)]
    server.insert_many("n", [{"x": value} for value in values])
    found = [row["id"] for part in server.partitions("n", "x", 5) for row in part.select()]

    assert sorted(found) == list(range(1, 25))


@SERVER
@pytest.mark.parametrize(
    ("declared", "values"),
    [
        ("size", ["A-small", "medium", "Big", "Cold"]),
        ("INET", ["10.0.0.9", "10.0.0.10", "9.1.1.1", "::1", "192.168.0.0/16"]),
        ("MONEY", ["99", "100", "1000.5", "-3", "2"]),
        ("PG_LSN", ["0/1", "A/0", "9/FFFF", "10/0"]),
        ("INTEGER[]", ["{1,2}", "{10}", "{2}", "{}", "{1,NULL}"]),
        ("VARCHAR(5)[]", ["{a}", "{b}", "{c,d}", '{"b,a"}']),
        ("TIMETZ", ["10:00+02", "09:00+00", "07:30+00", "23:59-05"]),
        ("VARBIT", ["0", "01", "1", "110", "0011"]),
        ("TSVECTOR", ["a b c", "z a", "b"]),
        ("CHAR(4)", ["a", "B", "ab", "Z"]),
        ("part", ["NaN", "0.5", "-2", "Infinity"]),
    ],
)
def test_the_servers_own_types_are_cut(
    server: PostgreSQL, declared: str, values: list[str]
) -> None:
    """In the server's order, an ENUM's among them: each record is in one part, and in several."""
    db = server
    db.execute("CREATE TYPE size AS ENUM ('A-small', 'medium', 'Big', 'Cold')")
    db.execute("CREATE DOMAIN part AS DOUBLE PRECISION")
    db.execute(f"CREATE TABLE y (id INTEGER PRIMARY KEY, g {declared})")
    for place, value in enumerate([*values * 8, None]):
        db.execute(f"INSERT INTO y VALUES (?, CAST(? AS {declared}))", [place, value])
    parts = db.partitions("y", "g", 4)
    found = sorted(row["id"] for part in parts for row in part.select())

    assert found == list(range(len(values) * 8 + 1))
    assert len(parts) > 1


@SERVER
@pytest.mark.parametrize(
    ("declared", "values"),
    [
        ("INT4RANGE", ["[1,5)", "[2,7)", "[3,4)"]),
        ("POINT", ["(1,2)", "(3,4)"]),
    ],
)
def test_what_the_server_does_not_take_back_is_told(
    server: PostgreSQL, declared: str, values: list[str]
) -> None:
    """At once, and not by a worker."""
    server.execute(f"CREATE TABLE y (id INTEGER PRIMARY KEY, g {declared})")
    for place, value in enumerate(values * 4):
        server.execute(f"INSERT INTO y VALUES (?, CAST(? AS {declared}))", [place, value])
    with pytest.raises(ProgrammingError):
        server.partitions("y", "g", 4)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("collation", ["BINARY", "NOCASE", "RTRIM"])
def test_texts_of_a_file_are_cut(tmp_path: Path, encoding: str, collation: str) -> None:
    """Whatever order the file keeps them in."""
    texts = ["a", "B", "b", "A", "c", "C  ", "c ", "Z", "é", "\U0001f600", "\ufb00"]
    with SQLite3(tmp_path / "x.db") as db:
        db.execute(f"PRAGMA encoding = '{encoding}'")
        db.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, g TEXT COLLATE {collation})")
        db.insert_many("t", [{"g": text} for text in texts * 3])
        found = [row["id"] for part in db.partitions("t", "g", 5) for row in part.select()]

        assert sorted(found) == list(range(1, 34))
