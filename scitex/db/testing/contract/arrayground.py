"""What the laws about bytes and arrays stand on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scitex.db._facade.database import Database
from scitex.db.testing.contract.ground import Laws

ARRAYS = {"id": "INTEGER PRIMARY KEY", "name": "TEXT", "data": "BLOB"}
LARGE = 1 << 18  # bytes from which on they travel in parts


def noise(size: int, seed: int = 0) -> Any:
    """Return floats that do not compress."""
    return np.random.default_rng(seed).random(size)


def same(found: Any, wanted: Any) -> bool:
    """Say whether two arrays are the same in all that is kept."""
    order = wanted.flags.f_contiguous and not wanted.flags.c_contiguous
    return (
        type(found) is np.ndarray
        and found.dtype == wanted.dtype
        and found.dtype.str == wanted.dtype.str
        and found.shape == wanted.shape
        and found.tobytes() == wanted.tobytes()
        and bool(found.flags.f_contiguous and not found.flags.c_contiguous) == bool(order)
        and found.flags.writeable
    )


class ArrayGround(Laws):
    """A table for bytes and arrays."""

    @pytest.fixture
    def shelf(self, db: Database) -> Database:
        """Return a database with a table for arrays."""
        db.create_table("arrays", ARRAYS)
        return db
