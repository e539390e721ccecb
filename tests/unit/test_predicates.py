"""Conditions as values: how they are built, joined and taken apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.domain.errors import InterfaceError, InvalidNameError
from scitex.db.domain.predicates import (
    ALL_ROWS,
    Always,
    And,
    Arithmetic,
    Column,
    Compare,
    In,
    IsNull,
    Like,
    Literal,
    Not,
    Or,
    OrderTerm,
    Parameter,
    Predicate,
    among,
    col,
)
from scitex.db.domain.shapes import lifted

SCORE, NAME = Column("score"), Column("name")
HIGH, LOW = col("score") > 80, col("score") < 20
MISSING = [None, float("nan"), np.nan, pd.NA, pd.NaT]

BUILT: list[tuple[Any, Any]] = [
    (col("score") == 1, Compare(SCORE, "=", Literal(1))),
    (col("score") != 1, Compare(SCORE, "<>", Literal(1))),
    (col("score") < 1, Compare(SCORE, "<", Literal(1))),
    (col("score") <= 1, Compare(SCORE, "<=", Literal(1))),
    (col("score") > 1, Compare(SCORE, ">", Literal(1))),
    (col("score") >= 1, Compare(SCORE, ">=", Literal(1))),
    (1 < col("score"), Compare(SCORE, ">", Literal(1))),  # noqa: SIM300 - either side
    (col("score") == col("name"), Compare(SCORE, "=", NAME)),
    (
        col("score") + 1 > col("name") * 2,
        Compare(Arithmetic(SCORE, "+", Literal(1)), ">", Arithmetic(NAME, "*", Literal(2))),
    ),
    (col("score") - 1 > 0, Compare(Arithmetic(SCORE, "-", Literal(1)), ">", Literal(0))),
    (col("score") / 2 > 0, Compare(Arithmetic(SCORE, "/", Literal(2)), ">", Literal(0))),
    (col("score") % 2 == 0, Compare(Arithmetic(SCORE, "%", Literal(2)), "=", Literal(0))),
    (col("score").is_null(), IsNull(SCORE)),
    (col("score").is_not_null(), Not(IsNull(SCORE))),
    (col("name").like("a%"), Like(NAME, Literal("a%"))),
    (
        col("score").between(1, 2),
        And(Compare(SCORE, ">=", Literal(1)), Compare(SCORE, "<=", Literal(2))),
    ),
    (col("score").in_([1, 2]), In(SCORE, (Literal(1), Literal(2)))),
    (col("score").in_(range(2)), In(SCORE, (Literal(0), Literal(1)))),
    (col("score").in_([]), Always(truth=False)),
    (col("score").in_([1, None]), Or(In(SCORE, (Literal(1),)), IsNull(SCORE))),
    (col("score").in_([None]), Or(Always(truth=False), IsNull(SCORE))),
    (col("score").not_in([1]), Not(In(SCORE, (Literal(1),)))),
    (HIGH & LOW, And(HIGH, LOW)),
    (HIGH | LOW, Or(HIGH, LOW)),
    (~HIGH, Not(HIGH)),
    (ALL_ROWS & HIGH, And(ALL_ROWS, HIGH)),
    (col("score").asc(), OrderTerm("score")),
    (col("score").desc(), OrderTerm("score", descending=True)),
]


@pytest.mark.parametrize(("built", "expected"), BUILT, ids=repr)
def test_operators_build_conditions(built: object, expected: object) -> None:
    """Python's operators on a column build the condition they look like."""
    assert (type(built), repr(built)) == (type(expected), repr(expected))


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_equal_to_missing_is_missing(value: object) -> None:
    """A column that equals a missing value is one that has no value."""
    assert repr(col("score") == value) == repr(IsNull(SCORE))


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_unequal_to_missing_is_there(value: object) -> None:
    """A column that differs from a missing value is one that has a value."""
    assert repr(col("score") != value) == repr(Not(IsNull(SCORE)))


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_among_missing_is_missing(value: object) -> None:
    """A missing value among others stands for records without a value."""
    assert among(SCORE, [1, value]) == Or(In(SCORE, (Literal(1),)), IsNull(SCORE))


@pytest.mark.parametrize(
    "make", [lambda: bool(HIGH), lambda: HIGH and LOW, lambda: 1 < col("x") < 5]
)
def test_a_condition_has_no_truth_by_itself(make: Callable[[], object]) -> None:
    """A condition used where Python asks for true or false is refused, with what to write."""
    with pytest.raises(TypeError, match=r"join predicates with & \| ~"):
        make()


