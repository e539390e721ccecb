"""Searching on SQLite: the index is used, heals itself, and other programs keep it current."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scitex.db import SQLite3
from scitex.db.adapters.sqlite3 import searching
from scitex.db.domain.errors import (
    DatabaseError,
    ReadOnlyError,
    TableNotFoundError,
    TransactionLostError,
    UnsupportedFeatureError,
)
from scitex.db.testing.contract.ground import ids, undone

pytestmark = pytest.mark.engine("sqlite file")

TABLES = {
    "rowid": "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, u TEXT UNIQUE)",
    "text key": "CREATE TABLE t (id TEXT PRIMARY KEY, x TEXT, u TEXT UNIQUE)",
    "nocase key": "CREATE TABLE t (id TEXT COLLATE NOCASE PRIMARY KEY, x TEXT, u TEXT UNIQUE)",
    "compound": "CREATE TABLE t (id TEXT, n INT DEFAULT 0, x TEXT, u TEXT UNIQUE, "
    "PRIMARY KEY (id, n))",
    "without rowid": "CREATE TABLE t (id TEXT PRIMARY KEY, x TEXT, u TEXT UNIQUE) WITHOUT ROWID",
    "integer, without rowid": "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, u TEXT UNIQUE) "
    "WITHOUT ROWID",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the database is."""
    return tmp_path / "test.db"


@pytest.fixture
def db(path: Path) -> Iterator[SQLite3]:
    """Return an empty database."""
    with SQLite3(path) as db:
        yield db


@pytest.fixture(params=TABLES)
def table(request: pytest.FixtureRequest, db: SQLite3) -> SQLite3:
    """Return a database with a table of some kind that is searched."""
    db.execute(TABLES[request.param])
    store(db, "1", "before")
    db.enable_search("t", "x")
    return db


def store(db: SQLite3, id: str, text: str) -> None:
    """Store a record, whose key SQLite makes a number of where it is to be one."""
    db.execute("INSERT INTO t (id, x) VALUES (?, ?)", [id, text])


