"""Predicates at the edges: what SQL leaves to each engine, and a predicate must not."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid

import numpy as np

from scitex.db import Database, col
from scitex.db.domain.predicates import Predicate

EDGES: dict[str, Predicate] = {
    "divided by zero": col("n") / 0 > 0,
    "rest by zero": col("n") % 0 == 0,
    "denied division by zero": ~(col("n") / 0 > 0),
    "divided by a column": col("n") / col("zero") > 0,
    "whole division": col("n") / 2 == 2,
    "broken division": col("n") / 2 == 2.5,
    "negative division": col("negative") / 2 == -2,
    "negative rest": col("negative") % 3 == -2,
    "rest by negative": col("n") % -3 == 2,
    "rest of a float": col("x") % 2 == 1.5,
    "divided float": col("x") / 2 == 1.75,
    "float and whole": col("n") / 2.0 == 2.5,
    "more than 64 bits": col("large") + 1 > 0,
    "much more than 64 bits": col("large") * 2 > 0,
    "large and float": col("large") == 2.0**63,
    "almost a float": col("even") == 2.0**53,
    "float of a column": col("x") > col("n"),
    "text and number": col("text") == col("n"),
    "text and text": col("text") < col("other"),
    "sum of text": col("text") + 1 > 0,
    "sum with text": col("n") + col("text") > 0,
    "sum with a text": col("n") + "1" > 0,
    "number and text": col("n") > "1",
    "like a number": col("n").like("5"),
    "like with a number": col("text").like(5),  # type: ignore[arg-type]
    "like nothing": col("text").like(None),  # type: ignore[arg-type]
    "moment and text": col("at") > "2025-01-01",
    "moment and date": col("at") > dt.date(2025, 1, 1),
    "moment and no moment": col("at") > "soon",
    "moment and column": col("at") > col("day"),
    "true": col("yes") == True,  # noqa: E712 - builds a condition
    "true as a number": col("yes") == 1,
    "true and number": col("yes") > 0,
    "true and column": col("yes") == col("n"),
    "bytes": col("data") > b"a",
    "bytes and text": col("data") == "ab",
    "bytes like": col("data").like("a%"),
    "json": col("config") == {"a": 1},
    "json in another order": col("config") == {"b": 2, "a": 1},
    "json and text": col("config") == '{"a": 1}',
    "json less": col("config") < {"a": 2},
    "json is null": col("config").is_null(),
    "decimal": col("exact") == decimal.Decimal("0.1"),
    "decimal and float": col("exact") == 0.1,
    "decimal less": col("exact") < 0.15,
    "decimal sum": col("exact") + 1 > 1,
    "span": col("span") > dt.timedelta(hours=1),
    "span less": col("span") < dt.timedelta(days=1),
    "time": col("time") >= dt.time(12),
    "uuid": col("key") < uuid.UUID(int=6),
    "day": col("day") == dt.datetime(2025, 5, 30),
    "day and text": col("day") <= "2025-05-30",
    "infinite": col("x") < float("inf"),
    "not a number": col("x") == np.float64("nan"),
    "infinite difference": col("inf") - col("inf") >= 4,
    "denied infinite difference": ~(col("inf") - col("inf") >= 4),
    "infinite nothing": col("inf") * 0 != 1,
    "infinite sum": col("inf") + 1 > 4,
    "literal": col("n") + 0 == 5,
    "long text": col("short") == "longer than it can be",
}
EDGE_TABLE = {
    "n": "INTEGER",
    "zero": "INTEGER",
    "negative": "INTEGER",
    "large": "INTEGER",
    "even": "INTEGER",
    "float": "REAL",
    "x": "REAL",
    "inf": "REAL",
    "text": "TEXT",
    "other": "TEXT",
    "short": "VARCHAR(3)",
    "at": "TIMESTAMP",
    "day": "DATE",
    "time": "TIME",
    "span": "INTERVAL",
    "key": "UUID",
    "yes": "BOOLEAN",
    "data": "BLOB",
    "config": "JSON",
    "exact": "NUMERIC",
}
EDGE_RECORD = {
    "n": 5,
    "zero": 0,
    "negative": -5,
    "large": 2**63 - 1,
    "even": 2**53 + 1,
    "float": 2.0**53,
    "x": 3.5,
    "inf": float("inf"),
    "text": "5",
    "other": "é",
    "short": "abc",
    "at": dt.datetime(2025, 5, 30, 12),
    "day": dt.date(2025, 5, 30),
    "time": dt.time(12),
    "span": dt.timedelta(hours=5),
    "key": uuid.UUID(int=5),
    "yes": True,
    "data": b"ab",
    "config": {"a": 1, "b": 2},
    "exact": decimal.Decimal("0.1"),
}


def edged(db: Database) -> Database:
    """Give a database the record that the edges are about, and one without values."""
    db.create_table("edges", EDGE_TABLE)
    db.insert_many("edges", [EDGE_RECORD, {}])
    return db
