"""Two databases made to agree: what travels, what is a conflict, what is refused."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from scitex.db import (
    Database,
    DatabaseSync,
    InMemory,
    PostgreSQL,
    SQLite3,
    SyncConflictError,
    SyncError,
    UnsupportedFeatureError,
    by_range,
    uuid7,
)
from scitex.db.domain.errors import (
    DataError,
    ForeignKeyError,
    IntegrityError,
    InterfaceError,
    SchemaError,
    TableNotFoundError,
    TransactionStateError,
)
from scitex.db.domain.tables import ColumnSpec, ForeignKey, TableSpec
from scitex.db.testing.postgres.database import ScratchSchema

RUNS = {
    "id": "INTEGER PRIMARY KEY",
    "name": "TEXT",
    "loss": "REAL",
    "updated_at": "TIMESTAMP",
}
NOON = dt.datetime(2025, 5, 30, 12)
FIRST = [{"id": n, "name": f"run {n}", "loss": n / 8, "updated_at": NOON} for n in range(1, 6)]
Sides = tuple[Database, Database]


@pytest.fixture(
    params=[
        pytest.param("memory", marks=pytest.mark.engine("memory")),
        pytest.param("sqlite", marks=pytest.mark.engine("sqlite file")),
        pytest.param("postgresql", marks=pytest.mark.engine("sqlite file", "postgresql")),
        pytest.param("tracked", marks=pytest.mark.engine("sqlite file", "postgresql")),
    ]
)
def kind(request: pytest.FixtureRequest) -> str:
    """Name a pair of engines."""
    found: str = request.param
    return found


@pytest.fixture
def sides(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Sides]:
    """Return a local and a remote database, with one empty table."""
    with ExitStack() as stack:
        if kind == "memory":
            local: Database = stack.enter_context(InMemory())
            remote: Database = stack.enter_context(InMemory())
        else:
            local = stack.enter_context(SQLite3(tmp_path / "local.db", synchronous="OFF"))
            if kind == "sqlite":
                remote = stack.enter_context(SQLite3(tmp_path / "remote.db", synchronous="OFF"))
            else:
                scratch: ScratchSchema = request.getfixturevalue("postgresql_schema")
                remote = stack.enter_context(PostgreSQL(**scratch.params, schema=scratch.name))
        for db in (local, remote):
            db.create_table("runs", RUNS)
        yield local, remote


@pytest.fixture
def join(sides: Sides, kind: str) -> Callable[..., DatabaseSync]:
    """Return what makes a sync of the two."""
    return lambda **named: DatabaseSync(*sides, track=kind == "tracked", **named)


@pytest.fixture
def agreed(sides: Sides, join: Callable[..., DatabaseSync]) -> Sides:
    """Return two databases that agree on five records."""
    sides[0].insert_many("runs", FIRST)
    join().sync_table("runs")
    return sides


def same(sides: Sides, table: str = "runs") -> list[dict[str, Any]]:
    """Return the records, which are the same on both sides."""
    here, there = (db.select(table, order_by="id") for db in sides)
    assert here == there
    return here


# ------------------------------------------------------------------ the documented example


def test_the_documented_sync(sides: Sides) -> None:
    """``DatabaseSync(local, remote).sync_table(name, direction=)``, as the page has it."""
    local, remote = sides
    local.insert("runs", FIRST[0])
    remote.insert("runs", FIRST[1])

    DatabaseSync(local, remote).sync_table("runs", direction="both")

    assert same(sides) == FIRST[:2]
    local.insert("runs", FIRST[2])
    remote.insert("runs", FIRST[3])
    DatabaseSync(local, remote).sync_table("runs", "up")
    assert (local.count("runs"), remote.count("runs")) == (3, 4)
    DatabaseSync(local, remote).sync_table("runs", "down")
    assert same(sides) == FIRST[:4]


# ------------------------------------------------------------------------ the three losses


def test_another_persons_record_is_not_overwritten(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Two records that were made with one key are a conflict, and both stay."""
    for db, name in zip(sides, ("mine", "theirs"), strict=True):
        db.insert("runs", {"id": 1, "name": name})

    with pytest.raises(SyncConflictError, match=r"runs\[1\]: name is 'mine' here, 'theirs' there"):
        join().sync_table("runs")

    assert [db.select("runs")[0]["name"] for db in sides] == ["mine", "theirs"]


def test_a_newer_edit_is_not_reverted(agreed: Sides, join: Callable[..., DatabaseSync]) -> None:
    """A side that changed nothing never wins over one that did."""
    agreed[1].update("runs", {"name": "newer"}, where={"id": 2})

    report = join().sync_table("runs")

    assert (report.local.updated, report.remote.updated) == (1, 0)
    assert same(agreed)[1]["name"] == "newer"


def test_a_deleted_record_stays_deleted(agreed: Sides, join: Callable[..., DatabaseSync]) -> None:
    """Deletions travel, either way, and nothing comes back."""
    agreed[0].delete("runs", where={"id": 1})
    agreed[1].delete("runs", where={"id": 2})

    for _ in range(3):
        join().sync_table("runs")

    assert [row["id"] for row in same(agreed)] == [3, 4, 5]


# ------------------------------------------------------------------------- what is merged


