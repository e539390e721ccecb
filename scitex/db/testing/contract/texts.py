"""Random conditions in SQL text, asked of an engine and of memory, which stands for it."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from scitex.db import Database, UnsupportedFeatureError
from scitex.db.testing.contract.ground import StopError, outcome

COLUMNS = {"id": "INTEGER PRIMARY KEY", "n": "INTEGER", "x": "REAL", "name": "TEXT", "t": "TEXT"}
ROWS: list[dict[str, Any]] = [
    {"id": 1, "n": 1, "x": 0.5, "name": "a", "t": "A"},
    {"id": 2, "n": -2, "x": None, "name": "Ab", "t": "ab"},
    {"id": 3, "n": None, "x": -2.0, "name": None, "t": "b%"},
    {"id": 4, "n": 0, "x": 3.0, "name": "", "t": None},
    {"id": 5, "n": 7, "x": 1.5, "name": "a_b", "t": "aXb"},
]
_BESIDE = {"name": "TEXT", "n": "INTEGER"}
NUMBERS = st.recursive(
    st.sampled_from(["n", "x", "id", "0", "1", "2", "-2", "0.5", "NULL"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
        st.builds("abs({})".format, inner),
        st.builds("coalesce({}, {})".format, inner, inner),
        st.builds("length({})".format, st.sampled_from(["name", "t"])),
    ),
    max_leaves=3,
)
TEXTS = st.recursive(
    st.sampled_from(["name", "t", "'a'", "'AB'", "''", "'a_b'"]),
    lambda inner: st.one_of(
        st.builds("lower({})".format, inner),
        st.builds("upper({})".format, inner),
        st.builds("coalesce({}, {})".format, inner, inner),
    ),
    max_leaves=3,
)
SIGNS = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="])
PATTERNS = st.sampled_from(
    ["'a%'", "'%b'", "'A_'", "'%'", "''", "'a_b'", "t", r"'a\_b'", r"'b\%'"]
)
LEAVES = st.one_of(
    st.builds("{} {} {}".format, NUMBERS, SIGNS, NUMBERS),
    st.builds("{} {} {}".format, TEXTS, st.sampled_from(["=", "<>"]), TEXTS),
    st.builds("{} {} {}".format, TEXTS, st.sampled_from(["LIKE", "NOT LIKE"]), PATTERNS),
    st.builds("{} BETWEEN {} AND {}".format, NUMBERS, NUMBERS, NUMBERS),
    st.builds("{} IN ({}, {})".format, NUMBERS, NUMBERS, NUMBERS),
    st.builds("{} NOT IN ({}, {})".format, TEXTS, TEXTS, TEXTS),
    st.builds("{} IS {}NULL".format, NUMBERS | TEXTS, st.sampled_from(["", "NOT "])),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=4,
)


# What an engine takes otherwise than one thinks, so that a test on memory must fail, too.
TRAPS = [
    r"s LIKE '%\%'",
    r"s LIKE 'a\_b'",
    r"s LIKE 'a\\b'",
    r"s LIKE 'a\'",
    r"s LIKE '\a%'",
    "at = '2025-05-30'",
    "at > '2025-05-30'",
    "at = '2025-05-30T12:00:00'",
    "at = '2025-05-30 12:00:00'",
    "at BETWEEN '2025-05-30' AND '2025-05-30 12:00:00'",
    "at IN ('2025-05-30', '2025-05-30 12:00:00')",
    "at NOT IN ('2025-05-30T00:00:00')",
    "'2025-05-30' < at",
    "day = '2025-05-30'",
    "day = '20250530'",
    "day < '20250530'",
    "day IN ('20250530', '2025-05-30')",
    "hour > '11:00'",
    "hour = '12:00'",
    "zoned > '2025-05-30 00:00:00+00:00'",
    "key = '12345678-1234-5678-1234-567812345678'",
    "key = '12345678123456781234567812345678'",
    "yes = 1",
    "yes IN (0, 1)",
    "n = TRUE",
    "n IN (TRUE)",
    "1 = yes",
    "yes = TRUE",
    "yes",
    "n IN (1,)",
    "n IN (,1)",
    "n IN ()",
    "coalesce(n, ) = 1",
    "n = 1e",
    "n IN (1, 2)",
]
ORDERS = ["n,", ",", "n,, id", "n / 0, id", "n * 9223372036854775807, id", "n % 2, id"]
_NOON = dt.datetime(2025, 5, 30, 12)
_KEY = uuid.UUID("12345678-1234-5678-1234-567812345678")
GIVEN: dict[str, object] = {
    "at = ?": _NOON,
    "at > ?": "2025-05-30",
    "at >= ?": dt.date(2025, 5, 30),
    "day = ?": dt.datetime(2025, 5, 30),
    "day <= ?": dt.date(2025, 5, 30),
    "hour = ?": dt.time(12),
    "zoned = ?": _NOON.replace(tzinfo=dt.UTC),
    "key = ?": _KEY,
    "yes = ?": 1,
    "yes IN (?)": True,
    "n = ?": True,
    "s LIKE ?": r"a\_b",
}


def prepared_traps(db: Database) -> Database:
    """Return a database with records that the traps are about."""
    columns = {
        "id": "INTEGER PRIMARY KEY",
        "n": "INTEGER",
        "s": "TEXT",
        "at": "TIMESTAMP",
        "day": "DATE",
        "hour": "TIME",
        "zoned": "TIMESTAMPTZ",
        "key": "UUID",
        "yes": "BOOLEAN",
    }
    db.create_table("traps", columns)
    moments = [_NOON, _NOON.replace(hour=0), _NOON + dt.timedelta(days=1, microseconds=5)]
    for place, s in enumerate(["a_b", "aXb", r"a\b", "a%", "%", None]):
        at = moments[place % 3]
        record = {
            "at": at,
            "day": at.date(),
            "hour": at.time(),
            "zoned": at.replace(tzinfo=dt.UTC),
        }
        known = {"key": _KEY, "yes": place % 2 == 0, "n": place}
        db.insert("traps", {"s": s, **record, **known} if place < 5 else {"n": None})
    return db


def asked_alike(memory: Database, engine: Database, **asked: Any) -> None:
    """Ask both the same: the same records, or an error from both."""
    query = {"columns": ["id"], "order_by": "id", **asked}
    told, meant = (
        outcome(lambda db=db: db.select("traps", **query))  # type: ignore[misc]
        for db in (memory, engine)
    )

    refused = [isinstance(each, type) for each in (told, meant)]
    assert refused == [True, True] or told == meant, query


DOCUMENTS: list[Any] = [
    {"a": 1, "b": "x", "c": [1, {"b": None}], "f": 0.5},
    {"a": "Adam", "b": True, "c": {"a": [], "b": "5"}, "f": 1e20},
    {"a": None, "b": {"b": "é", "aa": [0, "x"], "a": -7}, "c": "x", "f": "half"},
    [5, "x", [True, None]],
    "x",
    7,
    None,
]
STEPS = st.sampled_from(["'a'", "'b'", "'c'", "0", "1"])
CHAINS = st.builds("j{}".format, st.lists(STEPS.map(" -> {}".format), max_size=2).map("".join))
JSONS = st.builds("{} -> {}".format, CHAINS, STEPS)
PLAINS = st.builds("{} ->> {}".format, CHAINS, STEPS)
JSON_TEXTS = st.sampled_from(["'1'", "'true'", "'null'", "'\"x\"'", "'[]'", "'7'", "'\"Adam\"'"])
WORDS = st.sampled_from(["'x'", "'Adam'", "'1'", "'true'", "'5'", "''", "name"])
EITHER = st.one_of(
    st.builds("{} IS {}NULL".format, PLAINS | JSONS, st.sampled_from(["", "NOT "])),
    st.builds("{} {} {}".format, PLAINS, st.sampled_from(["=", "<>"]), WORDS | PLAINS),
    st.builds("{} {} {}".format, JSONS, st.sampled_from(["=", "<>"]), JSON_TEXTS),
    st.builds("{} IN ({}, {})".format, PLAINS, WORDS, WORDS | PLAINS),
    st.builds("name IN ({}, {})".format, PLAINS, WORDS),
    st.builds("{} LIKE {}".format, PLAINS, st.sampled_from(["'%a%'", "'x'", "'_'", "'%[%'"])),
    st.builds("lower({}) = {}".format, PLAINS, WORDS),
    st.builds("length({}) > {}".format, PLAINS, st.sampled_from(["0", "1", "3"])),
    st.builds("coalesce({}, {}) = {}".format, PLAINS, st.sampled_from(["'x'", "''"]), WORDS),
)
ARROWS: dict[str, st.SearchStrategy[str]] = {
    "postgresql": EITHER,
    "sqlite": st.one_of(
        EITHER,
        st.builds(
            "{} {} {}".format,
            PLAINS | st.just("j ->> 'f'"),
            SIGNS,
            st.sampled_from(["0", "1", "-7", "0.5", "'5'", "n", "'half'"]) | PLAINS,
        ),
        st.builds("{} BETWEEN 0 AND {}".format, PLAINS, st.sampled_from(["1", "'5'"])),
    ),
}


def prepared_documents(db: Database) -> Database:
    """Return a database with the documents that are asked for."""
    db.create_table("documents", {"id": "INTEGER PRIMARY KEY", "j": "JSON", **_BESIDE})
    names = ["x", "Adam", None, "5", "", "true", "x"]
    rows = [{"j": each, "name": name} for each, name in zip(DOCUMENTS, names, strict=True)]
    rows[4]["j"] = '"x"'  # a str is JSON text already
    db.insert_many("documents", [{**row, "n": place} for place, row in enumerate(rows)])
    return db


def change_alike(memory: Database, engine: Database, text: str) -> None:
    """Change and remove by the text in both, and take it back: alike, unless memory refuses."""
    told, meant = map(_changed, (memory, engine), (text, text))

    if UnsupportedFeatureError in told:
        assert any(isinstance(each, type) for each in meant), text
    else:
        assert told == meant, text


def _changed(db: Database, text: str) -> list[Any]:
    """Return how many records a change and a removal find, and what each leaves."""
    answers: list[Any] = []
    calls: list[Callable[[], int]] = [
        lambda: db.update("texts", {"n": 5, "t": "new"}, where=text),
        lambda: db.delete("texts", where=text),
    ]
    for call in calls:
        with contextlib.suppress(StopError), db.transaction():
            answers += [outcome(call), db.select("texts", order_by="id")]
            raise StopError
    return answers


def find_alike(memory: Database, engine: Database, text: str) -> None:
    """Ask both for documents: memory refuses nothing of it."""
    told, meant = (
        db.select("documents", ["id"], where=text, order_by="id") for db in (memory, engine)
    )

    assert told == meant, text


def prepared(db: Database) -> Database:
    """Return a database with the records that are asked for."""
    db.create_table("texts", COLUMNS)
    db.insert_many("texts", ROWS)
    return db


def answer_alike(memory: Database, engine: Database, text: str) -> None:
    """Ask both: the same records; what memory refuses the engine refuses too."""
    told, meant = (
        outcome(lambda db=db: db.select("texts", ["id"], where=text, order_by="id"))  # type: ignore[misc]
        for db in (memory, engine)
    )

    if told is UnsupportedFeatureError:
        assert isinstance(meant, type), text
    else:
        assert told == meant, text
