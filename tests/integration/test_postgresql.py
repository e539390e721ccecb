"""PostgreSQL keeps the contract, whatever its version and however it sorts text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from scitex.db import PostgreSQL
from scitex.db.testing.contract import OpenDb, StorageContract
from scitex.db.testing.contract.ground import Laws
from scitex.db.testing.contract.jsonindexes import JsonIndexLaws
from scitex.db.testing.contract.ordering import OrderingLaws
from scitex.db.testing.contract.quickcsv import QuickCsvLaws
from scitex.db.testing.contract.search import SearchLaws
from scitex.db.testing.postgres.database import ScratchSchema


class OnSchema(Laws):
    """A schema of its own for each test, which several objects may open."""

    @pytest.fixture
    def schema(self, postgresql_schema: ScratchSchema) -> ScratchSchema:
        """Return the schema that the test plays in."""
        return postgresql_schema

    @pytest.fixture
    def open_db(self, schema: ScratchSchema) -> Iterator[OpenDb]:
        """Open the schema, as often as asked."""
        with ExitStack() as stack:
            yield lambda: stack.enter_context(PostgreSQL(**schema.params, schema=schema.name))


@pytest.mark.engine("postgresql")
class TestPostgresql(OnSchema, StorageContract):
    """The session's server, whose text is sorted by code point."""


@pytest.mark.thorough
@pytest.mark.engine("postgresql")
class TestPostgresqlQuickCsv(OnSchema, QuickCsvLaws):
    """Large CSV files into the session's server."""


class OnLocal(OnSchema):
    """A server of this machine's own programs, where text is sorted as in a dictionary."""

    @pytest.fixture
    def schema(self, postgresql_local_collated_schema: ScratchSchema) -> ScratchSchema:
        """Return a schema on that server."""
        return postgresql_local_collated_schema


@pytest.mark.engine("postgresql, local")
class TestPostgresqlLocal(
    OnLocal,
    OrderingLaws,
    JsonIndexLaws,
    SearchLaws,
):
    """The laws that the version of a server, or the order of its text, may matter to."""


@pytest.mark.thorough
@pytest.mark.engine("postgresql, local")
class TestPostgresqlLocalWhole(OnLocal, StorageContract):
    """All laws on that server."""


class OnCollated(OnSchema):
    """The session's server with another order of text."""

    @pytest.fixture
    def schema(self, postgresql_collated_schema: ScratchSchema) -> ScratchSchema:
        """Return a schema where text is sorted otherwise."""
        return postgresql_collated_schema


@pytest.mark.engine("postgresql, collated")
class TestPostgresqlCollated(OnCollated, OrderingLaws):
    """The laws that the order of text may matter to most."""


@pytest.mark.thorough
@pytest.mark.engine("postgresql, collated")
class TestPostgresqlCollatedWhole(OnCollated, StorageContract):
    """All laws in that order."""
