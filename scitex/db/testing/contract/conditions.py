"""Laws about conditions, order and limits: which records are found, and in what order."""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scitex.db import ALL_ROWS, Database, col
from scitex.db.domain.errors import (
    DataError,
    Error,
    InterfaceError,
    ParameterError,
    ProgrammingError,
    UnsafeFragmentError,
)
from scitex.db.testing.contract.ground import Laws, ids

N, TEXT = col("n"), col("text")
# id, n, text: a record of each, with NULL in the last.
NUMBERS = [
    {"id": 1, "n": 1, "text": "a%c"},
    {"id": 2, "n": 2, "text": "abc"},
    {"id": 3, "n": -3, "text": "ABC"},
    {"id": 4, "n": None, "text": None},
    {"id": 5, "n": 2**53 + 1, "text": "a\nc"},
]
EVERY = [1, 2, 3, 4, 5]
PREDICATES: list[tuple[Any, list[int]]] = [
    (N == 1, [1]),
    (N != 1, [2, 3, 5]),
    (N > 1, [2, 5]),
    (N >= 1, [1, 2, 5]),
    (N < 1, [3]),
    (N <= 1, [1, 3]),
    (~(N > 1), [1, 3]),
    (~~(N > 1), [2, 5]),
    (N.is_null(), [4]),
    (N.is_not_null(), [1, 2, 3, 5]),
    (N == None, [4]),  # noqa: E711 - builds IS NULL
    (N != None, [1, 2, 3, 5]),  # noqa: E711 - builds IS NOT NULL
    (np.float32("nan") < N, []),
    (~(np.float32("nan") < N), []),
    ((N > 1) & (TEXT == "abc"), [2]),
    ((N > 1) | (TEXT == "a%c"), [1, 2, 5]),
    ((N > 1) | N.is_null(), [2, 4, 5]),
    (~((N > 1) | (TEXT == "ABC")), [1]),
    (~((N > 1) & TEXT.is_not_null()), [1, 3, 4]),
    ((N > 1) & ALL_ROWS, [2, 5]),
    ((N > 1) | ALL_ROWS, EVERY),
    (ALL_ROWS, EVERY),
    (~ALL_ROWS, []),
    (N.in_([1, 2]), [1, 2]),
    (N.in_([1, None]), [1, 4]),
    (N.in_([None]), [4]),
    (N.in_([]), []),
    (N.in_([7]), []),
    (N.not_in([1, 2]), [3, 5]),
    (N.not_in([]), EVERY),
    (N.not_in([1, None]), [2, 3, 5]),
    (N.between(1, 2), [1, 2]),
    (N == 1.0, [1]),
    (N == 1.5, []),
    (N > 1.5, [2, 5]),
    (decimal.Decimal(2) == N, [2]),
    (np.int64(2) == N, [2]),
    (float(2**53) == N, []),
    (float(2**53) < N, [5]),
    (N == 2**53 + 1, [5]),
    (N + 1 == 2, [1]),
    (N - 1 > 0, [2, 5]),
    (N * 2 == 4, [2]),
    (N % 2 == 0, [2]),
    (N + 1 > N, [1, 2, 3, 5]),
    (col("id") == N, [1, 2]),
    (TEXT < "a", [3]),
    (TEXT > "abc", []),
    (TEXT == "abc", [2]),
    (TEXT.like("a%"), [1, 2, 5]),
    (TEXT.like("a_c"), [1, 2, 5]),
    (TEXT.like("A%"), [3]),
    (TEXT.like("%"), [1, 2, 3, 5]),
    (TEXT.like("abc"), [2]),
    (TEXT.like("b"), []),
    (TEXT.like(""), []),
    (TEXT.like("a.c"), []),
    (TEXT.like("[a]%"), []),
    (TEXT.like("a\\%c"), []),
    (~TEXT.like("a%"), [3]),
]
MAPPINGS: list[tuple[Any, list[int]]] = [
    ({}, EVERY),
    ({"n": 1}, [1]),
    ({"n": None}, [4]),
    ({"n": float("nan")}, [4]),
    ({"n": pd.NA}, [4]),
    ({"n": [1, 2]}, [1, 2]),
    ({"n": [1, None]}, [1, 4]),
    ({"n": []}, []),
    ({"n": {2}}, [2]),
    ({"n": range(2)}, [1]),
    ({"n": np.array([1, 2])}, [1, 2]),
    ({"n": pd.Series([2])}, [2]),
    ({"n": 2, "text": "abc"}, [2]),
    ({"n": [1, 2], "text": ["abc", "ABC"]}, [2]),
    ({"n": 2, "text": None}, []),
    ({"text": "abc"}, [2]),
    ({"text": "ABC "}, []),
]
TEXTS: list[tuple[str, Any, list[int]]] = [
    ("n > 1", None, [2, 5]),
    ("n > ?", [1], [2, 5]),
    ("n > ?", (1,), [2, 5]),
    ("n > :low AND n < :high", {"low": 1, "high": 9}, [2]),
    ("n = :x OR id = :x", {"x": 2, "unused": 3}, [2]),
    ("n > ? AND text = ?", [0, "abc"], [2]),
    ("n IS NULL", None, [4]),
    ("NOT (n > 1)", None, [1, 3]),
    ("n IN (1, 2)", None, [1, 2]),
    ("n IN (?, ?)", [1, 2], [1, 2]),
    ("n BETWEEN ? AND ?", [1, 2], [1, 2]),
    ("text = 'a%c'", None, [1]),
    ("text = 'a%c' AND n = ?", [1], [1]),
    ("text LIKE 'a%' AND n = ?", [2], [2]),
    ("text = '?' OR n = ?", [1], [1]),
    ("text = 'it''s ?' OR n = ?", [1], [1]),
    ("n = ?", [np.int64(1)], [1]),
    ("n = ?", [np.float64(2.0)], [2]),
    ("n = ?", [float("nan")], []),
    ("n = ?", [None], []),
    ("(n = 1)\n  OR\n  (n = 2)", None, [1, 2]),
    ("n > 1", [], [2, 5]),
    ("n = -3", None, [3]),
    ("n - -3 = 0", None, [3]),
]