@contextlib.contextmanager
def other(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as another program would, with nothing but the driver."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        yield connection
        connection.commit()


def found(db: SQLite3, text: str) -> list[str]:
    """Return the ids of what is found, as text."""
    return sorted(map(str, ids(db.search("t", text))))


def test_other_programs_keep_it_current(table: SQLite3, path: Path) -> None:
    """Whatever another program does with plain SQL is found, or found no more."""
    with other(path) as connection:
        connection.execute("INSERT INTO t (id, x) VALUES ('2', 'inserted'), ('3', 'inserted')")
        connection.execute("UPDATE t SET x = 'updated' WHERE id = '2'")
        connection.execute("UPDATE t SET id = '9' WHERE id = '3'")
        connection.execute("DELETE FROM t WHERE id = '1'")

    assert [found(table, text) for text in ("before", "inserted", "updated")] == [[], ["9"], ["2"]]


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replace_leaves_nothing_behind(table: SQLite3, path: Path, recursive: str) -> None:
    """INSERT OR REPLACE, which tells no trigger what it removes, leaves no old words."""
    with other(path) as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        connection.execute("REPLACE INTO t (id, x, u) VALUES ('1', 'replaced', 'a')")
        connection.execute("REPLACE INTO t (id, x, u) VALUES ('2', 'again', 'a')")  # removes 1
        connection.execute("INSERT OR IGNORE INTO t (id, x) VALUES ('2', 'ignored')")
        connection.execute("INSERT INTO t (id, x) VALUES ('1', 'fresh')")

    told = [found(table, text) for text in ("before", "replaced", "again", "ignored", "fresh")]

    assert told == [[], [], ["2"], [], ["1"]]
    assert found(table, "-nothing") == ["1", "2"]


def test_a_policy_outside_is_none_inside(table: SQLite3) -> None:
    """The conflict policy of a statement does not reach what its triggers write."""
    table.execute("INSERT OR FAIL INTO t (id, x) VALUES ('2', 'two')")
    table.execute("UPDATE OR REPLACE t SET id = '2', x = 'one' WHERE id = '1'")

    assert [found(table, text) for text in ("two", "one", "before")] == [[], ["2"], []]


def test_vacuum_changes_nothing(table: SQLite3) -> None:
    """What is found is the same after VACUUM, which may number rows anew."""
    for n in range(2, 9):
        store(table, str(n), f"word{n}")
    table.delete("t", where="id IN ('2', '3', '5')")
    table.execute("VACUUM")
    store(table, "10", "word10")

    assert [found(table, f"word{n}") for n in (4, 5, 8, 10)] == [["4"], [], ["8"], ["10"]]


def test_sql_may_rename(table: SQLite3) -> None:
    """Tables and columns that SQL text renames are searched as before."""
    table.execute("ALTER TABLE t RENAME COLUMN x TO y")
    table.execute('ALTER TABLE t RENAME COLUMN id TO "the key"')
    table.execute("ALTER TABLE t RENAME TO u")
    table.execute("INSERT INTO u (\"the key\", y) VALUES ('2', 'before')")

    assert [str(record["the key"]) for record in table.search("u", "before")] == ["1", "2"]
    assert table.get_search("u").columns == ("y",)


def test_a_table_that_sql_dropped_is_forgotten(table: SQLite3) -> None:
    """What SQL text leaves of a dropped table's search is cleared away by the next one."""
    table.execute("DROP TABLE t")

    assert table.list_tables() == []
    table.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
    table.create_table("u", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
    table.rename_table("u", "v")
    table.insert("t", {"x": "new"})
    table.enable_search("t", "x")

    assert (found(table, "new"), found(table, "before")) == (["1"], [])
    table.drop_table("t")
    left = table.query("SELECT name FROM sqlite_schema WHERE name LIKE 'scitex%'")

    assert left == []


def test_what_serves_a_search_is_not_offered(table: SQLite3) -> None:
    """Of tables that may have been meant, only those are named that one may use."""
    table.analyze()
    table.execute("CREATE VIEW v AS SELECT * FROM gone")
    with pytest.raises(TableNotFoundError) as caught:
        table.select("entirely_other")

    assert caught.value.hint == "there are: 't', 'v'"


def test_disabling_leaves_nothing(table: SQLite3) -> None:
    """Nothing of a search is left when it is switched off."""
    table.disable_search("t")

    assert table.query("SELECT name FROM sqlite_schema WHERE name LIKE 'scitex%'") == []


def test_the_index_is_whole(table: SQLite3) -> None:
    """FTS5 finds nothing wrong with its index after many changes."""
    for n in range(2, 200):
        store(table, str(n), f"w{n} w{n % 7}")
    table.update("t", {"x": "changed"}, where="length(x) > 5")
    table.delete("t", where="id % 3 = 0")
    name = "scitex_search_t"
    table.execute(f"INSERT INTO {name}({name}) VALUES ('integrity-check')")
    counted = table.query(f"SELECT (SELECT count(*) FROM {name}) AS a, (SELECT count(*) FROM t) b")

    assert counted[0]["a"] == counted[0]["b"]


def test_a_key_without_a_value_is_not_in_the_way(db: SQLite3) -> None:
    """Records whose key SQLite lets be NULL can be stored, and are not found."""
    db.execute("CREATE TABLE t (id TEXT PRIMARY KEY, x TEXT)")
    db.execute("INSERT INTO t VALUES (NULL, 'none'), ('a', 'some')")
    db.enable_search("t", "x")
    db.execute("INSERT INTO t VALUES (NULL, 'none some')")

    assert (db.search("t", "none"), ids(db.search("t", "some"))) == ([], ["a"])


def test_a_computed_column_is_searched(db: SQLite3) -> None:
    """The text of a computed column follows the columns that it is computed from."""
    db.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, x TEXT GENERATED ALWAYS AS (a || ' sum'))"
    )
    db.enable_search("t", "x")
    db.insert("t", {"a": "first"})
    db.update("t", {"a": "second"}, where={"id": 1})

    assert [found(db, text) for text in ("first", "second sum")] == [[], ["1"]]


