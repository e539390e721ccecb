"""Copies from one database into another, whatever engines keep them."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings

import scitex.db
from scitex.db import Database, InMemory, PostgreSQL, SQLite3, col, copy_database
from scitex.db.domain.errors import (
    CheckError,
    DataError,
    ForeignKeyError,
    InterfaceError,
    SchemaError,
    TableNotFoundError,
    UnsupportedFeatureError,
)
from scitex.db.domain.tables import TableSpec, differences
from scitex.db.testing.contract.fingerprints import DECLARED, EVERY_TYPE, FULL
from scitex.db.testing.contract.ground import DRAWN, undone
from scitex.db.testing.postgres.database import ScratchSchema

pytestmark = pytest.mark.engine("sqlite file", "postgresql")
INF = float("inf")


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[SQLite3]:
    """Return an empty file."""
    with SQLite3(tmp_path / "source.db") as db:
        yield db


@pytest.fixture
def pg(postgresql_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return an empty schema."""
    with PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as db:
        yield db


@pytest.fixture
def back(tmp_path: Path) -> Iterator[SQLite3]:
    """Return another empty file."""
    with SQLite3(tmp_path / "back.db") as db:
        yield db


def nasty(db: Database) -> None:
    """Fill a database with all that engines share and programs trip over."""
    db.create_table("every", DECLARED)
    db.insert_many("every", [FULL, dict.fromkeys(DECLARED), {"real": -INF}, {"real": INF}, FULL])
    db.create_table(
        'select "Größe"',
        {
            "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
            "order": "TEXT NOT NULL DEFAULT 'a''b' CHECK (\"order\" <> '')",
            "n": "INTEGER DEFAULT -5 CHECK (n IS NULL OR n > -10)",
            "x": "REAL DEFAULT 0.5",
            "ok": "BOOLEAN NOT NULL DEFAULT TRUE",
            "at": "TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
            "kind": "VARCHAR(5) CHECK (kind IN ('a', 'b'))",
            "up": 'INTEGER REFERENCES "select ""Größe""" (id)',
        },
        unique=[("order", "n")],
    )
    rows = [{"order": f"日本 {n}", "n": n, "x": n / 3, "up": n or None} for n in range(50)]
    db.insert_many('select "Größe"', rows)
    db.delete('select "Größe"', where={"id": 50})
    db.create_table("empty", {"a": "TEXT", "b": "INTEGER"}, primary_key=["a", "b"])
    db.create_table(
        "pairs",
        {"a": "TEXT", "b": "INTEGER", "raw": "BLOB"},
        foreign_keys=[scitex.db.ForeignKey(["a", "b"], "empty", on_delete="CASCADE")],
    )
    db.insert_many("pairs", [{"raw": bytes([n]) * 3_000_000} for n in range(7)])
    db.create_table("docs", {"id": "INTEGER PRIMARY KEY", "body": "TEXT", "conf": "JSON"})
    db.insert_many("docs", [{"body": "mice sleep", "conf": {"lr": 1e-3, "a": [1, "é"]}}] * 3)
    db.create_index("docs", ["body", col("conf")["lr"]])
    db.create_index("every", "uid", unique=False, name="by uid")
    db.enable_search("docs", "body")


CIRCLE = """
CREATE TABLE hen (id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg(id));
CREATE TABLE egg (
    id INTEGER PRIMARY KEY, hen INTEGER NOT NULL REFERENCES hen(id) ON DELETE CASCADE
);
INSERT INTO hen VALUES (1, 2), (2, 1);
INSERT INTO egg VALUES (1, 1), (2, 2);
"""


def in_circle(path: Path) -> None:
    """Make two tables that refer to one another."""
    raw = sqlite3.connect(path)
    raw.executescript(CIRCLE)
    raw.close()


def schema(db: Database) -> dict[str, Any]:
    """Return what is known of all tables."""
    return {
        name: (db.get_table(name), db.list_indexes(name), db.get_search(name))
        for name in db.list_tables()
    }


