"""Laws about conditions on what is inside JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scitex.db import ALL_ROWS, Database, col
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
)
from scitex.db.testing.contract.ground import Laws, ids
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

    def test_deep_documents_are_looked_into(self, db: Database) -> None:
        """What is nested as deeply as it can be stored is found by what it contains."""
        deep: dict[str, Any] = {"end": 1}
        for _ in range(400):
            deep = {"in": deep}
        db.create_table("runs", {"id": "INTEGER PRIMARY KEY", "config": "JSON"})
        db.insert_many("runs", [{"config": deep}, {"config": deep["in"]}])

        assert [row["id"] for row in db.select("runs", where=col("config").contains(deep))] == [1]
