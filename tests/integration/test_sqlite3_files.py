"""SQLite files: where they are, in which mode, and who may write them."""

from __future__ import annotations

import io
import os
import pwd
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scitex.db import InMemory, SQLite3, copy_database, doctor, inspect
from scitex.db.domain.errors import (
    DatabaseWarning,
    DataError,
    Error,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    ReadOnlyError,
    SchemaError,
    UnsupportedFeatureError,
)
from scitex.db.testing.contract.calls import EVERY_CALL
from scitex.db.testing.contract.ground import PEOPLE, USERS, ids
from tests.integration.children import said

pytestmark = pytest.mark.engine("sqlite file")

ODD_PATHS = [
    "a#b?c%41.db",
    "a b.db",
    "Ünï😀.db",
    'it\'s "so".db',
    "?mode=ro",
    "#",
    "%00",
    "a;b.db",
    "back\\slash.db",
    "-dash",
    "no extension",
    "file:x.db",
    "new\nline.db",
]
WRITES = [
    "insert",
    "insert or ignore",
    "insert_many",
    "update",
    "update_many",
    "delete",
    "drop_table",
    "rename_table",
    "add_column",
    "drop_column",
    "rename_column",
    "create_index",
    "create_table",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a file is to be, in an empty folder."""
    return tmp_path / "test.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """Return a file with a few people in it."""
    with SQLite3(path) as db:
        db.create_table("users", USERS)
        db.insert_many("users", PEOPLE)
    return path


@pytest.fixture
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection of the driver itself to the file."""
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


def mode(path: Path) -> object:
    """Return a file's journal mode."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA journal_mode").fetchone()[0]
    finally:
        connection.close()


def test_a_new_file_is_in_wal_mode(path: Path) -> None:
    """A new file on a local disk is put into WAL mode."""
    SQLite3(path).close()

    assert mode(path) == "wal"


@pytest.mark.parametrize("asked", ["delete", "truncate", "persist", "wal"])
def test_an_existing_file_keeps_its_mode(path: Path, raw: sqlite3.Connection, asked: str) -> None:
    """A file that was there keeps its journal mode, whatever is written to it."""
    raw.execute(f"PRAGMA journal_mode = {asked}")
    raw.execute("CREATE TABLE t (x)")
    with SQLite3(path) as db:
        db.create_table("users", USERS)
        db.insert("users", {"name": "Eve"})

    assert mode(path) in {asked, "delete"} - ({"delete"} if asked == "wal" else set())


@pytest.mark.parametrize("call", ["insert", "insert_many", "select", "iter_select", "summary"])
def test_a_closed_file_is_whole_by_itself(filled: Path, call: str) -> None:
    """Closing leaves nothing beside the file, so a copy of the file has all that was stored."""
    with SQLite3(filled) as db:
        db.insert("users", {"name": "Eve"})
        EVERY_CALL[call](db)
    beside = [file.name for file in filled.parent.iterdir()]
    copied = sqlite3.connect(shutil.copy(filled, filled.with_name("copy.db")))
    found = copied.execute("SELECT count(*) FROM users WHERE name = 'Eve'").fetchone()
    copied.close()

    assert (beside, found) == (["test.db"], (1,))


@pytest.mark.parametrize("name", ODD_PATHS)
def test_an_odd_path_is_that_very_file(tmp_path: Path, name: str) -> None:
    """A file of any name is opened under that name, and no other file is made."""
    with SQLite3(tmp_path / name) as db:
        db.create_table("t", {"x": "TEXT"})
    made = {file.name for file in tmp_path.iterdir()}
    with SQLite3(tmp_path / name, read_only=True) as again:
        tables = again.list_tables()

    assert (made, tables) == ({name}, ["t"])


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_a_path_may_be_of_any_kind(path: Path, kind: Callable[[Path], Any]) -> None:
    """A path is text, a Path or bytes."""
    SQLite3(kind(path)).close()

    assert path.exists()


def test_a_change_of_folder_does_not_move_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path means the folder in which it was opened, for every later connection."""
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    with SQLite3("test.db") as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        db.insert_many("t", [{}, {}])
        monkeypatch.chdir(tmp_path / "other")
        found = len(list(db.iter_select("t")))

    assert (found, list((tmp_path / "other").iterdir())) == (2, [])


@pytest.mark.parametrize("path", ["", " ", "a\0b", None, 5, b""], ids=repr)
def test_what_is_no_path_is_refused(path: Any) -> None:
    """What cannot be a file is refused with what to pass."""
    with pytest.raises(InterfaceError):
        SQLite3(path)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """A file in a folder that is not there is refused, the folder is named and not made."""
    with pytest.raises(OperationalError, match=r"nowhere(.|\n)*hint: make the folder"):
        SQLite3(tmp_path / "nowhere" / "test.db")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000 + "x", "file/x", "~nobody we know/x"])
