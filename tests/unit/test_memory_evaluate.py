"""Laws of conditions decided in memory: three truths, exact numbers, text by code point."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.adapters.memory.expressions import evaluate
from scitex.db.adapters.memory.expressions.comparing import alike, anyhow, order_key, reckoned
from scitex.db.adapters.memory.expressions.evaluate import Truth, columns_of, decider
from scitex.db.adapters.memory.expressions.patterns import pattern
from scitex.db.adapters.memory.expressions.scope import Engine, Scope
from scitex.db.domain.errors import ColumnNotFoundError, DataError, ProgrammingError
from scitex.db.domain.predicates import (
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
    Parameter,
    Predicate,
    col,
)
from scitex.db.domain.tables import ColumnSpec, TableSpec

WORDS = {
    "whole": "INTEGER",
    "real": "REAL",
    "exact": "NUMERIC",
    "text": "TEXT",
    "yes": "BOOLEAN",
    "at": "TIMESTAMP",
    "day": "DATE",
    "raw": "BLOB",
    "data": "JSON",
    "any": "",
}
SPEC = TableSpec("things", [ColumnSpec(name, word) for name, word in WORDS.items()])
TRUE, FALSE = Always(truth=True), Always(truth=False)
UNKNOWN = Compare(Literal(None), "=", Literal(1))
TRUTHS: dict[Truth, Predicate] = {True: TRUE, False: FALSE, None: UNKNOWN}
D = decimal.Decimal


def truth(
    predicate: Predicate, *values: object, engine: Engine = "sqlite", **record: Any
) -> Truth:
    """Decide a predicate on a record of which the other columns are NULL."""
    row = tuple(record.get(name) for name in SPEC.names)
    return decider(predicate, Scope(SPEC, engine, values))(row)


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, True, False, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, True, None, True),
        (None, False, False, None),
        (None, None, None, None),
    ],
)
def test_and_or_know_three_truths(left: Truth, right: Truth, both: Truth, either: Truth) -> None:
    """AND is false as soon as one side is, OR true; else what is unknown stays unknown."""
    sides = TRUTHS[left], TRUTHS[right]

    assert (truth(And(*sides)), truth(Or(*sides))) == (both, either)


@pytest.mark.parametrize(("given_truth", "opposite"), [(True, False), (False, True), (None, None)])
def test_not_knows_three_truths(given_truth: Truth, opposite: Truth) -> None:
    """NOT turns true and false round, and leaves what is unknown unknown."""
    assert truth(Not(TRUTHS[given_truth])) is opposite


@pytest.mark.parametrize("sign", ["=", "<>", "<", "<=", ">", ">="])
@pytest.mark.parametrize("other", [Literal(1), Column("real"), Literal(None)])
def test_comparing_with_null_is_unknown(sign: Any, other: Any) -> None:
    """A comparison of which one side is NULL is unknown."""
    assert truth(Compare(Column("whole"), sign, other)) is None


def test_is_null_is_never_unknown() -> None:
    """IS NULL is true of NULL and false of everything else."""
    assert [truth(IsNull(Column("whole")), whole=value) for value in (None, 0)] == [True, False]


@pytest.mark.parametrize(
    ("members", "value", "expected"),
    [
        ((1, 2), 1, True),
        ((1, 2), 3, False),
        ((1, 2), None, None),
        ((1, None), 1, True),
        ((1, None), 3, None),
        ((1.0, 2.5), 1, True),
        ((D("3"),), 3, True),
    ],
)
def test_membership_is_a_chain_of_equalities(members: Any, value: Any, expected: Truth) -> None:
    """IN is true where one member is equal, else unknown where one is NULL, else false."""
    condition = In(Column("whole"), tuple(map(Literal, members)))

    assert truth(condition, whole=value) is expected


def test_membership_takes_any_expression() -> None:
    """The operand and the members of IN may be reckoned."""
    doubled = Arithmetic(Column("whole"), "*", Literal(2))
    condition = In(doubled, (Column("real"), Literal(7)))

    assert [
        truth(condition, whole=2, real=4.0),
        truth(condition, whole=2, real=5.0),
        truth(condition, whole=2),
    ] == [True, False, None]


def test_parameters_stand_for_the_values_given() -> None:
    """A parameter is the value at its place."""
    condition = Compare(Column("whole"), ">", Parameter(1))

    assert truth(condition, 100, 1, whole=2) is True


@pytest.mark.parametrize(
    ("column", "kept", "asked", "expected"),
    [
        ("whole", 2**53 + 1, float(2**53), False),
        ("whole", 2, 2.0, True),
        ("whole", 2, D("2.00"), True),
        ("whole", 2, 2.5, False),
        ("real", 0.1, D("0.1"), True),
        ("exact", D("0.1"), 0.1, True),
        ("exact", D("0.1"), D("0.10"), True),
        ("real", 1.0, True, True),
        ("yes", True, 1, True),
        ("at", dt.datetime(2025, 5, 30, 14), "2025-0530-1400", True),
        ("day", dt.date(2025, 5, 30), "2025-05-30", True),
        ("any", 1, 1.0, True),
        ("any", "1", 1, False),
    ],
)
def test_numbers_compare_by_value(column: str, kept: Any, asked: Any, expected: bool) -> None:
    """Numbers of any kind are equal when their values are; text is read as the column's kind."""
    assert truth(Compare(Column(column), "=", Literal(asked)), **{column: kept}) is expected


