"""Behind a pooler that lends a session for one transaction: nothing is lost, nobody disturbed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from scitex.db import (
    DatabaseSync,
    InMemory,
    LockedError,
    OperationalError,
    PostgreSQL,
    UnsupportedFeatureError,
)
from scitex.db.testing.contract import OpenDb, StorageContract
from scitex.db.testing.contract.transactions import TransactionLaws
from scitex.db.testing.postgres.database import Database, ScratchSchema
from tests.faults.poolers import pooled
from tests.integration.test_postgresql import OnSchema

pytestmark = [pytest.mark.tools("pgbouncer"), pytest.mark.engine("postgresql, pooled")]


@pytest.fixture(scope="module")
def pooler(postgresql_database: Database) -> Iterator[dict[str, Any]]:
    """Return what to connect to in the place of the session's server; it lends three sessions."""
    with pooled(postgresql_database.address.params) as params:
        yield params


class OnPooler(OnSchema):
    """Every connection through it."""

    @pytest.fixture
    def open_db(self, schema: ScratchSchema, pooler: dict[str, Any]) -> Iterator[OpenDb]:
        """Open the schema, as often as asked."""
        with ExitStack() as stack:
            yield lambda: stack.enter_context(PostgreSQL(**pooler, schema=schema.name))


class TestPooled(OnPooler, TransactionLaws):
    """The laws on transactions, which a pooler takes apart."""


@pytest.mark.thorough
class TestPooledWhole(OnPooler, StorageContract):
    """All laws."""


@pytest.fixture
def place(pooler: dict[str, Any], postgresql_schema: ScratchSchema) -> dict[str, Any]:
    """Return where tests of one database connect to."""
    place = {**pooler, "schema": postgresql_schema.name}
    with PostgreSQL(**place) as db:
        db.create_table("bank", {"id": "INTEGER PRIMARY KEY", "money": "INTEGER"})
        db.insert_many("bank", [{"id": n, "money": 100} for n in range(10)])
    return place


def test_what_one_asks_for_is_no_strangers(place: dict[str, Any]) -> None:
    """Who only reads, waits less or looks into another schema does not make the others do so."""
    with PostgreSQL(**{**place, "schema": "public"}) as stranger, PostgreSQL(**place) as db:
        for _ in range(20):
            with PostgreSQL(**place, read_only=True, timeout=0.5) as reader:
                assert reader.count("bank") == 10
                assert reader.query("SELECT count(*) AS n FROM bank") == [{"n": 10}]
                for refused in (
                    lambda: reader.insert("bank", {"id": 99}),
                    lambda: reader.execute("DELETE FROM bank"),
                    lambda: reader.insert_many("bank", [{"id": 99}]),
                ):
                    with pytest.raises(OperationalError):
                        refused()
            assert db.update("bank", {"money": 100}, where={"id": 1}) == 1
            assert not stranger.table_exists("bank")
            waits = stranger.query("SHOW lock_timeout")[0]["lock_timeout"]
            assert waits != "500ms"
            assert stranger.query("SHOW default_transaction_read_only") == [
                {"default_transaction_read_only": "off"}
            ]


def test_a_lock_is_waited_for_as_long_as_asked(place: dict[str, Any]) -> None:
    """Each connection by its own timeout, whichever session it is lent."""
    with PostgreSQL(**place) as holder, PostgreSQL(**place, timeout=0.2) as hasty:
        with holder.transaction():
            holder.update("bank", {"money": 0}, where={"id": 1})
            began = time.monotonic()
            with pytest.raises(LockedError):
                hasty.update("bank", {"money": 1}, where={"id": 1})
            assert time.monotonic() - began < 15
        assert hasty.update("bank", {"money": 1}, where={"id": 1}) == 1


def test_many_threads_share_few_sessions(place: dict[str, Any]) -> None:
    """Twelve threads move money over three sessions: none is lost, rows go in by COPY beside."""
    with PostgreSQL(**place) as db:
        db.create_table("log", {"id": "INTEGER PRIMARY KEY", "who": "INTEGER"})

        def work(who: int) -> None:
            for turn in range(10):
                with db.transaction():
                    one, other = sorted([(who + turn) % 10, (who * 3 + turn + 1) % 10])
                    db.execute("UPDATE bank SET money = money - 1 WHERE id = ?", [one])
                    db.execute("UPDATE bank SET money = money + 1 WHERE id = ?", [other])
                db.insert_many("log", [{"who": who}] * 50)

        threads = [threading.Thread(target=work, args=(who,)) for who in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert db.query("SELECT sum(money) AS m FROM bank") == [{"m": 1000}]
        assert db.count("log") == 12 * 10 * 50
        assert sum(1 for _ in db.iter_select("log")) == 6000


def test_upkeep_goes_alone(place: dict[str, Any]) -> None:
    """What the server takes in no transaction is sent by itself, and names its schema."""
    with PostgreSQL(**place) as db:
        db.vacuum("bank")
        db.execute(f"CREATE INDEX CONCURRENTLY by_money ON {place['schema']}.bank (money)")
        assert [index.name for index in db.list_indexes("bank")] == ["by_money"]


def test_a_sync_says_that_it_needs_the_server_itself(place: dict[str, Any]) -> None:
    """It holds a session for as long as it lasts, and leaves no lock with a stranger's."""
    with (
        PostgreSQL(**place) as db,
        InMemory() as local,
        pytest.raises(UnsupportedFeatureError, match="pooler"),
    ):
        DatabaseSync(local, db, create=True).sync_all(["bank"])


def test_a_schema_of_any_name_is_looked_into(place: dict[str, Any]) -> None:
    """Quotes, percent signs and backslashes in it are said each time as they are."""
    name = f'{place["schema"]} 100%s "it\'s" \\ {{}}'
    quoted = name.replace('"', '""')
    with PostgreSQL(**place) as db:
        db.execute(f'CREATE SCHEMA "{quoted}"')
        try:
            with PostgreSQL(**{**place, "schema": name}) as odd:
                odd.create_table("bank", {"id": "INTEGER PRIMARY KEY"})
                odd.insert_many("bank", [{"id": 1}, {"id": 2}])
                assert odd.query("SELECT count(*) AS n FROM bank WHERE id > ?", [1]) == [{"n": 1}]
                with odd.transaction():
                    assert odd.query("SELECT count(*) AS n FROM bank") == [{"n": 2}]
            assert db.count("bank") == 10
        finally:
            db.execute(f'DROP SCHEMA "{quoted}" CASCADE')
