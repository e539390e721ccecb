"""Laws of what a record gets in the columns that it does not name."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import pytest

from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import (
    CheckError,
    DataError,
    NotNullError,
    ProgrammingError,
    SchemaError,
    UnsupportedFeatureError,
)
from scitex.db.domain.predicates import ALL_ROWS, col
from scitex.db.domain.queries import Query


def made(columns: dict[str, str], engine: Engine = "sqlite") -> MemoryStorage:
    """Make a storage with a table of these columns."""
    storage = MemoryStorage(emulate=engine)
    storage.create_table(table_declared("t", columns))
    return storage


def only(storage: MemoryStorage) -> dict[str, Any]:
    """Return the one record that there is."""
    (record,) = storage.select(Query("t"))
    return record


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("INTEGER DEFAULT 5", 5),
        ("INTEGER DEFAULT -5", -5),
        ("INTEGER DEFAULT (1 + 2) * 3", 9),
        ("INTEGER DEFAULT (((7)))", 7),
        ("INTEGER DEFAULT ((1) + (2))", 3),
        ("REAL DEFAULT 1.5e3", 1500.0),
        ("REAL DEFAULT .5", 0.5),
        ("NUMERIC(10, 2) DEFAULT 1.25", decimal.Decimal("1.25")),
        ("TEXT DEFAULT 'it''s'", "it's"),
        ("TEXT DEFAULT ''", ""),
        ("TEXT DEFAULT ('(')", "("),
        ("TEXT DEFAULT NULL", None),
        ("BOOLEAN DEFAULT TRUE", True),
        ("BOOLEAN DEFAULT 0", False),
        ("DATE DEFAULT '2025-05-30'", dt.date(2025, 5, 30)),
        ("JSON DEFAULT '[]'", []),
        ("TEXT", None),
    ],
)
def test_defaults_are_evaluated(declaration: str, expected: object) -> None:
    """A default that is a literal, or reckoned from literals, is what the record gets."""
    storage = made({"id": "INTEGER PRIMARY KEY", "x": declaration})
    storage.insert("t", {})

    found = only(storage)["x"]

    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("declaration", "kind"),
    [
        ("TIMESTAMP DEFAULT CURRENT_TIMESTAMP", dt.datetime),
        ("TIMESTAMPTZ DEFAULT current_timestamp", dt.datetime),
        ("TIMESTAMP DEFAULT now()", dt.datetime),
        ("TIMESTAMP DEFAULT (NOW ( ))", dt.datetime),
        ("DATE DEFAULT CURRENT_DATE", dt.date),
        ("DATE DEFAULT CURRENT_TIMESTAMP", dt.date),
        ("TIME DEFAULT CURRENT_TIME", dt.time),
        ("TEXT DEFAULT CURRENT_TIMESTAMP", str),
        ("DEFAULT CURRENT_DATE", str),
    ],
)
def test_the_time_is_that_of_the_insert(declaration: str, kind: type) -> None:
    """A default that tells the time tells it when the record comes, in the column's kind."""
    storage = made({"id": "INTEGER PRIMARY KEY", "x": declaration})
    storage.insert("t", {})

    assert type(only(storage)["x"]) is kind


def test_the_time_is_in_utc() -> None:
    """CURRENT_TIMESTAMP is the time in UTC, to the second as SQLite tells it."""
    storage = made({"at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP"})
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    storage.insert("t", {})

    assert before <= only(storage)["at"] <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(
    "text", ["random()", "(SELECT 1)", "trim('a')", "other", "datetime('now')"]
)
def test_what_cannot_be_evaluated_is_refused(text: str) -> None:
    """A default that cannot be evaluated is refused when the table is made."""
    with pytest.raises(UnsupportedFeatureError, match="column 'x'"):
        made({"x": f"TEXT DEFAULT {text}"})


def test_a_default_must_fit_its_column() -> None:
    """A default that its column cannot keep is refused when the table is made."""
    with pytest.raises(DataError, match="column 'x'"):
        made({"x": "INTEGER DEFAULT 'abc'"})


def test_an_explicit_null_is_no_default() -> None:
    """A record that gives None keeps None; only a column that is left out gets its default."""
    storage = made({"id": "INTEGER PRIMARY KEY", "x": "INTEGER DEFAULT 5"})
    storage.insert("t", {"x": None})

    assert only(storage)["x"] is None


def test_numbers_follow_the_largest() -> None:
    """A plain whole-number key goes on from the largest that there is, given or not."""
    storage = made({"id": "INTEGER PRIMARY KEY"})
    storage.insert_many("t", [{}, {"id": 10}, {}, {"id": None}])
    storage.delete("t", where=col("id") == 12)

    assert storage.insert("t", {}) == 12