@pytest.mark.parametrize(
    "look", [SQLite3, inspect, doctor, lambda path: copy_database(InMemory(), path)]
)
def test_a_path_that_cannot_be_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Callable[[str], object], name: str
) -> None:
    """A path that no file can have is told by every function that takes one."""
    (tmp_path / "file").write_text("here")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OperationalError):
        look(name)

    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_a_folder_that_may_not_be_entered_is_told(filled: Path) -> None:
    """A file in a folder of somebody else's is told, and is neither made nor removed."""
    program = """
        import os, sys
        import scitex.db
        from scitex.db import InMemory, OperationalError, SQLite3, copy_database, doctor, inspect
        with InMemory() as db:
            copy_database(db, ":memory:")  # what is imported later could not be read
            doctor(":memory:"), inspect(db)
        os.setgroups([])
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[2]))
        for name in (sys.argv[1], sys.argv[1] + ".new"):
            for look in (SQLite3, inspect, doctor, lambda path: copy_database(InMemory(), path)):
                try:
                    look(name)
                except OperationalError as error:
                    print("Permission denied" in str(error))
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(shutil.copy(filled, folder))
        place.parent.chmod(0o700)
        found = said(program, place, pwd.getpwnam("nobody").pw_uid)
        there = [path.name for path in place.parent.iterdir()]

    assert (found.split(), there) == (["True"] * 8, [place.name])


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder is refused by name."""
    with pytest.raises(OperationalError, match=tmp_path.name):
        SQLite3(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"name,score\nAlice,85\n" * 100,
        b"\x89PNG\r\n\x1a\n" + bytes(2000),
        b"SQLite format 2\0" + bytes(2000),
        b"id,name\n1,Alice\n",
        b"a,b\n1",
    ],
    ids=["csv", "image", "old", "short", "tiny"],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_no_database_is_untouched(
    path: Path, content: bytes, read_only: bool
) -> None:
    """A file that is no SQLite database is refused by name, and not a byte of it is changed."""
    path.write_bytes(content)
    with pytest.raises(InternalError, match=r"test.db(.|\n)*hint: "):
        SQLite3(path, read_only=read_only)

    assert (path.read_bytes(), list(path.parent.iterdir())) == (content, [path])


def test_a_damaged_file_is_told(filled: Path) -> None:
    """A file whose pages are damaged is told as such, and its bytes stay."""
    with sqlite3.connect(filled) as raw:
        raw.execute("PRAGMA journal_mode = delete")
    raw.close()
    content = filled.read_bytes()
    broken = content[:100] + b"\xff" * 300 + content[400:]
    filled.write_bytes(broken)
    with pytest.raises(InternalError, match=r"test.db"):
        SQLite3(filled).select("users")

    assert filled.read_bytes() == broken


def test_a_file_cut_short_is_told(filled: Path) -> None:
    """A file that lost its end is told as damaged, not taken for an empty one."""
    filled.write_bytes(filled.read_bytes()[:5000])

    with pytest.raises(InternalError, match=r"test.db"):
        SQLite3(filled).select("users")


