"""Looking into SQLite files, whoever made them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import scitex.db
from scitex.db import InMemory, Inspector, SQLite3, doctor, inspect, schema_diff
from scitex.db.domain.errors import DataError, InterfaceError, OperationalError, ReadOnlyError
from scitex.db.testing.contract.inspection import laboratory

pytestmark = pytest.mark.engine("sqlite file")

TABLES = {
    "rules": """CREATE TABLE t (a INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT, -- (CHECK
        b TEXT CONSTRAINT "is set" NOT NULL CONSTRAINT one UNIQUE ON CONFLICT REPLACE
            CHECK (b <> 'PRIMARY KEY (x)') DEFAULT (1 + 2),
        c INT CONSTRAINT up REFERENCES p(x) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
        d INT REFERENCES p NOT DEFERRABLE, CONSTRAINT `few "c"` CHECK (c < 9 AND a IN (1, 2)),
        CONSTRAINT both UNIQUE (b COLLATE NOCASE, c),
        FOREIGN KEY (c, d) REFERENCES q(`y z`, x))""",
    "without rowid": "CREATE TABLE t (b TEXT, a INT, PRIMARY KEY (a DESC, b)) WITHOUT ROWID",
    "strict": "CREATE TABLE t (a INT PRIMARY KEY, b ANY, c BLOB) STRICT",
    "computed": "CREATE TABLE t (a INT, b AS (a * 2), c TEXT GENERATED ALWAYS AS ('x') STORED)",
    "untyped": 'CREATE TABLE t (a, b, [odd name], `other`, "PRIMARY" CHECK (a > 1))',
    "fts": "CREATE VIRTUAL TABLE t USING fts5(a, b, tokenize = 'porter unicode61')",
    "as select": "CREATE TABLE t AS SELECT 1 AS a, 'x' AS b",
    "a view": "CREATE VIEW t (a, b) AS SELECT 1, 'x'",
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


@pytest.mark.parametrize("kind", TABLES)
def test_the_text_is_the_stored_one(db: SQLite3, kind: str) -> None:
    """The SQL of a table is its own text, and makes the same table in an empty file."""
    db.execute(TABLES[kind])
    told = inspect(db).get_create_table_sql("t")
    with SQLite3(":memory:") as other:
        other.execute(told)

        assert inspect(other).get_create_table_sql("t") == told
        assert list(map(str, schema_diff(db, other))) == []
        assert inspect(other).get_constraints("t") == inspect(db).get_constraints("t")


def test_the_sql_of_the_engine_in_memory_runs(db: SQLite3) -> None:
    """What the in-memory engine writes of its tables makes the same ones on SQLite."""
    with InMemory() as memory:
        laboratory(memory)
        inspector = inspect(memory)
        for table in inspector.get_sorted_tables():
            db.execute(inspector.get_create_table_sql(table))
            for index in inspector.get_indexes(table):
                db.execute(index["sql"])

        assert list(map(str, schema_diff(memory, db))) == []


def test_two_tables_are_compared(db: SQLite3) -> None:
    """Two tables as values are compared whatever their names, which are told."""
    db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, up INT REFERENCES t)")
    db.execute("CREATE TABLE u (a INTEGER PRIMARY KEY, up INT REFERENCES u)")
    diff = schema_diff(db.get_table("t"), db.get_table("u"))

    assert str(diff) == "a is the table 't', b is the table 'u'\nno differences"


ONE = [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x', b INT AS (id * 2), c TEXT)",
    "CREATE TABLE k (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b))",
    "CREATE INDEX i ON t (lower(a)) WHERE c > 'a'",
    "CREATE UNIQUE INDEX j ON t (a)",
    "CREATE VIEW v AS SELECT 1 AS x",
    "CREATE VIEW w AS SELECT 1 AS x",
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
    "CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT 1; END",
]
OTHER = [
    "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT, b INT AS (id*3), c TEXT COLLATE NOCASE)",
    "CREATE TABLE k (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (b, a))",
    "CREATE INDEX i ON t (lower(a)) WHERE c > 'b'",
    "CREATE VIEW v AS SELECT 2 AS x",
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 2; END",
]
TOLD = """\
view 'v': CREATE VIEW v AS SELECT 1 AS x in a, CREATE VIEW v AS SELECT 2 AS x in b
view 'w': only in a
k
  primary key: (a, b) in a, (b, a) in b
t
  column 'a': default 'x' in a, no default in b
  column 'b': computed as id * 2 in a, computed as id*3 in b
  column 'c': order by code point in a, order NOCASE in b
  index 'i': on (lower(a)) where c > 'a' in a, on (lower(a)) where c > 'b' in b
  index 'j': only in a, unique on (a)
  trigger 'g': CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END in a, \
CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 2; END in b
  trigger 'h': only in a
  search: a in english in a, not searched in b"""


def test_differences_of_all_sorts_are_told(db: SQLite3) -> None:
    """Whatever differs is told once, table by table, what is missing first."""
    with SQLite3(":memory:") as other:
        for sql in ONE:
            db.execute(sql)
        for sql in OTHER:
            other.execute(sql)
        db.enable_search("t", "a")
        diff = schema_diff(db, other)
        both = schema_diff(other, db)

        assert str(diff).partition("\n")[2] == TOLD
        assert (len(diff), len(both)) == (11, 11)
        assert [each.what for each in schema_diff(db, other, tables="v")] == ["view"]


def test_rules_have_their_names(db: SQLite3) -> None:
    """Names, which SQLite tells in its text alone, are read out of it."""
    db.execute(TABLES["rules"])
    rules = [
        (rule["kind"], rule["name"], rule["column_names"])
        for rule in inspect(db).get_constraints("t")
    ]

    assert rules == [
        ("primary key", "pk", ["a"]),
        ("unique", "one", ["b"]),
        ("unique", "both", ["b", "c"]),
        ("check", None, ["b"]),
        ("check", 'few "c"', ["a", "c"]),
        ("foreign key", "up", ["c"]),
        ("foreign key", None, ["d"]),
        ("foreign key", None, ["c", "d"]),
    ]


def test_foreign_keys_are_read_one_by_one(db: SQLite3) -> None:
    """Each foreign key has its own options, and its parent need not be there."""
    db.execute("CREATE TABLE p (x INTEGER PRIMARY KEY)")
    db.execute(TABLES["rules"])
    told = [
        (key["referred_table"], key["referred_columns"], key["options"])
        for key in inspect(db).get_foreign_keys("t")
    ]

    assert told == [
        ("p", ["x"], {"ondelete": "SET NULL", "deferrable": True, "initially": "DEFERRED"}),
        ("p", ["x"], {}),
        ("q", ["y z", "x"], {}),
    ]


def test_capitals_do_not_count_in_references(db: SQLite3, tmp_path: Path) -> None:
    """What a key refers to is told by its own name, whatever the key calls it."""
    db.execute("CREATE TABLE Users (Id INTEGER PRIMARY KEY)")
    db.execute("CREATE TABLE notes (by INTEGER REFERENCES USERS(ID), of INT REFERENCES users)")
    inspector = inspect(db)
    told = [
        (key["referred_table"], key["referred_columns"])
        for key in inspector.get_foreign_keys("notes")
    ]
    drawing = Path(inspector.generate_schema_diagram(tmp_path / "s.mmd")).read_text()

    assert told == [("Users", ["Id"]), ("Users", ["Id"])]
    assert len(inspector.get_referring_keys("Users")) == 2
    assert (inspector.get_sorted_tables(), drawing.count('"Users" {')) == (["Users", "notes"], 1)
    assert '"USERS"' not in drawing


def test_keys_and_checks_of_odd_tables(db: SQLite3) -> None:
    """Keys come in their own order; names that are words of SQL are names."""
    db.execute(TABLES["without rowid"])
    db.execute(TABLES["untyped"].replace("TABLE t", "TABLE u"))
    inspector = inspect(db)

    assert inspector.get_primary_keys("t") == ["a", "b"]
    assert [rule["sql"] for rule in inspector.get_constraints("u")] == ["CHECK (a > 1)"]
    assert [column["name"] for column in inspector.get_columns("u")] == [
        *("a", "b", "odd name", "other", "PRIMARY"),
    ]


def test_triggers_and_views_are_told(db: SQLite3) -> None:
    """Triggers are told with their moment, and views with their text."""
    db.execute("CREATE TABLE t (x)")
    db.execute("CREATE VIEW v AS SELECT x FROM t")
    db.execute("CREATE TRIGGER a UPDATE OF x ON t BEGIN DELETE FROM t; END")
    db.execute("CREATE TRIGGER b INSTEAD OF DELETE ON v BEGIN SELECT 1; END")
    db.execute('CREATE TRIGGER "after" AFTER INSERT ON t WHEN NEW.x > 1 BEGIN SELECT 1; END')
    inspector = inspect(db)

    told = [(each["name"], each["timing"], each["events"]) for each in inspector.get_triggers()]

    assert told == [
        ("a", "BEFORE", ["UPDATE"]),
        ("after", "AFTER", ["INSERT"]),
        ("b", "INSTEAD OF", ["DELETE"]),
    ]
    assert [each["name"] for each in inspector.get_triggers("v")] == ["b"]
    assert inspector.get_views() == [
        {"name": "v", "sql": "CREATE VIEW v AS SELECT x FROM t", "materialized": False}
    ]


def test_indexes_tell_expressions_and_conditions(db: SQLite3) -> None:
    """An expression with a comma is one term, and a partial index tells its condition."""
    db.execute("CREATE TABLE t (a, b)")
    db.execute("CREATE UNIQUE INDEX i ON t (ifnull(a, 'x'), b DESC) WHERE b > 1")
    (index,) = inspect(db).get_indexes("t")

    assert (index["column_names"], index["unique"], index["where"]) == (
        ["ifnull(a, 'x')", "b"],
        True,
        "b > 1",
    )


def test_a_path_is_opened_for_reading_and_closed(db: SQLite3, path: Path) -> None:
    """A path is looked into without the right to write, and let go of at the end."""
    db.create_table("t", {"x": "TEXT"})
    with inspect(path) as inspector:
        assert (type(inspector), inspector.get_tables()) == (Inspector, ["t"])
        with pytest.raises(ReadOnlyError):
            inspector.storage.insert("t", {"x": "y"})
    with pytest.raises(InterfaceError, match="closed"):
        inspector.get_tables()


@pytest.mark.parametrize("address", ["{}/none.db", "sqlite:///{}/none.db"])
def test_a_missing_file_is_not_made(tmp_path: Path, address: str) -> None:
    """A file that is not there is told, and is not there afterwards either."""
    for look in (inspect, lambda given: schema_diff(given, given)):
        with pytest.raises(OperationalError, match=r"none\.db(.|\n)*never made"):
            look(address.format(tmp_path))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", [":memory:", "memory://", "sqlite://", "", 5, None])
def test_only_what_is_somewhere_is_looked_into(address: object) -> None:
    """A new database in memory, or what is no database, is refused with a way out."""
    with pytest.raises(InterfaceError, match=r"hint: pass"):
        scitex.db.inspect(address)  # type: ignore[arg-type] - a wrong call on purpose


def test_another_programs_values_are_measured(db: SQLite3, path: Path) -> None:
    """Texts in columns of numbers and moments of other programs do no harm."""
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE t (a, n INTEGER, at DATETIME, w TEXT COLLATE NOCASE)")
        raw.executemany(
            "INSERT INTO t VALUES (?, ?, ?, ?)",
            [
                (1, 1, "2025-05-30T14:00:00.500Z", "a"),
                ("x", "many", "2025-05-30 14:00:01", "A"),
                (b"y", 3, "2025-05-30 14:00:02.25", "b"),
            ],
        )
    raw.close()
    profile = inspect(db).column_profile("t")

    assert [each.distinct for each in profile] == [3, 2, 3, 3]
    assert (profile["a"].min, profile["n"].max, profile["w"].min) == (1, 3, "A")
    assert [each.misfits for each in profile] == [0, 1, 0, 0]
    assert str(profile["at"].mean) == "2025-05-30 14:00:01.250000"


@pytest.mark.parametrize(
    ("sql", "scans", "indexes"),
    [
        ("SELECT * FROM t u WHERE a = 1", (), ("ta",)),
        ("SELECT * FROM t AS ta WHERE b = 1", ("t",), ()),
        ("SELECT a FROM t", ("t",), ("ta",)),
        ("SELECT * FROM v", ("t",), ()),
        ("SELECT * FROM t x, t y WHERE x.b = y.b", ("t",), ()),
        ("SELECT * FROM (SELECT DISTINCT b FROM t) q", ("t",), ()),
        ("WITH r AS (SELECT 1) SELECT * FROM r", (), ()),
        ("SELECT * FROM f WHERE f MATCH 'x'", (), ()),
        ("SELECT * FROM f", ("f",), ()),
        ('SELECT * FROM t WHERE b IN (SELECT `x y` FROM [odd "t])', ('odd "t', "t"), ()),
        ("UPDATE t SET b = 1 WHERE a = 3", (), ("ta",)),
        ("SELECT * FROM t WHERE a = 1 OR rowid = 2", (), ("ta",)),
        ('SELECT * FROM main.t AS "SCAN t USING INDEX ta" WHERE b = 1', ("t",), ()),
    ],
)
def test_plans_of_all_sorts_are_read(
    db: SQLite3, sql: str, scans: tuple[str, ...], indexes: tuple[str, ...]
) -> None:
    """A plan tells tables by their names, whatever the statement calls them."""
    for made in (
        "CREATE TABLE t (a, b)",
        "CREATE INDEX ta ON t (a)",
        "CREATE VIEW v AS SELECT * FROM t",
        'CREATE TABLE "odd ""t" ("x y")',
        "CREATE VIRTUAL TABLE f USING fts5(x)",
    ):
        db.execute(made)
    plan = db.explain(sql)

    assert (plan.full_scans, plan.indexes) == (scans, indexes)


def test_text_among_numbers_is_counted_by_itself(db: SQLite3, path: Path) -> None:
    """What another program stored in a column of numbers is in no mean, and is told."""
    db.create_table("odd", {"n": "INTEGER", "x": "REAL"})
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.executemany("INSERT INTO odd VALUES (?, ?)", [(2, 1.0), ("no", "n/a"), (4, None)])

    n, x = inspect(db).column_profile("odd")

    assert (n.count, n.nulls, n.misfits, n.mean, n.min, n.max) == (2, 0, 1, 3.0, 2, 4)
    assert (x.count, x.nulls, x.misfits, x.mean) == (1, 1, 1, 1.0)


def test_text_that_is_none_is_a_data_error(db: SQLite3, path: Path) -> None:
    """The column is named, by whatever reads it."""
    db.create_table("odd", {"word": "TEXT"})
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute("INSERT INTO odd VALUES (CAST(x'ff' AS TEXT))")

    for call in (
        lambda: db.select("odd"),
        lambda: db.fingerprint("odd"),
        lambda: inspect(db).column_profile("odd"),
    ):
        with pytest.raises(DataError, match="'word'"):
            call()


def test_a_column_without_a_type_is_drawn(path: Path, tmp_path: Path) -> None:
    """SQLite knows columns without a type; graphviz takes no empty text."""
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bare (a, b)")

    text = Path(inspect(path).generate_schema_diagram(tmp_path / "bare.dot")).read_text()

    assert 'POINT-SIZE="9"></FONT>' not in text


def test_a_key_that_cannot_be_held_hides_no_broken_reference(path: Path) -> None:
    """Both are findings of their own, and neither is called damage."""
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE p (id INTEGER PRIMARY KEY, x TEXT)")
        other.execute("CREATE TABLE odd (x REFERENCES p (x))")
        other.execute("CREATE TABLE c (p INTEGER REFERENCES p (id))")
        other.execute("INSERT INTO c VALUES (7)")

    found = {(each.check, each.where) for each in doctor(path).findings}

    assert ("foreign-key-mismatch", "table 'odd'") in found
    assert ("foreign-keys", "table 'c'") in found
    assert not any(check == "integrity" for check, _ in found)