@pytest.mark.parametrize("make", [lambda: bool(col("x")), lambda: not col("x")])
def test_a_column_has_no_truth_by_itself(make: Callable[[], object]) -> None:
    """A column used where Python asks for true or false is refused."""
    with pytest.raises(TypeError):
        make()


@pytest.mark.parametrize("other", [True, 1, "score > 1", None, col("score")], ids=repr)
@pytest.mark.parametrize("join", ["__and__", "__or__"])
def test_conditions_join_conditions(join: str, other: object) -> None:
    """A condition is joined with another condition, and with nothing else."""
    with pytest.raises(TypeError, match="join predicates"):
        getattr(HIGH, join)(other)


@pytest.mark.parametrize("text", ["Alice", b"Alice"])
def test_a_lone_text_is_not_several_values(text: Any) -> None:
    """One text where several values are asked for is refused, not taken for its letters."""
    with pytest.raises((TypeError, InterfaceError)):
        col("name").in_(text)


@pytest.mark.parametrize("name", ["", " ", "a\0b", None, 5])
def test_a_column_needs_a_name(name: Any) -> None:
    """What cannot be a name cannot be spoken of."""
    with pytest.raises(InvalidNameError):
        col(name)


def test_a_column_is_no_key() -> None:
    """A column that is spoken of cannot be put in a set: == does not compare it."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(col("x"))


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_only_a_column_sorts(direction: str) -> None:
    """A sum of columns is no order."""
    with pytest.raises(TypeError, match="only a plain column can be sorted by"):
        getattr(col("a") + col("b"), direction)()


def test_a_column_shows_itself() -> None:
    """A column that is spoken of shows its name."""
    assert repr(col("score")) == "<Column(name='score')>"


@pytest.mark.parametrize("predicate", [HIGH, ~HIGH, HIGH & LOW, col("x").in_([1]), ALL_ROWS])
def test_conditions_are_values(predicate: Predicate) -> None:
    """A condition can be compared and put in a set, and does not change."""
    assert {predicate: 1}[predicate] == 1


LIFTED: list[tuple[Any, Any, tuple[object, ...]]] = [
    (HIGH, Compare(SCORE, ">", Parameter(0)), (80,)),
    (
        HIGH & LOW,
        And(Compare(SCORE, ">", Parameter(0)), Compare(SCORE, "<", Parameter(1))),
        (80, 20),
    ),
    (
        ~(HIGH | col("name").like("a%")),
        Not(Or(Compare(SCORE, ">", Parameter(0)), Like(NAME, Parameter(1)))),
        (80, "a%"),
    ),
    (col("score").in_([5, 6]), In(SCORE, (Parameter(0), Parameter(1))), (5, 6)),
    (col("score").is_null(), IsNull(SCORE), ()),
    (ALL_ROWS, ALL_ROWS, ()),
    (col("score") == col("name"), Compare(SCORE, "=", NAME), ()),
    (
        (col("score") + 1) * 2 > 3,
        Compare(
            Arithmetic(Arithmetic(SCORE, "+", Parameter(0)), "*", Parameter(1)), ">", Parameter(2)
        ),
        (1, 2, 3),
    ),
]


@pytest.mark.parametrize(("predicate", "shape", "values"), LIFTED, ids=repr)
def test_values_are_taken_out(predicate: Any, shape: Any, values: tuple[object, ...]) -> None:
    """A condition is a shape and the values that fill it, in order."""
    assert lifted(predicate) == (shape, values)


@given(st.lists(st.integers(), min_size=1), st.lists(st.integers(), min_size=1))
def test_one_shape_for_one_length(one: list[int], other: list[int]) -> None:
    """Two conditions that differ by their values only have one shape."""
    shapes = [lifted(col("x").in_(values))[0] for values in (one, other)]

    assert (shapes[0] == shapes[1]) == (len(one) == len(other))


@given(
    st.recursive(
        st.just(HIGH), lambda c: st.builds(And, c, c) | st.builds(Or, c, c), max_leaves=20
    )
)
def test_as_many_values_as_literals(predicate: Predicate) -> None:
    """Every value of a condition is taken out, and none twice."""
    assert len(lifted(predicate)[1]) == repr(predicate).count("Literal")
