"""Random conditions in SQL text, asked of an engine and of memory, which stands for it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from scitex.db import Database, UnsupportedFeatureError
from scitex.db.testing.contract.ground import outcome

COLUMNS = {"id": "INTEGER PRIMARY KEY", "n": "INTEGER", "x": "REAL", "name": "TEXT", "t": "TEXT"}
ROWS: list[dict[str, Any]] = [
    {"id": 1, "n": 1, "x": 0.5, "name": "a", "t": "A"},
    {"id": 2, "n": -2, "x": None, "name": "Ab", "t": "ab"},
    {"id": 3, "n": None, "x": -2.0, "name": None, "t": "b%"},
    {"id": 4, "n": 0, "x": 3.0, "name": "", "t": None},
    {"id": 5, "n": 7, "x": 1.5, "name": "a_b", "t": "aXb"},
]
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
PATTERNS = st.sampled_from(["'a%'", "'%b'", "'A_'", "'%'", "''", "'a_b'", "t"])
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