@pytest.mark.parametrize(
    ("options", "pragma", "value"),
    [
        ({}, "synchronous", 2),
        ({"synchronous": "NORMAL"}, "synchronous", 1),
        ({"synchronous": "OFF"}, "synchronous", 0),
        ({}, "page_size", 4096),
        ({"page_size": 65536}, "page_size", 65536),
        ({}, "foreign_keys", 1),
        ({"foreign_keys": False}, "foreign_keys", 0),
        ({}, "busy_timeout", 30_000),
        ({"timeout": 0.5}, "busy_timeout", 500),
    ],
    ids=str,
)
def test_settings_are_kept(path: Path, options: Any, pragma: str, value: int) -> None:
    """A connection has the settings that were asked for, and safe ones by default."""
    with SQLite3(path, **options) as db:
        (row,) = db.query(f"PRAGMA {pragma}")

    assert list(row.values()) == [value]


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": -1},
        {"timeout": "soon"},
        {"timeout": float("nan")},
        {"timeout": None},
        {"synchronous": "SOMETIMES"},
        {"page_size": 5000},
        {"page_size": "65536"},
        {"synchronous": "OFF; DROP TABLE t"},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(path: Path, options: Any) -> None:
    """A setting of another kind is refused before a file is made."""
    with pytest.raises(InterfaceError):
        SQLite3(path, **options)

    assert not path.exists()


class TestReadOnly:
    """A database that is opened for reading only."""

    def test_it_can_be_read(self, filled: Path) -> None:
        """Records can be read in every way."""
        with SQLite3(filled, read_only=True) as db:
            found = db.select("users", order_by="id")
            streamed = ids(db.iter_select("users", order_by="id"))

        assert (found, streamed) == (PEOPLE, ids(PEOPLE))

    @pytest.mark.parametrize("name", WRITES)
    def test_it_cannot_be_written(self, filled: Path, name: str) -> None:
        """Every call that writes is refused with the way to open it otherwise."""
        with SQLite3(filled, read_only=True) as db:
            with pytest.raises(ReadOnlyError, match=r"hint: .*read_only=False"):
                EVERY_CALL[name](db)

            assert db.select("users", order_by="id") == PEOPLE

    def test_it_runs_no_sql_that_writes(self, filled: Path) -> None:
        """SQL that writes is refused as well."""
        with SQLite3(filled, read_only=True) as db, pytest.raises(ReadOnlyError):
            db.execute("DELETE FROM users")

    def test_it_may_have_transactions(self, filled: Path) -> None:
        """A transaction that only reads is fine."""
        with SQLite3(filled, read_only=True) as db:
            with db.transaction():
                found = db.count("users")

            assert found == 4

    def test_it_must_be_there(self, path: Path) -> None:
        """A file that is not there is not made."""
        with pytest.raises(OperationalError, match=r"hint: "):
            SQLite3(path, read_only=True)

        assert not path.exists()

    @pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
    @pytest.mark.parametrize("journal", ["wal", "delete"])
    def test_it_works_in_a_read_only_folder(self, filled: Path, journal: str) -> None:
        """Another user reads a file that nobody may write, in a folder where nobody may write."""
        with sqlite3.connect(filled) as raw:
            raw.execute(f"PRAGMA journal_mode = {journal}")
        raw.close()
        program = """
            import os, sys
            from scitex.db import SQLite3
            from scitex.db.domain.errors import ReadOnlyError
            def use(db):
                print(db.count("users"), len(list(db.iter_select("users"))))
                try:
                    db.insert("users", {"name": "Eve"})
                except ReadOnlyError:
                    print("refused")
            with SQLite3(sys.argv[2], read_only=True) as db:
                use(db)
            os.setgroups([])
            os.setgid(int(sys.argv[3]))
            os.setuid(int(sys.argv[3]))
            with SQLite3(sys.argv[1], read_only=True) as db:
                use(db)
        """
        with tempfile.TemporaryDirectory() as folder:
            place = Path(shutil.copy(filled, folder))
            place.chmod(0o444)
            place.parent.chmod(0o555)
            found = said(program, place, filled, pwd.getpwnam("nobody").pw_uid)

        assert found.split() == ["4", "4", "refused"] * 2


