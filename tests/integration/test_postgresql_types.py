"""Types that only PostgreSQL has: its arrays, and domains of somebody's own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from scitex.db import ALL_ROWS, DataError, PostgreSQL

MOMENT = dt.datetime(2025, 5, 30, 12, 0, 0, 5)

KEPT: list[tuple[str, Any]] = [
    ("INTEGER[]", [1, -2, None]),
    ("INTEGER[]", [[1, 2], [3, 4]]),
    ("SMALLINT[]", []),
    ("DOUBLE PRECISION[]", [0.1, 1e300, float("inf"), -3.0]),
    ("NUMERIC(10,2)[]", [Decimal("1.50"), None]),
    ("BOOLEAN[]", [True, False, None]),
    ("TEXT[]", ["a,b", 'q"q', "\\", "NULL", "", "{}", " x ", "é\n", None]),
    ("BYTEA[]", [b"", b"\x00\xff\\", None]),
    ("TIMESTAMP[]", [MOMENT, None]),
    ("TIMESTAMPTZ[]", [MOMENT.replace(tzinfo=dt.UTC)]),
    ("DATE[]", [dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
    ("TIME[]", [dt.time(23, 59, 59, 999999)]),
    ("INTERVAL[]", [dt.timedelta(days=-1, microseconds=5), dt.timedelta(days=400)]),
    ("JSONB[]", [{"a": [1, 'q"q']}, None]),
]

REFUSED: list[tuple[str, Any]] = [
    ("INTEGER[]", [1.5]),
    ("INTEGER[]", [1, Decimal("2.5")]),
    ("INTEGER[]", ["x"]),
    ("SMALLINT[]", [40000]),
    ("BOOLEAN[]", [1.5]),
    ("TEXT[]", ["NUL \0 here"]),
    ("whole", 1.5),
    ("whole", Decimal("2.5")),
    ("whole[]", [1.5]),
]


@pytest.fixture
def db(postgresql_db: PostgreSQL) -> PostgreSQL:
    """Return a database with a domain of whole numbers."""
    postgresql_db.execute("CREATE DOMAIN whole AS integer")
    return postgresql_db


@pytest.mark.parametrize(("type", "value"), KEPT, ids=repr)
def test_an_array_comes_back_as_it_went_in(db: PostgreSQL, type: str, value: Any) -> None:
    """Whatever is in it, one by one, in a batch, by a change, and where it is asked for."""
    db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": type})
    db.insert("t", {"id": 1, "x": value})
    db.insert_many("t", [{"id": n, "x": value} for n in range(2, 20)])
    db.insert("t", {"id": 20})
    db.update("t", {"x": value}, where={"id": 20})

    assert [row["x"] for row in db.select("t")] == [value] * 20
    assert db.count("t", where={"x": [value]}) == 20


@pytest.mark.parametrize(("type", "value"), REFUSED, ids=repr)
def test_nothing_is_rounded(db: PostgreSQL, type: str, value: Any) -> None:
    """What the type cannot keep exactly is refused, where the server would round it."""
    db.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, x {type})")
    for call in (
        lambda: db.insert("t", {"id": 1, "x": value}),
        lambda: db.insert_many("t", [{"id": n, "x": value} for n in range(1, 9)]),
        lambda: db.update("t", {"x": value}, where={"id": 0}),
    ):
        db.insert("t", {"id": 0}, on_conflict="ignore")
        with pytest.raises(DataError):
            call()

    assert db.select("t") == [{"id": 0, "x": None}]


def test_a_whole_float_is_a_whole_number(db: PostgreSQL) -> None:
    """As in INTEGER columns."""
    db.execute("CREATE TABLE t (id bigint PRIMARY KEY, x whole, y whole[], z float8[])")
    db.insert("t", {"id": 1, "x": 3.0, "y": [4.0], "z": [5]})

    assert db.select("t") == [{"id": 1, "x": 3, "y": "{4}", "z": [5.0]}]


@pytest.mark.parametrize(("type", "value"), [*KEPT, ("REAL[]", [float("nan")])], ids=repr)
def test_an_array_travels_by_csv(db: PostgreSQL, tmp_path: Path, type: str, value: Any) -> None:
    """What is exported is imported, whatever is in the arrays."""
    db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": type})
    db.execute("INSERT INTO t VALUES (1, NULL)")
    db.insert_many("t", [{"id": 2, "x": value}, {"id": 3, "x": value}])
    stored = repr(db.select("t", order_by="id"))
    db.export_to_csv("t", tmp_path / "t.csv")
    db.delete("t", where=ALL_ROWS)
    db.import_from_csv("t", tmp_path / "t.csv")

    assert repr(db.select("t", order_by="id")) == stored


@pytest.mark.parametrize("type", ["timestamp", "timestamptz", "date"])
def test_an_array_may_hold_what_python_has_no_room_for(db: PostgreSQL, type: str) -> None:
    """It is told as text, as where such a value stands alone."""
    db.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, x {type}[])")
    db.execute("INSERT INTO t VALUES (1, '{infinity}')")

    assert db.select("t") == [{"id": 1, "x": ["infinity"]}]
