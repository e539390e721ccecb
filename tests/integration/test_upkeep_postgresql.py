"""Upkeep on a PostgreSQL server: locks, partitions, owners."""

from __future__ import annotations

import pytest

from scitex.db import Database, PostgreSQL
from scitex.db.domain.errors import LockedError, ReadOnlyError
from scitex.db.testing.postgres.database import ScratchSchema

pytestmark = pytest.mark.engine("postgresql")


def opened(schema: ScratchSchema, **options: object) -> Database:
    """Open a database on the scratch schema."""
    return PostgreSQL(**schema.params, schema=schema.name, **options)  # type: ignore[arg-type]  # options of the test's own


def test_partitions_are_counted_with_their_table(postgresql_schema: ScratchSchema) -> None:
    """A partitioned table is one table, with the bytes and records of all its parts."""
    with opened(postgresql_schema) as db:
        db.execute("CREATE TABLE p (k int PRIMARY KEY, x text) PARTITION BY RANGE (k)")
        for low in (0, 1000):
            db.execute(
                f"CREATE TABLE p{low} PARTITION OF p FOR VALUES FROM ({low}) TO ({low + 1000})"
            )
        db.execute("CREATE INDEX px ON p (x)")
        db.execute("INSERT INTO p SELECT n, repeat(n::text, 50) FROM generate_series(0, 1999) n")
        db.vacuum()
        db.analyze()
        stats = db.get_stats(exact=False)

        assert list(stats["tables"]) == ["p"]
        assert stats["tables"]["p"]["rows"] == 2000
        assert stats["tables"]["p"]["bytes"] > stats["tables"]["p"]["indexes"]["px"] > 100_000


def test_a_full_vacuum_shrinks_a_table(postgresql_schema: ScratchSchema) -> None:
    """vacuum(full=True) gives the room of removed records back to the disk."""
    with opened(postgresql_schema) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.insert_many("t", [{"x": "x" * 100} for _ in range(5000)])
        db.delete("t", "id % 10 <> ?", [0])
        before = db.get_stats()["tables"]["t"]["bytes"]
        db.vacuum("t", full=True)

        assert db.get_stats()["tables"]["t"]["bytes"] < before / 3


def test_a_lock_in_the_way_is_told(postgresql_schema: ScratchSchema) -> None:
    """Where another connection holds the table for longer than the timeout, that is said."""
    with opened(postgresql_schema) as holder, opened(postgresql_schema, timeout=0.3) as db:
        holder.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        with holder.transaction():
            holder.select("t")
            with pytest.raises(LockedError):
                db.vacuum("t", full=True)
        db.vacuum("t", full=True)


@pytest.mark.parametrize("call", ["vacuum", "analyze", "optimize"])
def test_a_database_that_is_only_read_is_refused(
    postgresql_schema: ScratchSchema, call: str
) -> None:
    """The server would vacuum in a session that only reads; this package does not."""
    with opened(postgresql_schema, read_only=True) as db:
        with pytest.raises(ReadOnlyError, match=rf"{call}\(\) writes"):
            getattr(db, call)()

        assert db.get_stats()["table_count"] == 0


def test_optimizing_analyses_what_is_due(postgresql_schema: ScratchSchema) -> None:
    """A table that was never analysed is, so its estimate is known."""
    with opened(postgresql_schema) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        db.insert_many("t", [{"id": number} for number in range(100)])
        db.optimize()

        assert db.get_stats(exact=False)["tables"]["t"]["rows"] == 100


def test_only_the_schemas_own_tables_are_told(postgresql_schema: ScratchSchema) -> None:
    """Views are no tables, and a materialized view can be vacuumed among them."""
    with opened(postgresql_schema) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        db.execute(f'CREATE VIEW "{postgresql_schema.name}".v AS SELECT 1 AS one')
        db.execute(f'CREATE MATERIALIZED VIEW "{postgresql_schema.name}".m AS SELECT 1 AS one')
        db.vacuum()
        db.analyze()

        assert list(db.get_stats()["tables"]) == ["t"]
