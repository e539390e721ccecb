"""Laws about indexes on what is inside JSON."""

from __future__ import annotations

from typing import Any

import pytest

from scitex.db import Database, IndexSpec, col
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
    SchemaError,
)
from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.testing.contract.documents import RUNS, config, lr, tags
from scitex.db.testing.contract.ground import Laws, ids


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
