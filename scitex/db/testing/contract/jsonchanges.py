"""Laws about changing JSON in part."""

from __future__ import annotations

import functools
import json
import operator
from typing import Any

import numpy as np
import pytest

from scitex.db import ALL_ROWS, Database, col
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
    NotNullError,
    ProgrammingError,
    UnsafeFragmentError,
)
from scitex.db.testing.contract.documents import KEYS, RUNS, config, lr
from scitex.db.testing.contract.ground import Laws
from scitex.db.testing.contract.threads import together
from scitex.db.testing.naming import told

VALUES: list[Any] = [
    0.1,
    1e-7,
    -0.5,
    3.602879701896397e16,
    1e23,
    1.7976931348623157e308,
    5e-324,
    2**53 + 1,
    2**63,
    10**40,
    0,
    True,
    None,
    "",
    "adam",
    '{"a": 1}',
    "é😀\n\"'\\%s?",
    [],
    {},
    {"a": [1, None, {"b": "c"}]},
    [[1, 2], "x"],
]


class UpdateJsonLaws(Laws):
    """What must hold for changing JSON in part."""

    @pytest.fixture
    def changing(self, db: Database) -> Database:
        """Return a database whose table ``runs`` has JSON of several kinds."""
        db.create_table("runs", {"id": "INTEGER PRIMARY KEY", "config": "JSON", "n": "INTEGER"})
        db.insert_many("runs", [{"id": 1, "config": RUNS[0]}, {"id": 2, "config": RUNS[1]}])
        return db

    @pytest.mark.parametrize("value", VALUES, ids=repr)
    def test_a_value_is_put_in_its_place(self, changing: Database, value: Any) -> None:
        """Any JSON value is put at a path and comes back the same; all else stays."""
        changed = changing.update_json(
            "runs", "config", ["optimizer", "lr"], value, where={"id": 1}
        )
        expected = {**RUNS[0], "optimizer": {**RUNS[0]["optimizer"], "lr": value}}
        found = [record["config"] for record in changing.select("runs", order_by="id")]

        assert changed == 1
        assert found == [expected, RUNS[1]]
        assert json.dumps(found[0], sort_keys=True) == json.dumps(expected, sort_keys=True)

    @pytest.mark.parametrize("key", KEYS)
    def test_a_key_to_change_is_just_itself(self, changing: Database, key: str) -> None:
        """Whatever a key holds, it becomes the member of exactly that name."""
        changing.insert("runs", {"id": 3, "config": {}})
        changing.update_json("runs", "config", key, 1, where={"id": 3})
        changing.update_json("runs", "config", [key], {key: 2}, where={"id": 3})
        changing.update_json("runs", "config", [key, key], 3, where={"id": 3})

        assert changing.select("runs", where={"id": 3})[0]["config"] == {key: {key: 3}}

    @pytest.mark.parametrize(
        ("before", "path", "after"),
        [
            ({}, ["a"], {"a": 7}),
            ({}, ["a", "b", "c"], {"a": {"b": {"c": 7}}}),
            ({"a": None}, ["a", "b"], {"a": {"b": 7}}),
            (None, ["a", "b"], {"a": {"b": 7}}),
            ("null", ["a"], {"a": 7}),
            ({"a": {"x": 1}}, ["a", "b"], {"a": {"x": 1, "b": 7}}),
            ({"a": [1, 2]}, ["a", 0], {"a": [7, 2]}),
            ({"a": [1, 2]}, ["a", -1], {"a": [1, 7]}),
            ({"a": [1, 2]}, ["a", np.int64(1)], {"a": [1, 7]}),
            ([[1], {}], [1, "x"], [[1], {"x": 7}]),
            ([1, None], [1, "x"], [1, {"x": 7}]),
            ({"0": 1}, ["0"], {"0": 7}),
            ({"a": {"x": 1}}, ["a"], {"a": 7}),
        ],
        ids=repr,
    )
    def test_what_is_missing_is_made(
        self, changing: Database, before: Any, path: Any, after: Any
    ) -> None:
        """Objects take new members, also on the way, where null and NULL count as missing."""
        changing.insert("runs", {"id": 3, "config": before})

        assert changing.update_json("runs", "config", path, 7, where={"id": 3}) == 1
        assert changing.select("runs", where={"id": 3})[0]["config"] == after

    @pytest.mark.parametrize(
        ("before", "path"),
        [
            ({"a": 1}, ["a", "b"]),
            ({"a": "x"}, ["a", "b"]),
            ({"a": True}, ["a", "b"]),
            ({"a": [1]}, ["a", "b"]),
            ({"a": {}}, ["a", 0]),
            ({"a": [1]}, ["a", 1]),
            ({"a": [1]}, ["a", -2]),
            ({"a": [1]}, ["a", "0"]),
            ({"a": []}, ["a", 0]),
            ({}, ["a", 0]),
            ({}, ["a", 0, "b"]),
            ({"a": None}, ["a", 0]),
            (None, [0]),
            ("5", ["a"]),
            ([1], ["a"]),
        ],
        ids=repr,
    )
    def test_a_record_without_a_place_is_told(
        self, changing: Database, before: Any, path: Any
    ) -> None:
        """Where one record has no place for the value it is named, and none is changed."""
        changing.insert("runs", {"id": 3, "config": before})
        all_before = changing.select("runs", order_by="id")
        with pytest.raises(DataError, match=r"config\[.* of table 'runs' .*id = 3(.|\n)*hint: "):
            changing.update_json("runs", "config", path, 7, where="id = ?", params=[3])
        with pytest.raises(DataError):
            changing.update_json("runs", "config", path, 7, where=ALL_ROWS)

        assert changing.select("runs", order_by="id") == all_before

    def test_a_refusal_leaves_the_transaction_usable(self, changing: Database) -> None:
        """A change that is refused undoes itself alone."""
        with changing.transaction():
            changing.update_json("runs", "config", "x", 1, where={"id": 1})
            with pytest.raises(DataError):
                changing.update_json("runs", "config", ["tags", "x"], 1, where={"id": 1})
            changing.update_json("runs", "config", "y", 2, where={"id": 1})

        config = changing.select("runs", where={"id": 1})[0]["config"]

        assert (config["x"], config["y"]) == (1, 2)

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (float("nan"), r"nan at \$\.a\[0\]"),
            (float("inf"), r"inf at \$\.a\[0\]"),
            ({"b": [float("nan")]}, r"nan at \$\.a\[0\]\.b\[0\]"),
            ({1: 2}, "not text"),
            (object(), "no place in JSON"),
            (b"x", "no place in JSON"),
            ("\0", "NUL"),
            ("\ud800", "surrogate"),
        ],
        ids=told,
    )
    def test_what_json_cannot_hold_is_refused(
        self, changing: Database, value: Any, words: str
    ) -> None:
        """A value that JSON cannot hold is refused by table, column and path."""
        with pytest.raises(DataError, match=rf"config\['a'\]\[0\] of table 'runs': .*{words}"):
            changing.update_json("runs", "config", ["a", 0], value, where=ALL_ROWS)

    @pytest.mark.parametrize("path", [[], (), [1.5], [True], [None], None, 1.5, {"a": 1}, [["a"]]])
    def test_a_path_to_change_is_of_keys_and_indexes(self, changing: Database, path: Any) -> None:
        """A path that is empty, or has a step that is no key or index, is refused."""
        with pytest.raises(InterfaceError, match="hint: "):
            changing.update_json("runs", "config", path, 1, where=ALL_ROWS)

    def test_a_path_has_an_end(self, changing: Database) -> None:
        """A hundred steps are looked for on every engine; more are refused, however given."""
        path = ["a"] * 100
        where = functools.reduce(operator.getitem, path, col("config")) == 1
        assert changing.update_json("runs", "config", path, 1, where={"id": 1}) == 1
        assert changing.select("runs", ["id"], where=where) == [{"id": 1}]

        for deeper in (
            lambda: functools.reduce(operator.getitem, ["a", *path], col("config")),
            lambda: changing.update_json("runs", "config", ["a", *path], 1, where=where),
        ):
            with pytest.raises(InterfaceError):
                deeper()

    @pytest.mark.parametrize("where", [None, {}, "", " "])
    def test_a_condition_must_be_there(self, changing: Database, where: Any) -> None:
        """A missing or blank condition does not mean every record."""
        with pytest.raises(UnsafeFragmentError):
            changing.update_json("runs", "config", "a", 1, where=where)

    @pytest.mark.parametrize("column", ["id", "n"])
    def test_only_json_is_changed_in_part(self, changing: Database, column: str) -> None:
        """A column that holds no JSON, a key column too, is refused by name."""
        with pytest.raises(DataError, match=f"column '{column}'.* of table 'runs'"):
            changing.update_json("runs", column, "a", 1, where=ALL_ROWS)

    def test_a_missing_json_column_is_told_to_a_change(self, changing: Database) -> None:
        """A column that is not there is told, with the nearest name."""
        with pytest.raises(ColumnNotFoundError, match="did you mean 'config'"):
            changing.update_json("runs", "confog", "a", 1, where=ALL_ROWS)

    def test_a_computed_column_is_not_changed(self, db: Database) -> None:
        """A column that is computed cannot be changed in part."""
        db.create_table("t", {"a": "JSON", "b": "JSON GENERATED ALWAYS AS (a) STORED"})
        with pytest.raises(ProgrammingError, match="'b' of table 't' is computed"):
            db.update_json("t", "b", "x", 1, where=ALL_ROWS)

    def test_a_rule_is_kept(self, db: Database) -> None:
        """A column that may not be NULL is changed like any other."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "a": "JSON NOT NULL"})
        db.insert("t", {"a": {}})
        db.update_json("t", "a", "x", None, where=ALL_ROWS)
        with pytest.raises(NotNullError):
            db.insert("t", {"a": None})

        assert db.select("t", ["a"]) == [{"a": {"x": None}}]

    @pytest.mark.parametrize(
        ("where", "params", "count"),
        [
            (ALL_ROWS, None, 2),
            ({"id": 1}, None, 1),
            (lr > 0.5, None, 1),
            ("id > ?", [1], 1),
            ("id = :x", {"x": 9}, 0),
        ],
        ids=repr,
    )
    def test_it_changes_what_the_condition_finds(
        self, changing: Database, where: Any, params: Any, count: int
    ) -> None:
        """Every sort of condition says which records change, and their number is returned."""
        assert changing.update_json("runs", "config", ["new"], "x", where, params) == count
        assert changing.count("runs", config["new"] == "x") == count

    def test_changes_of_different_members_are_all_kept(self, changing: Database) -> None:
        """Members that several threads change at a time all have what was put there last."""

        def count(thread: int) -> None:
            for number in range(10):
                path = ["counters", f"thread {thread}"]
                changing.update_json("runs", "config", path, number, where={"id": 1})

        together(count, 4)
        counters = changing.select("runs", where={"id": 1})[0]["config"]["counters"]

        assert counters == {f"thread {thread}": 9 for thread in range(4)}

    def test_a_change_goes_with_its_transaction(self, changing: Database) -> None:
        """A change is undone with its transaction."""
        changing.begin_transaction()
        changing.update_json("runs", "config", "a", 1, where=ALL_ROWS)
        changing.rollback()

        assert changing.count("runs", config.has_key("a")) == 0
