"""The engine in memory keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from scitex.db import InMemory
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.testing.contract import OpenDb, StorageContract
from scitex.db.testing.contract.ground import Laws


class OnMemory(Laws):
    """A database in memory, which one object keeps to itself."""

    emulate: Literal["sqlite", "postgresql"] = "sqlite"

    @pytest.fixture
    def open_db(self) -> Iterator[OpenDb]:
        """Open the one object that there can be."""
        opened: list[InMemory] = []

        def open_one() -> InMemory:
            if opened:
                raise UnsupportedFeatureError("one object keeps it", hint="use a file")
            opened.append(InMemory(self.emulate))
            return opened[0]

        yield open_one
        for db in opened:
            db.close()


@pytest.mark.engine("memory")
class TestMemory(OnMemory, StorageContract):
    """The engine in memory as it comes."""


@pytest.mark.engine("memory, as postgresql")
class TestMemoryAsPostgresql(OnMemory, StorageContract):
    """The engine in memory where text follows PostgreSQL's rules."""

    emulate = "postgresql"
