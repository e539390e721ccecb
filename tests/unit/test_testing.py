"""What is shipped for the tests of other programs: fixtures, asserts, the contract."""

from __future__ import annotations

import decimal
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scitex.db.testing
from scitex.db import Database, InMemory, SQLite3
from scitex.db.testing import StorageContract, assert_same_rows, assert_same_tables

pytest_plugins = ["pytester"]

SUITE = """
    from scitex.db.testing import assert_same_rows

    def stored(db):
        db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
        db.insert("users", {"name": "Alice"})
        assert_same_rows(db.select("users"), [{"id": 1, "name": "Alice"}])

    def test_memory(memory_db):
        stored(memory_db)
        memory_db.fail_on("insert")

    def test_file(sqlite_db):
        stored(sqlite_db)

    def test_any(any_db):
        stored(any_db)
        assert any_db.list_tables() == ["users"]
"""
PROOF = """
    import pytest
    from scitex.db import InMemory
    from scitex.db.domain.errors import UnsupportedFeatureError
    from scitex.db.testing import StorageContract

    class TestMine(StorageContract):
        @pytest.fixture
        def open_db(self):
            opened = []
            def open_one():
                if opened:
                    raise UnsupportedFeatureError("there is one", hint="use it")
                opened.append(InMemory())
                return opened[0]
            yield open_one
"""


def test_fixtures_come_by_themselves(pytester: pytest.Pytester) -> None:
    """A suite that imports nothing of ours has an empty database of each engine."""
    pytester.makepyfile(SUITE)

    found = pytester.runpytest_subprocess("-q", "-p", "no:randomly", "--strict-markers")

    found.assert_outcomes(passed=5)


def test_an_adapter_proves_itself_in_ten_lines(pytester: pytest.Pytester) -> None:
    """It inherits the laws, and says how it is opened; a law that fails is explained."""
    pytester.makepyfile(PROOF)

    laws = "insert_returns or test_savepoints or missing_table"
    found = pytester.runpytest_subprocess("-q", "-p", "no:randomly", "-k", laws)

    counts = found.parseoutcomes()
    assert counts["passed"] > 5
    assert "failed" not in counts


def test_no_law_hides_another() -> None:
    """Of two laws of one name in an engine's class only one would be held to."""
    homes = defaultdict(list)
    for kind in StorageContract.__mro__:
        for name in vars(kind):
            if name.startswith("test_"):
                homes[name].append(kind.__name__)

    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_what_is_shipped_is_told() -> None:
    """Names are loaded when they are asked for."""
    assert set(scitex.db.testing.__all__) <= set(dir(scitex.db.testing))
    with pytest.raises(AttributeError, match="nothing"):
        _ = scitex.db.testing.nothing


def test_same_rows() -> None:
    """Order does not count, missing is missing, and a number is a number."""
    found = [{"a": 1, "b": None, "c": [1, {"d": 2}]}, {"a": 2, "b": 0.5, "c": "x"}]
    assert_same_rows(found, reversed(found))
    assert_same_rows([{"a": math.nan, "b": pd.NaT}], [{"a": None, "b": None}])
    assert_same_rows([{"a": np.int64(1)}], [{"a": decimal.Decimal(1)}])
    assert_same_rows([{"a": 0.1 + 0.2}], [{"a": 0.3}], tolerance=1e-9)
    assert_same_rows([{"a": 1, "id": 7}], [{"a": 1}], ignoring="id")
    assert_same_rows([{"a": np.arange(3)}], [{"a": np.arange(3)}])
    assert_same_rows([{"a": 1}, {"a": 1}], pd.DataFrame({"a": [1, 1]}))
    assert_same_rows([], [])


@pytest.mark.parametrize(
    ("found", "expected", "told"),
    [
        ([{"a": 1}, {"a": 1}], [{"a": 1}], "only found:    {'a': 1}"),
        ([{"a": 1}], [{"a": 1}, {"a": 2}], "only expected: {'a': 2}"),
        ([{"a": True}], [{"a": 1}], "only found"),
        ([{"a": "1"}], [{"a": 1}], "only found"),
        ([{"a": 0.1 + 0.2}], [{"a": 0.3}], "only found"),
        ([{"a": 1, "b": 2}], [{"a": 1}], "'b': 2"),
        ([{"a": np.arange(3)}], [{"a": np.arange(4)}], "only found"),
        ([{"a": n} for n in range(9)], [], "4 more"),
    ],
)
def test_other_rows_are_told(found: list[object], expected: list[object], told: str) -> None:
    """What differs is in the message, a few records of it."""
    with pytest.raises(AssertionError) as caught:
        assert_same_rows(found, expected)

    assert told in str(caught.value)


def test_order_counts_where_it_is_asked_to() -> None:
    """The first that differs is told, or how many there are."""
    rows = [{"a": 1}, {"a": 2}]
    assert_same_rows(rows, rows, ordered=True)
    with pytest.raises(AssertionError, match="record 0 differs"):
        assert_same_rows(rows, rows[::-1], ordered=True)
    with pytest.raises(AssertionError, match="there are 2 records, and 1 are expected"):
        assert_same_rows(rows, rows[:1], ordered=True)


def test_same_tables(tmp_path: Path) -> None:
    """Two engines are compared by fingerprint; what differs is told record by record."""
    columns = {"id": "INTEGER PRIMARY KEY", "x": "REAL"}
    with InMemory() as one, SQLite3(tmp_path / "other.db") as other:
        databases: list[Database] = [one, other]
        for db in databases:
            db.create_table("t", columns)
            db.insert("t", {"x": 0.5})
        assert_same_tables(one, other, "t")
        for db in databases:
            db.create_table("u", {"id": "INTEGER PRIMARY KEY"})
        other.add_column("u", "more", "REAL")
        with pytest.raises(AssertionError, match="table 'u' has other columns"):
            assert_same_tables(one, other, "u")
        other.insert("t", {"x": 1.5})
        with pytest.raises(AssertionError, match=r"only expected: \{'id': 2, 'x': 1.5\}"):
            assert_same_tables(one, other, "t")
