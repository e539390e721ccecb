"""The documented examples on inspection work as they are written, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import scitex.db
from scitex.db import Database, PostgreSQL, SQLite3
from scitex.db.testing.postgres.database import ScratchSchema


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.engine("sqlite :memory:")),
        pytest.param("postgresql", marks=pytest.mark.engine("postgresql")),
    ]
)
def db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Return a database with the documented tables."""
    if request.param == "sqlite":
        opened: Database = SQLite3(":memory:")
    else:
        schema: ScratchSchema = request.getfixturevalue("postgresql_schema")
        opened = PostgreSQL(**schema.params, schema=schema.name)
    with opened as db:
        db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
        db.create_table(
            "orders",
            {"id": "INTEGER PRIMARY KEY", "user_id": "INTEGER"},
            foreign_keys={"user_id": "users.id"},
        )
        db.create_table(
            "experiments",
            {
                "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
                "name": "TEXT NOT NULL",
                "timestamp": "DATETIME DEFAULT CURRENT_TIMESTAMP",
                "accuracy": "REAL",
                "parameters": "TEXT",
            },
        )
        yield db


def test_keys_are_told(db: Database) -> None:
    """The documented calls tell foreign keys and primary keys."""
    inspector = scitex.db.inspect(db)
    foreign_keys = inspector.get_foreign_keys("orders")
    primary_keys = inspector.get_primary_keys("users")

    assert [key["constrained_columns"] for key in foreign_keys] == [["user_id"]]
    assert (foreign_keys[0]["referred_table"], primary_keys) == ("users", ["id"])


def test_the_table_can_be_made_again(db: Database) -> None:
    """The documented call gives the SQL that makes the table, and it does."""
    inspector = scitex.db.inspect(db)
    before = inspector.get_columns("experiments"), inspector.get_constraints("experiments")
    create_sql = inspector.get_create_table_sql("experiments")
    db.drop_table("experiments")
    db.execute(create_sql)

    assert (
        inspector.get_columns("experiments"),
        inspector.get_constraints("experiments"),
    ) == before
    assert db.insert("experiments", {"name": "exp_001"}) == 1


@pytest.mark.tools("dot")
def test_the_diagram_is_drawn(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented call draws the schema."""
    monkeypatch.chdir(tmp_path)
    inspector = scitex.db.inspect(db)
    inspector.generate_schema_diagram("schema.png")

    assert Path("schema.png").read_bytes().startswith(b"\x89PNG")