def test_changes_of_different_columns_are_joined(
    agreed: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Each side's change of a record is kept."""
    agreed[0].update("runs", {"name": "here"}, where={"id": 3})
    agreed[1].update("runs", {"loss": 9.5}, where={"id": 3})

    report = join().sync_table("runs", verify=True)

    assert (same(agreed)[2]["name"], same(agreed)[2]["loss"]) == ("here", 9.5)
    assert report.conflicts == ()
    assert report.verified is True


def test_a_second_sync_does_nothing(agreed: Sides, join: Callable[..., DatabaseSync]) -> None:
    """What agrees is left alone."""
    report = join().sync_table("runs")

    assert not report.local
    assert not report.remote
    assert not join().plan("runs")


@pytest.mark.parametrize("direction", ["up", "down"])
def test_one_way_touches_one_side(
    agreed: Sides, join: Callable[..., DatabaseSync], direction: str
) -> None:
    """The other side's changes wait for another sync, and are not lost by this one."""
    agreed[0].update("runs", {"name": "here"}, where={"id": 1})
    agreed[1].update("runs", {"name": "there"}, where={"id": 2})
    before = [db.select("runs", order_by="id") for db in agreed]

    join().sync_table("runs", direction)

    place = 0 if direction == "up" else 1
    assert agreed[place].select("runs", order_by="id") == before[place]
    join().sync_table("runs")
    assert [row["name"] for row in same(agreed)][:2] == ["here", "there"]


@pytest.mark.parametrize("direction", ["sideways", None, ""])
def test_other_directions_are_refused(sides: Sides, direction: Any) -> None:
    """It is told which there are."""
    with pytest.raises(InterfaceError, match="both, up, down"):
        DatabaseSync(*sides).sync_table("runs", direction)


def test_values_of_every_type_travel(sides: Sides, join: Callable[..., DatabaseSync]) -> None:
    """They come back as they were, and are no difference afterwards."""
    columns = {
        "id": "UUID PRIMARY KEY",
        "price": "NUMERIC",
        "ok": "BOOLEAN",
        "raw": "BLOB",
        "doc": "JSON",
        "at": "TIMESTAMPTZ",
        "day": "DATE",
        "span": "INTERVAL",
        "x": "REAL",
        "words": "TEXT",
    }
    for db in sides:
        db.create_table("every", columns)
    rows = [
        {
            "id": uuid.UUID(int=n),
            "price": decimal.Decimal("1.50") * n,
            "ok": n % 2 == 0,
            "raw": bytes([n]) * n,
            "doc": {"b": n, "a": [1.0, None, "é"]},
            "at": dt.datetime(2025, 5, 30, 12, n, tzinfo=dt.UTC),
            "day": dt.date(2025, 5, n),
            "span": dt.timedelta(microseconds=n),
            "x": 1e308 if n == 1 else -0.0,
            "words": "" if n == 1 else "日本 'x'",
        }
        for n in (1, 2)
    ]
    sides[n := 0].insert("every", rows[n])
    sides[n := 1].insert("every", rows[n])
    sides[0].insert("every", {"id": uuid.UUID(int=9)})

    assert join().sync_table("every", verify=True).verified is True
    assert not join().plan("every")
    assert same(sides, "every")[:2] == rows


def test_keys_of_several_columns_and_odd_names(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Records are told apart by the whole key, whatever it is called."""
    columns = {"select": "TEXT", "a b": "INTEGER", "Größe": "REAL"}
    for db in sides:
        db.create_table('odd "t"', columns, primary_key=["select", "a b"])
    sides[0].insert_many(
        'odd "t"',
        [{"select": s, "a b": n, "Größe": n / 2} for s in ("1", "11", "b'") for n in (1, 11)],
    )
    join().sync_table('odd "t"')
    sides[1].delete('odd "t"', where={"select": "1", "a b": 11})
    sides[0].update('odd "t"', {"Größe": 7.0}, where={"select": "11", "a b": 1})

    report = join().sync_table('odd "t"', verify=True)

    assert (str(report.local), str(report.remote), report.verified) == (
        "+0 ~0 -1",
        "+0 ~1 -0",
        True,
    )


SERVERS = pytest.mark.parametrize("kind", ["postgresql", "tracked"], indirect=True)


@SERVERS
def test_what_only_one_engine_tells_from_nothing_is_left(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """NaN and JSON's null stay where they are, whatever else of their records travels."""
    columns = {
        "id": "INTEGER PRIMARY KEY",
        "x": "REAL",
        "n": "NUMERIC",
        "doc": "JSON",
        "s": "TEXT",
    }
    for db in sides:
        db.create_table("v", columns)
    remote = sides[1]
    for key in (1, 2):
        remote.execute(f"INSERT INTO v VALUES ({key}, 'NaN', 'NaN', 'null', 'a')")
        for _ in range(2):
            assert join().sync_table("v", verify=True).verified is True
    sides[0].update("v", {"s": "b"}, where={"id": 1})
    remote.update("v", {"s": "c"}, where={"id": 2})
    report = join().sync_table("v", verify=True)

    assert (str(report.local), str(report.remote)) == ("+0 ~1 -0", "+0 ~1 -0")
    assert report.verified is True
    kept = remote.query("SELECT x::text AS x, n::text AS n, doc::text AS doc, s FROM v ORDER BY s")
    assert kept == [{"x": "NaN", "n": "NaN", "doc": "null", "s": each} for each in "bc"]
    remote.update("v", {"x": 1.5, "doc": "[]"}, where={"id": 1})
    join().sync_table("v")
    assert sides[0].select("v", ["x", "doc"], where={"id": 1}) == [{"x": 1.5, "doc": []}]


@SERVERS
@pytest.mark.parametrize("words", ["JSON", "JSON NOT NULL"])
def test_null_in_json_travels(sides: Sides, join: Callable[..., DatabaseSync], words: str) -> None:
    """As JSON's null where there must be a value, else as none."""
    for db in sides:
        db.create_table("docs", {"id": "INTEGER PRIMARY KEY", "doc": words})
        db.insert("docs", {"id": 1, "doc": 1})
    join().sync_table("docs")
    for place, db in enumerate(sides):
        db.insert("docs", {"id": 2 + place, "doc": "null"})

    for _ in range(2):
        assert join().sync_table("docs", verify=True).verified is True

    assert [row["doc"] for row in same(sides, "docs")] == [1, None, None]


@SERVERS
@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("INTERVAL", "1 mon"),
        ("DATE", "infinity"),
        ("TIMESTAMP", "infinity"),
        ("TIMESTAMPTZ", "0044-03-15 12:00:00+00 BC"),
        ("TIMESTAMPTZ", "12000-01-01 00:00:00+00"),
        ("TIME", "24:00:00"),
    ],
)
def test_a_value_that_python_has_no_room_for_is_told(
    sides: Sides, join: Callable[..., DatabaseSync], words: str, value: str
) -> None:
    """By its record and column, with a way out, and nothing is written."""
    for db in sides:
        db.create_table("v", {"id": "INTEGER PRIMARY KEY", "x": words, "s": "TEXT"})
        db.insert_many("v", [{"id": n} for n in range(9)])
    join().sync_table("v")
    sides[1].execute(f"UPDATE v SET x = '{value}', s = 'new' WHERE id = 5")
    sides[1].update("v", {"s": "new"}, where={"id": 7})

    with pytest.raises(DataError, match=r"the local side cannot take v\[5\].*'x'") as caught:
        join().sync_table("v")

    assert (caught.value.table, caught.value.column) == ("v", "x")
    assert "columns=" in str(caught.value.hint)
    assert not sides[0].select("v", where={"s": "new"})
    join().sync_table("v", columns=["s"])
    assert sides[0].count("v", where={"s": "new"}) == 2


