"""What is asked of a table: arguments become values, or are refused."""

from __future__ import annotations

import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from scitex.db.domain.errors import (
    InterfaceError,
    InvalidNameError,
    ParameterError,
    UnsafeFragmentError,
)
from scitex.db.domain.predicates import (
    ALL_ROWS,
    Always,
    And,
    Column,
    Compare,
    In,
    IsNull,
    Or,
    OrderTerm,
    Parameter,
    col,
)
from scitex.db.domain.queries import (
    Given,
    Query,
    Text,
    asked,
    given,
    order,
    select_query,
    whole_number,
)
from scitex.db.testing.naming import told

A, B = Column("a"), Column("b")
UP, DOWN = OrderTerm("score"), OrderTerm("score", descending=True)


def equal(column: Column, place: int) -> Compare:
    """Build the condition that a column equals the value at a place."""
    return Compare(column, "=", Parameter(place))


CONDITIONS: list[tuple[Any, Any, Given]] = [
    (None, None, Given(None)),
    ("a > 1", None, Given(Text("a > 1"))),
    ("a > ?", [1], Given(Text("a > ?", "question"), (1,))),
    ("a > ?", (1,), Given(Text("a > ?", "question"), (1,))),
    ("a > :x", {"x": 1}, Given(Text("a > :x", "named"), {"x": 1})),
    ("a > 1", [], Given(Text("a > 1", "question"))),
    ({}, None, Given(None)),
    ({"a": 1}, None, Given(equal(A, 0), (1,))),
    ({"a": 1, "b": "x"}, None, Given(And(equal(A, 0), equal(B, 1)), (1, "x"))),
    ({"a": "text"}, None, Given(equal(A, 0), ("text",))),
    ({"a": b"bytes"}, None, Given(equal(A, 0), (b"bytes",))),
    ({"a": None}, None, Given(IsNull(A))),
    ({"a": float("nan")}, None, Given(IsNull(A))),
    ({"a": pd.NA}, None, Given(IsNull(A))),
    ({"a": [1, 2]}, None, Given(In(A, (Parameter(0), Parameter(1))), (1, 2))),
    ({"a": (1, 2)}, None, Given(In(A, (Parameter(0), Parameter(1))), (1, 2))),
    ({"a": {1}}, None, Given(In(A, (Parameter(0),)), (1,))),
    ({"a": range(2)}, None, Given(In(A, (Parameter(0), Parameter(1))), (0, 1))),
    ({"a": np.array([1, 2])}, None, Given(In(A, (Parameter(0), Parameter(1))), (1, 2))),
    ({"a": pd.Series(["x"])}, None, Given(In(A, (Parameter(0),)), ("x",))),
    ({"a": []}, None, Given(Always(truth=False))),
    ({"a": [1, None]}, None, Given(Or(In(A, (Parameter(0),)), IsNull(A)), (1,))),
    ({"a": [1, np.nan]}, None, Given(Or(In(A, (Parameter(0),)), IsNull(A)), (1,))),
    ({"a": [1], "b": 2}, None, Given(And(In(A, (Parameter(0),)), equal(B, 1)), (1, 2))),
    (col("a") == 1, None, Given(equal(A, 0), (1,))),
    (ALL_ROWS, None, Given(ALL_ROWS)),
]


@pytest.mark.parametrize(("where", "params", "expected"), CONDITIONS, ids=repr)
def test_a_condition_is_read(where: Any, params: Any, expected: Given) -> None:
    """Text, a mapping and a predicate become a shape and the values that fill it."""
    assert given(where, params) == expected


@pytest.mark.parametrize("where", [True, 1, b"a = 1", ["a = 1"], col("a"), object], ids=repr)
def test_what_is_no_condition_is_refused(where: Any) -> None:
    """What is neither text, a mapping nor a predicate is refused with examples."""
    with pytest.raises(InterfaceError, match=r"where must be text, .*\nhint: write where="):
        given(where)


@pytest.mark.parametrize("where", [None, {"a": 1}, col("a") == 1], ids=repr)
def test_params_need_a_text(where: Any) -> None:
    """Params beside what is no text are refused."""
    with pytest.raises(InterfaceError, match="where is no text\nhint: leave params out"):
        given(where, [1])


@pytest.mark.parametrize("params", ["abc", 5, {1, 2}, iter([1])], ids=told)
def test_params_of_another_shape_are_refused(params: Any) -> None:
    """Params are a sequence or a mapping; one value is not."""
    with pytest.raises(ParameterError, match="params must be a sequence or a mapping"):
        given("a = ?", params)


@pytest.mark.parametrize("name", ["", "a\0b", 5, None])
def test_a_mapping_names_columns(name: Any) -> None:
    """A mapping whose key cannot be a column's name is refused."""
    with pytest.raises(InvalidNameError):
        given({name: 1})


@pytest.mark.parametrize("where", ["", " ", "\n"])
def test_a_blank_text_is_refused(where: str) -> None:
    """A condition of blanks is refused, not taken for every record."""
    with pytest.raises(UnsafeFragmentError):
        given(where)


@pytest.mark.parametrize("where", [None, {}, "", " "], ids=repr)
def test_a_change_needs_a_condition(where: Any) -> None:
    """What changes records needs a condition, and says how to mean every record."""
    with pytest.raises(UnsafeFragmentError, match="ALL_ROWS"):
        asked(where, None, deed="update")


def test_the_deed_is_named() -> None:
    """The message says which call needs the condition."""
    with pytest.raises(UnsafeFragmentError, match=r"delete needs a condition\nhint: .*delete\("):
        asked(None, None, deed="delete")


