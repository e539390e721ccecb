"""Large values on PostgreSQL: how they are kept, and what others may do meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from scitex.db import PostgreSQL
from scitex.db.domain.errors import OperationalError
from scitex.db.domain.queries import Query
from scitex.db.testing.postgres.database import ScratchSchema

pytestmark = pytest.mark.engine("postgresql")


@pytest.fixture
def db(postgresql_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return a database with one large array in it."""
    with PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as db:
        db.create_table("arrays", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
        db.add_column("arrays", "more", "BLOB")
        db.store_array("arrays", {"data": np.arange(100_000)})
        yield db


def test_bytes_are_kept_so_that_parts_can_be_read(db: PostgreSQL) -> None:
    """The server does not compress them: it would have to read all for a part."""
    found = db.query(
        "SELECT attname, attstorage::text AS kept FROM pg_attribute "
        "WHERE attrelid = 'arrays'::regclass AND atttypid = 'bytea'::regtype ORDER BY attnum"
    )

    assert found == [{"attname": "data", "kept": "e"}, {"attname": "more", "kept": "e"}]


def test_a_record_that_is_changed_meanwhile_is_told(
    db: PostgreSQL, postgresql_schema: ScratchSchema
) -> None:
    """Half an old array and half a new one would be no array."""
    with PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as other:
        with db.storage.open_blob(Query("arrays", ("data",))) as blob:
            assert blob is not None
            blob.read(0, 100)
            other.update("arrays", {"data": np.arange(3)}, where={"id": 1})
            with pytest.raises(OperationalError, match="changed"):
                blob.read(100, 200)

        assert db.get_array("arrays", "data") is not None


def test_a_large_value_waits_for_no_other_statement(db: PostgreSQL) -> None:
    """Reading it leaves the connection as it was, in a transaction and out of one."""
    with db.transaction():
        db.insert("arrays", {"data": b"x"})
        assert db.array_info("arrays", "data", where={"id": 1}) is not None
        assert db.count("arrays") == 2
    assert db.storage.depth == 0