@SERVERS
def test_numbers_that_the_server_gives_always_are_kept(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """A record comes with the number that it has, be it one or many."""
    sides[0].create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
    sides[1].execute("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text)")
    for start, many in ((1, 1), (5, 30), (50, 2)):
        sides[0].insert_many("t", [{"id": n, "x": "here"} for n in range(start, start + many)])
        sides[1].insert("t", {"x": "there"})
        try:
            join().sync_table("t")
        except SyncConflictError:  # both gave the first number
            join(on_conflict="local").sync_table("t")

    assert len(same(sides, "t")) == 35
    assert sides[1].insert("t", {"x": "next"}) == 52


TEXTS = ["123", "null", "hello", '{"a": 1}', "é\\n", ""]


@pytest.mark.parametrize("place", [0, 1])
def test_text_in_json_travels_as_text(
    sides: Sides, join: Callable[..., DatabaseSync], place: int
) -> None:
    """Whatever it looks like, when it is new and when it changes, and it is not taken back."""
    for db in sides:
        db.create_table("docs", {"id": "INTEGER PRIMARY KEY", "doc": "JSON"})
        db.insert("docs", {"id": 99, "doc": {"a": "123"}})
    join().sync_table("docs")
    rows = [{"id": n, "doc": json.dumps(text)} for n, text in enumerate(TEXTS)]
    sides[place].insert_many("docs", rows)
    sides[place].update("docs", {"doc": '"7"'}, where={"id": 99})

    for _ in range(2):
        assert join().sync_table("docs", verify=True).verified is True

    assert [row["doc"] for row in same(sides, "docs")] == [*TEXTS, "7"]
    turned = [{"id": n, "doc": json.dumps(text)} for n, text in enumerate(TEXTS[::-1])]
    sides[1 - place].update_many("docs", turned, key="id")
    assert join().sync_table("docs", verify=True).verified is True
    assert [row["doc"] for row in same(sides, "docs")] == [*TEXTS[::-1], "7"]


def test_text_in_json_that_was_decided_is_text(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """A function that returns what it was given returns that."""
    for db, text in zip(sides, ("12", "34"), strict=True):
        db.create_table("docs", {"id": "INTEGER PRIMARY KEY", "doc": "JSON"})
        db.insert("docs", {"id": 1, "doc": json.dumps(text)})

    join(on_conflict=lambda _, local, __: local).sync_table("docs")

    assert same(sides, "docs") == [{"id": 1, "doc": "12"}]
    assert not join().plan("docs")


# ---------------------------------------------------------------------------- conflicts


def conflict(sides: Sides) -> None:
    """Have both sides change the same value; the local one later."""
    one, two = (NOON + dt.timedelta(hours=n) for n in (1, 2))
    sides[0].update("runs", {"name": "here", "updated_at": two}, where={"id": 1})
    sides[1].update("runs", {"name": "there", "updated_at": one}, where={"id": 1})


@pytest.mark.parametrize(
    ("policy", "name"),
    [
        ("local", "here"),
        ("remote", "there"),
        ("newest", "here"),
        (
            lambda base, local, remote: {**local, "name": local["name"] + remote["name"]},
            "herethere",
        ),
    ],
)
def test_a_conflict_is_resolved_and_told(
    agreed: Sides, join: Callable[..., DatabaseSync], policy: Any, name: str
) -> None:
    """The log has both sides and the outcome, so no value vanishes without a trace."""
    conflict(agreed)

    sync = join(on_conflict=policy, timestamp="updated_at" if policy == "newest" else None)
    report = sync.sync_table("runs", verify=True)

    assert same(agreed)[0]["name"] == name
    assert len(report.conflicts) == 1
    (told,) = sync.conflicts("runs")
    assert (told["local"]["name"], told["remote"]["name"]) == ("here", "there")
    assert (told["key"], told["kind"], told["record"]["name"]) == ((1,), "update/update", name)
    assert not sync.plan("runs")


def test_what_both_had_is_told_if_it_was_kept(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """A function can count up what both sides added."""
    sides[0].insert("runs", {"id": 1, "loss": 10.0})
    bases = []

    def add(base: Any, local: Any, remote: Any) -> Any:
        bases.append(base)
        return {**local, "loss": local["loss"] + remote["loss"] - base["loss"]}

    join(keep_base=True).sync_table("runs")
    for db, loss in zip(sides, (12.0, 15.0), strict=True):
        db.update("runs", {"loss": loss}, where={"id": 1})
    sync = join(keep_base=True, on_conflict=add)
    sync.sync_table("runs")

    assert same(sides)[0]["loss"] == 17.0
    assert bases[0]["loss"] == 10.0
    assert sync.conflicts()[0]["base"]["loss"] == 10.0


def test_a_change_and_a_deletion_are_a_conflict(
    agreed: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Neither wins by itself; `newest` keeps the change."""
    agreed[0].delete("runs", where={"id": 1})
    agreed[1].update("runs", {"name": "changed"}, where={"id": 1})

    with pytest.raises(SyncConflictError, match="deleted here, changed there"):
        join().sync_table("runs")
    join(on_conflict="newest", timestamp="updated_at").sync_table("runs")
    assert same(agreed)[0]["name"] == "changed"


def test_under_error_nothing_is_written_at_all(
    agreed: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Not even what is in no conflict; `skip` writes that, and leaves the conflict."""
    conflict(agreed)
    agreed[0].insert("runs", {"id": 9})

    with pytest.raises(SyncConflictError) as caught:
        join().sync_table("runs")
    assert [each.key for each in caught.value.conflicts] == [(1,)]
    assert agreed[1].count("runs") == 5
    report = join(on_conflict="skip").sync_table("runs")
    assert (report.remote.inserted, report.conflicts[0].outcome) == (1, "skipped")
    with pytest.raises(SyncConflictError):
        join().sync_table("runs")


def test_the_same_edit_on_both_sides_is_no_conflict(
    agreed: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Nothing is to be done then, and it is known afterwards."""
    for db in agreed:
        db.update("runs", {"name": "same"}, where={"id": 1})
        db.delete("runs", where={"id": 2})
    join().sync_table("runs")
    agreed[0].update("runs", {"name": "after"}, where={"id": 1})

    assert join().sync_table("runs").remote.updated == 1


@pytest.mark.parametrize(
    "answer", [{"nowhere": 1}, 5, {"id": 77}], ids=["another column", "no record", "another key"]
)
def test_a_function_that_answers_nonsense_is_told(
    agreed: Sides, join: Callable[..., DatabaseSync], answer: Any
) -> None:
    """Nothing is written then."""
    conflict(agreed)
    before = [db.select("runs") for db in agreed]

    with pytest.raises(InterfaceError, match="on_conflict"):
        join(on_conflict=lambda *_: answer).sync_table("runs")

    assert [db.select("runs") for db in agreed] == before


# ---------------------------------------------------------------------- plans and parts


def test_a_plan_is_read_and_carried_out(agreed: Sides, join: Callable[..., DatabaseSync]) -> None:
    """It changes nothing by itself; what changed since is left for the next sync."""
    agreed[0].insert("runs", {"id": 6, "name": "new"})
    agreed[0].update("runs", {"name": "here"}, where={"id": 1})
    agreed[1].delete("runs", where={"id": 2})
    sync = join()

    plan = sync.plan("runs")
    told = str(plan)

    assert "runs: local +0 ~0 -1, remote +1 ~1 -0" in told
    assert "+ remote [6]" in told
    assert "~ remote [1] name: 'run 1' -> 'here'" in told
    assert "- local [2]" in told
    assert agreed[1].count("runs") == 4
    agreed[1].update("runs", {"loss": 99.0}, where={"id": 1})
    report = sync.apply(plan)
    assert (report.later, report.remote.inserted, report.remote.updated) == (1, 1, 0)
    sync.sync_table("runs")
    assert (same(agreed)[0]["name"], same(agreed)[0]["loss"]) == ("here", 99.0)
    with pytest.raises(InterfaceError, match="applied already"):
        sync.apply(plan)


def test_a_conflict_that_was_skipped_comes_again(
    agreed: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """With every sync until it is resolved, whatever else changes meanwhile."""
    agreed[0].update("runs", {"name": "here"}, where={"id": 1})
    agreed[1].update("runs", {"name": "there"}, where={"id": 1})

    for number in (2, 3):
        report = join(on_conflict="skip").sync_table("runs")
        assert [one.outcome for one in report.conflicts] == ["skipped"]
        agreed[1].update("runs", {"name": "else"}, where={"id": number})
    join(on_conflict="remote").sync_table("runs")

    assert [row["name"] for row in same(agreed)[:3]] == ["there", "else", "else"]


def test_a_record_without_its_parent_is_told(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Also where references are checked at the end of a transaction only."""
    sides[0].create_table("ape", {"id": "INTEGER PRIMARY KEY", "zoo": "INTEGER"})
    sides[1].create_table("zoo", {"id": "INTEGER PRIMARY KEY"})
    sides[1].create_table(
        "ape", {"id": "INTEGER PRIMARY KEY", "zoo": "INTEGER REFERENCES zoo (id)"}
    )
    sides[1].insert("zoo", {"id": 1})
    sides[1].insert("ape", {"id": 1, "zoo": 1})
    sides[0].insert_many("ape", [{"id": 2, "zoo": 1}, {"id": 3, "zoo": 7}])

    with pytest.raises(ForeignKeyError, match=r"ape\[3\]"):
        join().sync_table("ape")

    assert (sides[0].count("ape"), sides[1].count("ape")) == (2, 1)
    sides[1].insert("zoo", {"id": 7})
    join().sync_table("ape")
    assert len(same(sides, "ape")) == 3


def test_a_dry_run_tells_and_changes_nothing(
    agreed: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """The report has the plan, and what would be counted."""
    agreed[0].insert("runs", {"id": 6})

    report = join().sync_table("runs", dry_run=True)

    assert report.plan is not None
    assert report.remote.inserted == 1
    assert agreed[1].count("runs") == 5


def test_some_columns_are_synced(agreed: Sides, join: Callable[..., DatabaseSync]) -> None:
    """The others stay as each side has them."""
    agreed[0].update("runs", {"name": "here", "loss": 1.5}, where={"id": 1})

    join().sync_table("runs", columns=["name"])

    assert agreed[1].select("runs", where={"id": 1})[0]["name"] == "here"
    assert agreed[1].select("runs", where={"id": 1})[0]["loss"] == 1 / 8
    join().sync_table("runs")
    assert same(agreed)[0]["loss"] == 1.5


def test_some_records_are_synced(agreed: Sides, join: Callable[..., DatabaseSync]) -> None:
    """One that leaves the filter is changed on the other side, and not deleted."""
    agreed[0].update("runs", {"loss": 100.0}, where={"id": 1})
    agreed[0].update("runs", {"name": "outside"}, where={"id": 5})
    for _ in range(2):
        join().sync_table("runs", where={"loss": [1 / 8, 2 / 8]})

    assert agreed[1].select("runs", where={"id": 1})[0]["loss"] == 100.0
    assert agreed[1].select("runs", where={"id": 5})[0]["name"] == "run 5"
    with pytest.raises(InterfaceError, match="text"):
        join().sync_table("runs", where="loss > 1")


def test_a_missing_table_is_made_where_asked(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """On either side, by the portable types; otherwise it is refused."""
    for db, name in zip(sides, ("here", "there"), strict=True):
        db.create_table(name, {"id": "INTEGER PRIMARY KEY", "at": "TIMESTAMP", "doc": "JSON"})
        db.insert(name, {"id": 1, "at": NOON, "doc": {"a": 1}})
        db.create_index(name, "at")

    with pytest.raises(TableNotFoundError, match="create=True"):
        join().sync_table("here")
    report = join(create=True).sync_all(verify=True)

    assert report.verified is True
    assert (same(sides, "here"), same(sides, "there")) == (
        [{"id": 1, "at": NOON, "doc": {"a": 1}}],
    ) * 2
    assert [len(db.list_indexes("there")) for db in sides] == [1, 1]
    assert not join().sync_all().local


def test_tables_that_cannot_be_synced_are_refused(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """All that differs is told, and what to do."""
    sides[0].create_table("bare", {"x": "INTEGER"})
    sides[1].create_table("bare", {"x": "INTEGER"})
    sides[0].create_table("t", {"id": "INTEGER PRIMARY KEY", "a": "TEXT", "b": "REAL"})
    sides[1].create_table("t", {"id": "INTEGER PRIMARY KEY", "a": "INTEGER", "c": "REAL"})

    with pytest.raises(SchemaError, match="no primary key"):
        join().sync_table("bare")
    with pytest.raises(SchemaError) as caught:
        join().sync_table("t")
    for told in ("'a' is TEXT", "'b' is only on the local", "'c' is only on the remote"):
        assert told in str(caught.value)
    with pytest.raises(TableNotFoundError):
        join().sync_table("nowhere")
    assert join().sync_table("t", columns="id").local.inserted == 0


def test_a_transaction_that_is_open_is_told(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """A sync commits by itself, so it is refused inside one."""
    with sides[0].transaction(), pytest.raises(TransactionStateError, match="local"):
        join().sync_table("runs")


# --------------------------------------------------------------------------------- rules


def test_parents_come_first_and_circles_are_closed(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """References hold on the way, also of a table to itself."""
    for db in sides:
        db.create_table("zoo", {"id": "INTEGER PRIMARY KEY"})
        db.create_table(
            "animal",
            {
                "id": "INTEGER PRIMARY KEY",
                "zoo": "INTEGER REFERENCES zoo (id)",
                "mother": "INTEGER REFERENCES animal (id)",
            },
        )
    sides[0].insert("zoo", {"id": 1})
    sides[0].insert_many("animal", [{"id": n, "zoo": 1, "mother": None} for n in range(1, 30)])
    for n in range(1, 29):
        sides[0].update("animal", {"mother": n + 1}, where={"id": n})

    assert join().sync_all(verify=True).verified is True
    sides[1].update("animal", {"mother": None, "zoo": None}, where="id > 0")
    sides[1].delete("animal", where="id > 10")
    sides[1].delete("zoo", where="id = 1")
    assert join().sync_all(verify=True).verified is True
    assert (sides[0].count("zoo"), sides[0].count("animal")) == (0, 10)


def test_records_that_rules_refuse_are_told(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Each by its key, and that side is as it was."""
    for db in sides:
        db.create_table("u", {"id": "INTEGER PRIMARY KEY", "mail": "TEXT UNIQUE"})
    sides[0].insert_many("u", [{"id": 1, "mail": "a"}, {"id": 2, "mail": "b"}])
    sides[1].insert("u", {"id": 7, "mail": "a"})

    with pytest.raises(IntegrityError, match=r"u\[1\]"):
        join().sync_table("u")

    assert sides[1].select("u") == [{"id": 7, "mail": "a"}]
    sides[1].update("u", {"mail": "c"}, where={"id": 7})
    join().sync_table("u")
    assert len(same(sides, "u")) == 3


def test_a_value_is_free_again_when_its_record_is_deleted(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """A unique value may move from a deleted record to a new one in one sync."""
    for db in sides:
        db.create_table("u", {"id": "INTEGER PRIMARY KEY", "mail": "TEXT UNIQUE"})
    sides[0].insert("u", {"id": 1, "mail": "a"})
    join().sync_table("u")
    sides[0].delete("u", where={"id": 1})
    sides[0].insert("u", {"id": 2, "mail": "a"})
    join().sync_table("u")

    assert same(sides, "u") == [{"id": 2, "mail": "a"}]


def test_children_that_the_other_side_made_are_not_swept_away(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """A deletion does not take along, by ON DELETE, what another person has added."""
    for db in sides:
        db.create_table("p", {"id": "INTEGER PRIMARY KEY"})
        db.create_table(
            "c",
            {
                "id": "INTEGER PRIMARY KEY",
                "p": "INTEGER REFERENCES p (id) ON DELETE CASCADE",
            },
        )
    sides[0].insert("p", {"id": 1})
    join().sync_all()
    sides[0].delete("p", where={"id": 1})
    sides[1].insert("c", {"id": 5, "p": 1})

    for call in (lambda: join().sync_table("p"), lambda: join().sync_all()):
        with pytest.raises(ForeignKeyError):
            call()
        assert sides[1].count("c") == 1


def family(sides: Sides, rule: str = "CASCADE") -> None:
    """Make parents with children that go with them, and agree upon one of each."""
    for db in sides:
        db.create_table("p", {"id": "INTEGER PRIMARY KEY"})
        db.create_table(
            "c",
            {
                "id": "INTEGER PRIMARY KEY",
                "pid": f"INTEGER REFERENCES p (id) ON DELETE {rule}",
                "above": "INTEGER REFERENCES c (id) ON DELETE CASCADE",
            },
        )
    sides[0].insert_many("p", [{"id": 1}, {"id": 2}])
    sides[0].insert_many("c", [{"id": 8}, {"id": 9}, {"id": 10, "pid": 1, "above": 8}])


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("rule", ["CASCADE", "SET NULL"])
@pytest.mark.parametrize("parent", [2, 3], ids=["an old parent", "a new parent"])
def test_a_child_that_moves_to_another_parent_stays(
    sides: Sides, join: Callable[..., DatabaseSync], place: int, rule: str, parent: int
) -> None:
    """The old parent goes in the same sync, and does not take the child along."""
    family(sides, rule)
    join().sync_all()
    db = sides[place]
    if parent == 3:
        db.insert("p", {"id": 3})
    db.update("c", {"pid": parent}, where={"id": 10})
    db.delete("p", where={"id": 1})

    for _ in range(2):
        join().sync_all()

    assert same(sides, "c")[2] == {"id": 10, "pid": parent, "above": 8}
    assert len(same(sides, "p")) == parent - 1


@pytest.mark.parametrize("place", [0, 1])
def test_a_record_that_moves_within_its_table_stays(
    sides: Sides, join: Callable[..., DatabaseSync], place: int
) -> None:
    """Also where the record that it referred to, of the same table, goes."""
    family(sides)
    join().sync_all()
    sides[place].update("c", {"above": 9}, where={"id": 10})
    sides[place].delete("c", where={"id": 8})

    for _ in range(2):
        join().sync_all()

    assert same(sides, "c") == [
        {"id": 9, "pid": None, "above": None},
        {"id": 10, "pid": 1, "above": 9},
    ]


def test_a_child_whose_reference_is_not_synced_is_not_swept_away(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """That a plan names a record does not mean that it refers to something else."""
    for db in sides:
        db.create_table("p", {"id": "INTEGER PRIMARY KEY"})
        columns = {"id": "INTEGER PRIMARY KEY", "pid": "INTEGER", "x": "TEXT"}
        if db is sides[1]:
            columns["pid"] = "INTEGER REFERENCES p (id) ON DELETE CASCADE"
        db.create_table("c", columns)
        db.insert("p", {"id": 1})
        db.insert("c", {"id": 10, "pid": 1})
    join().sync_all()
    sides[0].delete("p", where={"id": 1})
    sides[0].update("c", {"x": "changed"}, where={"id": 10})

    with pytest.raises(ForeignKeyError, match="record 1 of table 'p' was deleted"):
        join().sync_all()

    assert sides[1].count("c") == 1


@pytest.mark.parametrize("to", ["(x, y)", "(code)"])
def test_children_by_any_reference_are_not_swept_away(
    sides: Sides, join: Callable[..., DatabaseSync], to: str
) -> None:
    """Also those that refer to a key of several columns, or to a unique column."""
    for db in sides:
        if to == "(code)":
            db.create_table("p", {"id": "INTEGER PRIMARY KEY", "code": "TEXT UNIQUE"})
            refers = {"p": "TEXT REFERENCES p (code) ON DELETE CASCADE"}
            db.create_table("c", {"id": "INTEGER PRIMARY KEY", **refers})
        else:
            db.create_table("p", {"x": "INTEGER", "y": "INTEGER"}, primary_key=["x", "y"])
            db.storage.create_table(
                TableSpec(
                    "c",
                    [ColumnSpec(name, "INTEGER") for name in ("id", "x", "y")],
                    primary_key="id",
                    foreign_keys=[ForeignKey(("x", "y"), "p", ("x", "y"), on_delete="CASCADE")],
                )
            )
    parent, child = ({"x": 1, "y": 1},) * 2
    if to == "(code)":
        parent, child = {"id": 1, "code": "a"}, {"p": "a"}  # type: ignore[dict-item]  # a text
    sides[0].insert("p", parent)
    join().sync_all()
    sides[0].insert("c", {"id": 10, **child})
    sides[1].delete("p", where=parent)

    for call in (lambda: join().sync_table("p"), lambda: join().sync_all(direction="down")):
        with pytest.raises(ForeignKeyError, match="record 10 of table 'c' refers to it"):
            call()
    assert sides[0].select("c") == [{"id": 10, **child}]


def test_a_child_may_refer_to_a_value_that_another_parent_took_over(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """The one who had it before is removed in the same sync."""
    for db in sides:
        db.create_table("p", {"id": "INTEGER PRIMARY KEY", "code": "TEXT UNIQUE"})
        refers = {"code": "TEXT REFERENCES p (code) ON DELETE CASCADE"}
        db.create_table("c", {"id": "INTEGER PRIMARY KEY", **refers})
    sides[0].insert_many("p", [{"id": 1, "code": "a"}, {"id": 2, "code": "b"}])
    sides[0].insert("c", {"id": 10})
    join().sync_all()
    sides[0].delete("p", where={"id": 1})
    sides[0].update("p", {"code": "a"}, where={"id": 2})
    sides[0].update("c", {"code": "a"}, where={"id": 10})

    join().sync_all()

    assert same(sides, "p") == [{"id": 2, "code": "a"}]
    assert same(sides, "c") == [{"id": 10, "code": "a"}]


@pytest.mark.parametrize("event", ["INSERT", "UPDATE", "DELETE"])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.engine("sqlite file", "postgresql")
def test_what_a_trigger_keeps_from_being_written_is_told(
    tmp_path: Path,
    postgresql_schema: ScratchSchema,
    event: str,
    engine: str,
    first: bool,
) -> None:
    """It is not taken for done, or the next sync would undo it on the side that it came from."""
    with ExitStack() as stack:
        a: Database = stack.enter_context(SQLite3(tmp_path / "a.db"))
        if engine == "sqlite":
            b: Database = stack.enter_context(SQLite3(tmp_path / "b.db"))
            way = f"CREATE TRIGGER keep BEFORE {event} ON runs BEGIN SELECT RAISE(IGNORE); END"
        else:
            server = {**postgresql_schema.params, "schema": postgresql_schema.name}
            b = stack.enter_context(PostgreSQL(**server))
            b.execute(
                "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN RETURN NULL; END$$"
            )
            way = (
                f"CREATE TRIGGER keep BEFORE {event} ON runs FOR EACH ROW EXECUTE FUNCTION keep()"
            )
        for db in (a, b):
            db.create_table("runs", RUNS)
        if not first or event != "INSERT":
            a.insert_many("runs", FIRST[:2])
            DatabaseSync(a, b).sync_table("runs")
        b.execute(way)
        if event == "INSERT":
            a.insert_many("runs", FIRST[2:])
        elif event == "UPDATE":
            a.update("runs", {"name": "here"}, where={"id": [1, 2]})
        else:
            a.delete("runs", where={"id": [1, 2]})
        before = [db.select("runs") for db in (a, b)]

        for _ in range(2):
            with pytest.raises(IntegrityError, match=r"runs\[\d\]: of 1 records .* 0 could be"):
                DatabaseSync(a, b).sync_table("runs")
        assert [db.select("runs") for db in (a, b)] == before


@pytest.mark.parametrize("words", ["TEXT UNIQUE", "TEXT UNIQUE NOT NULL"])
def test_records_exchange_unique_values(
    sides: Sides, join: Callable[..., DatabaseSync], words: str
) -> None:
    """In whatever order they are written; a third one may be new."""
    for db in sides:
        columns = {"id": "INTEGER PRIMARY KEY", "mail": words, "n": "INTEGER UNIQUE NOT NULL"}
        db.create_table("u", columns)
    names = ("a", "b", "c")
    sides[0].insert_many("u", [{"id": n, "mail": x, "n": n} for n, x in enumerate(names)])
    join().sync_table("u")
    sides[0].update("u", {"mail": "?", "n": 9}, where={"id": 0})
    sides[0].update("u", {"mail": "a", "n": 0}, where={"id": 1})
    sides[0].update("u", {"mail": "c!"}, where={"id": 2})
    sides[0].update("u", {"mail": "b", "n": 1}, where={"id": 0})
    sides[0].insert("u", {"id": 3, "mail": "c", "n": 3})

    join().sync_table("u", verify=True)

    assert [(row["mail"], row["n"]) for row in same(sides, "u")] == [
        ("b", 1),
        ("a", 0),
        ("c!", 2),
        ("c", 3),
    ]


@pytest.mark.engine("sqlite file")
def test_keys_of_every_sort_are_told_apart(tmp_path: Path) -> None:
    """A column without a type keeps numbers, text and bytes; they have SQLite's order."""
    with SQLite3(tmp_path / "a.db") as a, SQLite3(tmp_path / "b.db") as b:
        for db in (a, b):
            db.execute("CREATE TABLE t (k, j, x, PRIMARY KEY (k, j))")
        keys = [("abc", 1), (5, "y"), (b"z", b"z"), (2.5, 1), (5, 1), ("ab", "c")]
        for place, (k, j) in enumerate(keys):
            (a, b)[place % 2].insert("t", {"k": k, "j": j, "x": 1})
        for _ in range(2):
            assert DatabaseSync(a, b, track=True).sync_all(verify=True).verified is True
        a.delete("t", where={"k": "abc"})
        a.update("t", {"x": 2}, where={"k": b"z"})
        b.delete("t", where={"k": 5, "j": "y"})
        assert DatabaseSync(a, b).sync_all(verify=True).verified is True
        rows = a.query("SELECT k, j, x FROM t ORDER BY k, j")
        assert [tuple(row.values()) for row in rows] == [
            (2.5, 1, 1),
            (5, 1, 1),
            ("ab", "c", 1),
            (b"z", b"z", 2),
        ]


@pytest.mark.engine("sqlite file")
@pytest.mark.filterwarnings("ignore::scitex.db.domain.errors.DatabaseWarning")
@pytest.mark.parametrize("words", ["INTEGER", "REAL", "NUMERIC", "DATE", "BLOB"])
def test_a_key_of_another_type_is_told(tmp_path: Path, words: str) -> None:
    """SQLite keeps text in a column of any type; what it is and where is told."""
    with SQLite3(tmp_path / "a.db") as a, SQLite3(tmp_path / "b.db") as b:
        value = "x'00'" if words == "BLOB" else "'2025-01-01'" if words == "DATE" else "5"
        for db in (a, b):
            db.execute(f"CREATE TABLE p (k {words}, j INTEGER, PRIMARY KEY (k, j))")
            db.execute(f"INSERT INTO p VALUES ({value}, 1)")
        a.execute("INSERT INTO p VALUES ('abc', 2)")
        with pytest.raises(DataError, match=r"table 'p' .* 'abc' in its key column 'k'") as caught:
            DatabaseSync(a, b).sync_all()
        assert (caught.value.table, caught.value.column) == ("p", "k")


@pytest.mark.engine("sqlite file")
def test_text_that_is_none_is_told_with_its_table(tmp_path: Path) -> None:
    """Also where it is met after the first records."""
    with SQLite3(tmp_path / "a.db") as a, SQLite3(tmp_path / "b.db") as b:
        for db in (a, b):
            db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
            db.insert_many("t", [{"id": n, "x": "y"} for n in range(9_000)])
        a.execute("UPDATE t SET x = CAST(x'ff41' AS TEXT) WHERE id = 8990")
        with pytest.raises(DataError, match="column 'x' of table 't' holds text"):
            DatabaseSync(a, b).sync_all()
        with pytest.raises(DataError, match="column 'x' of table 't' holds text"):
            list(a.iter_select("t"))


def test_numbers_go_on_behind_those_that_came(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """A record without a number gets one that nobody has."""
    sides[0].insert("runs", {"id": 41})
    join().sync_table("runs")

    assert sides[1].insert("runs", {"name": "next"}) == 42


def test_keys_made_on_two_machines_do_not_meet(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """`uuid7` makes keys that sort by when they were made."""
    for db in sides:
        db.create_table("shots", {"id": "UUID PRIMARY KEY", "x": "INTEGER"})
        db.insert_many("shots", [{"id": uuid7(), "x": n} for n in range(50)])
    join().sync_table("shots")

    rows = same(sides, "shots")
    assert len(rows) == 100
    made = [uuid7() for _ in range(1000)]
    assert made == sorted(made)
    assert {(each.version, each.variant) for each in made} == {(7, uuid.RFC_4122)}


# ----------------------------------------------------------------- backups, copies, peers


@pytest.mark.engine("sqlite file")
def test_a_remote_that_was_put_back_is_refused(tmp_path: Path) -> None:
    """What an older remote lacks is not taken for deleted; `forget` begins anew."""
    with SQLite3(tmp_path / "a.db") as a, SQLite3(tmp_path / "b.db") as b:
        for db in (a, b):
            db.create_table("runs", RUNS)
        a.insert("runs", FIRST[0])
        DatabaseSync(a, b).sync_table("runs")
        b.backup_database(tmp_path / "old.db")
        a.insert("runs", FIRST[1])
        DatabaseSync(a, b).sync_table("runs")
        b.restore_database(tmp_path / "old.db")
        sync = DatabaseSync(a, b)
        with pytest.raises(SyncError, match="older than the last sync"):
            sync.sync_table("runs")
        assert a.count("runs") == 2
        assert sync.forget() == ["runs"]
        sync.sync_table("runs")
        assert same((a, b)) == FIRST[:2]


@pytest.mark.engine("sqlite file")
@pytest.mark.parametrize("first", ["planned", "copied whole"])
def test_a_remote_that_was_put_back_is_told_from_below(tmp_path: Path, first: str) -> None:
    """A sync that only reads the remote leaves a note there, once there are such."""
    with SQLite3(tmp_path / "a.db") as a, SQLite3(tmp_path / "b.db") as b:
        for db in (a, b):
            db.create_table("runs", RUNS)
            db.create_table("other", {"id": "INTEGER PRIMARY KEY"})
        a.insert("other", {"id": 1})
        if first == "planned":
            b.insert("runs", FIRST[0])
        sync = DatabaseSync(a, b)
        sync.sync_all()
        b.backup_database(tmp_path / "old.db")
        b.insert("runs", FIRST[1])
        sync.sync_all(direction="down")
        b.restore_database(tmp_path / "old.db")

        for direction in ("down", "both"):
            with pytest.raises(SyncError, match="older than the last sync"):
                sync.sync_all(direction=direction)  # type: ignore[arg-type]  # one of the three
        assert a.count("runs", where={"id": 2}) == 1


@pytest.mark.engine("sqlite file")
def test_a_remote_that_is_only_read_is_told_by_what_others_left(tmp_path: Path) -> None:
    """Nothing is written there, and the newest note of other laptops tells."""
    with SQLite3(tmp_path / "a.db") as a, SQLite3(tmp_path / "c.db") as c:
        with SQLite3(tmp_path / "b.db") as b:
            for db in (a, b, c):
                db.create_table("runs", RUNS)
            for n in (0, 1):
                c.insert("runs", FIRST[n])
                DatabaseSync(c, b).sync_all()
                b.backup_database(tmp_path / f"{n}.db")
        with SQLite3(tmp_path / "b.db", read_only=True) as b:
            before = b.query("SELECT * FROM scitex_sync_marks")
            DatabaseSync(a, b).sync_all(direction="down")
            assert b.query("SELECT * FROM scitex_sync_marks") == before
        with SQLite3(tmp_path / "b.db") as b:
            b.restore_database(tmp_path / "0.db")
        with (
            SQLite3(tmp_path / "b.db", read_only=True) as b,
            pytest.raises(SyncError, match="older than the last sync"),
        ):
            DatabaseSync(a, b).sync_all(direction="down")
        assert a.count("runs") == 2


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("direction", ["both", "up", "down"])
def test_a_table_that_was_dropped_takes_no_records_along(
    agreed: Sides, join: Callable[..., DatabaseSync], place: int, direction: Any
) -> None:
    """The ways out are told: to make it again with all records, or to drop the other."""
    agreed[place].drop_table("runs")
    side = ("local", "remote")[place]
    sync = join(create=True)

    for call in (sync.sync_all, lambda: sync.plan("runs")):
        with pytest.raises(SyncError, match=f"the {side} side has no table 'runs' any more"):
            call()
    possible = "down" if place == 0 else "up"
    if direction in ("both", possible):
        with pytest.raises(SyncError, match="would be taken for deleted"):
            sync.sync_all(direction=direction)
    assert agreed[1 - place].count("runs") == 5
    assert join().sync_all().tables == ()
    sync.forget("runs")
    sync.sync_all()
    assert same(agreed) == FIRST


@pytest.mark.engine("sqlite file")
def test_a_local_file_that_was_put_back_goes_on(tmp_path: Path) -> None:
    """Its own older state is what it agreed upon; nothing is lost or comes back."""
    with SQLite3(tmp_path / "a.db") as a, SQLite3(tmp_path / "b.db") as b:
        for db in (a, b):
            db.create_table("runs", RUNS)
        a.insert_many("runs", FIRST[:2])
        DatabaseSync(a, b).sync_table("runs")
        a.backup_database(tmp_path / "old.db")
        a.insert("runs", FIRST[2])
        a.delete("runs", where={"id": 1})
        DatabaseSync(a, b).sync_table("runs")
        a.restore_database(tmp_path / "old.db")
        DatabaseSync(a, b).sync_table("runs")
        assert same((a, b)) == FIRST[1:3]


@pytest.mark.engine("sqlite file")
def test_a_copied_file_is_another_peer(tmp_path: Path) -> None:
    """Both go on from what was agreed upon; none undoes what the other does."""
    with SQLite3(tmp_path / "a.db") as a, SQLite3(tmp_path / "b.db") as b:
        for db in (a, b):
            db.create_table("runs", RUNS)
        a.insert_many("runs", FIRST[:2])
        DatabaseSync(a, b).sync_table("runs")
    shutil.copy(tmp_path / "a.db", tmp_path / "copy.db")
    with (
        SQLite3(tmp_path / "a.db") as a,
        SQLite3(tmp_path / "copy.db") as copy,
        SQLite3(tmp_path / "b.db") as b,
    ):
        a.delete("runs", where={"id": 1})
        copy.insert("runs", FIRST[2])
        for db in (a, copy, a):
            DatabaseSync(db, b).sync_table("runs")
        assert same((a, b)) == same((copy, b)) == FIRST[1:3]
        peers = b.query("SELECT DISTINCT peer FROM scitex_sync_marks")
        assert len(peers) == 2


@pytest.mark.engine("sqlite file")
def test_what_a_sync_keeps_is_nobodys_table(tmp_path: Path) -> None:
    """It is not listed, copied, or in a fingerprint."""
    with SQLite3(tmp_path / "a.db") as a, SQLite3(tmp_path / "b.db") as b:
        a.create_table("runs", RUNS)
        before = a.fingerprint()
        DatabaseSync(a, b, create=True, track=True).sync_table("runs")
        assert a.list_tables() == b.list_tables() == ["runs"]
        assert a.fingerprint() == before == b.fingerprint()


def test_one_database_is_no_pair(sides: Sides) -> None:
    """A database is not synced with itself."""
    with pytest.raises(InterfaceError, match="one database"):
        DatabaseSync(sides[0], sides[0])


@pytest.mark.parametrize(
    ("named", "told"),
    [({"on_conflict": "best"}, "choose one of"), ({"on_conflict": "newest"}, "timestamp=")],
)
def test_ways_to_resolve_that_are_none_are_refused(
    sides: Sides, named: dict[str, Any], told: str
) -> None:
    """It is told which there are."""
    with pytest.raises(InterfaceError, match=told):
        DatabaseSync(*sides, **named)


# ------------------------------------------------------------------------- logs of changes


@pytest.mark.engine("memory")
def test_memory_keeps_no_log() -> None:
    """The way out is told."""
    with InMemory() as a, InMemory() as b:
        for db in (a, b):
            db.create_table("runs", RUNS)
        a.insert("runs", FIRST[0])
        with pytest.raises(UnsupportedFeatureError, match="log of changes"):
            DatabaseSync(a, b, track=True).sync_table("runs")
        assert b.count("runs") == 0


@pytest.mark.parametrize("kind", ["tracked"], indirect=True)
def test_a_log_that_was_lost_is_made_anew(
    agreed: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Where triggers are gone, or a table was emptied at once, the tables are compared."""
    local, remote = agreed
    for trigger in ("insert", "update", "delete"):
        local.execute(f"DROP TRIGGER scitex_sync_{trigger}_runs")
    local.update("runs", {"name": "unseen"}, where={"id": 1})
    join().sync_table("runs")
    assert same(agreed)[0]["name"] == "unseen"
    remote.execute("TRUNCATE runs")
    remote.insert("runs", FIRST[0])
    join().sync_table("runs")
    assert same(agreed) == [FIRST[0]] or len(same(agreed)) == 1


@pytest.mark.parametrize("kind", ["tracked"], indirect=True)
def test_a_record_that_replace_took_away_is_noted(
    sides: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """REPLACE by another unique column fires no trigger for what it removes."""
    for db in sides:
        db.create_table("u", {"id": "INTEGER PRIMARY KEY", "mail": "TEXT UNIQUE"})
    sides[0].insert("u", {"id": 1, "mail": "a"})
    join().sync_table("u")
    join().sync_table("u")
    sides[0].execute("INSERT OR REPLACE INTO u VALUES (2, 'a')")
    join().sync_table("u")

    assert same(sides, "u") == [{"id": 2, "mail": "a"}]


@pytest.mark.parametrize("kind", ["tracked"], indirect=True)
def test_a_tracked_sync_reads_what_changed_only(
    agreed: Sides, join: Callable[..., DatabaseSync], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the second sync on no table is read whole."""
    agreed[0].update("runs", {"name": "here"}, where={"id": 1})
    agreed[1].delete("runs", where={"id": 2})
    monkeypatch.setattr(
        "scitex.db.services.sync.planning.portions",
        lambda *_: pytest.fail("a table was read whole"),
    )

    report = join().sync_table("runs")

    assert (str(report.local), str(report.remote)) == ("+0 ~0 -1", "+0 ~1 -0")
    assert not join().sync_table("runs").local


@pytest.mark.parametrize("kind", ["tracked"], indirect=True)
@pytest.mark.parametrize("place", [0, 1])
def test_a_tracked_table_that_was_restored_is_compared(
    agreed: Sides, join: Callable[..., DatabaseSync], tmp_path: Path, place: int
) -> None:
    """No trigger notes what a restore changes, so its log tells nothing of it."""
    db = agreed[place]
    join().sync_table("runs")
    db.backup_table("runs", tmp_path / "runs.sql")
    db.update("runs", {"name": "new"}, where={"id": 1})
    join().sync_table("runs")
    db.restore_table("runs", tmp_path / "runs.sql")
    db.insert("runs", {"id": 9})

    assert join().sync_table("runs", verify=True).verified is True
    assert same(agreed)[0]["name"] == "run 1"
    db.update("runs", {"name": "newer"}, where={"id": 2})
    assert join().sync_table("runs", verify=True).verified is True


@pytest.mark.parametrize("kind", ["tracked"], indirect=True)
@pytest.mark.parametrize("way", ["calls", "SQL"])
@pytest.mark.parametrize("between", [True, False])
@pytest.mark.parametrize("place", [0, 1])
def test_a_tracked_table_that_was_away_is_compared(
    agreed: Sides, join: Callable[..., DatabaseSync], way: str, between: bool, place: int
) -> None:
    """Another one took its name, and gave it back; what changed in both is seen."""

    def rename(old: str, new: str) -> None:
        if way == "calls":
            db.rename_table(old, new)
        else:
            db.execute(f"ALTER TABLE {old} RENAME TO {new}")

    db = agreed[place]
    join().sync_table("runs")
    rename("runs", "away")
    db.create_table("runs", RUNS)
    db.insert("runs", {"id": 1, "name": "another"})
    if between:
        join().sync_table("runs")
        assert same(agreed) == [{**FIRST[0], "name": "another", "loss": None, "updated_at": None}]
    db.update("away", {"name": "changed"}, where={"id": 2})
    rename("runs", "other")
    rename("away", "runs")

    assert join().sync_table("runs", verify=True).verified is True
    assert [row["name"] for row in same(agreed)[:2]] == ["run 1", "changed"]


@pytest.mark.parametrize("kind", ["tracked"], indirect=True)
@pytest.mark.parametrize("place", [0, 1])
def test_what_triggers_make_of_a_change_travels(
    agreed: Sides, join: Callable[..., DatabaseSync], place: int
) -> None:
    """The next sync sees it, as it does without a log."""
    db = agreed[place]
    if place == 0:
        db.execute(
            "CREATE TRIGGER touch AFTER UPDATE OF name ON runs BEGIN "
            "UPDATE runs SET loss = 99 WHERE id = NEW.id; END"
        )
    else:
        db.execute(
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN NEW.loss := 99; RETURN NEW; END$$"
        )
        db.execute(
            "CREATE TRIGGER touch BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION touch()"
        )
    join().sync_table("runs")
    agreed[1 - place].update("runs", {"name": "new"}, where={"id": 1})
    join().sync_table("runs")

    assert join().sync_table("runs", verify=True).verified is True
    assert (same(agreed)[0]["name"], same(agreed)[0]["loss"]) == ("new", 99.0)


@pytest.mark.parametrize("kind", ["tracked"], indirect=True)
def test_the_key_of_a_tracked_table_is_renamed(
    agreed: Sides, join: Callable[..., DatabaseSync]
) -> None:
    """Its records are written as before, and the next sync compares them."""
    for db in agreed:
        db.rename_column("runs", "id", "number")
        db.insert("runs", {"number": 6 if db is agreed[0] else 7})
        db.update("runs", {"name": "after"}, where={"number": 1})

    join().sync_table("runs")

    here, there = (db.select("runs", order_by="number") for db in agreed)
    assert here == there
    assert len(here) == 7


@pytest.mark.parametrize("kind", ["tracked"], indirect=True)
def test_parts_that_come_and_go_are_seen(sides: Sides, join: Callable[..., DatabaseSync]) -> None:
    """A part that is dropped, or taken in with records, passes the triggers by."""
    local, remote = sides
    columns = {"id": "INTEGER PRIMARY KEY", "x": "TEXT"}
    local.create_table("t", columns)
    remote.create_table("t", columns, partition_by=by_range("id"))
    for low in (0, 10, 20):
        remote.add_partition("t", low, low + 10, name=f"t_{low}")
    remote.insert_many("t", [{"id": n, "x": f"{n}"} for n in range(0, 30, 5)])
    for _ in range(2):
        join().sync_table("t")
    remote.drop_partition("t", "t_10")
    remote.insert("t", {"id": 7})
    assert join().sync_table("t", verify=True).verified is True
    assert [row["id"] for row in same(sides, "t")] == [0, 5, 7, 20, 25]

    remote.execute("CREATE TABLE more (LIKE t)")
    remote.execute("INSERT INTO more VALUES (31, 'more')")
    remote.execute("ALTER TABLE t ATTACH PARTITION more FOR VALUES FROM (30) TO (40)")
    assert join().sync_table("t", verify=True).verified is True
    remote.execute("TRUNCATE t_20")
    remote.insert("t", {"id": 8})
    assert join().sync_table("t", verify=True).verified is True
    assert [row["id"] for row in same(sides, "t")] == [0, 5, 7, 8, 31]


@pytest.mark.parametrize("kind", ["tracked"], indirect=True)
def test_logs_are_removed(agreed: Sides, join: Callable[..., DatabaseSync]) -> None:
    """Without them the tables are compared."""
    join().untrack()
    agreed[1].update("runs", {"name": "there"}, where={"id": 1})
    DatabaseSync(*agreed).sync_table("runs")

    assert same(agreed)[0]["name"] == "there"
    for db in agreed:
        assert db.storage.log_position("runs") is None


# ------------------------------------------------------------------------ the command line


@pytest.mark.engine("sqlite file")
def test_the_command_syncs(tmp_path: Path) -> None:
    """``scitex-db sync LOCAL REMOTE`` tells what it does; a conflict ends it with 1."""
    for name in ("a", "b"):
        with SQLite3(tmp_path / f"{name}.db") as db:
            db.create_table("runs", RUNS)
            db.insert("runs", {"id": 1 if name == "a" else 2, "name": name})

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scitex.db.cli.program", "sync", "a.db", "b.db", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "+ remote [1]" in run("--dry-run").stdout
    assert "the same on both sides" in run("--tables", "runs", "--verify").stdout
    for name in ("a", "b"):
        with SQLite3(tmp_path / f"{name}.db") as db:
            assert db.count("runs") == 2
            db.update("runs", {"name": f"by {name}"}, where={"id": 1})
    done = run()
    assert (done.returncode, "changed on both sides" in done.stderr) == (1, True)
    assert run("--on-conflict", "local").returncode == 0


@pytest.mark.parametrize("value", ["x" * 20])
def test_a_value_that_does_not_fit_stops_all(
    sides: Sides, join: Callable[..., DatabaseSync], value: str
) -> None:
    """Nothing of that sync is written on that side."""
    for db, words in zip(sides, ("TEXT", "VARCHAR(5)"), strict=True):
        db.create_table("v", {"id": "INTEGER PRIMARY KEY", "x": words})
    sides[0].insert_many("v", [{"id": 1, "x": "ok"}, {"id": 2, "x": value}])

    with pytest.raises(DataError):
        join().sync_table("v")

    assert sides[1].count("v") == 0


@pytest.mark.engine("sqlite file", "postgresql")
def test_a_server_without_a_schema_named_is_tracked(
    tmp_path: Path, postgresql_schema: ScratchSchema
) -> None:
    """Whoever writes, with whatever search path, has the change noted."""
    params = {**postgresql_schema.params, "options": f"-c search_path={postgresql_schema.name}"}
    with SQLite3(tmp_path / "a.db") as local, PostgreSQL(**params) as remote:
        local.create_table("runs", RUNS)
        local.insert_many("runs", FIRST)
        for _ in range(2):
            DatabaseSync(local, remote, create=True, track=True).sync_table("runs")
        with PostgreSQL(**postgresql_schema.params) as other:
            other.execute(f"UPDATE {postgresql_schema.name}.runs SET name = 'seen' WHERE id = 3")
        position = local.storage.log_position("runs")

        report = DatabaseSync(local, remote, track=True).sync_table("runs")

        assert (position is not None, report.local.updated) == (True, 1)
        assert same((local, remote))[2]["name"] == "seen"
