"""A Citus cluster that somebody else runs, where one is named."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from scitex.db import PostgreSQL
from scitex.db.testing.postgres.database import Database, ScratchSchema


@contextmanager
def spread_schema(database: Database) -> Iterator[ScratchSchema]:
    """Give a schema that is kept by one of the nodes, and drop it with all that is in it."""
    name = f"t_{secrets.token_hex(6)}"
    with PostgreSQL(**dict(database.address.params)) as db:
        db.create_schema(name, distributed=True)
    try:
        yield ScratchSchema(database, name)
    finally:
        database.drop(name)
