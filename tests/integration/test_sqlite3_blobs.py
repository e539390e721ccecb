"""Large values on SQLite, where something looks at them while they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from scitex.db import SQLite3
from scitex.db.domain.errors import CheckError, DuplicateKeyError

pytestmark = pytest.mark.engine("sqlite file")
LARGE = 400_000


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SQLite3]:
    """Return an empty database."""
    with SQLite3(tmp_path / "test.db") as db:
        yield db


def test_a_record_that_is_left_out_changes_no_other(db: SQLite3) -> None:
    """Where a conflict or a trigger leaves a record out, the others keep their bytes."""
    db.execute(
        "CREATE TABLE i (id INTEGER PRIMARY KEY, n TEXT UNIQUE ON CONFLICT IGNORE, data BLOB)"
    )
    for name in "ab":
        db.store_blob("i", {"n": name, "data": name.encode() * LARGE})
    db.store_blob("i", {"n": "a", "data": b"c" * (LARGE - 1)})
    db.execute(
        "CREATE TRIGGER t BEFORE INSERT ON i WHEN new.n = 'c' BEGIN SELECT RAISE(IGNORE); END"
    )
    db.store_blob("i", {"n": "c", "data": b"d" * (LARGE + 1)})

    assert [db.get_blob("i", "data", where={"n": name}) for name in "ab"] == [
        b"a" * LARGE,
        b"b" * LARGE,
    ]
    assert db.count("i") == 2


def test_rules_see_the_bytes(db: SQLite3) -> None:
    """A CHECK, an index, a generated column and a trigger see what is stored, and no zeros."""
    data = b"\x01" * LARGE
    db.execute(
        "CREATE TABLE c (id INTEGER PRIMARY KEY, data BLOB CHECK (hex(data) NOT LIKE '01%'))"
    )
    with pytest.raises(CheckError):
        db.store_blob("c", {"data": data})
    db.execute("CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT, data BLOB)")
    db.execute("CREATE UNIQUE INDEX pi ON p (name) WHERE hex(substr(data, 1, 1)) = '01'")
    db.store_blob("p", {"name": "a", "data": data})
    with pytest.raises(DuplicateKeyError):
        db.store_blob("p", {"name": "a", "data": data})
    db.execute(
        "CREATE TABLE g (id INTEGER PRIMARY KEY, data BLOB, "
        "h TEXT GENERATED ALWAYS AS (hex(substr(data, 1, 2))) STORED)"
    )
    db.store_blob("g", {"data": data})
    db.execute("CREATE TABLE e (id INTEGER PRIMARY KEY, n INTEGER, data BLOB)")
    db.execute("CREATE UNIQUE INDEX ei ON e (substr(data, 1, 1), n + 1)")
    db.store_blob("e", {"n": 1, "data": data})
    db.store_blob("e", {"n": 1, "data": bytes(LARGE)})
    with pytest.raises(DuplicateKeyError):
        db.store_blob("e", {"n": 1, "data": data})
    db.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, data BLOB)")
    db.execute("CREATE TABLE audit (h TEXT)")
    db.execute(
        "CREATE TRIGGER at AFTER INSERT ON a BEGIN "
        "INSERT INTO audit VALUES (hex(substr(new.data, 1, 2))); END"
    )
    db.store_blob("a", {"data": data})

    assert db.select("g", columns="h") == [{"h": "0101"}]
    assert db.select("audit") == [{"h": "0101"}]
    assert db.query("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def test_a_rule_that_comes_later_is_seen(db: SQLite3) -> None:
    """A trigger that is made after the first value counts for the next."""
    db.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, data BLOB)")
    db.execute("CREATE TABLE audit (h TEXT)")
    db.store_blob("a", {"data": b"\x01" * LARGE})
    db.execute(
        "CREATE TEMP TRIGGER at AFTER INSERT ON a BEGIN "
        "INSERT INTO audit VALUES (hex(substr(new.data, 1, 2))); END"
    )
    db.store_blob("a", {"data": b"\x02" * LARGE})

    assert db.select("audit") == [{"h": "0202"}]


@pytest.mark.parametrize("size", [8, LARGE])
def test_a_table_without_row_numbers_is_read(db: SQLite3, size: int) -> None:
    """So is a view, whatever the size."""
    db.execute("CREATE TABLE wr (k TEXT PRIMARY KEY, data BLOB) WITHOUT ROWID")
    db.execute("CREATE VIEW v AS SELECT k, data FROM wr")
    array = np.arange(size)
    assert db.store_array("wr", {"k": "a", "data": array}) == "a"

    for name in ("wr", "v"):
        found = db.get_array(name, "data")
        assert found is not None
        assert (found == array).all()