def _bare(spec: TableSpec) -> TableSpec:
    """Leave out of checks what each engine spells its own way: brackets, quotes, blanks."""
    texts = [re.sub(r'[()"`\s]', "", check).upper() for check in spec.checks]
    return attrs.evolve(spec, checks=sorted(texts))


def unlike(one: Database, other: Database) -> list[Any]:
    """Say how two schemas differ."""
    first, second = schema(one), schema(other)
    found: list[Any] = [] if list(first) == list(second) else [list(first), list(second)]
    for name in first:
        found += differences(_bare(first[name][0]), _bare(second[name][0]))
        if first[name][1:] != second[name][1:]:
            found += [first[name][1:], second[name][1:]]
    return found


def test_a_nasty_database_goes_there_and_back(
    lite: SQLite3, pg: PostgreSQL, back: SQLite3, tmp_path: Path
) -> None:
    """All that engines share survives SQLite, PostgreSQL and SQLite again, to the last bit."""
    nasty(lite)
    in_circle(tmp_path / "source.db")
    there = copy_database(lite, pg)
    again = copy_database(pg, back)

    assert unlike(lite, back) == []
    assert lite.fingerprint() == pg.fingerprint() == back.fingerprint()
    assert [each.table for each in there.tables] == [each.table for each in again.tables]
    assert (there.uncarried, again.uncarried) == ((), ())
    for db in (pg, back):
        assert db.insert('select "Größe"', {"order": "next"}) == 51
        assert [row["id"] for row in db.search("docs", "mouse mice")] == []
        assert len(db.search("docs", "mice")) == 3
        with pytest.raises(ForeignKeyError):
            db.insert("egg", {"hen": 99})


@settings(DRAWN, max_examples=25)
@given(records=EVERY_TYPE)
def test_any_records_go_there_and_back(
    lite: SQLite3, pg: PostgreSQL, back: SQLite3, records: list[dict[str, Any]]
) -> None:
    """Any records of any types are the same after a journey, as select gives them too."""
    lite.create_table("every", DECLARED)
    lite.delete("every", where="1 = 1")
    lite.insert_many("every", records)
    copy_database(lite, pg, overwrite=True)
    copy_database(pg, back, overwrite=True)

    assert back.select("every") == lite.select("every")


@pytest.mark.parametrize("emptied", [False, True])
def test_memory_takes_and_gives_the_same(
    lite: SQLite3, back: SQLite3, tmp_path: Path, emptied: bool
) -> None:
    """The engine in memory takes and gives the same."""
    nasty(lite)
    in_circle(tmp_path / "source.db")
    if emptied:
        lite.delete("pairs", where="1 = 1")
    with InMemory() as memory:
        copy_database(lite, memory)
        copy_database(memory, back)

    assert (unlike(lite, back), lite.fingerprint() == back.fingerprint()) == ([], True)


def test_a_path_and_a_url_will_do(tmp_path: Path) -> None:
    """Paths and URLs are taken; a new file is made, one to be read is not."""
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    with SQLite3(source) as db:
        db.create_table("t", {"x": "INTEGER"})
        db.insert_many("t", [{"x": 1}] * 3)
    found = copy_database(source, f"sqlite:///{target}")

    assert str(found) == "copied 1 table, 3 records"
    with pytest.raises(scitex.db.OperationalError):
        copy_database(tmp_path / "none.db", target)
    with pytest.raises(InterfaceError, match="one database"):
        copy_database(source, source)


