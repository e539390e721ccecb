"""Tables that PostgreSQL keeps in parts, among those of other engines."""

from __future__ import annotations

import pytest

from scitex.db import DatabaseSync, PostgreSQL, SQLite3, by_hash, copy_database

pytestmark = pytest.mark.engine("postgresql")

COLUMNS = {"id": "INTEGER NOT NULL", "subject": "TEXT NOT NULL", "value": "REAL"}
KEY = ["id", "subject"]
ROWS = [{"id": n, "subject": f"s{n % 7}", "value": float(n)} for n in range(150)]


@pytest.mark.parametrize("track", [False, True])
def test_a_table_in_parts_is_synced(
    sqlite_db: SQLite3, postgresql_db: PostgreSQL, track: bool
) -> None:
    """Both ways, with a log of changes or without, as a table that is one whole."""
    sqlite_db.create_table("t", COLUMNS, primary_key=KEY)
    postgresql_db.create_table("t", COLUMNS, primary_key=KEY, partition_by=by_hash("subject", 3))
    sqlite_db.insert_many("t", ROWS[:50])
    postgresql_db.insert_many("t", ROWS[50:])
    with DatabaseSync(sqlite_db, postgresql_db, track=track) as sync:
        sync.sync_all(["t"])
        postgresql_db.update("t", {"value": -1.0}, where={"id": 3})
        postgresql_db.delete("t", where={"id": 4})
        sqlite_db.update("t", {"value": -5.0}, where={"id": 101})
        sync.sync_all(["t"])

    assert sqlite_db.count("t") == 149
    assert sqlite_db.fingerprint("t") == postgresql_db.fingerprint("t")
    found = sqlite_db.select("t", ["id", "value"], where="value < 0", order_by="id")
    assert found == [{"id": 3, "value": -1.0}, {"id": 101, "value": -5.0}]


def test_a_table_in_parts_is_copied(sqlite_db: SQLite3, postgresql_db: PostgreSQL) -> None:
    """Its records go with it, and the copy is one whole."""
    postgresql_db.create_table("t", COLUMNS, primary_key=KEY, partition_by=by_hash("subject", 3))
    postgresql_db.insert_many("t", ROWS)

    copy_database(postgresql_db, sqlite_db)

    assert sqlite_db.fingerprint("t") == postgresql_db.fingerprint("t")
    assert sqlite_db.list_tables() == ["t"]
