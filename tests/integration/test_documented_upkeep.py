"""The documented upkeep works as it is written, on both engines and in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scitex.db import Database, InMemory, PostgreSQL, SQLite3
from scitex.db.testing.postgres.database import ScratchSchema

SQLITE = pytest.param("sqlite", marks=pytest.mark.engine("sqlite :memory:"))
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.engine("postgresql"))
MEMORY = pytest.param("memory", marks=pytest.mark.engine("memory"))


@pytest.fixture(params=[SQLITE, POSTGRESQL, MEMORY])
def db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Return a database with two tables."""
    if request.param == "sqlite":
        opened: Database = SQLite3(":memory:")
    elif request.param == "memory":
        opened = InMemory()
    else:
        schema: ScratchSchema = request.getfixturevalue("postgresql_schema")
        opened = PostgreSQL(**schema.params, schema=schema.name)
    with opened as db:
        db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
        db.create_table("logs", {"id": "INTEGER PRIMARY KEY", "line": "TEXT"})
        db.insert_many("users", [{"name": "Alice"}, {"name": "Bob"}])
        yield db


def test_maintenance(db: Database) -> None:
    """Section 8, Database Maintenance, runs as it stands."""
    db.vacuum()
    db.analyze()
    stats = db.get_stats()
    size = f"Database size: {stats['size']}"
    number = f"Number of tables: {stats['table_count']}"
    lines = db.summary.splitlines()

    assert size.removeprefix("Database size: ").isdigit()
    assert number == "Number of tables: 2"
    assert [line.split()[:3] for line in lines[2:]] == [
        ["logs", "0", "records"],
        ["users", "2", "records"],
    ]


def test_the_summary_is_printed_by_a_call(
    db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """``db()`` prints what ``db.summary`` is."""
    db()

    assert capsys.readouterr().out == db.summary + "\n"


def test_regular_maintenance(db: Database) -> None:
    """Vacuum and analysis one after the other, again and again, keep every record."""
    for _ in range(3):
        db.vacuum()
        db.analyze()

    assert db.select("users", ["name"], order_by="id") == [{"name": "Alice"}, {"name": "Bob"}]