class TestForeignFiles:
    """Files that other programs made."""

    def test_a_column_of_no_type_takes_anything(self, path: Path, raw: sqlite3.Connection) -> None:
        """A column without a type keeps values of every sort as they are."""
        raw.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)")
        given = [5, 0.5, "text", b"bytes", None]
        with SQLite3(path) as db:
            db.insert_many("t", [{"x": value} for value in given])
            found = [row["x"] for row in db.select("t", order_by="id")]

        assert found == given

    @pytest.mark.parametrize(
        ("type", "stored"), [("DATETIME", "soon"), ("JSON", "{"), ("UUID", "x"), ("DATE", 5)]
    )
    def test_what_cannot_be_read_comes_as_it_is(
        self, path: Path, raw: sqlite3.Connection, type: str, stored: object
    ) -> None:
        """A stored value that is none of its column's type comes back itself, with one warning."""
        raw.execute(f"CREATE TABLE t (x {type})")
        raw.execute("INSERT INTO t VALUES (?), (?)", [stored, stored])
        with SQLite3(path) as db, pytest.warns(DatabaseWarning, match="'x'") as warned:
            found = [row["x"] for row in db.select("t") + db.select("t")]

        assert ([str(value) for value in found], len(warned)) == ([str(stored)] * 4, 1)

    @pytest.mark.parametrize(
        ("sql", "error"),
        [
            ("SELECT x FROM t", DataError),
            ("UPDATE t SET y = 2 RETURNING x", DataError),
            ("SELECT json(x) AS j FROM t WHERE id < 3", ProgrammingError),
        ],
    )
    def test_what_no_row_can_be_made_of_is_told(
        self, path: Path, raw: sqlite3.Connection, sql: str, error: type[Error]
    ) -> None:
        """SQL that fails at a later row raises this package's error, and has changed nothing."""
        raw.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y INTEGER)")
        raw.execute("INSERT INTO t (x, y) VALUES ('1', 1), ('{', 1), (CAST(x'ff41' AS TEXT), 1)")
        with SQLite3(path) as db:
            with pytest.raises(error):
                db.execute(sql)
            if sql.startswith("SELECT"):
                with pytest.raises(error):
                    db.query(sql)

            assert [row["y"] for row in db.select("t", ["y"])] == [1, 1, 1]

    def test_a_table_in_other_capitals_is_found_by_its_name(
        self, path: Path, raw: sqlite3.Connection
    ) -> None:
        """A table of another program is found under the name that it has."""
        raw.execute("CREATE TABLE MyTable (MyColumn INTEGER)")
        with SQLite3(path) as db:
            db.insert("MyTable", {"MyColumn": 5})

            assert db.select("MyTable", where={"MyColumn": 5}) == [{"MyColumn": 5}]

    def test_a_table_without_rowid_works(self, path: Path, raw: sqlite3.Connection) -> None:
        """A table WITHOUT ROWID is written and read as any other."""
        raw.execute("CREATE TABLE t (k TEXT PRIMARY KEY, x) WITHOUT ROWID")
        with SQLite3(path) as db:
            key = db.insert("t", {"k": "a", "x": 1})
            db.insert("t", {"k": "a", "x": 2}, on_conflict="update")

            assert (key, db.select("t")) == ("a", [{"k": "a", "x": 2}])

    def test_a_view_can_be_read(self, filled: Path, raw: sqlite3.Connection) -> None:
        """A view is read as a table is."""
        raw.execute("CREATE VIEW best AS SELECT name FROM users WHERE score > 80")
        with SQLite3(filled) as db:
            assert db.count("best") == 2

    @pytest.mark.parametrize("on", ["users", "notes"])
    def test_a_column_that_a_trigger_names_is_not_dropped(
        self, filled: Path, raw: sqlite3.Connection, on: str
    ) -> None:
        """A column that a trigger names, of whichever table, stays, and the trigger works on."""
        raw.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, name TEXT)")
        body = 'UPDATE users SET "score" = 1;'
        raw.execute(f"CREATE TRIGGER t AFTER INSERT ON {on} BEGIN {body} END")
        with SQLite3(filled) as db:
            with pytest.raises(SchemaError, match="trigger 't'"):
                db.drop_column("users", "score")
            db.drop_column("users", "team")
            db.insert(on, {"id": 9, "name": "x"})

            assert {row["score"] for row in db.select("users", ["score"])} == {1.0}

    @pytest.mark.parametrize("names", [["T", "t"], ["a", "subject", "Subject"]], ids=str)
    def test_columns_differ_by_more_than_capitals(self, path: Path, names: list[str]) -> None:
        """Columns that SQLite takes for one are refused by name, whatever makes the table."""
        frame = pd.DataFrame([range(len(names))], columns=names)
        said = rf"{names[-2]!r} and {names[-1]!r} of table 'new'(.|\n)*hint: "
        with SQLite3(path) as db:
            for make in (
                lambda: db.create_table("new", dict.fromkeys(names, "TEXT")),
                lambda: db.from_dataframe(frame, "new"),
                lambda: db.import_from_csv("new", io.StringIO(frame.to_csv(index=False))),
            ):
                with pytest.raises(SchemaError, match=said):
                    make()

            assert db.list_tables() == []
            db.create_table("new", dict.fromkeys(["É", "é"], "TEXT"))  # which are two

    def test_a_table_has_so_many_columns(self, path: Path) -> None:
        """More columns than SQLite takes are refused, with the table and a way out."""
        frame = pd.DataFrame([range(2001)]).add_prefix("c")
        with SQLite3(path) as db, pytest.raises(SchemaError, match=r"'wide' (.|\n)*hint: keep"):
            db.from_dataframe(frame, "wide")

    @pytest.mark.parametrize(
        "sql", ["SELECT 1 LIMIT ?", "INSERT INTO users (id, name) VALUES (?, 1)"]
    )
    def test_what_is_no_whole_number_is_told(self, filled: Path, sql: str) -> None:
        """A value in the place of a whole number is refused as that, not as a missing key."""
        with (
            SQLite3(filled) as db,
            pytest.raises(DataError, match=r"whole number(.|\n)*hint: LIMIT"),
        ):
            db.execute(sql, ["x"])

    @pytest.mark.parametrize("where", ["id = @x", "id = $x", "id = ?2", "id = ? AND name = @x"])
    def test_no_placeholder_is_null(self, filled: Path, where: str) -> None:
        """A placeholder in SQLite's other spellings is refused, not taken for NULL."""
        with SQLite3(filled) as db, pytest.raises(ProgrammingError):
            db.select("users", where=where, params=[1])


