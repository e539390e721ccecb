"""A first copy: a table of which one side has all the records and the other none."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import os
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from scitex.db import Database, DatabaseSync, InMemory, PostgreSQL, SQLite3, SyncConflictError
from scitex.db.domain.errors import ForeignKeyError
from scitex.db.testing.postgres.database import ScratchSchema
from tests.integration.children import started

Pair = tuple[Database, Database]
SQLITE_PG = pytest.mark.engine("sqlite file", "postgresql")
EVERY = {
    "id": "UUID PRIMARY KEY",
    "price": "NUMERIC",
    "ok": "BOOLEAN",
    "raw": "BLOB",
    "doc": "JSON",
    "at": "TIMESTAMPTZ",
    "moment": "TIMESTAMP",
    "day": "DATE",
    "span": "INTERVAL",
    "x": "REAL",
    "words": "TEXT",
    "n": "INTEGER",
}
NOON = dt.datetime(2025, 5, 30, 12, tzinfo=dt.UTC)
ROWS = 4_000
KILLS = int(os.environ.get("SCITEX_DB_KILLS", "3"))  # and one that is not killed
COLUMNS = {"id": "INTEGER PRIMARY KEY", "x": "TEXT", "y": "INTEGER"}


@pytest.fixture(
    params=[
        pytest.param("memory", marks=pytest.mark.engine("memory")),
        pytest.param("sqlite", marks=pytest.mark.engine("sqlite file")),
        pytest.param("up", marks=SQLITE_PG),
        pytest.param("down", marks=SQLITE_PG),
    ]
)
def pair(
    request: pytest.FixtureRequest, tmp_path: Path, postgresql_schema: ScratchSchema
) -> Iterator[Pair]:
    """Return two empty databases: what is copied goes from the first to the second."""
    with ExitStack() as stack:
        if request.param == "memory":
            found: Pair = stack.enter_context(InMemory()), stack.enter_context(InMemory())
        else:
            lite = stack.enter_context(SQLite3(tmp_path / "a.db", synchronous="OFF"))
            if request.param == "sqlite":
                other = stack.enter_context(SQLite3(tmp_path / "b.db", synchronous="OFF"))
                found = lite, other
            else:
                scratch = postgresql_schema
                server = stack.enter_context(PostgreSQL(**scratch.params, schema=scratch.name))
                found = (lite, server) if request.param == "up" else (server, lite)
        yield found


@pytest.fixture(params=["up", "down"])
def sync(request: pytest.FixtureRequest, pair: Pair) -> DatabaseSync:
    """Return a sync of which the local side is the first or the second of the pair."""
    sides = pair if request.param == "up" else pair[::-1]
    return DatabaseSync(*sides, create=True)


def same(pair: Pair, table: str) -> list[dict[str, Any]]:
    """Return the records, which both have."""
    here, there = (db.select(table, order_by="id") for db in pair)
    assert here == there
    return here


def every(number: int) -> dict[str, Any]:
    """Return a record with a value of each type."""
    return {
        "id": uuid.UUID(int=number),
        "price": decimal.Decimal("1.50") * number,
        "ok": number % 2 == 0,
        "raw": bytes([number % 256]) * (number % 5),
        "doc": {"b": number, "a": [1.5, None, "é"]},
        "at": NOON + dt.timedelta(microseconds=number),
        "moment": NOON.replace(tzinfo=None) + dt.timedelta(seconds=number),
        "day": NOON.date() + dt.timedelta(days=number),
        "span": dt.timedelta(microseconds=number),
        "x": [1e308, -0.0, float("inf"), 0.1][number % 4],
        "words": ["", "日本 'x'", 'a,b\n"c"', "\\N", "long " * 100][number % 5],
        "n": [2**63 - 1, -(2**63), 0][number % 3],
    }


@pytest.mark.parametrize("made", [True, False])
def test_all_records_are_copied_as_they_are(pair: Pair, sync: DatabaseSync, made: bool) -> None:
    """Of every type, and with nothing in them; the table is there already or is made."""
    pair[0].create_table("every", EVERY)
    if made:
        pair[1].create_table("every", EVERY)
    rows = [every(number) for number in range(200)]
    pair[0].insert_many("every", rows)
    pair[0].insert("every", {"id": uuid.UUID(int=999)})

    report = sync.sync_table("every", verify=True)

    assert same(pair, "every")[:-1] == rows
    assert report.verified is True
    assert {report.local.inserted, report.remote.inserted} == {0, 201}
    assert report.bytes > 200 * 8


def test_what_was_copied_is_agreed_upon(pair: Pair, sync: DatabaseSync) -> None:
    """Afterwards nothing differs, edits are joined, and deletions travel."""
    pair[0].create_table("every", EVERY)
    pair[0].insert_many("every", map(every, range(50)))
    sync.sync_table("every")
    assert not sync.plan("every")

    pair[0].update("every", {"n": 1}, where={"id": uuid.UUID(int=3)})
    pair[1].update("every", {"words": "there"}, where={"id": uuid.UUID(int=3)})
    pair[1].delete("every", where={"id": uuid.UUID(int=4)})
    sync.sync_table("every", verify=True)

    found = same(pair, "every")
    assert (found[3]["n"], found[3]["words"], len(found)) == (1, "there", 49)


def test_indexes_and_rules_come_with_a_table_that_is_made(pair: Pair, sync: DatabaseSync) -> None:
    """As a table that is made without records has them."""
    pair[0].create_table("runs", {"id": "INTEGER PRIMARY KEY", "name": "TEXT UNIQUE", "n": "REAL"})
    pair[0].create_index("runs", "n")
    pair[0].insert_many("runs", [{"id": n, "name": f"run {n}", "n": -n} for n in range(100)])

    sync.sync_table("runs")

    assert [index.names for index in pair[1].storage.indexes("runs") if not index.unique]
    assert pair[1].insert("runs", {"name": "next"}) == 100


def test_keys_of_several_columns_are_copied(pair: Pair, sync: DatabaseSync) -> None:
    """Those of text too."""
    pair[0].create_table(
        "cell", {"row": "TEXT", "col": "INTEGER", "x": "REAL"}, primary_key=("row", "col")
    )
    records = [{"row": name, "col": n, "x": n / 2} for name in ("é", "z", "A") for n in range(9)]
    pair[0].insert_many("cell", records)

    sync.sync_table("cell")

    assert pair[1].count("cell") == 27
    assert not sync.plan("cell")


def test_parents_are_copied_before_children(pair: Pair, sync: DatabaseSync) -> None:
    """Also where a record refers to one of its own table that comes after it."""
    for db in pair:
        db.create_table("zoo", {"id": "INTEGER PRIMARY KEY"})
        columns = {
            "id": "INTEGER PRIMARY KEY",
            "zoo": "INTEGER REFERENCES zoo (id)",
            "mother": "INTEGER REFERENCES ape (id)",
        }
        db.create_table("ape", columns)
    pair[0].insert("zoo", {"id": 1})
    pair[0].insert_many("ape", [{"id": n, "zoo": 1, "mother": None} for n in range(1, 50)])
    for n in range(1, 49):
        pair[0].update("ape", {"mother": n + 1}, where={"id": n})

    report = sync.sync_all(verify=True)

    assert [each.table for each in report.tables] == ["ape", "zoo"]
    assert report.verified is True
    assert [row["mother"] for row in same(pair, "ape")][:3] == [2, 3, 4]


def test_a_copy_that_the_other_side_refuses_leaves_nothing(pair: Pair, sync: DatabaseSync) -> None:
    """The record is named; once it is mended, all is copied."""
    pair[0].create_table("ape", {"id": "INTEGER PRIMARY KEY", "zoo": "INTEGER"})
    pair[1].create_table("zoo", {"id": "INTEGER PRIMARY KEY"})
    columns = {"id": "INTEGER PRIMARY KEY", "zoo": "INTEGER REFERENCES zoo (id)"}
    pair[1].create_table("ape", columns)
    pair[1].insert("zoo", {"id": 1})
    pair[0].insert_many("ape", [{"id": n, "zoo": 1} for n in range(1, 40)])
    pair[0].insert("ape", {"id": 40, "zoo": 7})

    with pytest.raises(ForeignKeyError, match=r"ape\[40\]"):
        sync.sync_table("ape")

    assert pair[1].count("ape") == 0
    pair[0].update("ape", {"zoo": 1}, where={"id": 40})
    sync.sync_table("ape")
    assert len(same(pair, "ape")) == 40


@SQLITE_PG
def test_a_record_that_comes_meanwhile_is_merged(
    tmp_path: Path, postgresql_schema: ScratchSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody stores one on the empty side when the sync has begun: it is no longer empty."""
    server = {**postgresql_schema.params, "schema": postgresql_schema.name}
    with SQLite3(tmp_path / "a.db") as local, PostgreSQL(**server) as remote:
        for db in (local, remote):
            db.create_table("t", COLUMNS)
        local.insert_many("t", [{"id": n, "x": f"{n}"} for n in range(20)])
        hold = remote.storage.hold_tables
        came = iter([{"id": 100, "x": "meanwhile"}])

        def hold_tables(tables: Any) -> None:
            for record in came:
                with PostgreSQL(**server) as other:
                    other.insert("t", record)
            hold(tables)

        monkeypatch.setattr(remote.storage, "hold_tables", hold_tables)
        DatabaseSync(local, remote).sync_table("t")

        assert len(same((local, remote), "t")) == 21
        assert not DatabaseSync(local, remote).plan("t")


