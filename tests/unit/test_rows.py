"""Rows that come back from SQL text: a list of dicts that knows a little more."""

from __future__ import annotations

from scitex.db.domain.rows import Rows


def test_rows_are_a_list() -> None:
    """Rows are a list of dicts, equal to any other list of the same dicts."""
    assert Rows([{"n": 1}, {"n": 2}], columns=("n",), rowcount=2) == [{"n": 1}, {"n": 2}]


def test_rows_know_their_columns() -> None:
    """Rows know the names of their columns, also where there are no rows."""
    assert Rows(columns=("a", "b"), rowcount=0).columns == ("a", "b")


def test_rows_count_what_was_changed() -> None:
    """Rows know how many records a statement changed."""
    assert Rows(rowcount=5).rowcount == 5


def test_rows_of_nothing_say_so() -> None:
    """Where the engine does not say, there are no columns and the count is -1."""
    assert (Rows().columns, Rows().rowcount) == ((), -1)
