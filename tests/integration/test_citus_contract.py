"""The contract on a Citus cluster: of tables that it keeps as one server would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scitex.db.testing.contract import StorageContract
from scitex.db.testing.postgres.database import Database, ScratchSchema
from tests.integration.clusters import spread_schema
from tests.integration.test_postgresql import OnSchema

pytestmark = [pytest.mark.citus, pytest.mark.thorough]


@pytest.mark.engine("citus, coordinator")
class TestCoordinator(OnSchema, StorageContract):
    """Tables that are not spread."""

    @pytest.fixture
    def schema(self, citus_database: Database) -> Iterator[ScratchSchema]:
        """Return a schema of the coordinator's."""
        with citus_database.schema() as schema:
            yield schema


@pytest.mark.engine("citus, distributed schema")
class TestDistributedSchema(OnSchema, StorageContract):
    """A schema that is kept by one of the nodes."""

    @pytest.fixture
    def schema(self, citus_database: Database) -> Iterator[ScratchSchema]:
        """Return such a schema."""
        with spread_schema(citus_database) as schema:
            yield schema
