"""What several files of integration tests are given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scitex.db import Database, InMemory, PostgreSQL, SQLite3
from scitex.db.testing.postgres.database import ScratchSchema


@pytest.fixture(
    params=[
        pytest.param("memory", marks=pytest.mark.engine("memory")),
        pytest.param("sqlite", marks=pytest.mark.engine("sqlite file")),
        pytest.param("postgresql", marks=pytest.mark.engine("postgresql")),
    ]
)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Return an empty database, of each engine in turn."""
    with ExitStack() as stack:
        if request.param == "memory":
            yield stack.enter_context(InMemory())
        elif request.param == "sqlite":
            yield stack.enter_context(SQLite3(tmp_path / "lab.db", synchronous="OFF"))
        else:
            scratch: ScratchSchema = request.getfixturevalue("postgresql_schema")
            yield stack.enter_context(PostgreSQL(**scratch.params, schema=scratch.name))