@pytest.mark.parametrize(
    ("left", "right"),
    [("B", "a"), ("Z", "_"), ("a", "é"), ("z", "ä"), ("", "a"), ("\uffff", "\U00010000")],
)
def test_text_compares_by_code_point(left: str, right: str) -> None:
    """Text is ordered by code point: capitals first, letters with accents last."""
    assert truth(Compare(Column("text"), "<", Literal(right)), text=left) is True


@pytest.mark.parametrize(
    "condition",
    [
        col("whole") == "abc",
        col("whole").in_([1, "abc"]),
        col("text") == 5,
        col("yes") == 2,
        col("at") > "yesterday",
        col("raw") == "text",
        col("whole") == 2**63,
        col("text") == "\0",
    ],
)
def test_what_can_never_be_equal_is_refused(condition: Predicate) -> None:
    """A value that a column can never have is refused before any record is looked at."""
    with pytest.raises(DataError, match=r"does not fit column '(whole|text|yes|at|raw)'"):
        decider(condition, Scope(SPEC, "sqlite"))


@pytest.mark.parametrize(
    ("left", "right"), [("whole", "text"), ("day", "at"), ("yes", "whole"), ("data", "text")]
)
def test_columns_of_two_sorts_are_not_compared(left: str, right: str) -> None:
    """Two columns are compared only where both are of one sort."""
    with pytest.raises(DataError, match="cannot be compared"):
        decider(Compare(Column(left), "=", Column(right)), Scope(SPEC, "sqlite"))


def test_columns_of_numbers_compare_by_value() -> None:
    """Columns of numbers are compared whatever their kinds."""
    condition = And(
        Compare(Column("whole"), "=", Column("exact")),
        Compare(Column("exact"), "<", Column("real")),
    )

    assert truth(condition, whole=1, exact=D(1), real=1.5) is True


def test_a_column_of_no_type_is_compared_with_any() -> None:
    """A column of no type compares with every other: numbers before text before bytes."""
    condition = Compare(Column("any"), "<", Column("text"))

    assert [truth(condition, any=5, text="a"), truth(condition, any=b"a", text="a")] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("like", "text", "expected"),
    [
        ("a%", "abc", True),
        ("a%", "Abc", False),
        ("_b%", "ab", True),
        ("_", "é", True),
        ("%", "", True),
        ("", "", True),
        ("a", "ab", False),
        ("a.c", "abc", False),
        ("a*", "aaa", False),
        ("[a]", "a", False),
        ("a\\%", "a\\x", True),
        ("%x%", "a\nx\nb", True),
        ("a%", None, None),
    ],
)
def test_like_knows_two_signs(like: str, text: str | None, expected: Truth) -> None:
    """In LIKE % is any text, _ any character, nothing else means more, and capitals count."""
    assert truth(Like(Column("text"), Literal(like)), text=text) is expected


def test_folding_like_folds_ascii_only() -> None:
    """Where LIKE folds capitals it does so for the letters of ASCII, as SQLite."""
    found = [bool(pattern(like, folds_case=True).fullmatch("aé")) for like in ("Aé", "aÉ")]

    assert found == [True, False]


def test_like_needs_text() -> None:
    """A column that is not text is like no pattern, and nothing is like what is no text."""
    with pytest.raises(DataError, match="is not text"):
        decider(Like(Column("whole"), Literal("1%")), Scope(SPEC, "sqlite"))
    for like in (1, None):
        with pytest.raises(DataError, match="takes a text pattern"):
            decider(Like(Column("text"), Literal(like)), Scope(SPEC, "sqlite"))


def test_like_null_in_text_is_unknown() -> None:
    """In SQL text a pattern may be NULL, and nothing is known of it."""
    scope = Scope(SPEC, "sqlite", from_text=True)
    row = tuple("a" if name == "text" else None for name in SPEC.names)

    assert decider(Like(Column("text"), Literal(None)), scope)(row) is None


def test_unknown_columns_are_refused() -> None:
    """A condition on a column that the table lacks is refused, and the nearest one offered."""
    with pytest.raises(ColumnNotFoundError, match="did you mean 'whole'"):
        decider(col("hole") == 1, Scope(SPEC, "sqlite"))