@pytest.mark.parametrize("engine", ["pg", "back"])
def test_tables_that_are_there_are_kept(
    lite: SQLite3, engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Tables of the target are replaced only where that is said, also those in a circle."""
    target = request.getfixturevalue(engine)
    in_circle(tmp_path / "source.db")
    copy_database(lite, target)
    lite.insert("hen", {"id": 3, "egg": 1})
    before = target.fingerprint()
    with pytest.raises(SchemaError, match=r"'egg', 'hen'(.|\n)*overwrite=True"):
        copy_database(lite, target)
    kept = target.fingerprint()
    copy_database(lite, target, overwrite=True)

    assert (kept == before, target.fingerprint() == lite.fingerprint()) == (True, True)


def test_what_others_refer_to_is_not_replaced(lite: SQLite3, pg: PostgreSQL) -> None:
    """A table that others of the target refer to is not replaced."""
    for db in (lite, pg):
        db.create_table("a", {"id": "INTEGER PRIMARY KEY"})
    pg.create_table("b", {"a": "INTEGER REFERENCES a(id)"})
    with pytest.raises(ForeignKeyError, match="'b'"):
        copy_database(lite, pg, overwrite=True)

    assert pg.list_tables() == ["a", "b"]


def test_what_cannot_be_carried_is_told_before(lite: SQLite3, pg: PostgreSQL) -> None:
    """What the other engine cannot have is named, and nothing is written."""
    lite.execute("CREATE TABLE t (a TEXT DEFAULT (hex(5)), b INTEGER CHECK (b % 2 = 0))")
    lite.execute("CREATE VIEW v AS SELECT a FROM t")
    lite.execute("CREATE TRIGGER g AFTER DELETE ON t BEGIN SELECT 1; END")
    lite.execute("CREATE UNIQUE INDEX i ON t (b) WHERE b > 3")
    with pytest.raises(UnsupportedFeatureError) as caught:
        copy_database(lite, pg)
    found = copy_database(lite, pg, strict=False)

    for words in ("view 'v'", "trigger 'g'", "default 'a: hex(5)'", "check 'b % 2", "index 'i'"):
        assert words in str(caught.value)
        assert words in str(found)
    assert pg.list_tables() == ["t"]


def test_what_the_other_engine_refuses_is_told_too(lite: SQLite3, pg: PostgreSQL) -> None:
    """A rule that the other engine refuses is found by trying, and told like the others."""
    lite.execute("CREATE TABLE t (ok BOOLEAN CHECK (ok IN (0, 1)), n INTEGER CHECK (n > 0))")
    lite.insert("t", {"ok": True, "n": 5})
    with pytest.raises(UnsupportedFeatureError, match=r"check .*ok.* of table .t.\nhint"):
        copy_database(lite, pg)
    none = pg.list_tables()
    found = copy_database(lite, pg, strict=False)

    assert (none, len(found.uncarried), len(pg.get_table("t").checks)) == ([], 1, 1)


def test_a_schema_of_postgresql_becomes_one_of_sqlite(lite: SQLite3, pg: PostgreSQL) -> None:
    """Tables that were made by PostgreSQL's own words have the same rules and defaults."""
    pg.execute(
        "CREATE TABLE users (id serial PRIMARY KEY, email varchar(100) UNIQUE NOT NULL, "
        "mood text DEFAULT 'ok' CHECK (mood IN ('ok', 'bad')), age int CHECK (age >= 0), "
        "score real DEFAULT 0.5, tags jsonb DEFAULT '{}', price numeric(10, 2) DEFAULT -1.5, "
        "active boolean DEFAULT true)"
    )
    pg.execute("INSERT INTO users (email) SELECT 'u' || g FROM generate_series(1, 1000) AS g")
    found = copy_database(pg, lite)
    key = lite.insert("users", {"email": "new"})

    assert (found.uncarried, key) == ((), 1001)
    assert lite.select("users", where={"id": key})[0] == {
        "id": 1001,
        "email": "new",
        "mood": "ok",
        "age": None,
        "score": 0.5,
        "tags": {},
        "price": decimal.Decimal("-1.5"),
        "active": True,
    }
    for wrong in ({"mood": "so so"}, {"age": -1}):
        with pytest.raises(CheckError):
            lite.insert("users", {"email": "x", **wrong})


def test_some_tables_may_be_chosen(lite: SQLite3, back: SQLite3) -> None:
    """Only the tables that are named are copied; a reference to another one is told."""
    lite.create_table("a", {"id": "INTEGER PRIMARY KEY"})
    lite.create_table("b", {"a": "INTEGER REFERENCES a(id)"})
    with pytest.raises(UnsupportedFeatureError, match="foreign key to table 'a' of table 'b'"):
        copy_database(lite, back, tables="b")
    copy_database(lite, back, tables=["a"])
    copy_database(lite, back, tables=["b"])

    assert back.list_tables() == ["a", "b"]
    with pytest.raises(TableNotFoundError, match="did you mean 'a'"):
        copy_database(lite, back, tables="aa")


@pytest.mark.filterwarnings("ignore:column:scitex.db.DatabaseWarning")
def test_a_value_that_does_not_fit_leaves_nothing(lite: SQLite3, pg: PostgreSQL) -> None:
    """A value that does not fit the other engine is named with its place, and nothing is left."""
    lite.create_table("t", {"id": "INTEGER PRIMARY KEY", "n": "INTEGER"})
    lite.insert_many("t", [{"n": 1}] * 25_000)
    lite.execute("UPDATE t SET n = 'much' WHERE id = 24000")
    with pytest.raises(DataError) as caught:
        copy_database(lite, pg)

    assert (caught.value.table, caught.value.column, caught.value.row) == ("t", "n", 23999)
    assert ("record 23999" in str(caught.value), pg.list_tables()) == (True, [])


def test_a_copy_that_is_not_the_same_is_refused(lite: SQLite3, pg: PostgreSQL) -> None:
    """Where the copy would not hold what was read, nothing is kept."""
    pg.create_table("t", {"x": "REAL"})
    pg.execute("INSERT INTO t VALUES ('NaN')")
    with pytest.raises(DataError, match=r"not what was read(.|\n)*NaN"):
        copy_database(pg, lite)

    assert lite.list_tables() == []


def test_a_type_of_one_engine_is_refused(lite: SQLite3, pg: PostgreSQL) -> None:
    """A column of a type that only one engine knows is named."""
    pg.execute("CREATE TABLE t (address inet)")
    with pytest.raises(SchemaError, match=r"'address' of table 't' has the type INET"):
        copy_database(pg, lite)


def test_a_dangling_reference_is_found(lite: SQLite3, pg: PostgreSQL, back: SQLite3) -> None:
    """A reference in the source that points at no record is found, and nothing is kept."""
    lite.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
    lite.execute("CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a(id))")
    raw = sqlite3.connect(lite.storage.location)
    raw.execute("INSERT INTO b VALUES (1, 9)")
    raw.commit()
    raw.close()
    for target in (pg, back):
        with pytest.raises(ForeignKeyError):
            copy_database(lite, target)

        assert target.list_tables() == []


def test_a_copy_is_part_of_its_transaction(lite: SQLite3, pg: PostgreSQL) -> None:
    """Inside a transaction of the target the copy goes with it."""
    lite.create_table("t", {"id": "INTEGER PRIMARY KEY", "d": "NUMERIC"})
    lite.insert("t", {"d": decimal.Decimal("0.0125")})
    with undone(pg):
        copy_database(lite, pg)

    assert pg.list_tables() == []


def test_copying_is_reported(lite: SQLite3, back: SQLite3) -> None:
    """A function is told how many records were stored, and of how many."""
    lite.create_table("t", {"at": "TIMESTAMPTZ"})
    lite.insert_many("t", [{"at": dt.datetime(2025, 5, 30, tzinfo=dt.UTC)}] * 10)
    told: list[tuple[int, int | None]] = []
    copy_database(lite, back, progress=lambda done, total: told.append((done, total)))

    assert told[-1] == (10, 10)


# --------------------------------------------------------------- what may not be lost unsaid


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("CREATE TABLE t (a TEXT PRIMARY KEY, b INTEGER UNIQUE ON CONFLICT REPLACE)", "REPLACE"),
        ("CREATE TABLE t (a TEXT PRIMARY KEY) STRICT", "STRICT"),
    ],
)
def test_rules_of_sqlite_are_not_lost_unsaid(
    lite: SQLite3, back: SQLite3, made: str, told: str
) -> None:
    """What a copy in the same engine would not have is refused, and told where it is left."""
    lite.execute(made)

    with pytest.raises(UnsupportedFeatureError, match=told):
        copy_database(lite, back)
    assert told in str(copy_database(lite, back, strict=False))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("a INTEGER PRIMARY KEY, b INTEGER UNIQUE DEFERRABLE", "DEFERRABLE"),
        ("a INTEGER PRIMARY KEY, b CHAR(3)", "character"),
        ("a INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "ALWAYS"),
        ("a INTEGER PRIMARY KEY, b INTEGER UNIQUE NULLS NOT DISTINCT", "NOT DISTINCT"),
    ],
)
def test_rules_of_postgresql_are_not_lost_unsaid(
    pg: PostgreSQL, lite: SQLite3, made: str, told: str
) -> None:
    """What a copy does not have is in what it tells."""
    pg.execute(f"CREATE TABLE t ({made})")

    assert told in str(copy_database(pg, lite, strict=False))


