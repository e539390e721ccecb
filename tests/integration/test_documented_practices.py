"""Best Practices, Troubleshooting and Debug Mode, as the user's documentation has them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

import scitex.db
from scitex.db import Database
from scitex.db.testing.postgres.database import ScratchSchema

LOGS = {"id": "INTEGER PRIMARY KEY", "timestamp": "TIMESTAMP", "user_id": "INTEGER"}


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Return a database with an empty table of logs."""
    if request.param == "sqlite":
        opened: Database = scitex.db.SQLite3(":memory:")
    else:
        schema: ScratchSchema = request.getfixturevalue("postgresql_schema")
        opened = scitex.db.PostgreSQL(**schema.params, schema=schema.name)
    with opened as db:
        db.create_table("logs", LOGS)
        yield db


def test_indexes_and_batches(db: Database) -> None:
    """An index on what is asked for often; one call for many records, and a loop does the same."""
    large_list = [{"user_id": n} for n in range(100)]

    db.create_index("logs", ["timestamp", "user_id"])
    db.insert_many("logs", large_list)
    for record in large_list:
        db.insert("logs", record)

    assert [index.columns for index in db.list_indexes("logs")] == [("timestamp", "user_id")]
    assert db.count("logs") == 200


def test_a_connection_is_tried(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """What connects says so."""
    try:
        db.query("SELECT 1 AS one")
        print("Connection successful")  # noqa: T201 - as documented
    except Exception as e:  # noqa: BLE001 - as it is documented
        print(f"Connection failed: {e}")  # noqa: T201 - as documented

    assert capsys.readouterr().out == "Connection successful\n"


def test_a_failed_connection_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """What does not connect is told in words, without the password."""
    try:
        scitex.db.PostgreSQL(
            dbname="research_db", user="me", password="hunter2secret", host="127.0.0.1", port=1
        )
        print("Connection successful")  # noqa: T201 - as documented
    except Exception as e:  # noqa: BLE001 - as it is documented
        print(f"Connection failed: {e}")  # noqa: T201 - as documented
    said = capsys.readouterr().out

    assert said.startswith("Connection failed: ")
    assert "127.0.0.1" in said
    assert "hunter2secret" not in said


def test_a_query_is_analyzed(db: Database) -> None:
    """EXPLAIN ANALYZE is PostgreSQL's own; `explain` asks every engine."""
    if db.engine == "postgresql":
        assert "Seq Scan" in str(db.execute("EXPLAIN ANALYZE SELECT * FROM logs"))
    else:
        assert "SCAN" in str(db.execute("EXPLAIN QUERY PLAN SELECT * FROM logs"))
    assert db.explain("SELECT * FROM logs").full_scans == ("logs",)


def test_missing_indexes_are_looked_for(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables are listed with how many indexes each has."""
    tables = db.list_tables()
    for table in tables:
        indexes = db.list_indexes(table)
        print(f"{table}: {len(indexes)} indexes")  # noqa: T201 - as documented

    assert capsys.readouterr().out == "logs: 0 indexes\n"


def test_debug_mode_shows_statements(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    """The logger ``scitex.db`` has each statement at DEBUG, and not its values."""
    logger = logging.getLogger("scitex.db")
    with caplog.at_level(logging.DEBUG, logger=logger.name):
        db.insert("logs", {"user_id": 777_123})
        db.select("logs", where="user_id = ?", params=[777_123])

    assert "INSERT INTO" in caplog.text
    assert "SELECT" in caplog.text
    assert "777123" not in caplog.text