@pytest.mark.parametrize(
    ("left", "sign", "right", "expected"),
    [
        (7, "/", 2, 3),
        (-7, "/", 2, -3),
        (7, "/", -2, -3),
        (7.0, "/", 2, 3.5),
        (7, "%", 3, 1),
        (-7, "%", 3, -1),
        (7, "%", -3, 1),
        (1, "+", 0.5, 1.5),
        (2, "*", D("1.25"), D("2.50")),
        (D(1), "-", 0.5, 0.5),
        (D(7), "%", D(4), D(3)),
        (float("inf"), "-", float("inf"), None),
        (D("inf"), "-", D("inf"), None),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_arithmetic_is_that_of_sql(
    left: Any, sign: str, right: Any, expected: Any, engine: Engine
) -> None:
    """Whole numbers divide to whole ones, cut towards zero; a rest has its dividend's sign."""
    result = reckoned(left, sign, right, engine)

    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize("sign", ["/", "%"])
def test_dividing_by_zero_follows_the_engine(sign: str) -> None:
    """A division by zero is NULL on SQLite and an error on PostgreSQL."""
    assert reckoned(1, sign, 0, "sqlite") is None
    with pytest.raises(DataError, match="division by zero"):
        reckoned(1, sign, 0, "postgresql")


def test_too_wide_results_follow_the_engine() -> None:
    """A result past 64 bits becomes a float on SQLite and an error on PostgreSQL."""
    assert reckoned(2**62, "*", 4, "sqlite") == float(2**64)
    with pytest.raises(DataError, match="64-bit"):
        reckoned(2**62, "*", 4, "postgresql")


def test_the_rest_of_floats_follows_the_engine() -> None:
    """SQLite cuts floats to whole numbers before it takes a rest; PostgreSQL takes none."""
    assert [
        reckoned(7.9, "%", 3, "sqlite"),
        reckoned(7.9, "%", 0.5, "sqlite"),
        reckoned(-1, "%", float("inf"), "sqlite"),
    ] == [1.0, None, -1.0]
    with pytest.raises(ProgrammingError, match="no % of floating"):
        reckoned(7.9, "%", 3, "postgresql")


@pytest.mark.parametrize(
    "condition",
    [
        col("text") + 1 > 2,
        col("whole") * col("yes") > 2,
        Compare(Column("at"), "=", Arithmetic(Column("whole"), "+", Literal(1))),
        col("whole") + "x" > 2,
        col("whole") + 1 == "x",
        (col("whole") + 1).in_([1, "x"]),
    ],
)
def test_only_numbers_are_reckoned_with(condition: Predicate) -> None:
    """What is no number is not reckoned with, which is told before any record is looked at."""
    with pytest.raises(DataError, match="is not a number"):
        decider(condition, Scope(SPEC, "sqlite"))


def test_only_numbers_are_reckoned_with_in_columns_of_no_type() -> None:
    """What a column of no type holds is reckoned with where it is a number."""
    condition = Compare(Arithmetic(Column("any"), "+", Literal(1)), "=", Literal(D("2.5")))

    assert truth(condition, any=1.5) is True
    with pytest.raises(DataError, match="'a' is not a number"):
        truth(condition, any="a")


def test_values_of_no_column_must_be_what_a_database_keeps() -> None:
    """A value that is compared with no column is refused where no column could keep it."""
    with pytest.raises(DataError, match="does not fit params"):
        truth(Compare(Literal(2**64), "=", Literal(1)))


def test_arithmetic_with_null_is_null() -> None:
    """What is reckoned from NULL is NULL."""
    assert truth(IsNull(Arithmetic(Column("whole"), "+", Literal(1)))) is True


def test_values_of_two_sorts_are_not_compared() -> None:
    """Values that belong to no column are compared only where they are of one sort."""
    with pytest.raises(DataError, match="cannot be compared"):
        truth(Compare(Literal(1), "=", Literal("1")))
    with pytest.raises(DataError, match="cannot be compared"):
        alike(dt.datetime(2025, 1, 1), "<", dt.datetime(2025, 1, 1, tzinfo=dt.UTC))


mixed = st.one_of(
    st.integers(-5, 5),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.dates(),
)


@given(left=mixed, right=mixed)
def test_values_of_any_sorts_have_an_order(left: Any, right: Any) -> None:
    """Of two values of any sorts exactly one is less, or both are equal, and sorting agrees."""
    found = [anyhow(left, sign, right) for sign in ("<", "=", ">")]

    assert found.count(True) == 1
    assert found[0] == (order_key(left) < order_key(right))


def test_columns_of_a_condition_are_found() -> None:
    """A condition tells every column that it speaks of, wherever it stands."""
    condition = (col("a") + col("b") > 1) & (col("c").in_([1]) | ~col("d").like("x"))

    assert sorted(columns_of(condition)) == ["a", "b", "c", "d"]


def test_a_condition_is_checked_without_records() -> None:
    """Making a decider looks at no record."""
    assert callable(evaluate.decider(col("whole") > 1, Scope(SPEC, "sqlite")))