def test_a_collation_goes_along_however_it_is_quoted(lite: SQLite3, back: SQLite3) -> None:
    """Also in the quotes that this package writes."""
    lite.create_table("t", {"a": "TEXT COLLATE NOCASE", "b": 'TEXT COLLATE "RTRIM"'})

    copy_database(lite, back)

    assert [column.collation for column in back.get_table("t").columns] == ["NOCASE", "RTRIM"]


def test_what_inherits_is_not_copied_twice(pg: PostgreSQL, lite: SQLite3) -> None:
    """Parent and child together are refused; the parent alone has all records."""
    pg.execute("CREATE TABLE mother (a INTEGER)")
    pg.execute("CREATE TABLE child (b INTEGER) INHERITS (mother)")
    pg.execute("INSERT INTO child VALUES (1, 2)")

    for strict in (True, False):
        with pytest.raises(SchemaError, match="twice"):
            copy_database(pg, lite, strict=strict)
    assert copy_database(pg, lite, tables="mother").rows == 1


def test_triggers_of_replaced_tables_are_not_lost_unsaid(lite: SQLite3, back: SQLite3) -> None:
    """They are named before anything is replaced; views that would break are too."""
    for db in (lite, back):
        db.create_table("t", {"a": "INTEGER PRIMARY KEY"})
    back.execute("CREATE TRIGGER mine AFTER INSERT ON t BEGIN SELECT 1; END")

    with pytest.raises(UnsupportedFeatureError, match="'mine'"):
        copy_database(lite, back, overwrite=True)
    assert "mine" in str(copy_database(lite, back, overwrite=True, strict=False))

    back.add_column("t", "b", "TEXT")
    back.execute("CREATE VIEW v AS SELECT b FROM t")
    with pytest.raises(SchemaError, match="'v'"):
        copy_database(lite, back, overwrite=True)
    assert [column.name for column in back.get_table("t").columns] == ["a", "b"]


