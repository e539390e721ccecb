"""Large values on PostgreSQL: how they are kept, and what others may do meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from scitex.db import PostgreSQL
from scitex.db.domain.errors import DataError, OperationalError
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


@pytest.mark.parametrize("size", [8, 400_000])
def test_triggers_and_rules_count_for_values_of_every_size(db: PostgreSQL, size: int) -> None:
    """The key is that of the record which is stored, and none where none is."""
    db.execute("""
        CREATE FUNCTION moved() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.id < 0 THEN RETURN NULL; END IF; NEW.id := NEW.id + 1000; RETURN NEW; END $$
    """)
    db.execute("CREATE TRIGGER t BEFORE INSERT ON arrays FOR EACH ROW EXECUTE FUNCTION moved()")
    key = db.store_blob("arrays", {"data": bytes(size)})

    assert key > 1000
    assert db.get_blob("arrays", "data", where={"id": key}) == bytes(size)
    assert db.store_blob("arrays", {"id": -1, "data": bytes(size)}) is None


def test_a_view_is_read(db: PostgreSQL) -> None:
    """A view has no versions of its records, and is read whole."""
    db.execute("CREATE VIEW v AS SELECT * FROM arrays")
    found = db.get_array("v", "data")

    assert found is not None
    assert (found == np.arange(100_000)).all()
    assert db.store_array("v", {"data": np.arange(90_000)}) is None  # a view has no key
    assert db.count("arrays") == 2


def test_what_the_server_would_hang_up_on_is_refused(db: PostgreSQL) -> None:
    """As text, bytes are twice as many; past 1 GB the connection would be lost."""
    many = np.broadcast_to(np.uint8(0), (1 << 29,))
    with pytest.raises(DataError, match="store_array"):
        db.insert("arrays", {"data": many})

    assert db.count("arrays") == 1
