"""JSON as text: what may be inside, and where it is wrong when it may not."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scitex.db.domain.jsontext import all_plain, json_text
from scitex.db.testing.naming import told

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    LEAVES | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
CONTAINERS = st.lists(VALUES, max_size=4) | st.dictionaries(TEXT, VALUES, max_size=4)


class Colour(enum.Enum):
    """An enumeration of text."""

    RED = "red"


class Label(str):
    """Text of a class of its own."""

    __slots__ = ()


def holding_itself() -> list[object]:
    """Make a list whose first element is the list."""
    loop: list[object] = []
    loop.append(loop)
    return loop


REFUSED = [
    ({"a": float("nan")}, "nan at $.a"),
    ({"a": [1.0, float("inf")]}, "inf at $.a[1]"),
    ([[float("-inf")]], "-inf at $[0][0]"),
    ({"a": {1: "x"}}, "the key 1 at $.a is not text"),
    ({None: "x"}, "the key None at $ is not text"),
    ({"a": ["\0"]}, "NUL in the text at $.a[0]"),
    ({"a\0b": 1}, "NUL in the text at $"),
    ({"a": "\ud800"}, "a lone surrogate in the text at $.a"),
    ({"a": object()}, "object at $.a has no place in JSON"),
    ({"a": {1, 2}}, "set at $.a has no place in JSON"),
    ({"a": decimal.Decimal("1.5")}, "Decimal at $.a has no place in JSON"),
    ({"a": dt.date(2025, 5, 30)}, "date at $.a has no place in JSON"),
    ({"a": b"bytes"}, "bytes at $.a has no place in JSON"),
    ({"a": np.array([1.0, np.nan])}, "nan at $.a[1]"),
    (holding_itself(), "nested too deeply, or holds itself"),
    ("{'a': 1}", "not valid JSON text"),
    ("", "not valid JSON text"),
    ("[1, NaN]", "NaN has no place in JSON"),
    ("[Infinity]", "Infinity has no place in JSON"),
    ('["\\u0000"]', "NUL in the text at $[0]"),
    ('["\\ud800"]', "a lone surrogate in the text at $[0]"),
    ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
]


@given(CONTAINERS)
def test_json_comes_back(value: Any) -> None:
    """What was spelt as JSON is read as the same value."""
    assert json.loads(json_text(value)) == value


@given(VALUES)
def test_json_text_is_taken_as_it_is_meant(value: Any) -> None:
    """Text is taken for the JSON that it spells."""
    assert json.loads(json_text(json.dumps(value))) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"lr": 0.001, "betas": (0.9, 0.999)}, '{"lr": 0.001, "betas": [0.9, 0.999]}'),
        ({"z": 1, "a": None}, '{"z": 1, "a": null}'),
        (["é", "日本"], '["é", "日本"]'),
        ('{"a":1}', '{"a":1}'),
        ('{"a" :1}', '{"a": 1}'),
        ('{"a":1,"a":2}', '{"a": 2}'),
        ('[{"a" :1,"a":2,"b":"x\\":"}]', '[{"a": 2, "b": "x\\":"}]'),
        ("[1e2]", "[100.0]"),
        ("null", "null"),
        (True, "true"),
        (5, "5"),
        (None, "null"),
        (collections.OrderedDict(a=1), '{"a": 1}'),
    ],
)
def test_json_is_spelt_readably(value: Any, expected: str) -> None:
    """JSON is spelt with its keys in their order and its letters as they are."""
    assert json_text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (
            {"a": np.float32(0.5), "b": np.int64(3), "c": np.bool_(True)},
            {"a": 0.5, "b": 3, "c": True},
        ),
        ([np.array(5)], [5]),
        ({"a": Colour.RED, "b": Label("x")}, {"a": "red", "b": "x"}),
        ({"a": np.str_("text")}, {"a": "text"}),
    ],
    ids=repr,
)
def test_numbers_of_numpy_are_numbers(value: Any, expected: Any) -> None:
    """Arrays and scalars of numpy are the numbers that they hold."""
    assert json.loads(json_text(value)) == expected


@pytest.mark.parametrize(("value", "why"), REFUSED, ids=told)
def test_what_json_has_no_place_for_is_refused(value: Any, why: str) -> None:
    """What has no place in JSON is refused, and the message says where it is."""
    with pytest.raises(ValueError, match=r".") as caught:
        json_text(value)

    assert why in str(caught.value)


@given(st.text())
def test_text_is_json_or_refused(text: str) -> None:
    """Any text either is JSON that is kept, or is refused as ValueError."""
    try:
        spelt = json_text(text)
    except ValueError:
        return

    assert json.loads(spelt) == json.loads(text)


SCALARS = ["1", "-0.5", '"a"', '"é"', "true", "null", "0.1234567890123456", "1e5", '"\\u0000"']
SCALARS += ["01", "1.", "NaN", "12345678901234567890", '"\ud800"', '"a"b"', "1.00000000000000001"]
SCALARS += ["[1, 2]", "[[1]]", "[1,]", '{"x": 1}', '{"x": 1, "x": 2}', "\n1", '"a\nb"', ""]
DOCUMENTS = st.lists(
    st.tuples(st.sampled_from(SCALARS), st.sampled_from(SCALARS), st.sampled_from([", ", ","])),
    min_size=1,
    max_size=4,
).map(lambda pairs: [f'{{"a": {a}{between}"b": {b}}}' for a, b, between in pairs])


def _stays(text: str) -> bool:
    """Say whether a text is spelt as it is, but for the blanks behind commas."""
    try:
        return json_text(text).replace(", ", ",") == text.replace(", ", ",")
    except ValueError:
        return False


@given(DOCUMENTS | st.lists(st.sampled_from(SCALARS), max_size=3))
@example(['{"a": 1,"b": 0.1234567890123456}'])
def test_many_texts_are_plain_only_if_each_stays_as_it_is(texts: list[str]) -> None:
    """What is said of many at once is true of each of them."""
    assert not all_plain(texts) or all(map(_stays, texts))


@pytest.mark.parametrize(
    "texts",
    [
        ['{"lr": 0.1, "model": "resnet"}', '{"lr": 5, "model": null}'],
        ['{"loss": 0.12345678901234568}', '{"loss": -0.7}'],
        ['{"a": {"b": [1, 2]}, "c": []}', '{"a": {"b": []}, "c": ["x", true]}'],
        ["{}", "{}"],
        ['{"a":1,"b":2}', '{"a": 1, "b": 2}'],
        ["[1]", '{"a": 1}', "5"],
    ],
    ids=str,
)
def test_usual_columns_are_plain(texts: list[str]) -> None:
    """What programs write, with the same keys or not, needs no second look."""
    assert all_plain(texts)


@pytest.mark.parametrize(
    "texts",
    [
        ['{"a": 1}', '{"a": 1, "a": 2}'],
        ['{"a": 1}', '{"a": 1}\n{"a": 1}'],
        ['{"a": 1}', '{"a": 0.10000000000000001}'],
        ['{"a": 1}', '{"a": NaN}'],
        ['{"a": "\ud800"}'],
        ['{"a": 1}', ""],
        ['{"a": 1, "a": 1}'],
    ],
    ids=ascii,
)
def test_what_engines_may_read_differently_is_not_plain(texts: list[str]) -> None:
    """One document of another kind is found among any number."""
    assert not all_plain(texts)
