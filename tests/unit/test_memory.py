"""The engine in memory keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from scitex.db import InMemory
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.testing.contract import OpenDb, StorageContract
from scitex.db.testing.contract.conditions import ConditionLaws
from scitex.db.testing.contract.documents import JsonLaws
from scitex.db.testing.contract.duplicates import DuplicateLaws
from scitex.db.testing.contract.ground import Laws
from scitex.db.testing.contract.ordering import OrderingLaws
from scitex.db.testing.contract.search import SearchLaws
from scitex.db.testing.contract.sql import SqlLaws


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


class AsPostgresql(OnMemory):
    """Such a database, where text follows PostgreSQL's rules."""

    emulate = "postgresql"


@pytest.mark.engine("memory, as postgresql")
class TestMemoryAsPostgresql(
    AsPostgresql,
    ConditionLaws,
    OrderingLaws,
    JsonLaws,
    DuplicateLaws,
    SearchLaws,
    SqlLaws,
):
    """The laws that those rules may matter to."""


@pytest.mark.thorough
@pytest.mark.engine("memory, as postgresql")
class TestMemoryAsPostgresqlWhole(AsPostgresql, StorageContract):
    """All laws by those rules."""
