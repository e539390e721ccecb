"""Laws about JSON columns: what is asked of them, and how they are changed in part."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from scitex.db import ALL_ROWS, Database, IndexSpec, col
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
    NotNullError,
    ProgrammingError,
    SchemaError,
    UnsafeFragmentError,
)
from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.testing.contract.ground import Laws, ids
from scitex.db.testing.contract.threads import together
from scitex.db.testing.naming import told

config = col("config")
lr, tags, kind = config["optimizer"]["lr"], config["tags"], config["optimizer"]["type"]

RUNS: list[dict[str, Any]] = [
    {"optimizer": {"type": "adam", "lr": 0.001, "betas": [0.9, 0.999]}, "tags": ["a", "b"]},
    {"optimizer": {"type": "sgd", "lr": 1}, "tags": [], "model": "vit", "deep": True},
    {"optimizer": {"type": "SGD", "lr": "high"}, "tags": None, "deep": 1},
    {"optimizer": None, "tags": {"0": "a"}, "deep": False},
    {"optimizer": {"type": "ädam%", "lr": None}, "tags": ["c", ["a"], {"x": 1}], "big": 2**53 + 1},
]
# The record with id 6 has no config, and that with 7 an array, 8 a text, 9 a number.
RECORDS = [
    *[{"id": place, "n": place, "config": config} for place, config in enumerate(RUNS, 1)],
    {"id": 6, "n": 1, "config": None},
    {"id": 7, "n": None, "config": ["a", 1, None]},
    {"id": 8, "config": '"adam"'},
    {"id": 9, "config": "1"},
]
EVERY = list(range(1, 10))
PREDICATES: list[tuple[Any, list[int]]] = [
    (lr == 0.001, [1]),
    (lr == 1, [2]),
    (lr == 1.0, [2]),
    (np.int64(1) == lr, [2]),
    (lr != 1, [1]),
    (~(lr != 1), [2]),
    (lr > 1e-3, [2]),
    (lr >= 1e-3, [1, 2]),
    (lr < 1, [1]),
    (~(lr < 1), [2]),
    (np.float64(1) > lr, [1]),
    (lr <= float("inf"), [1, 2]),
    (lr > float("-inf"), [1, 2]),
    (lr > np.float64("nan"), []),
    (~(lr > np.float64("nan")), []),
    (lr == "high", [3]),
    (lr != "low", [3]),
    (lr > "h", [3]),
    (~(lr > "i"), [3]),
    (lr == True, []),  # noqa: E712 - builds a condition
    (lr.between(0, 0.5), [1]),
    (lr.in_([1, 0.001]), [1, 2]),
    (lr.not_in([1, 7]), [1]),
    (lr.in_(["high"]), [3]),
    (lr.in_([1, None]), [2, 4, 5, 6, 7, 8, 9]),
    (lr.not_in([1, None]), [1]),
    (lr.in_([]), []),
    (lr.not_in([]), EVERY),
    (lr.is_null(), [4, 5, 6, 7, 8, 9]),
    (lr == None, [4, 5, 6, 7, 8, 9]),  # noqa: E711 - builds IS NULL
    (lr.is_not_null(), [1, 2, 3]),
    (~lr.is_null(), [1, 2, 3]),
    ((lr > 0) & (kind == "adam"), [1]),
    ((lr > 0) | (kind == "SGD"), [1, 2, 3]),
    (~((lr > 0.5) | (kind == "SGD")), [1]),
    (~((lr > 0.5) & (kind == "sgd")), [1, 3, 5]),
    (~(~(lr > 0.5) & (kind == "adam")), [2, 3, 5]),
    (kind == "adam", [1]),
    (kind != "adam", [2, 3, 5]),
    (kind < "a", [3]),
    (kind > "sgd", [5]),
    (kind.in_(["sgd", "SGD", "x"]), [2, 3]),
    (kind.like("%d%"), [1, 2, 5]),
    (kind.like("SG_"), [3]),
    (~kind.like("a%"), [2, 3, 5]),
    (kind.like("ädam%"), [5]),
    (tags[0] == "a", [1]),
    (tags["0"] == "a", [4]),
    (tags[-1] == "b", [1]),
    (tags[-2] == "a", [1]),
    (tags[-3] == "c", [5]),
    (tags[1][0] == "a", [5]),
    (tags[2]["x"] == 1, [5]),
    (tags[-1].is_null(), [2, 3, 4, 6, 7, 8, 9]),
    (config["optimizer"]["betas"][-1] > 0.99, [1]),
    (config[0] == "a", [7]),
    (config[1] == 1, [7]),
    (config["deep"] == True, [2]),  # noqa: E712 - builds a condition
    (config["deep"] == np.bool_(False), [4]),
    (config["deep"] != True, [4]),  # noqa: E712 - builds a condition
    (config["deep"] == 1, [3]),
    (config["deep"] > False, [2]),
    (config["deep"].in_([True, False]), [2, 4]),
    (config["big"] == 2**53 + 1, [5]),
    (config["big"] == 2.0**53, []),
    (config["big"] > 2.0**53, [5]),
    (lr == col("n"), []),
    (col("n") > lr, [1, 2]),
    (~(lr > col("n")), [1, 2]),
    (lr + 1 > 1.5, [2]),
    (col("n") * lr == 2, [2]),
    (lr / 0 > 1, []),
    (lr / 2 == 0.5, [2]),
    (lr * 2 - lr == 1, [2]),
    (lr == config["deep"], []),
    (lr == lr, [1, 2, 3]),  # noqa: PLR0124 - two values of one record
    (~(config["deep"] < config["deep"]), [2, 3, 4]),
    (config["optimizer"] == "adam", []),
    (config["optimizer"].is_null(), [4, 6, 7, 8, 9]),
    (config.contains({"optimizer": {"type": "adam"}}), [1]),
    (config.contains({"optimizer": {"lr": 1.0}}), [2]),
    (config.contains({"optimizer": {"betas": [0.999]}}), [1]),
    (config.contains({"optimizer": {}}), [1, 2, 3, 5]),
    (config.contains({"tags": ["b", "a", "a"]}), [1]),
    (config.contains({"tags": []}), [1, 2, 5]),
    (config.contains({"tags": "a"}), []),
    (config.contains({"tags": None}), [3]),
    (config.contains({"deep": True}), [2]),
    (config.contains({}), [1, 2, 3, 4, 5]),
    (config.contains([]), [7]),
    (config.contains("a"), [7]),
    (config.contains(None), [7]),
    (config.contains("adam"), [8]),
    (config.contains(1), [7, 9]),
    (config.contains(True), []),
    (config.contains([1, "a"]), [7]),
    (~config.contains({}), [7, 8, 9]),
    (config["optimizer"].contains({"type": "sgd"}), [2]),
    (~config["optimizer"].contains({"type": "sgd"}), [1, 3, 4, 5]),
    (tags.contains("a"), [1]),
    (tags.contains(["a"]), [1]),
    (tags.contains([["a"]]), [5]),
    (tags.contains([{"x": 1}, "c"]), [5]),
    (tags.contains({"0": "a"}), [4]),
    (config["big"].contains(2**53 + 1), [5]),
    (config.has_key("model"), [2]),
    (config.has_key("tags"), [1, 2, 3, 4, 5]),
    (~config.has_key("deep"), [1, 5, 7, 8, 9]),
    (config.has_key("a"), []),
    (config["optimizer"].has_key("betas"), [1]),
    (~config["optimizer"].has_key("betas"), [2, 3, 4, 5]),
    (tags.has_key("0"), [4]),
]
KEYS = [
    "a.b",
    'a"b',
    "a'b",
    "a''b",
    "a\\b",
    "a\\",
    "a\\'b",
    "[0]",
    "0",
    "-1",
    "",
    " ",
    "$",
    "$.a",
    "#",
    "%",
    "%s",
    "?",
    ":a",
    "{}",
    "a,b",
    "é",
    "日本",
    "😀",
    "\n",
    "\t\x01",
    "'; DROP TABLE t; --",
    "') OR 1=1 --",
    "a->>'b",
    "*/",
    "`",
    "k" * 300,
]
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


class JsonLaws(Laws):
    """What must hold for conditions on what is inside JSON."""

    @pytest.fixture
    def documents(self, db: Database) -> Database:
        """Return a database whose table ``runs`` has a JSON column."""
        columns = {"id": "INTEGER PRIMARY KEY", "n": "INTEGER", "config": "JSON", "name": "TEXT"}
        db.create_table("runs", columns)
        db.insert_many("runs", RECORDS)
        return db

    @pytest.mark.parametrize(("where", "found"), PREDICATES, ids=repr)
    def test_a_condition_finds_what_is_inside(
        self, documents: Database, where: Any, found: list[int]
    ) -> None:
        """A condition on a JSON value finds the records of which it is true, not unknown."""
        assert ids(documents.select("runs", where=where, order_by="id")) == found

    def test_a_path_index_changes_no_answer(self, documents: Database) -> None:
        """Every condition finds the same records where indexes serve it."""
        for path in (lr, kind, tags[0], config["deep"], config["big"], config["optimizer"]):
            documents.create_index("runs", [path])
        found = [
            ids(documents.select("runs", where=each, order_by="id")) for each, _ in PREDICATES
        ]

        assert found == [expected for _, expected in PREDICATES]

    @pytest.mark.parametrize("key", KEYS)
    def test_a_key_is_just_itself(self, db: Database, key: str) -> None:
        """Whatever a key holds, it means the member of exactly that name."""
        documents = [{key: 1}, {"other": 1}, [1], {key: "x"}, {key: {key: 2}}]
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "j": "JSON"})
        db.insert_many("t", [{"id": n, "j": each} for n, each in enumerate(documents, 1)])
        inside = col("j")[key]
        asked = [inside == 1, inside == "x", inside[key] == 2, inside.is_null(), ~(inside > 1)]
        whole = [col("j").has_key(key), col("j").contains({key: 1}), inside.has_key(key)]
        found = [ids(db.select("t", where=each, order_by="id")) for each in [*asked, *whole]]

        assert found == [[1], [4], [5], [2, 3], [1], [1, 4, 5], [1], [5]]

    def test_keys_spelt_with_escapes_are_found(self, documents: Database) -> None:
        """A key is found however the text of the document spells it."""
        documents.insert("runs", {"id": 20, "config": '{"\\u00e9": {"\\u0022\\\\": "\\u00e9"}}'})

        asked = [config["é"]['"\\'] == "é", config.has_key("é"), config["é"].has_key('"\\')]

        assert [ids(documents.select("runs", where=where)) for where in asked] == [[20]] * 3

    @pytest.mark.parametrize(
        "where",
        [
            col("n")["a"] == 1,
            col("name")["a"] == "x",
            col("name")["a"].is_null(),
            col("n").contains({}),
            col("name").has_key("a"),
            col("n")["a"] + 1 > 1,
            col("n")["a"].in_([1]),
            col("n")["a"].like("a"),
            col("name") == col("name")["x"],
        ],
        ids=repr,
    )
    def test_only_json_has_an_inside(self, documents: Database, where: Any) -> None:
        """Going into a column that holds no JSON is refused by table, column and hint."""
        with pytest.raises(DataError, match=r"column '(n|name)'.* of table 'runs'(.|\n)*hint: "):
            documents.select("runs", where=where)

    @pytest.mark.parametrize(
        "where",
        [
            lr == {"a": 1},
            lr > [1],
            lr.in_([b"x"]),
            lr == b"x",
            lr.like(5),  # type: ignore[arg-type]
            config.contains({"a": float("nan")}),
            config.contains(float("inf")),
            config.contains({1: 2}),
            config.contains(object()),
            lr == "\0",
        ],
        ids=told,
    )
    def test_what_json_never_is_cannot_be_asked_for(self, documents: Database, where: Any) -> None:
        """A value that no JSON value could equal is refused, also where there are no records."""
        documents.delete("runs", where=ALL_ROWS)
        with pytest.raises(DataError):
            documents.select("runs", where=where)

    def test_a_refusal_of_json_says_what_to_do(self, documents: Database) -> None:
        """Comparing with a dict is refused by table, path and value, and contains() offered."""
        with pytest.raises(DataError, match=r"hint: ask with \.contains") as caught:
            documents.select("runs", where=lr == {"a": 1})

        assert "config['optimizer']['lr'] of table 'runs'" in str(caught.value)
        assert "{'a': 1}" in str(caught.value)

    def test_values_of_one_sort_are_looked_for(self) -> None:
        """A list of texts and numbers is refused, for its denial could never be true."""
        with pytest.raises(InterfaceError, match="hint: "):
            lr.in_([1, "high"])

    @pytest.mark.parametrize(
        "step", [1.5, True, None, b"a", ("a",), {"a": 1}, slice(1), 2**31, "\0", "\ud800"]
    )
    def test_a_path_is_of_keys_and_indexes(self, step: Any) -> None:
        """What is neither text nor a whole number is no step of a path."""
        with pytest.raises(InterfaceError):
            config["a"][step]

    @pytest.mark.parametrize("call", [iter, list, lambda each: "a" in each])
    def test_a_path_is_no_sequence(self, call: Any) -> None:
        """A column is not taken for a sequence because one can go into it."""
        with pytest.raises(TypeError):
            call(config)

    def test_a_missing_json_column_is_told(self, documents: Database) -> None:
        """A path into a column that is not there says so."""
        with pytest.raises(ColumnNotFoundError, match="did you mean 'config'"):
            documents.select("runs", where=col("confog")["a"] == 1)

    def test_a_moment_is_not_compared_with_json(self, documents: Database) -> None:
        """A column of which JSON has no values is refused as the other side."""
        documents.create_table("t", {"at": "TIMESTAMP", "j": "JSON"})
        with pytest.raises(DataError, match=r"j\['a'\] of table 't'.*column 'at'"):
            documents.select("t", where=col("at") > col("j")["a"])

    def test_every_call_takes_a_path(self, documents: Database) -> None:
        """Counting, changing, removing and streaming take conditions on JSON alike."""
        where = lr > 0

        assert documents.count("runs", where) == 2
        assert documents.exists("runs", where)
        assert len(list(documents.iter_select("runs", where=where))) == 2
        assert len(documents.to_dataframe("runs", where=where)) == 2
        assert documents.update("runs", {"n": 0}, where=where) == 2
        assert documents.delete("runs", where=where) == 2

    def test_the_same_question_is_asked_of_each_value(self, documents: Database) -> None:
        """A question that was asked before is asked with the values that it is given."""
        found = [
            ids(documents.select("runs", where=lr == value)) for value in (1, 0.001, "high", 1)
        ]

        assert found == [[2], [1], [3], [2]]


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


class JsonIndexLaws(Laws):
    """What must hold for indexes on what is inside JSON."""

    @pytest.fixture
    def indexed(self, db: Database) -> Database:
        """Return a database with a table of indexed."""
        db.create_table("runs", {"id": "INTEGER PRIMARY KEY", "name": "TEXT", "config": "JSON"})
        db.insert_many("runs", [{"config": config} for config in [*RUNS, None, [1], "5"]])
        return db

    @pytest.mark.parametrize(
        ("columns", "terms", "name"),
        [
            ([lr], [JsonPath("config", ("optimizer", "lr"))], "idx_runs_config_optimizer_lr"),
            (tags[0], [JsonPath("config", ("tags", 0))], "idx_runs_config_tags_0"),
            (
                ["name", config["a"][-1], col("id")],
                ["name", JsonPath("config", ("a", -1)), "id"],
                "idx_runs_name_config_a_-1_id",
            ),
        ],
        ids=str,
    )
    def test_a_path_index_is_described(
        self, indexed: Database, columns: Any, terms: list[Any], name: str
    ) -> None:
        """An index on a path is named for it, listed as it was asked for, and dropped."""
        assert indexed.create_index("runs", columns) == name
        assert indexed.create_index("runs", columns) == name
        assert indexed.list_indexes("runs") == [IndexSpec(name, "runs", tuple(terms))]
        indexed.drop_index("runs", name)
        assert indexed.list_indexes("runs") == []

    @pytest.mark.parametrize("column", ["config", "Con fig", "a\"b'c`d", "日本", "[x]", "a%s"])
    def test_a_path_index_tells_any_name_and_key(self, db: Database, column: str) -> None:
        """Whatever the names of column and keys hold, the index is listed as it was asked for."""
        paths: list[Any] = [["a.b"], ["a'b", 0], ["$", "-1", -1], ["%s"], ["), (", " -> ", 12]]
        db.create_table("t", {column: "JSON"})
        asked: list[IndexSpec] = []
        for path in paths:
            operand = col(column)
            for step in path:
                operand = operand[step]
            db.create_index("t", [operand], name=f"i{len(asked)}")
            asked.append(IndexSpec(f"i{len(asked)}", "t", (JsonPath(column, path),)))

        assert db.list_indexes("t") == asked

    @pytest.mark.parametrize("value", [False, 1, "x"])
    def test_a_value_has_no_elements(self, db: Database, value: object) -> None:
        """What is no array is not an array of itself, at the top of a document or inside one."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "j": "JSON"})
        db.insert_many("t", [{"j": {"b": [value]}}, {"j": {"b": value}}, {"j": [value]}])
        b, j = col("j")["b"], col("j")

        assert ids(db.select("t", where=b[0][0].is_null())) == [1, 2, 3]
        assert ids(db.select("t", where=b[0][-1] == value)) == []
        assert ids(db.select("t", where=b[-1] == value)) == [1]
        assert ids(db.select("t", where=j[0][0].is_null())) == [1, 2, 3]

    def test_an_index_on_another_path_is_told(self, indexed: Database) -> None:
        """An index on another path with a name that is taken is refused."""
        indexed.create_index("runs", [lr], name="i")
        with pytest.raises(SchemaError, match="'i'"):
            indexed.create_index("runs", [config["optimizer"]["LR"]], name="i")

        assert len(indexed.list_indexes("runs")) == 1

    def test_a_path_index_is_not_unique(self, indexed: Database) -> None:
        """An index on a path cannot be unique."""
        with pytest.raises(SchemaError, match="hint: "):
            indexed.create_index("runs", [lr], unique=True)

    @pytest.mark.parametrize(
        ("columns", "error"),
        [
            ([lr + 1], InterfaceError),
            ([lr, lr], InterfaceError),
            ([lr, 5], InterfaceError),
            ([col("name")["a"]], DataError),
            ([col("nowhere")["a"]], ColumnNotFoundError),
        ],
        ids=["sum", "twice", "number", "no json", "no column"],
    )
    def test_what_a_path_index_is_on_is_checked(
        self, indexed: Database, columns: Any, error: type[Exception]
    ) -> None:
        """An index on a sum, twice on one path, or inside what is no JSON, is refused."""
        with pytest.raises(error):
            indexed.create_index("runs", columns)

    def test_a_column_with_a_path_index_stays(self, indexed: Database) -> None:
        """A column that an index goes into is not dropped before the index is."""
        indexed.create_index("runs", [lr])
        with pytest.raises(SchemaError, match="index 'idx_runs_config_optimizer_lr' is on it"):
            indexed.drop_column("runs", "config")
        indexed.drop_index("runs", "idx_runs_config_optimizer_lr")
        indexed.drop_column("runs", "config")

        assert indexed.get_table("runs").names == ("id", "name")

    def test_a_path_index_follows_its_column(self, indexed: Database) -> None:
        """An index follows a column that is renamed, and a table."""
        indexed.create_index("runs", [lr], name="i")
        indexed.rename_column("runs", "config", "the config")
        indexed.rename_table("runs", "sweeps")
        path = JsonPath("the config", ("optimizer", "lr"))

        assert indexed.list_indexes("sweeps") == [IndexSpec("i", "sweeps", (path,))]
        assert ids(indexed.select("sweeps", where=col("the config")["optimizer"]["lr"] == 1)) == [
            2
        ]

    def test_a_path_index_takes_records_of_any_kind(self, indexed: Database) -> None:
        """An index takes records whatever is at its path, also what is large."""
        indexed.create_index("runs", [config["a"]])
        large = {"a": {f"k{n}": "x" * 99 + str(n) for n in range(200)}}

        assert indexed.insert_many("runs", [{"config": large}, {"config": {"a": [large]}}]) == 2