def test_an_empty_file_is_read(path: Path) -> None:
    """A file without a byte is an empty database, which is read and not written."""
    path.touch()
    with SQLite3(path, read_only=True) as db:
        assert (db.list_tables(), db.query("SELECT 1 AS x")) == ([], [{"x": 1}])
        with pytest.raises(ReadOnlyError):
            db.create_table("t", {"x": "TEXT"})

    assert path.stat().st_size == 0


@pytest.mark.parametrize(
    "sql",
    [
        "PRAGMA journal_mode(DELETE)",
        "PRAGMA main.journal_mode (DELETE)",
        "PRAGMA foreign_keys/* */(OFF)",
        'PRAGMA "synchronous"(OFF)',
        "PRAGMA writable_schema(1)",
        "pragma user_version(7)",
        "PRAGMA foreign_keys = OFF",
        "EXPLAIN PRAGMA foreign_keys(OFF)",
        "EXPLAIN QUERY PLAN PRAGMA foreign_keys=OFF",
    ],
)
def test_a_query_changes_no_setting(filled: Path, sql: str) -> None:
    """A query that would change a setting is refused, however it is spelt."""
    settings = ["journal_mode", "foreign_keys", "synchronous", "writable_schema", "user_version"]
    with SQLite3(filled) as db:
        before = [db.query(f"PRAGMA {name}") for name in settings]
        with pytest.raises(ReadOnlyError, match="hint: use execute"):
            db.query(sql)

        assert [db.query(f"PRAGMA {name}") for name in settings] == before


