"""A column spelt at once is what its values are when each is spelt alone."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.adapters.sql.binding import RecordBinder, record_binder
from scitex.db.adapters.sqlite3.values import spelling
from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import DataError
from scitex.db.domain.jsontext import all_plain

ZONE = dt.timezone(dt.timedelta(hours=2))
VALUES: dict[str, list[Any]] = {
    "INTEGER": [0, 1, -(2**63), 2**63 - 1, 2**63, True, 1.0, 1.5, "1", None],
    "SMALLINT": [0, 2**15 - 1, 2**15, -(2**15), None],
    "REAL": [0.5, -0.0, math.inf, -math.inf, math.nan, 1, 2**53 + 1, "x", None],
    "FLOAT4": [0.5, 0.1, None],
    "TEXT": ["", "a", "nul\0", "é", 1, None],
    "VARCHAR(2)": ["", "ab", "abc", None],
    "BLOB": [b"", b"\0", bytearray(b"a"), "a", None],
    "BOOLEAN": [True, False, 0, 1, 2, None],
    "TIMESTAMP": [
        dt.datetime(2025, 5, 30, 14),
        dt.datetime(1, 1, 1, 0, 0, 0, 5),
        dt.datetime(2025, 5, 30, 14, tzinfo=ZONE),
        dt.date(2025, 5, 30),
        "2025-05-30 14:00:00",
        "2025-05-30T14:00:00",
        "2025-13-30 14:00:00",
        "2025-05-30 14:00:00+02:00",
        "now",
        None,
    ],
    "TIMESTAMP(0)": [dt.datetime(2025, 5, 30, 14), dt.datetime(2025, 5, 30, 14, 0, 0, 5)],
    "TIMESTAMPTZ": [dt.datetime(2025, 5, 30, 14, tzinfo=ZONE), dt.datetime(2025, 5, 30), None],
    "DATE": [dt.date(1, 1, 1), dt.datetime(2025, 5, 30), "2025-05-30", "x", None],
    "JSON": [
        '{"a": 1}',
        '{"a": 1, "a": 2}',
        '{ "a" :1}',
        "[]",
        "[1",
        "2]",
        "1, 2",
        '{"a": 1',
        '"b": 2}',
        "",
        " ",
        "NaN",
        "1e400",
        '"\\u0000"',
        '"\ud800"',
        {"a": [1, {"b": None}]},
        [1.5],
        None,
    ],
    "STRING": ["a", "1", None],
}


def binder(word: str) -> RecordBinder:
    return record_binder(table_declared("t", {"c": word, "d": word}), ("c", "d"), spelling)


def outcome(spell: Any) -> Any:
    """Return what comes out, or what the refusal says."""
    try:
        return [(type(value), repr(value)) for value in spell()]
    except DataError as error:
        return error.message


@pytest.mark.parametrize("word", VALUES)
@given(data=st.data())
def test_many_records_are_bound_as_each_would_be(word: str, data: st.DataObject) -> None:
    """Values, and the refusal of the first that does not fit, are the same either way."""
    values = st.sampled_from(VALUES[word])
    records = data.draw(st.lists(st.fixed_dictionaries({"c": values, "d": values}), max_size=6))
    found = binder(word)

    def singly() -> list[Any]:
        ordered = [{"c": record["c"], "d": record["d"]} for record in records]
        return [value for record in ordered for value in found.one(record)]

    one, many = outcome(singly), outcome(lambda: found.flat(records))
    assert isinstance(one, str) is isinstance(many, str)
    if not isinstance(one, str):
        assert one == many


FRAGMENTS = ["[", "]", "{", "}", ",", ":", '"', "1", '"a"', "null", "],[", ', "', "\n", " "]


@given(st.lists(st.lists(st.sampled_from(FRAGMENTS), max_size=5).map("".join), max_size=5))
def test_json_texts_are_plain_together_only_where_each_is_alone(texts: list[str]) -> None:
    """What is no JSON by itself cannot become it beside its neighbours."""
    assert all_plain(texts) is all(all_plain([text]) for text in texts) or not texts