def test_a_database_is_not_copied_into_itself(postgresql_schema: ScratchSchema) -> None:
    """Two objects for one database on a server are told from two databases."""
    params = {**postgresql_schema.params, "schema": postgresql_schema.name}
    with (
        PostgreSQL(**params) as one,
        PostgreSQL(**params) as other,
        pytest.raises(InterfaceError, match="one database"),
    ):
        copy_database(one, other)


def test_a_copy_that_fails_leaves_no_file(lite: SQLite3, tmp_path: Path) -> None:
    """The file that was made for it goes; one that was there stays."""
    lite.execute("CREATE TABLE t (a TEXT PRIMARY KEY) STRICT")
    (tmp_path / "there.db").touch()

    for name in ("new.db", "there.db"):
        with pytest.raises(UnsupportedFeatureError):
            copy_database(lite, tmp_path / name)
    assert not (tmp_path / "new.db").exists()
    assert (tmp_path / "there.db").exists()


def test_schemas_differ_in_what_only_an_engine_knows(
    lite: SQLite3, back: SQLite3, pg: PostgreSQL
) -> None:
    """STRICT, AUTOINCREMENT and partitions are told of; of two engines they are not compared."""
    lite.execute("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT) STRICT")
    back.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    pg.execute("CREATE TABLE t (a BIGINT PRIMARY KEY)")

    told = str(scitex.db.schema_diff(lite, back))

    assert "rule 'STRICT': only in a" in told
    assert "numbering: by a AUTOINCREMENT in a, by a in b" in told
    assert "STRICT" not in str(scitex.db.schema_diff(lite, pg))