def test_counted_numbers_never_come_again() -> None:
    """AUTOINCREMENT never gives a number again, whatever was removed."""
    storage = made({"id": "INTEGER PRIMARY KEY AUTOINCREMENT"})
    storage.insert_many("t", [{}, {"id": 10}])
    storage.delete("t", where=col("id") == 10)

    assert storage.insert("t", {}) == 11


def test_counting_is_rolled_back() -> None:
    """A rolled back transaction gives its numbers back, as on SQLite."""
    storage = made({"id": "INTEGER PRIMARY KEY AUTOINCREMENT"})
    storage.begin()
    storage.insert("t", {})
    storage.rollback()

    assert storage.insert("t", {}) == 1


def test_a_serial_column_counts_beside_the_key() -> None:
    """A column that counts need not be the key."""
    storage = made({"name": "TEXT PRIMARY KEY", "n": "SERIAL"})
    storage.insert_many("t", [{"name": "a"}, {"name": "b", "n": 5}, {"name": "c"}])

    assert [row["n"] for row in storage.select(Query("t"))] == [1, 5, 6]


def test_numbers_end_with_their_column() -> None:
    """A number that its column cannot hold is refused."""
    storage = made({"id": "INTEGER PRIMARY KEY"})
    storage.insert("t", {"id": 2**63 - 1})

    with pytest.raises(DataError, match="64-bit"):
        storage.insert("t", {})


def test_only_whole_numbers_count() -> None:
    """A column that is no whole number cannot count."""
    with pytest.raises(SchemaError, match="cannot number records"):
        made({"id": "TEXT PRIMARY KEY AUTOINCREMENT"})


def test_computed_columns_are_computed() -> None:
    """A computed column follows the columns that it is computed from."""
    storage = made({"a": "INTEGER", "twice": "INTEGER GENERATED ALWAYS AS (a * 2) STORED"})
    storage.insert("t", {"a": 2})
    storage.update("t", {"a": 4}, where=ALL_ROWS)

    assert only(storage) == {"a": 4, "twice": 8}


def test_computed_columns_are_not_written() -> None:
    """A value for a computed column is refused."""
    storage = made({"a": "INTEGER", "twice": "INTEGER AS (a * 2)"})

    with pytest.raises(ProgrammingError, match="'twice'"):
        storage.insert("t", {"twice": 4})


@pytest.mark.parametrize("text", ["lower(a)", "a > 1", "once + 1"])
def test_other_computed_columns_are_refused(text: str) -> None:
    """A column that cannot be computed here is refused when the table is made."""
    with pytest.raises(UnsupportedFeatureError):
        made({"a": "INTEGER", "once": "INTEGER AS (a)", "b": f"INTEGER AS ({text})"})


def test_a_computed_value_must_fit() -> None:
    """A computed value that its column cannot keep is refused, with the record's place."""
    storage = made({"a": "REAL", "b": "INTEGER AS (a * 2)"})

    with pytest.raises(DataError, match=r"column 'b' .*\(record 1\)"):
        storage.insert_many("t", [{"a": 0.5}, {"a": 0.75}])


@pytest.mark.parametrize(("value", "kept"), [(5, 1), (None, 1)])
def test_a_check_fails_only_when_false(value: object, kept: int) -> None:
    """A CHECK that is unknown is met."""
    storage = made({"x": "INTEGER CHECK (x > 0 AND x <> 7)"})
    storage.insert("t", {"x": value})

    assert storage.count("t") == kept


def test_a_check_that_is_false_is_told() -> None:
    """An error tells the CHECK, its columns' values and the record's place, and no others."""
    storage = made({"x": "INTEGER CHECK (x > 0)", "secret": "TEXT"})

    with pytest.raises(CheckError, match=r"CHECK \(x > 0\).*x=0 \(record 1\)") as caught:
        storage.insert_many("t", [{"x": 1}, {"x": 0, "secret": "s3cret"}])

    found = caught.value
    assert (found.table, found.columns, found.row) == ("t", ("x",), 1)
    assert "s3cret" not in str(found)


def test_a_check_that_cannot_be_read_is_refused() -> None:
    """A CHECK that cannot be evaluated is refused when the table is made."""
    with pytest.raises(UnsupportedFeatureError, match="the function TRIM"):
        made({"x": "TEXT CHECK (trim(x) > 'a')"})


def test_other_collations_are_refused() -> None:
    """A column whose text is not ordered by code point is refused."""
    with pytest.raises(UnsupportedFeatureError, match="NOCASE"):
        made({"x": "TEXT COLLATE NOCASE"})


def test_a_missing_value_is_told() -> None:
    """An error tells the column that must have a value, and the record's place."""
    storage = made({"id": "INTEGER PRIMARY KEY", "x": "TEXT NOT NULL"})

    with pytest.raises(NotNullError, match=r"'x' of table 't'.*\(record 0\)") as caught:
        storage.insert_many("t", [{}])

    assert (caught.value.columns, caught.value.row) == (("x",), 0)