def test_the_index_is_used(db: SQLite3, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search for words asks the index, and reads the table by key only."""
    db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT", "n": "INTEGER"})
    db.create_table("k", {"id": "TEXT PRIMARY KEY", "x": "TEXT", "n": "INTEGER"})
    for name, key in (("t", int), ("k", str)):
        db.insert_many(name, ({"id": key(n), "x": f"w{n % 100} filler"} for n in range(5_000)))
        db.enable_search(name, "x")
    asked: list[Any] = []
    session = db.storage._sessions.current()
    run = session.rows
    monkeypatch.setattr(session, "rows", lambda *call: (asked.append(call), run(*call))[1])
    for name in ("t", "k"):
        db.search(name, 'w5 "w5 filler" -w6', where="n IS NULL", columns="x")
        db.search(name, "w7")
    monkeypatch.undo()

    plans = [
        " / ".join(row[3] for row in run(f"EXPLAIN QUERY PLAN {sql}", bound))
        for sql, bound in (call for call in asked if "scitex_best" in call[0])
    ]

    assert len(plans) == 4
    for plan in plans:
        assert "VIRTUAL TABLE INDEX" in plan
        assert "SCAN t" not in plan
        assert "SCAN k" not in plan


def test_a_search_made_by_hand_breaks_no_transaction(db: SQLite3) -> None:
    """Triggers that write to an FTS5 table of the user's own never end a transaction unseen."""
    db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
    db.execute("CREATE VIRTUAL TABLE own USING fts5(x)")
    db.execute(
        "CREATE TRIGGER added AFTER INSERT ON t BEGIN "
        "INSERT INTO own(rowid, x) VALUES (new.id, new.x); END"
    )
    db.insert("t", {"x": "first"})
    with undone(db):
        for n in range(500):
            db.insert("t", {"x": f"some words {n}"})

    assert db.count("t") == 1


def test_a_transaction_that_is_gone_is_told(db: SQLite3, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLite has ended the transaction with a statement, nothing is done outside of it."""
    db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
    db.execute("CREATE VIRTUAL TABLE own USING fts5(x)")
    db.execute(
        "CREATE TRIGGER added AFTER INSERT ON t BEGIN "
        "INSERT INTO own(rowid, x) VALUES (new.id, new.x); END"
    )
    session = db.storage._sessions.current()
    db.insert("t", {"x": "first"})

    def shut(*asked: object) -> int:
        return sqlite3.SQLITE_DENY if guard.shut else sqlite3.SQLITE_OK

    guard = session._guard
    session.connection.set_authorizer(shut)
    with pytest.raises(TransactionLostError), db.transaction():  # noqa: PT012 - any may fail
        for n in range(500):
            with contextlib.suppress(DatabaseError):
                db.insert("t", {"x": f"some words {n}"})

    assert db.count("t") == 1


def test_a_read_only_file_is_searched(db: SQLite3, path: Path) -> None:
    """A file that is opened for reading only is searched, and not made searchable."""
    db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
    db.enable_search("t", "x")
    db.insert("t", {"x": "word"})
    with SQLite3(path, read_only=True) as reader:
        assert found(reader, "word") == ["1"]
        with pytest.raises(ReadOnlyError):
            reader.disable_search("t")


def test_threads_search_and_write(db: SQLite3) -> None:
    """Threads that write and search at a time see whole records, and none is lost."""
    db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
    db.enable_search("t", "x")
    wrong: list[object] = []

    def work(mine: int) -> None:
        for n in range(20):
            db.insert("t", {"x": f"common mine{mine} n{n}"})
            told = db.search("t", f"common mine{mine}", limit=None)
            if len(told) != n + 1:
                wrong.append(told)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert len(db.search("t", "common", limit=None)) == 80


class _Without:
    """A session to a SQLite that has no modules."""

    def rows(self, sql: str, values: object = ()) -> list[tuple[object, ...]]:
        """Return what such a SQLite says."""
        return []


def test_a_sqlite_without_fts5_is_told() -> None:
    """Where SQLite was built without FTS5 that is said, with the way out."""
    with pytest.raises(UnsupportedFeatureError, match=r"FTS5(.|\n)*hint: .*like"):
        searching.check_offered(_Without(), "english")
