"""Laws about values: what is stored comes back equal, or is refused."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import Database
from scitex.db.domain.errors import DataError, NotNullError
from scitex.db.testing.contract.ground import DRAWN, Laws, outcome
from scitex.db.testing.naming import told

D = decimal.Decimal
INF = float("inf")
NOON = dt.datetime(2025, 5, 30, 12, 0, 0, 5)
TOKYO = dt.timezone(dt.timedelta(hours=9))
ID = uuid.UUID("12345678-1234-5678-1234-567812345678")

# Column type, what is given, what comes back.
KEPT: list[tuple[str, Any, Any]] = [
    ("INTEGER", 2**63 - 1, 2**63 - 1),
    ("INTEGER", -(2**63), -(2**63)),
    ("INTEGER", 3.0, 3),
    ("INTEGER", True, 1),
    ("INTEGER", np.int64(5), 5),
    ("INTEGER", np.int32(-5), -5),
    ("INTEGER", np.uint8(255), 255),
    ("INTEGER", np.bool_(True), 1),
    ("SMALLINT", -32768, -32768),
    ("REAL", 0.1, 0.1),
    ("REAL", 0.1234567890123456, 0.1234567890123456),
    ("REAL", 1.7976931348623157e308, 1.7976931348623157e308),
    ("REAL", 5e-324, 5e-324),
    ("REAL", INF, INF),
    ("REAL", -INF, -INF),
    ("REAL", 16777217, 16777217.0),
    ("REAL", np.float64(1.5), 1.5),
    ("REAL", np.float32(0.1), float(np.float32(0.1))),
    ("REAL", D("0.1"), 0.1),
    ("FLOAT4", 0.5, 0.5),
    ("NUMERIC", D("0.1"), D("0.1")),
    ("NUMERIC", D("-123456789.125"), D("-123456789.125")),
    ("NUMERIC", 5, D(5)),
    ("NUMERIC", 0.1, D("0.1")),
    ("NUMERIC(10, 2)", D("12345678.90"), D("12345678.90")),
    ("BOOLEAN", True, True),
    ("BOOLEAN", False, False),
    ("BOOLEAN", np.bool_(True), True),
    ("BOOLEAN", 0, False),
    ("TEXT", "", ""),
    ("TEXT", "naïve 日本 😀 \u0301", "naïve 日本 😀 \u0301"),
    ("TEXT", "x" * 100_000, "x" * 100_000),
    ("TEXT", "\ufeffbyte order", "\ufeffbyte order"),
    ("TEXT", "\x01\x1f\x7f\r\n\t\v", "\x01\x1f\x7f\r\n\t\v"),
    ("TEXT", "trailing  ", "trailing  "),
    ("TEXT", "00123", "00123"),
    ("TEXT", "\\N", "\\N"),
    ("TEXT", "\\.", "\\."),
    ("TEXT", NOON.date(), "2025-05-30"),
    ("TEXT", ID, str(ID)),
    ("VARCHAR(5)", "äöüßé", "äöüßé"),
    ("VARCHAR(5)", "ab ", "ab "),
    ("CHAR(5)", "ab", "ab"),
    ("BLOB", b"", b""),
    ("BLOB", bytes(range(256)), bytes(range(256))),
    ("BLOB", b"\\x00", b"\\x00"),
    ("BLOB", b"\0" * 1_000_000, b"\0" * 1_000_000),
    ("BYTEA", bytearray(b"ab"), b"ab"),
    ("BYTEA", memoryview(b"ab"), b"ab"),
    ("TIMESTAMP", NOON, NOON),
    ("TIMESTAMP", dt.datetime(1, 1, 1), dt.datetime(1, 1, 1)),
    ("TIMESTAMP", dt.datetime.max, dt.datetime.max),
    ("TIMESTAMP", "2025-05-30T12:00:00.000005", NOON),
    ("TIMESTAMP", "2025-05-30", dt.datetime(2025, 5, 30)),
    ("DATETIME", "2025-0530-1400", dt.datetime(2025, 5, 30, 14)),
    ("DATETIME", NOON.date(), dt.datetime(2025, 5, 30)),
    ("DATETIME", pd.Timestamp(NOON), NOON),
    ("DATETIME", np.datetime64("2025-05-30T12:00:00.000005"), NOON),
    ("TIMESTAMPTZ", NOON.replace(tzinfo=dt.UTC), NOON.replace(tzinfo=dt.UTC)),
    ("TIMESTAMPTZ", NOON.replace(tzinfo=TOKYO), NOON.replace(tzinfo=TOKYO)),
    ("TIMESTAMPTZ", "2025-05-30T12:00:00.000005+09:00", NOON.replace(tzinfo=TOKYO)),
    ("DATE", dt.date.min, dt.date.min),
    ("DATE", dt.date.max, dt.date.max),
    ("DATE", "2025-05-30", NOON.date()),
    ("TIME", dt.time.max, dt.time.max),
    ("TIME", dt.time(0), dt.time(0)),
    ("INTERVAL", dt.timedelta(days=-1, microseconds=5), dt.timedelta(days=-1, microseconds=5)),
    ("INTERVAL", dt.timedelta(days=400, hours=25), dt.timedelta(days=400, hours=25)),
    ("INTERVAL", dt.timedelta.max, dt.timedelta.max),
    ("INTERVAL", np.timedelta64(90, "s"), dt.timedelta(seconds=90)),
    ("UUID", ID, ID),
    ("UUID", str(ID), ID),
    ("JSON", {"lr": 0.001, "betas": [0.9], "x": None}, {"lr": 0.001, "betas": [0.9], "x": None}),
    ("JSONB", [1, "two", {"drei": 3.5}], [1, "two", {"drei": 3.5}]),
    ("JSON", {}, {}),
    ("JSON", [], []),
    ("JSON", '{"a": 1}', {"a": 1}),
    ("JSON", {"a": np.float64(0.5), "b": np.arange(3)}, {"a": 0.5, "b": [0, 1, 2]}),
    ("JSON", {"wörd": "日本 \" \\ \n"}, {"wörd": "日本 \" \\ \n"}),
    ("JSON", {"large": 1e23, "huge": 1.79e308}, {"large": 1e23, "huge": 1.79e308}),
    ("JSON", {"long": 2**70}, {"long": 2**70}),
    ("JSON", True, True),
    ("JSON", 5, 5),
]  # fmt: skip
REFUSED: list[tuple[str, Any]] = [
    ("INTEGER", 1.5),
    ("INTEGER", "5"),
    ("INTEGER", 2**63),
    ("INTEGER", -(2**63) - 1),
    ("INTEGER", INF),
    ("INTEGER", np.uint64(2**64 - 1)),
    ("SMALLINT", 32768),
    ("REAL", "abc"),
    ("REAL", 2**53 + 1),
    ("REAL", D("0.1000000000000000001")),
    ("NUMERIC", "abc"),
    ("NUMERIC(10, 2)", D("1.005")),
    ("NUMERIC(10, 2)", D("123456789.00")),
    ("BOOLEAN", 2),
    ("BOOLEAN", "true"),
    ("TEXT", "NUL \0 here"),
    ("TEXT", "half \ud800"),
    ("TEXT", 5),
    ("TEXT", b"ab"),
    ("TEXT", {"a": 1}),
    ("VARCHAR(5)", "abcdef"),
    ("BLOB", "text"),
    ("TIMESTAMP", "soon"),
    ("TIMESTAMP", NOON.replace(tzinfo=dt.UTC)),
    ("TIMESTAMP", 1700000000),
    ("TIMESTAMP", np.datetime64("2025-05-30T12:00:00.000000001")),
    ("TIMESTAMP(3)", NOON),
    ("TIMESTAMPTZ", NOON),
    ("DATE", NOON),
    ("DATE", "30.05.2025"),
    ("TIME", "noon"),
    ("INTERVAL", "1 day"),
    ("UUID", "not one"),
    ("JSON", {"a": [float("nan")]}),
    ("JSON", {"a": "\0"}),
    ("JSON", {1: "a"}),
    ("JSON", "{"),
    ("JSON", {"a": object}),
    ("INTEGER", [1]),
    ("REAL", 1j),
]
MISSING = [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), D("NaN")]
COLUMNS = {
    "i": "INTEGER",
    "r": "REAL",
    "n": "NUMERIC",
    "b": "BOOLEAN",
    "s": "TEXT",
    "y": "BLOB",
    "ts": "TIMESTAMP",
    "tz": "TIMESTAMPTZ",
    "d": "DATE",
    "t": "TIME",
    "v": "INTERVAL",
    "u": "UUID",
    "j": "JSON",
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=5,
)
# Fixed ones: in others, times that clocks skip or repeat are equal to nothing.
ZONES = st.sampled_from([dt.UTC, TOKYO, dt.timezone(dt.timedelta(hours=-3, minutes=-30))])
DRAWERS: dict[str, st.SearchStrategy[Any]] = {
    "i": st.integers(-(2**63), 2**63 - 1),
    "r": st.floats(allow_nan=False),
    "b": st.booleans(),
    "s": TEXTS,
    "y": st.binary(),
    "ts": st.datetimes(),
    "tz": st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1), timezones=ZONES),
    "d": st.dates(),
    "t": st.times(),
    "v": st.timedeltas(),
    "u": st.uuids(),
    "j": st.booleans() | NUMBERS | st.lists(JSON) | st.dictionaries(TEXTS, JSON),
}
RECORDS = st.lists(
    st.fixed_dictionaries({}, optional={name: v | st.none() for name, v in DRAWERS.items()}),
    max_size=10,
)


class ValueLaws(Laws):
    """What must hold for values."""

    @pytest.fixture
    def kinds(self, db: Database) -> Database:
        """Return a database whose table ``kinds`` has a column of each kind."""
        db.create_table("kinds", {"id": "INTEGER PRIMARY KEY", **COLUMNS})
        return db

    def kept(self, db: Database, column: str, value: object) -> Any:
        """Store a value, and return it as it comes back."""
        key = db.insert("kinds", {column: value})
        return db.select("kinds", columns=[column], where={"id": key})[0][column]

    @pytest.mark.parametrize(("type", "value", "expected"), KEPT, ids=told)
    def test_a_value_comes_back(self, db: Database, type: str, value: Any, expected: Any) -> None:
        """A value that fits comes back equal and of its column's type, however it was stored."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": type})
        db.insert("t", {"x": value})
        db.insert_many("t", [{"x": value}, {"x": None}, {}, {}])
        db.update("t", {"x": value}, where={"id": 3})
        db.update_many("t", [{"id": 4, "x": value}])
        db.insert("t", {"id": 5, "x": value}, on_conflict="update")
        found = [row["x"] for row in [*db.select("t"), *db.iter_select("t")]]

        assert (found, {each.__class__ for each in found}) == (
            [expected] * 10,
            {expected.__class__},
        )

    @pytest.mark.parametrize(("type", "value"), REFUSED, ids=lambda part: repr(part)[:60])
    def test_a_value_that_does_not_fit_is_refused(
        self, db: Database, type: str, value: Any
    ) -> None:
        """A value that its column cannot hold exactly is refused by every call that writes."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": type})
        db.insert("t", {"id": 1})
        found = {
            outcome(lambda: db.insert("t", {"x": value})),
            outcome(lambda: db.insert_many("t", [{}, {"x": value}])),
            outcome(lambda: db.insert("t", {"id": 1, "x": value}, on_conflict="update")),
            outcome(lambda: db.update("t", {"x": value}, where={"id": 1})),
            outcome(lambda: db.update_many("t", [{"id": 1, "x": value}])),
        }

        assert (found, db.select("t")) == ({DataError}, [{"id": 1, "x": None}])

    @pytest.mark.parametrize(("type", "value"), REFUSED, ids=lambda part: repr(part)[:60])
    def test_a_refusal_says_where(self, db: Database, type: str, value: Any) -> None:
        """The error of a value that does not fit names table and column, and what to do."""
        db.create_table("t", {"x": type})
        with pytest.raises(DataError, match="hint: ") as caught:
            db.insert("t", {"x": value})

        assert (caught.value.table, caught.value.column) == ("t", "x")

    @pytest.mark.parametrize("column", COLUMNS)
    def test_missing_is_missing(self, kinds: Database, column: str) -> None:
        """NaN, NaT, NA and None are all stored as nothing, in every column."""
        kinds.insert_many("kinds", [{column: value} for value in MISSING])

        assert kinds.count("kinds", where={column: None}) == len(MISSING)

    @pytest.mark.parametrize("value", MISSING, ids=repr)
    def test_missing_does_not_fit_where_a_value_must_be(self, db: Database, value: Any) -> None:
        """A missing value is refused where there must be one, and the column is named."""
        db.create_table("t", {"x": "REAL NOT NULL"})
        with pytest.raises(NotNullError) as caught:
            db.insert("t", {"x": value})

        assert (caught.value.table, caught.value.columns) == ("t", ("x",))

    @pytest.mark.parametrize("column", DRAWERS)
    @DRAWN
    @given(data=st.data())
    def test_any_value_comes_back(self, kinds: Database, column: str, data: st.DataObject) -> None:
        """Any value of a column's kind comes back equal."""
        value = data.draw(DRAWERS[column])

        assert self.kept(kinds, column, value) == value

    @pytest.mark.parametrize("column", [name for name in DRAWERS if name != "j"])
    @DRAWN
    @given(data=st.data())
    def test_any_value_is_found(self, kinds: Database, column: str, data: st.DataObject) -> None:
        """A record is found by any value that it was stored with."""
        value = data.draw(DRAWERS[column])
        key = kinds.insert("kinds", {column: value})

        assert kinds.exists("kinds", where={"id": key, column: value})

    @DRAWN
    @given(value=st.decimals() | st.integers() | st.floats())
    def test_any_number_is_exact_or_refused(self, kinds: Database, value: Any) -> None:
        """A NUMERIC column gives back exactly the number it was given, or refuses it."""
        found = outcome(lambda: self.kept(kinds, "n", value))
        meant = D(repr(value)) if isinstance(value, float) else D(value)

        assert found in (DataError, None if meant.is_nan() else meant)

    @DRAWN
    @given(column=st.sampled_from(sorted(COLUMNS)), value=st.one_of(*DRAWERS.values()))
    def test_any_value_is_kept_or_refused(self, kinds: Database, column: str, value: Any) -> None:
        """Any value in any column is kept or refused, and never an error of another kind."""
        found = outcome(lambda: kinds.insert("kinds", {column: value}))

        assert found == DataError or isinstance(found, int)

    @DRAWN
    @given(data=st.data(), places=st.integers(0, 9))
    def test_decimals_come_back_from_a_batch(
        self, kinds: Database, data: st.DataObject, places: int
    ) -> None:
        """Decimals come back from a batch as they were, also small ones with zeros at the end."""
        drawn = st.decimals(-(10**5), 10**5, places=places) | st.decimals(-1, 1, places=places)
        values = data.draw(st.lists(drawn, min_size=5, max_size=8))
        start = kinds.count("kinds")
        kinds.insert_many("kinds", [{"n": value} for value in values])

        found = kinds.select("kinds", columns="n", order_by="id", offset=start)
        assert [record["n"] for record in found] == values

    @DRAWN
    @given(records=RECORDS)
    def test_a_batch_comes_back(self, kinds: Database, records: list[dict[str, Any]]) -> None:
        """Any records, whatever columns they name, come back from a batch as they were."""
        start = kinds.count("kinds")
        kinds.insert_many("kinds", records)
        found = kinds.select("kinds", columns=list(DRAWERS), order_by="id", offset=start)

        assert found == [dict.fromkeys(DRAWERS) | record for record in records]
