"""PostgreSQL: many records in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from scitex.db import PostgreSQL
from scitex.db.testing.postgres.database import ScratchSchema
from tests.integration.servers import opened

pytestmark = pytest.mark.engine("postgresql")

FEW, MANY = 50_000, 120_000
MEGABYTE = 2**20


@pytest.fixture
def db(postgresql_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return a database with an empty table."""
    with opened(postgresql_schema) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        yield db


def peak(work: Callable[[], object]) -> int:
    """Return how much memory Python held at most, in bytes, while it did the work."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_stays_flat_while_records_come(db: PostgreSQL) -> None:
    """Records that come one by one are not held: three times as many need no more memory."""
    db.insert_many("t", ({"x": "x" * 50} for _ in range(MANY)))
    peaks = [
        peak(lambda: sum(1 for _ in db.iter_select("t", order_by="id", limit=many)))  # noqa: B023
        for many in (FEW, MANY)
    ]

    assert peaks[1] < peaks[0] + 4 * MEGABYTE


def test_memory_stays_flat_while_records_go(db: PostgreSQL) -> None:
    """Records of a generator that are stored are not held."""
    peaks = [
        peak(lambda: db.insert_many("t", ({"x": "x" * 50} for _ in range(many))))  # noqa: B023
        for many in (FEW, MANY)
    ]

    assert peaks[1] < peaks[0] + 4 * MEGABYTE