def test_a_conflict_elsewhere_keeps_anything_from_being_copied(
    pair: Pair, sync: DatabaseSync
) -> None:
    """Under "error" nothing is written at all."""
    for db in pair:
        db.create_table("fresh", COLUMNS)
        db.create_table("old", COLUMNS)
        db.insert("old", {"id": 1, "x": f"{db is pair[0]}"})
    pair[0].insert("fresh", {"id": 1})

    with pytest.raises(SyncConflictError, match=r"old\[1\]"):
        sync.sync_all()

    assert pair[1].count("fresh") == 0


def test_one_direction_copies_one_way(pair: Pair) -> None:
    """An empty side is not filled against the direction, nor is the full one emptied."""
    for db in pair:
        db.create_table("t", COLUMNS)
    pair[0].insert_many("t", [{"id": n} for n in range(5)])

    DatabaseSync(*pair).sync_table("t", "down")
    assert [db.count("t") for db in pair] == [5, 0]
    DatabaseSync(*pair).sync_table("t", "up")
    assert len(same(pair, "t")) == 5


def test_part_of_a_table_is_copied(pair: Pair) -> None:
    """The columns and records that were asked for."""
    for db in pair:
        db.create_table("t", COLUMNS)
    pair[0].insert_many("t", [{"id": n, "x": f"{n}", "y": n % 2} for n in range(10)])

    DatabaseSync(*pair).sync_table("t", columns=["x", "y"], where={"y": 1})

    assert [row["id"] for row in pair[1].select("t", order_by="id")] == [1, 3, 5, 7, 9]
    assert not DatabaseSync(*pair).plan("t", where={"y": 1})


