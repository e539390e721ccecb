"""The contract on a Citus cluster: of tables that it keeps as one server would."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scitex.db.testing.contract import StorageContract
from scitex.db.testing.postgres.database import Database, ScratchSchema
from tests.integration.clusters import spread_schema
from tests.integration.test_postgresql import OnSchema

# What Citus does otherwise there, and is told as such on the page about it.
_ALONE = "one table of a distributed schema is not restored alone where others number records"
DIFFERENT = {
    "test_one_table_is_restored_alone": _ALONE,
    "test_a_dropped_table_comes_back": _ALONE,
    "test_a_tables_name_is_literal": _ALONE,
    "test_a_searched_table_can_be_searched_when_it_is_back": _ALONE,
    "test_a_table_that_is_replaced_is_kept": _ALONE,
    "test_nothing_is_overwritten_unless_it_may": _ALONE,
    "test_estimates_follow_an_analysis": "the coordinator has no estimate of a node's records",
}

pytestmark = pytest.mark.citus
# Six thousand tests, half an hour: not even collected where nobody names a cluster.
whole = pytest.mark.thorough if "SCITEX_DB_TEST_CITUS_DSN" not in os.environ else pytest.mark.citus


@whole
@pytest.mark.engine("citus, coordinator")
class TestCoordinator(OnSchema, StorageContract):
    """Tables that are not spread."""

    @pytest.fixture
    def schema(self, citus_database: Database) -> Iterator[ScratchSchema]:
        """Return a schema of the coordinator's."""
        with citus_database.schema() as schema:
            yield schema


@whole
@pytest.mark.engine("citus, distributed schema")
class TestDistributedSchema(OnSchema, StorageContract):
    """A schema that is kept by one of the nodes."""

    @pytest.fixture(autouse=True)
    def expect_what_differs(self, request: pytest.FixtureRequest) -> None:
        """Let a law fail that is known not to hold there; it is an error if it does hold."""
        reason = DIFFERENT.get(request.node.originalname)
        if reason is not None:
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))

    @pytest.fixture
    def schema(self, citus_database: Database) -> Iterator[ScratchSchema]:
        """Return such a schema."""
        with spread_schema(citus_database) as schema:
            yield schema
