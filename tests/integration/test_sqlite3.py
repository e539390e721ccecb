"""SQLite keeps the contract, in a file and in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scitex.db import SQLite3
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.testing.contract import OpenDb, StorageContract
from scitex.db.testing.contract.backups import BackupLaws
from scitex.db.testing.contract.ground import Laws
from scitex.db.testing.contract.lifecycle import LifecycleLaws
from scitex.db.testing.contract.quickcsv import QuickCsvLaws
from scitex.db.testing.contract.retrying import RetryLaws
from scitex.db.testing.contract.rows import RowLaws
from scitex.db.testing.contract.sql import SqlLaws
from scitex.db.testing.contract.threads import ThreadLaws
from scitex.db.testing.contract.transactional_schema import TransactionalSchemaLaws
from scitex.db.testing.contract.transactions import TransactionLaws
from scitex.db.testing.contract.upkeep import UpkeepLaws


class OnFile(Laws):
    """A database in a file, which several objects may open."""

    @pytest.fixture
    def open_db(self, tmp_path: Path) -> Iterator[OpenDb]:
        """Open the file, as often as asked."""
        with ExitStack() as stack:
            yield lambda: stack.enter_context(SQLite3(tmp_path / "test.db"))


@pytest.mark.engine("sqlite file")
class TestSqlite3File(OnFile, StorageContract):
    """A database in a file."""


class OnMemory(Laws):
    """A database in memory, which one object keeps to itself."""

    @pytest.fixture
    def open_db(self) -> Iterator[OpenDb]:
        """Open the one object that there can be."""
        with ExitStack() as stack:
            opened: list[SQLite3] = []

            def open_one() -> SQLite3:
                if opened:
                    raise UnsupportedFeatureError("one object keeps it", hint="use a file")
                opened.append(stack.enter_context(SQLite3(":memory:")))
                return opened[0]

            yield open_one


@pytest.mark.engine("sqlite :memory:")
class TestSqlite3Memory(
    OnMemory,
    RowLaws,
    TransactionLaws,
    RetryLaws,
    TransactionalSchemaLaws,
    BackupLaws,
    UpkeepLaws,
    ThreadLaws,
    LifecycleLaws,
    SqlLaws,
):
    """The laws that having one connection may matter to."""


@pytest.mark.thorough
@pytest.mark.engine("sqlite :memory:")
class TestSqlite3MemoryWhole(OnMemory, StorageContract):
    """All laws on a database in memory."""


@pytest.mark.thorough
@pytest.mark.engine("sqlite file")
class TestSqlite3FileQuickCsv(OnFile, QuickCsvLaws):
    """Large CSV files into a database in a file."""