CHILD = """
    import json, sys
    from scitex.db import DatabaseSync, PostgreSQL, SQLite3
    place, server = sys.argv[1], json.loads(sys.argv[2])
    with SQLite3(place) as local, PostgreSQL(**server) as remote:
        sync = DatabaseSync(local, remote, create=True)
        print("ready", flush=True)
        sync.sync_table("t")
        print("done", flush=True)
"""


@SQLITE_PG
@pytest.mark.parametrize("up", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_a_first_copy_that_is_killed_is_taken_up(
    tmp_path: Path, postgresql_schema: ScratchSchema, up: bool
) -> None:
    """At any moment: the next sync makes both the same, and later ones know what was agreed."""
    chance = random.Random()
    server = {**postgresql_schema.params, "schema": postgresql_schema.name}
    longest = 0.5
    for turn in range(KILLS + 1):
        place = tmp_path / f"{turn}.db"
        with SQLite3(place, synchronous="OFF") as local, PostgreSQL(**server) as remote:
            source, target = (local, remote) if up else (remote, local)
            for db in (local, remote):
                if db.table_exists("t"):
                    db.drop_table("t")
            source.create_table("t", COLUMNS)
            source.insert_many("t", ({"id": n, "x": f"{n}", "y": n} for n in range(ROWS)))
            child = started(CHILD, str(place), json.dumps(server))
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            begun = time.monotonic()
            if turn:
                time.sleep(chance.uniform(0, longest))
                child.kill()
                child.wait()
            else:
                child.wait()
                longest = time.monotonic() - begun
            child.communicate()
            DatabaseSync(local, remote, create=True).sync_table("t")
            source.delete("t", where={"id": 7})
            target.update("t", {"x": "edited"}, where={"id": 8})
            DatabaseSync(local, remote).sync_table("t")
            found = same((local, remote), "t")
            assert (len(found), found[7]["x"]) == (ROWS - 1, "edited")
