"""The documented examples on JSON work as they are written, and portably on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scitex.db import Database, InMemory, PostgreSQL, SQLite3, col
from scitex.db.testing.postgres.database import ScratchSchema

EXPERIMENT: dict[str, Any] = {
    "name": "exp_001",
    "config": {
        "model": "resnet50",
        "optimizer": {"type": "adam", "lr": 0.001, "betas": [0.9, 0.999]},
    },
}
OTHER: dict[str, Any] = {"name": "exp_002", "config": {"model": "vit"}}
SQLITE = pytest.param("sqlite", marks=pytest.mark.engine("sqlite :memory:"))
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.engine("postgresql"))
MEMORY = pytest.param("memory", marks=pytest.mark.engine("memory"))
SQL_ENGINES = [SQLITE, POSTGRESQL]


@pytest.fixture
def db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Return a database with the documented experiment, and another one."""
    if request.param == "sqlite":
        opened: Database = SQLite3(":memory:")
    elif request.param == "memory":
        opened = InMemory()
    else:
        schema: ScratchSchema = request.getfixturevalue("postgresql_schema")
        opened = PostgreSQL(**schema.params, schema=schema.name)
    with opened as db:
        columns = {"id": "INTEGER PRIMARY KEY", "name": "TEXT", "config": "JSONB"}
        db.create_table("experiments", columns)
        db.insert("experiments", EXPERIMENT)
        db.insert("experiments", OTHER)
        yield db


@pytest.mark.parametrize("db", [*SQL_ENGINES, MEMORY], indirect=True)
def test_a_nested_config_comes_back(db: Database) -> None:
    """A nested dict is stored and comes back the same."""
    assert db.select("experiments", ["name", "config"], order_by="id") == [EXPERIMENT, OTHER]


@pytest.mark.parametrize("db", SQL_ENGINES, indirect=True)
@pytest.mark.parametrize(
    ("where", "params"),
    [
        ("config->>'model' = 'resnet50'", None),
        ("config->>'model' = ?", ["resnet50"]),
        ("config->>'model' = :model", {"model": "resnet50"}),
        ("config->'optimizer'->>'type' = 'adam'", None),
    ],
)
def test_a_text_asks_for_a_key(db: Database, where: str, params: Any) -> None:
    """The documented text finds the record, on SQLite as on PostgreSQL."""
    results = db.select("experiments", where=where, params=params)

    assert [result["name"] for result in results] == ["exp_001"]


@pytest.mark.parametrize("db", [*SQL_ENGINES, MEMORY], indirect=True)
@pytest.mark.parametrize(
    "where",
    [
        col("config")["model"] == "resnet50",
        col("config")["optimizer"]["lr"] >= 0.001,
        col("config").contains({"optimizer": {"type": "adam"}}),
        col("config").has_key("optimizer"),
    ],
    ids=repr,
)
def test_a_predicate_asks_for_a_key(db: Database, where: Any) -> None:
    """The portable form finds the record on every engine."""
    assert [each["name"] for each in db.select("experiments", where=where)] == ["exp_001"]


@pytest.mark.parametrize("db", [POSTGRESQL], indirect=True)
def test_the_statement_changes_a_key(db: Database) -> None:
    """The documented UPDATE changes the rate, and nothing else."""
    db.execute("""
    UPDATE experiments 
    SET config = jsonb_set(config, '{optimizer,lr}', '0.0001')
    WHERE name = 'exp_001'
""")  # noqa: W291 - as it is documented

    assert _rates(db) == [{"type": "adam", "lr": 0.0001, "betas": [0.9, 0.999]}, None]


@pytest.mark.parametrize("db", [*SQL_ENGINES, MEMORY], indirect=True)
def test_update_json_changes_a_key(db: Database) -> None:
    """The portable call changes the rate, and nothing else, on every engine."""
    changed = db.update_json(
        "experiments", "config", ["optimizer", "lr"], 0.0001, where={"name": "exp_001"}
    )

    assert changed == 1
    assert _rates(db) == [{"type": "adam", "lr": 0.0001, "betas": [0.9, 0.999]}, None]


def _rates(db: Database) -> list[Any]:
    found = db.select("experiments", order_by="id")
    return [record["config"].get("optimizer") for record in found]