@pytest.mark.parametrize(
    "sql",
    [
        "PRAGMA table_info(users)",
        "PRAGMA main.table_xinfo ('users')",
        "PRAGMA quick_check(1)",
        "PRAGMA Table_List",
        "EXPLAIN SELECT count(*) FROM users",
        "SELECT name FROM pragma_table_info('users')",
    ],
)
def test_a_query_may_ask_the_catalogue(filled: Path, sql: str) -> None:
    """What PRAGMAs tell about a table is read by a query."""
    with SQLite3(filled) as db:
        assert len(db.query(sql)) > 0


def test_a_computed_column_is_not_added(filled: Path) -> None:
    """A column that is computed and stored is refused by name, and the way out is told."""
    with SQLite3(filled) as db, pytest.raises(UnsupportedFeatureError, match=r"'n'(.|\n)*hint"):
        db.add_column("users", "n", "INTEGER GENERATED ALWAYS AS (id * 2) STORED")


def test_nothing_global_is_touched(path: Path) -> None:
    """Using a database registers no adapter, converter or handler for the whole process."""
    program = """
        import logging, sqlite3, sys
        before = (dict(sqlite3.adapters), dict(sqlite3.converters), list(logging.root.handlers))
        from scitex.db import SQLite3
        import datetime, decimal, uuid
        with SQLite3(sys.argv[1]) as db:
            db.create_table("t", {"a": "TIMESTAMP", "b": "NUMERIC", "c": "JSON"})
            db.insert("t", {"a": datetime.datetime(2025, 5, 30), "b": decimal.Decimal(5), "c": {}})
            db.select("t")
        after = (dict(sqlite3.adapters), dict(sqlite3.converters), list(logging.root.handlers))
        print(before == after)
    """

    assert said(program, path) == "True"


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
def test_the_database_is_no_place_for_csv(filled: Path, tmp_path: Path, ending: str) -> None:
    """Its own files are neither written nor read as CSV, whatever they are called."""
    link = tmp_path / "link.csv"
    with SQLite3(filled) as db:
        db.insert("users", {"name": "x"})
        link.symlink_to(f"{filled}{ending}")
        for path in (f"{filled}{ending}", link):
            with pytest.raises(InterfaceError, match="itself"):
                db.export_to_csv("users", path)
            with pytest.raises(InterfaceError, match="itself"):
                db.import_from_csv("users", path)

        assert db.count("users") == len(PEOPLE) + 1


def test_a_file_keeps_its_page_size(tmp_path: Path) -> None:
    """Asked for again it is the same; another one is refused, and nothing is changed."""
    path = tmp_path / "test.db"
    for _ in range(2):
        with SQLite3(path, page_size=65536) as db:
            db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
            assert db.query("PRAGMA page_size") == [{"page_size": 65536}]
            assert db.query("PRAGMA journal_mode") == [{"journal_mode": "wal"}]
    with pytest.raises(InterfaceError, match="65536"):
        SQLite3(path, page_size=4096)
    with SQLite3(path) as db:
        assert db.list_tables() == ["t"]
