"""What several files of integration tests are given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from scitex.db import Database, TimeSeriesDB
from scitex.db.testing.postgres.database import Database as ServedDatabase
from scitex.db.testing.postgres.existing import reached


@pytest.fixture
def lab(any_db: Database) -> Database:
    """Return an empty database, of each engine in turn."""
    return any_db


@pytest.fixture(scope="session")
def citus_database() -> Iterator[ServedDatabase]:
    """Return the database of the Citus cluster that somebody runs for the tests."""
    with closing(ServedDatabase(reached(os.environ["SCITEX_DB_TEST_CITUS_DSN"]))) as database:
        yield database


@pytest.fixture
def series(lab: Database) -> TimeSeriesDB:
    """Return an empty table of readings."""
    return TimeSeriesDB(lab)


@pytest.fixture
def utc(lab: Database) -> TimeSeriesDB:
    """Return one whose moments are in UTC."""
    return TimeSeriesDB(lab, utc=True)
