"""JSON's inside: paths, what contains what, and values cut into a text."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.adapters.sqlite3.jsonsql import SQLITE_JSON, indexed_path
from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.jsonpaths import JsonPath, asked, number_text, sort_of, steps
from scitex.db.domain.jsonvalues import (
    MISSING,
    PathBlockedError,
    contains,
    reached,
    replaced,
)
from scitex.db.domain.predicates import Compare, Contains, HasKey, In, Literal, Parameter, col
from scitex.db.domain.shapes import lifted
from scitex.db.testing.contract.jsonagreement import JSON, all_paths

LR = JsonPath("config", ("lr",))


@pytest.mark.parametrize(
    ("condition", "shape", "values"),
    [
        (col("config")["lr"] > 1, Compare(LR.as_sort("number"), ">", Parameter(0)), (1,)),
        (col("config")["lr"] == "a", Compare(LR.as_sort("text"), "=", Parameter(0)), ("a",)),
        (
            col("config")["lr"] == np.bool_(True),
            Compare(LR.as_sort("boolean"), "=", Parameter(0)),
            (np.True_,),
        ),
        (
            col("config")["lr"].in_([1, 2]),
            In(LR.as_sort("number"), (Parameter(0), Parameter(1))),
            (1, 2),
        ),
        (col("config")["lr"].contains([1]), Contains(LR, Parameter(0)), ([1],)),
        (col("config")["lr"].has_key("a"), HasKey(LR, Parameter(0)), ("a",)),
    ],
    ids=repr,
)
def test_a_path_belongs_to_the_shape(condition: Any, shape: Any, values: Any) -> None:
    """A path, and the sort that it is asked for as, are shape; what it is compared with is not."""
    assert lifted(condition) == (shape, values)


def test_a_column_on_the_left_leaves_the_sort_open() -> None:
    """A comparison with a column does not know the sort before it knows the table."""
    assert (col("n") < col("config")["lr"]).right == LR  # type: ignore[union-attr]


def test_a_sum_has_no_inside() -> None:
    """A sum is no JSON value."""
    with pytest.raises(InterfaceError, match="hint: "):
        (col("n") + 1)["a"]


def test_a_literal_beside_a_path_is_kept() -> None:
    """A condition holds the value that it was given."""
    assert (col("config")["lr"] > 1).right == Literal(1)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given_path", "path"),
    [("a.b", ("a.b",)), (0, (0,)), (["a", -1], ("a", -1)), ((np.int8(3),), (3,)), ("", ("",))],
)
def test_a_path_is_read(given_path: Any, path: Any) -> None:
    """A lone key or index is a path of one step."""
    assert steps(given_path) == path
    assert [type(step) for step in steps(given_path)] == [type(step) for step in path]


@pytest.mark.parametrize(
    ("value", "sort"),
    [("a", "text"), (1, "number"), (1.5, "number"), (True, "boolean"), ([], None), (b"", None)],
)
def test_a_value_tells_the_sort(value: Any, sort: Any) -> None:
    """Text is compared with text, a number with numbers, a bool with booleans, all else never."""
    assert sort_of(value) == sort


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_spelt_exactly(number: float) -> None:
    """A number's text reads as that number."""
    assert json.loads(number_text(number)) == number


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_a_number_is_asked_for_as_it_is(number: Any) -> None:
    """What is looked for is the number that is given, or it is refused."""
    try:
        found = asked(number, "number")
    except ValueError:
        return

    assert found == number or found == float(number)


@given(JSON)
def test_a_value_contains_itself(document: Any) -> None:
    """A value contains itself, and every object or array nothing at all of its kind."""
    assert contains(document, document)
    if isinstance(document, (dict, list)):
        assert contains(document, type(document)())


@given(JSON, st.data())
def test_each_path_reaches_its_value(document: Any, data: st.DataObject) -> None:
    """What a path reaches is what Python's own brackets reach."""
    paths = list(all_paths(document))
    path = data.draw(st.sampled_from(paths)) if paths else []
    value = document
    for step in path:
        value = value[step]

    assert reached(document, tuple(path)) is value
    assert reached(document, (*path, "no such key", 0)) is MISSING


def _put(document: Any, path: list[Any], value: Any) -> Any:
    """Put a value at a path of a document, as Python does it."""
    if not path:
        return value
    step, *rest = path
    if document is None and isinstance(step, str):
        document = {}
    if isinstance(step, str) and isinstance(document, dict):
        document[step] = _put(document.get(step), rest, value)
        return document
    if isinstance(step, int) and isinstance(document, list):
        document[step] = _put(document[step], rest, value)  # IndexError where it is not there
        return document
    raise IndexError(step)


@given(
    JSON, st.lists(st.sampled_from(["a", "b", "", 'q"', 0, 1, -1]), min_size=1), JSON, st.data()
)
def test_a_value_is_put_where_python_would(
    document: Any, further: list[Any], value: Any, data: st.DataObject
) -> None:
    """A value cut into the text is where Python's own brackets would put it."""
    paths = [[], *all_paths(document)]
    path = data.draw(st.sampled_from(paths)) + data.draw(st.sampled_from([[], further]))
    indent = data.draw(st.sampled_from([None, 1, "\t"]))
    text = json.dumps(document, indent=indent, ensure_ascii=data.draw(st.booleans()))
    try:
        expected = _put(copy.deepcopy(document), path, value)
    except IndexError:
        with pytest.raises(PathBlockedError):
            replaced(text, tuple(path), json.dumps(value))
        return

    assert json.loads(replaced(text, tuple(path), json.dumps(value))) == expected


@pytest.mark.parametrize(
    ("text", "path", "after"),
    [
        (' {"x":1.10, "y" : 1E5,"z":[ 1 ]} ', ("y",), ' {"x":1.10, "y" : 0,"z":[ 1 ]} '),
        ('{"x":1.10}', ("y",), '{"x":1.10, "y": 0}'),
        ('{"x":[1.10,2.20]}', ("x", -1), '{"x":[1.10,0]}'),
        ('{"\\u0061":1}', ("a",), '{"\\u0061":0}'),
        ('{"a":1,"a":2}', ("a",), '{"a":1,"a":0}'),
        ("{ }", ("a",), '{"a": 0 }'),
        (" null ", ("a",), ' {"a": 0} '),
    ],
)
def test_all_else_stays_as_it_is_written(text: str, path: Any, after: str) -> None:
    """Not a letter changes beside the value that is put in."""
    assert replaced(text, path, "0") == after


@pytest.mark.parametrize(
    "text", ["", "{", '{"a"', '{"a":', '{"a":1', "[", "[1", "[1,", "nul", "x"]
)
@pytest.mark.parametrize("path", [("a",), (0,), ("b", "c")])
def test_what_is_no_json_is_refused(text: str, path: Any) -> None:
    """Text that is no JSON is refused, wherever it is broken."""
    with pytest.raises(json.JSONDecodeError):
        replaced(text, path, "0")


_PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(
    lambda key: not {'"', "\\"} & {*key}
)


@given(st.text(min_size=1), st.lists(_PLAIN | st.integers(-(2**31), 2**31 - 1), min_size=1))
def test_sqlite_tells_what_its_index_is_on(column: str, path: list[Any]) -> None:
    """Whatever column and path an index is on, its text tells them."""
    try:
        asked_for = JsonPath(column, path)
    except ValueError:
        return  # no name
    quoted = "`" + column.replace("`", "``") + "`"

    assert indexed_path(SQLITE_JSON.indexed(quoted, asked_for.path)) == asked_for
