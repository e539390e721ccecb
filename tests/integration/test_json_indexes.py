"""An index on what is inside JSON serves the conditions that it was made for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from scitex.db import ALL_ROWS, Database, PostgreSQL, SQLite3, col
from scitex.db.domain.errors import DatabaseWarning, DataError, UnsupportedFeatureError
from scitex.db.domain.jsonpaths import number_text
from scitex.db.testing.postgres.database import ScratchSchema

lr, kind, deep = col("config")["lr"], col("config")["opt"]["type"], col("config")["deep"]

SERVED: list[tuple[Any, list[Any], str]] = [
    (lr > 0.5, [0.5], "idx_runs_config_lr"),
    (lr == 1, [1], "idx_runs_config_lr"),
    (lr.between(0.25, 0.5), [0.25, 0.5], "idx_runs_config_lr"),
    (lr.in_([0.25, 0.5]), [0.25, 0.5], "idx_runs_config_lr"),
    (kind == "adam", ["adam"], "idx_runs_config_opt_type"),
    (kind.in_(["adam", "sgd"]), ["adam", "sgd"], "idx_runs_config_opt_type"),
    ((kind == "adam") & ~(lr > 0.5), ["adam", 0.5], "idx_runs_config_opt_type"),
    (deep == True, [True], "idx_runs_config_deep"),  # noqa: E712 - builds a condition
]


def filled(db: Database) -> Database:
    """Give a database runs, and an index on each of three paths."""
    db.create_table("runs", {"id": "INTEGER PRIMARY KEY", "config": "JSON"})
    documents = (
        {"lr": n / 1000, "opt": {"type": f"kind {n}"}, "deep": n == 1} for n in range(1000)
    )
    db.insert_many("runs", ({"config": document} for document in documents))
    for path in (lr, kind, deep):
        db.create_index("runs", [path])
    return db


@pytest.fixture
def sqlite() -> Iterator[SQLite3]:
    """Return a SQLite database with runs."""
    with SQLite3(":memory:") as db:
        filled(db)
        yield db


@pytest.fixture
def postgresql(postgresql_local_collated_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return a PostgreSQL database with runs, which reads no table through if it can help it."""
    schema = postgresql_local_collated_schema
    with PostgreSQL(**schema.params, schema=schema.name) as db:
        filled(db)
        db.execute("SET enable_seqscan = off")
        yield db


def statement(db: Database, where: Any, caplog: pytest.LogCaptureFixture) -> str:
    """Return the statement by which records are found."""
    with caplog.at_level(logging.DEBUG, "scitex.db"):
        caplog.clear()
        db.select("runs", ["id"], where=where)
    told = [
        record.getMessage()
        for record in caplog.records
        if "SELECT `id`" in record.getMessage() or 'SELECT "id"' in record.getMessage()
    ]
    return "SELECT " + told[-1].partition("SELECT ")[2]


@pytest.mark.engine("sqlite :memory:")
@pytest.mark.parametrize(("where", "values", "index"), SERVED, ids=repr)
def test_sqlite_uses_the_index(
    sqlite: SQLite3, where: Any, values: list[Any], index: str, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite finds records by the index on the path."""
    bound = [number_text(each) if type(each) in {int, float} else each for each in values]

    plan = sqlite.query(f"EXPLAIN QUERY PLAN {statement(sqlite, where, caplog)}", bound)

    assert f"USING INDEX {index}" in " ".join(str(step["detail"]) for step in plan)


@pytest.mark.engine("postgresql, local")
@pytest.mark.parametrize(("where", "values", "index"), SERVED, ids=repr)
def test_postgresql_uses_the_index(
    postgresql: PostgreSQL,
    where: Any,
    values: list[Any],
    index: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """PostgreSQL finds records by the index on the path."""
    bound = [each if isinstance(each, str) else str(each).lower() for each in values]
    sql = statement(postgresql, where, caplog).replace("%s", "?").replace("%%", "%")

    plan = postgresql.query(f"EXPLAIN {sql}", bound)

    assert index in " ".join(str(step["QUERY PLAN"]) for step in plan)


@pytest.mark.engine("sqlite :memory:")
@pytest.mark.parametrize("key", ["é", 'a"b', "a\\b", "", "\n"])
def test_sqlite_says_which_keys_it_has_no_index_on(sqlite: SQLite3, key: str) -> None:
    """Keys that SQLite's own functions may not find have no index there, and conditions do."""
    with pytest.raises(UnsupportedFeatureError, match="hint: "):
        sqlite.create_index("runs", [col("config")["a"][key]])

    assert sqlite.count("runs", col("config")[key] == 1) == 0


@pytest.mark.engine("sqlite :memory:")
def test_another_program_may_write_what_is_no_json(sqlite: SQLite3) -> None:
    """Text that is no JSON in a JSON column meets no condition, and no index refuses it."""
    sqlite.execute("INSERT INTO runs (id, config) VALUES (5000, '{broken'), (5001, NULL)")

    assert sqlite.count("runs", lr > -1) == 1000
    assert sqlite.count("runs", lr.is_null()) == 2
    assert sqlite.count("runs", col("config").contains({"lr": 0.5})) == 1
    assert sqlite.count("runs", ~col("config").has_key("lr")) == 0
    assert sqlite.count("runs", col("config")["é"].is_null()) == 1002


@pytest.mark.engine("sqlite :memory:")
def test_what_is_no_json_is_not_written_over(sqlite: SQLite3) -> None:
    """Text that is no JSON has no place for a value, and stays."""
    sqlite.execute("INSERT INTO runs (id, config) VALUES (5000, '{broken')")

    with pytest.warns(DatabaseWarning), pytest.raises(DataError, match="id = 5000"):
        sqlite.update_json("runs", "config", "lr", 1, where=ALL_ROWS)

    assert sqlite.count("runs", lr == 1) == 0
    assert sqlite.query("SELECT config FROM runs WHERE id = 5000") == [{"config": "{broken"}]


@pytest.mark.thorough
@pytest.mark.engine("postgresql, local")
def test_a_column_of_type_json_is_asked_alike(postgresql: PostgreSQL) -> None:
    """A column that another program declared JSON, not JSONB, is asked and changed the same."""
    postgresql.execute("CREATE TABLE plain (id int PRIMARY KEY, config json)")
    postgresql.insert_many("plain", [{"id": 1, "config": {"lr": 0.5}}, {"id": 2, "config": {}}])
    postgresql.create_index("plain", [lr])

    assert postgresql.count("plain", lr == 0.5) == 1
    assert postgresql.count("plain", col("config").contains({"lr": 0.5})) == 1
    assert postgresql.update_json("plain", "config", ["lr"], 1, where={"id": 2}) == 1
    assert postgresql.select("plain", where=lr == 1)[0]["config"] == {"lr": 1}
    assert str(postgresql.list_indexes("plain")[0].columns[0]) == "config['lr']"


@pytest.mark.engine("postgresql, local")
def test_contains_uses_an_index_of_the_whole_column(
    postgresql: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    """A GIN index that is made in the engine's own SQL serves contains()."""
    postgresql.execute("CREATE INDEX whole ON runs USING gin (config jsonb_path_ops)")
    where = col("config").contains({"opt": {"type": "kind 7"}})
    sql = statement(postgresql, where, caplog).replace("%s", "?")

    plan = postgresql.query(f"EXPLAIN {sql}", ['{"opt": {"type": "kind 7"}}'])

    assert postgresql.count("runs", where) == 1
    assert "whole" in " ".join(str(step["QUERY PLAN"]) for step in plan)
    assert [index.name for index in postgresql.list_indexes("runs")][-1] == "whole"
