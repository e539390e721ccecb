"""Random JSON, random questions about it and random changes: all engines answer the same."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from scitex.db import ALL_ROWS, Database, Error, col
from scitex.db.domain.predicates import Operand
from scitex.db.testing.contract.ground import ids, outcome

TABLE = {
    "id": "INTEGER PRIMARY KEY",
    "j": "JSON",
    "n": "INTEGER",
    "x": "REAL",
    "t": "TEXT",
    "b": "BOOLEAN",
}
KEYS = st.sampled_from(["a", "b", "0", "a.b", 'q"', "é", "", "\\"])
TEXTS = st.sampled_from(["", "a", "A", "ab", "é", "😀", "1", "true", "a%", 'q"\\', "null"])
NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([0.5, -0.0, 1.0, 0.1, 1e-7, 1e16, 3.602879701896397e16, 2**53 + 1, 2**53]),
    st.floats(-1e100, 1e100),
    st.integers(-(2**63), 2**63 - 1),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
HOLDERS = st.one_of(
    st.none(),
    st.dictionaries(KEYS, JSON, max_size=4),
    st.lists(JSON, max_size=3),
)
PATHS = st.lists(KEYS | st.integers(-2, 2), min_size=1, max_size=3)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "j": HOLDERS,
            "n": st.none() | st.integers(-3, 3),
            "x": st.none() | st.sampled_from([0.5, 0.1, 1.0, 1e16]),
            "t": st.none() | TEXTS,
            "b": st.none() | st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)


def inside(path: Iterable[Any]) -> Operand:
    """Speak of what is at a path of the column ``j``."""
    operand = col("j")
    for step in path:
        operand = operand[step]
    return operand


VALUES = PATHS.map(inside)
SIGNS = st.sampled_from(
    [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
)
SUMS = st.builds(
    lambda value, sign, other: sign(value, other),
    VALUES,
    st.sampled_from([operator.add, operator.sub, operator.mul]),
    st.integers(-2, 2) | st.sampled_from(["n", "x"]).map(col) | VALUES,
)
LEAVES = st.one_of(
    st.builds(lambda sign, left, right: sign(left, right), SIGNS, VALUES, SCALARS),
    st.builds(
        lambda sign, left, right: sign(left, right),
        SIGNS,
        VALUES | SUMS,
        st.sampled_from(["n", "x", "t", "b"]).map(col) | VALUES | SUMS,
    ),
    st.builds(lambda value, among: value.in_(among), VALUES, st.lists(NUMBERS, max_size=3)),
    st.builds(lambda value, among: value.in_(among), VALUES, st.lists(TEXTS, max_size=3)),
    st.builds(
        lambda value, pattern: value.like(pattern),
        VALUES,
        st.sampled_from(["a%", "%", "_", "", "%\\", "é"]),
    ),
    st.builds(lambda value: value.is_null(), VALUES),
    st.builds(lambda value, part: value.contains(part), VALUES | st.just(col("j")), JSON),
    st.builds(lambda value, key: value.has_key(key), VALUES | st.just(col("j")), KEYS),
)
PREDICATES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(operator.and_, inner, inner)
        | st.builds(operator.or_, inner, inner)
        | st.builds(operator.invert, inner)
    ),
    max_leaves=3,
)


def all_paths(document: Any) -> Iterable[list[Any]]:
    """Yield the path of everything inside a document."""
    steps: Iterable[tuple[Any, Any]] = ()
    if isinstance(document, dict):
        steps = document.items()
    elif isinstance(document, list):
        steps = enumerate(document)
    for step, value in steps:
        yield [step]
        yield from ([step, *path] for path in all_paths(value))


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[Any]]:
    """Draw records, and conditions of which many are about something that is there."""
    records = draw(RECORDS)
    conditions = draw(st.lists(PREDICATES, min_size=1, max_size=6))
    there = [path for record in records for path in all_paths(record["j"])]
    if there:
        known = st.sampled_from(there).map(inside)
        asked = st.one_of(
            st.builds(lambda sign, value, other: sign(value, other), SIGNS, known, SCALARS),
            st.builds(lambda sign, value, other: sign(value, other), SIGNS, known, known),
            st.builds(lambda value, part: value.contains(part), known, JSON),
        )
        conditions += draw(st.lists(asked | asked.map(operator.invert), max_size=6))
    return records, conditions


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[Any], Any]:
    """Draw records, a path of which some may be there, and a value to put there."""
    records = draw(RECORDS)
    there = [path for record in records for path in all_paths(record["j"])]
    known = st.sampled_from(there) if there else PATHS
    further = st.builds(lambda path, more: path + more, known, st.lists(KEYS, max_size=2))
    return records, draw(st.one_of(PATHS, known, further)), draw(JSON)


def prepared(db: Database) -> Database:
    """Give a database the table that is asked about, and indexes that may serve."""
    db.create_table("t", TABLE)
    for path in (["a"], ["b"], ["a", "b"], [0]):
        db.create_index("t", [inside(path)])
    return db


def filled(db: Database, records: list[dict[str, Any]]) -> None:
    """Let the table hold just these records."""
    db.delete("t", where=ALL_ROWS)
    db.insert_many("t", [{"id": place, **record} for place, record in enumerate(records)])


def agree(engines: list[Database], records: list[dict[str, Any]], conditions: list[Any]) -> None:
    """Hold the engines to one answer to each question."""
    for db in engines:
        filled(db, records)
    for where in conditions:
        answers = [_answer(db, where) for db in engines]

        assert answers == [answers[0]] * len(engines), where


def _answer(db: Database, where: Any) -> object:
    return outcome(lambda: ids(db.select("t", ["id"], where=where, order_by="id")))


def change_alike(
    engines: list[Database], records: list[dict[str, Any]], path: list[Any], value: Any
) -> None:
    """Hold the engines to one outcome of a change, of all records and of each alone."""
    found = []
    for db in engines:
        filled(db, records)
        told: list[object] = [outcome(lambda: db.update_json("t", "j", path, value, ALL_ROWS))]  # noqa: B023 - called at once
        told += [
            outcome(lambda: db.update_json("t", "j", path, value, {"id": place}))  # noqa: B023 - called at once
            for place in range(len(records))
        ]
        told = [Error if isinstance(each, type) else each for each in told]
        documents = [record["j"] for record in db.select("t", order_by="id")]
        spelt = json.dumps(documents, sort_keys=True)
        found.append((told, re.sub(r"-0\.0(?![0-9])", "0.0", spelt)))  # JSONB knows no -0.0

    assert found == [found[0]] * len(engines)
