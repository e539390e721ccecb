"""What the laws about duplicates stand on."""

from __future__ import annotations

from typing import Any

import pytest

from scitex.db import Database
from scitex.db.testing.contract.ground import Laws, ids

SHOTS = {"id": "INTEGER PRIMARY KEY", "a": "TEXT", "b": "INTEGER", "at": "REAL"}
TAKEN: list[dict[str, Any]] = [
    {"id": 1, "a": "x", "b": 1, "at": 2.0},
    {"id": 2, "a": "x", "b": 1, "at": 9.0},
    {"id": 3, "a": "X", "b": 1, "at": 1.0},
    {"id": 4, "a": "x", "b": None, "at": 1.0},
    {"id": 5, "a": "x", "b": 1, "at": None},
    {"id": 6, "a": "x", "b": None, "at": 1.0},
    {"id": 7, "a": "x", "b": 1, "at": 9.0},
    {"id": 8, "a": None, "b": None, "at": 5.0},
]
AGREED = ["a", "b"]


class DuplicateGround(Laws):
    """A table with shots that repeat."""

    @pytest.fixture
    def shots(self, db: Database) -> Database:
        """Return a database with a table of shots, some taken twice."""
        db.create_table("shots", SHOTS)
        db.insert_many("shots", TAKEN)
        return db

    def _left(self, db: Database, table: str = "shots") -> list[object]:
        return ids(db.select(table, order_by="id"))