class ConditionLaws(Laws):
    """What must hold for conditions, order and limits."""

    @pytest.fixture
    def numbers(self, db: Database) -> Database:
        """Return a database whose table ``t`` has numbers and text, some of them NULL."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "n": "INTEGER", "text": "TEXT"})
        db.insert_many("t", NUMBERS)
        return db

    @pytest.mark.parametrize(("where", "found"), [*PREDICATES, *MAPPINGS], ids=repr)
    def test_a_condition_finds_its_records(
        self, numbers: Database, where: Any, found: list[int]
    ) -> None:
        """A predicate or a mapping finds the records of which it is true, not unknown."""
        assert ids(numbers.select("t", where=where, order_by="id")) == found

    @pytest.mark.parametrize(("where", "params", "found"), TEXTS)
    def test_a_text_finds_its_records(
        self, numbers: Database, where: str, params: Any, found: list[int]
    ) -> None:
        """A condition in SQL text finds the records of which it is true."""
        assert ids(numbers.select("t", where=where, params=params, order_by="id")) == found

    @pytest.mark.parametrize(("where", "params", "found"), TEXTS)
    @pytest.mark.parametrize("call", ["count", "update", "delete"])
    def test_every_call_reads_a_text_alike(
        self, numbers: Database, call: str, where: str, params: Any, found: list[int]
    ) -> None:
        """The same text finds as many records in every call that takes it."""
        arguments = {"update": [{"text": "x"}]}.get(call, [])

        assert getattr(numbers, call)("t", *arguments, where=where, params=params) == len(found)

    @pytest.mark.parametrize("length", [1, 1000, 70_000])
    def test_a_list_of_any_length_works(self, numbers: Database, length: int) -> None:
        """As many values as one likes may be asked for, also more than an engine has room for."""
        found = numbers.select("t", where={"n": range(length)}, order_by="id")

        assert ids(found) == [1, 2][: length - 1]

    def test_a_list_of_any_length_may_be_denied(self, numbers: Database) -> None:
        """As many values as one likes may be ruled out."""
        found = numbers.select("t", where=N.not_in(range(35_000)) & (N < 9), order_by="id")

        assert ids(found) == [3]

    def test_a_long_list_of_text_serves_a_change(self, numbers: Database) -> None:
        """Very many texts may be asked for in a change as well, whatever is in them."""
        names = [f"{number}'\"%?\\" for number in range(35_000)]

        assert numbers.update("t", {"n": 0}, where={"text": [*names, "abc"]}) == 1

    @pytest.mark.parametrize(
        ("where", "params"),
        [
            ("n = ?", [1, 2]),
            ("n = ?", []),
            ("n = 1", [1]),
            ("n = ? AND id = ?", [1]),
            ("n = ?", "1"),
            ("n = ?", 1),
            ("n = ?", {1}),
            ("n = :x", {}),
            ("n = :x", {"y": 1}),
            ("n = ?1", [1]),
        ],
    )
    def test_placeholders_and_params_must_match(
        self, numbers: Database, where: str, params: Any
    ) -> None:
        """Params that do not fill the placeholders are refused, and it is said how to write it."""
        with pytest.raises(ParameterError, match="hint: "):
            numbers.select("t", where=where, params=params)

    @pytest.mark.parametrize("where", ["n = ?", "n = :x"])
    def test_placeholders_without_params_are_refused(self, numbers: Database, where: str) -> None:
        """A placeholder that nothing fills is refused, not taken for NULL."""
        with pytest.raises(ProgrammingError):
            numbers.select("t", where=where)

    @pytest.mark.parametrize(
        ("where", "params"), [("n = ?", [1, 2]), ("n = ?", []), ("n = ?", "x"), ("n = :x", {})]
    )
    def test_the_database_goes_on_after_a_refusal(
        self, numbers: Database, where: str, params: Any
    ) -> None:
        """Refused params leave the database usable."""
        with pytest.raises(ParameterError):
            numbers.select("t", where=where, params=params)

        assert numbers.count("t") == 5

    @pytest.mark.parametrize(
        "where", [{"n": 1}, N == 1, None], ids=["mapping", "predicate", "none"]
    )
    def test_params_need_a_text(self, numbers: Database, where: Any) -> None:
        """Params beside a mapping, a predicate or nothing are refused."""
        with pytest.raises(InterfaceError, match="hint: leave params out"):
            numbers.select("t", where=where, params=[1])

    @pytest.mark.parametrize("where", [True, 1, b"n = 1", ["n = 1"], N], ids=repr)
    def test_what_is_no_condition_is_refused(self, numbers: Database, where: Any) -> None:
        """What is neither text, mapping nor predicate is refused with examples."""
        with pytest.raises(InterfaceError, match="hint: write where="):
            numbers.select("t", where=where)

    @pytest.mark.parametrize(
        "where", [{"n": "1"}, {"n": ["x"]}, N > "1", N.in_([1, "x"]), {"text": 5}, {"n": 2**63}]
    )
    def test_a_comparison_that_can_never_be_true_is_refused(
        self, numbers: Database, where: Any
    ) -> None:
        """A value that the column could never have is refused by table, column and value."""
        with pytest.raises(DataError, match=r"column '(n|text)'.* of table 't'"):
            numbers.select("t", where=where)

    @pytest.mark.parametrize(
        "where", [TEXT + 1 > 0, N + TEXT > 0, N + "x" > 0, TEXT % 2 == 0, N == TEXT], ids=repr
    )
    def test_a_sum_is_of_numbers(self, numbers: Database, where: Any) -> None:
        """A sum or comparison of columns that are not of one sort is refused."""
        with pytest.raises(DataError):
            numbers.select("t", where=where)

    def test_moments_can_be_compared(self, db: Database) -> None:
        """A datetime is found by mapping, predicate and text with params alike."""
        noon = dt.datetime(2025, 5, 30, 12, 0, 0, 5)
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "at": "TIMESTAMP"})
        db.insert_many("t", [{"id": 1, "at": noon}, {"id": 2, "at": noon + dt.timedelta(1)}])
        questions: list[Any] = [
            {"where": {"at": noon}},
            {"where": col("at") < noon + dt.timedelta(hours=1)},
            {"where": col("at") == "2025-05-30T12:00:00.000005"},
            {"where": "at <= ?", "params": [noon]},
            {"where": "at BETWEEN '2025-05-30' AND '2025-05-31'"},
        ]

        assert [ids(db.select("t", **question)) for question in questions] == [[1]] * 5

    @pytest.mark.parametrize("where", ["", " ", "\n", "--", "/* */"])
    def test_a_blank_text_is_refused(self, numbers: Database, where: str) -> None:
        """A blank condition is refused in a question too: it was meant to say something."""
        with pytest.raises(UnsafeFragmentError):
            numbers.select("t", where=where)

    @pytest.mark.parametrize("where", ["n = ", "n = = 1", "AND", "n ? 1", "= 1"])
    def test_a_text_that_is_no_sql_is_refused(self, numbers: Database, where: str) -> None:
        """A text that the engine cannot read is refused with an error of this package."""
        with pytest.raises(Error):
            numbers.select("t", where=where)

    @pytest.mark.parametrize("pattern", ["\0%", "a\0", "\ud800%"], ids=ascii)
    def test_a_pattern_that_fits_no_text_is_refused(self, numbers: Database, pattern: str) -> None:
        """It is not cut at NUL, where it would find, and delete, other records."""
        numbers.insert("t", {"id": 9, "text": ""})
        with pytest.raises(DataError, match="text must"):
            numbers.delete("t", where=TEXT.like(pattern))

        assert numbers.count("t") == len(NUMBERS) + 1

    def test_a_chain_of_conditions_may_be_long(self, numbers: Database) -> None:
        """However they were joined, a thousand conditions are no deeper than ten."""
        either = functools.reduce(operator.or_, [col("n") == n for n in range(1000)])
        neither = functools.reduce(lambda found, n: (col("n") != n) & found, range(1000), N != -1)
        wide = {"id": [1, 2, 3], **{f"c{n}": n for n in range(150)}}
        numbers.create_table("wide", {"id": "INTEGER", **{f"c{n}": "INTEGER" for n in range(150)}})
        numbers.insert("wide", {**wide, "id": 2})

        assert ids(numbers.select("t", where=either)) == [1, 2]
        assert ids(numbers.select("t", where=neither)) == [3, 5]
        assert ids(numbers.select("wide", where=wide)) == [2]

    def test_brackets_in_brackets_have_an_end(self, numbers: Database) -> None:
        """A condition that no engine could read is told, and one of forty levels is not deep."""
        deeper: list[Callable[[int], Any]] = [
            lambda n: functools.reduce(lambda found, _: ~found, range(n), N == 1),
            lambda n: functools.reduce(lambda found, _: found + 1, range(n), N) < 40,
            lambda n: functools.reduce(
                lambda found, k: (
                    (found | (col("n") == k)) if k % 2 else (found & (col("n") != -k))
                ),
                range(n),
                N == 1,
            ),
        ]
        for deep in deeper:
            numbers.count("t", where=deep(40))
            with pytest.raises(InterfaceError, match="more than 50 levels"):
                numbers.count("t", where=deep(3000))
