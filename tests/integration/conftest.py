"""What several files of integration tests are given."""

from __future__ import annotations

import pytest

from scitex.db import Database


@pytest.fixture
def lab(any_db: Database) -> Database:
    """Return an empty database, of each engine in turn."""
    return any_db