@pytest.mark.parametrize("where", ["a = 1", {"a": 1}, col("a") == 1, ALL_ROWS])
def test_a_condition_that_is_there_is_read(where: Any) -> None:
    """Where a condition is needed, one that is there is read as everywhere."""
    assert asked(where, None, deed="update") == given(where)


ORDERS: list[tuple[Any, Any]] = [
    (None, ()),
    ([], ()),
    ("score", (UP,)),
    ("score DESC", (DOWN,)),
    ("  score   desc ", (DOWN,)),
    ("score ASC", (UP,)),
    ("score DESC, name", (DOWN, OrderTerm("name"))),
    ("größe", (OrderTerm("größe"),)),
    (["score DESC", "name"], (DOWN, OrderTerm("name"))),
    (("score",), (UP,)),
    (["my column"], (OrderTerm("my column"),)),
    (['a"b'], (OrderTerm('a"b'),)),
    (col("score"), (UP,)),
    (col("score").desc(), (DOWN,)),
    ([col("score").desc(), "name", col("x")], (DOWN, OrderTerm("name"), OrderTerm("x"))),
    ("lower(name)", Text("lower(name)")),
    ("score DESC NULLS FIRST", Text("score DESC NULLS FIRST")),
    ('"My Column" DESC', Text('"My Column" DESC')),
    ("score COLLATE NOCASE", Text("score COLLATE NOCASE")),
    ("2", Text("2")),
    ("score,", Text("score,")),
    ("score; DROP TABLE users", Text("score; DROP TABLE users")),
]


@pytest.mark.parametrize(("order_by", "expected"), ORDERS, ids=repr)
def test_an_order_is_read(order_by: Any, expected: Any) -> None:
    """Plain column names, in text or in a list, become terms; other text stays text."""
    assert order(order_by) == expected


@pytest.mark.parametrize("order_by", ["", " ", "\t"], ids=repr)
def test_a_blank_order_is_refused(order_by: str) -> None:
    """An order of blanks is refused."""
    with pytest.raises(UnsafeFragmentError):
        order(order_by)


@pytest.mark.parametrize("order_by", [5, 1.5, object, [5], [None], [b"name"]], ids=repr)
def test_what_is_no_order_is_refused(order_by: Any) -> None:
    """What names no column is refused with an example."""
    with pytest.raises(InterfaceError):
        order(order_by)


@pytest.mark.parametrize("order_by", [[""], ["a\0b"]])
def test_a_listed_order_is_a_name(order_by: Any) -> None:
    """An entry of a list that cannot be a column's name is refused."""
    with pytest.raises(InvalidNameError):
        order(order_by)


@for_all(st.lists(st.text("abcäö_", min_size=1), min_size=1, unique=True))
def test_names_joined_are_names_listed(names: list[str]) -> None:
    """Plain names joined by commas mean the same as the names in a list."""
    assert order(", ".join(names)) == order(names)


@pytest.mark.parametrize("value", [0, 1, 2**40, np.int64(5)])
def test_a_whole_number_is_taken(value: Any) -> None:
    """A limit or an offset is a whole number from 0 up, numpy's too."""
    assert whole_number(value, "limit") == value


@pytest.mark.parametrize(
    "value",
    [-1, 1.0, 1.5, "5", "1; DROP TABLE users", True, float("inf"), decimal.Decimal(5), b"5", [5]],
    ids=repr,
)
def test_other_numbers_are_refused(value: Any) -> None:
    """A limit that is negative or no whole number is refused, named and shown."""
    with pytest.raises(InterfaceError, match="limit must be a whole number from 0 up, not"):
        whole_number(value, "limit")


@pytest.mark.parametrize(
    "text", ["x NULLS FIRST", "NOT x", "x ISNULL", "x notnull", '"x, y z, w"', "f(a b)", "x + y z"]
)
def test_what_may_be_sql_stays_sql(text: str) -> None:
    """Text that could be an order of SQL is left to the engine."""
    assert order(text) == Text(text)


@pytest.mark.parametrize("value", [float("nan"), pd.NA, np.nan], ids=repr)
def test_a_missing_number_is_no_limit(value: Any) -> None:
    """A limit of NaN is refused, not taken for none."""
    with pytest.raises(InterfaceError):
        whole_number(value, "limit")


def test_no_number_is_none() -> None:
    """None means that there is no limit."""
    assert whole_number(None, "limit") is None


@pytest.mark.parametrize("columns", [None, "*", ["*"], ("*",)])
def test_all_columns_may_be_meant(columns: Any) -> None:
    """No columns, and the documented star, mean all of them."""
    query = select_query(
        "t", columns=columns, condition=None, order_by=None, limit=None, offset=None
    )

    assert query == Query("t")


def test_arguments_are_put_together() -> None:
    """The arguments of a select become one query."""
    query = select_query(
        "t", columns="a", condition=ALL_ROWS, order_by="a DESC", limit=5, offset=2
    )

    assert query == Query("t", ("a",), ALL_ROWS, (OrderTerm("a", descending=True),), 5, 2)


def test_no_columns_at_all_are_refused() -> None:
    """An empty list of columns is refused with what to do instead."""
    with pytest.raises(InterfaceError, match="columns is empty\nhint: leave it out"):
        select_query("t", columns=[], condition=None, order_by=None, limit=None, offset=None)


@pytest.mark.parametrize("columns", [["a", "a"], [""], [5], 5, ["a", None]])
def test_columns_are_names(columns: Any) -> None:
    """Columns that are no names, or come twice, are refused."""
    with pytest.raises(InvalidNameError):
        select_query("t", columns=columns, condition=None, order_by=None, limit=None, offset=None)


def test_queries_are_values() -> None:
    """Two queries that ask the same are equal and have one hash."""
    assert len({Query("t", ("a",), ALL_ROWS), Query("t", ("a",), ALL_ROWS)}) == 1
