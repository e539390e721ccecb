"""PostgreSQL: many records in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scitex.db import (
    ConnectionLostError,
    DataError,
    PostgreSQL,
    ProgrammingError,
    TransactionLostError,
)
from scitex.db.testing.postgres.database import ScratchSchema
from tests.integration.children import said
from tests.integration.servers import asked, opened, spelt

pytestmark = pytest.mark.engine("postgresql")

FEW, MANY = 50_000, 120_000
MEGABYTE = 2**20


@pytest.fixture
def db(postgresql_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return a database with an empty table."""
    with opened(postgresql_schema) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        yield db


@pytest.fixture
def schema(postgresql_schema: ScratchSchema) -> ScratchSchema:
    """Return the schema that the table is in."""
    return postgresql_schema


def peak(work: Callable[[], object]) -> int:
    """Return how much memory Python held at most, in bytes, while it did the work."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_stays_flat_while_records_come(db: PostgreSQL) -> None:
    """Records that come one by one are not held: three times as many need no more memory."""
    db.insert_many("t", ({"x": "x" * 50} for _ in range(MANY)))
    peaks = [
        peak(lambda: sum(1 for _ in db.iter_select("t", order_by="id", limit=many)))  # noqa: B023
        for many in (FEW, MANY)
    ]

    assert peaks[1] < peaks[0] + 4 * MEGABYTE


def test_memory_stays_flat_while_records_go(db: PostgreSQL) -> None:
    """Records of a generator that are stored are not held."""
    peaks = [
        peak(lambda: db.insert_many("t", ({"x": "x" * 50} for _ in range(many))))  # noqa: B023
        for many in (FEW, MANY)
    ]

    assert peaks[1] < peaks[0] + 4 * MEGABYTE


FAILING: dict[str, Any] = {"where": "10 / (id - 3500) > -100", "order_by": "id"}


def lost_with_a_stream(
    schema: ScratchSchema, db: PostgreSQL, records: Iterator[dict[str, Any]]
) -> None:
    """Let the server end the connection while it has more of the records to give."""
    pid = db.query("SELECT pg_backend_pid() AS pid")[0]["pid"]
    next(records)
    asked(schema, "SELECT pg_terminate_backend(%s, 5000)", pid)


class TestFailingStreams:
    """Streams that cannot be read to their end."""

    @pytest.fixture
    def numbers(self, db: PostgreSQL) -> PostgreSQL:
        """Return a database with some thousand records."""
        db.insert_many("t", ({"id": number, "x": "x"} for number in range(4_000)))
        return db

    def test_a_rollback_ends_whatever_a_stream_meets(
        self, schema: ScratchSchema, numbers: PostgreSQL
    ) -> None:
        """A block is undone though a stream cannot be read to its end; its reader is told."""
        with pytest.raises(ZeroDivisionError), numbers.transaction():  # noqa: PT012
            numbers.insert("t", {"id": -1})
            records = numbers.iter_select("t", **FAILING)
            next(records)
            raise ZeroDivisionError
        open_now = numbers.in_transaction
        numbers.insert("t", {"id": -2})
        with opened(schema) as other:
            kept = other.count("t", where="id < 0")
        with pytest.raises(DataError, match="division by zero"):
            list(records)

        assert (open_now, kept) == (False, 1)

    def test_a_commit_keeps_what_was_done_whatever_a_stream_meets(
        self, numbers: PostgreSQL
    ) -> None:
        """A block is stored though the rest of a stream cannot be read."""
        with numbers.transaction():
            numbers.insert("t", {"id": -1})
            records = numbers.iter_select("t", **FAILING)
            next(records)
        with pytest.raises(DataError, match="division by zero"):
            list(records)

        assert numbers.exists("t", where={"id": -1})

    def test_a_rollback_ends_where_the_connection_is_lost(
        self, schema: ScratchSchema, numbers: PostgreSQL
    ) -> None:
        """A block whose connection is lost with a stream open is left, and the next one works."""
        with pytest.raises(ZeroDivisionError), numbers.transaction():  # noqa: PT012
            lost_with_a_stream(schema, numbers, records := numbers.iter_select("t"))
            raise ZeroDivisionError
        with pytest.raises((ConnectionLostError, TransactionLostError)):
            list(records)

        assert (numbers.in_transaction, numbers.count("t")) == (False, 4_000)

    def test_a_commit_over_a_lost_connection_is_told(
        self, schema: ScratchSchema, numbers: PostgreSQL
    ) -> None:
        """A block whose connection is lost with a stream open is not taken for stored."""
        with (  # noqa: PT012
            pytest.raises((ConnectionLostError, TransactionLostError)),
            numbers.transaction(),
        ):
            numbers.insert("t", {"id": -1})
            lost_with_a_stream(schema, numbers, numbers.iter_select("t"))

        assert numbers.count("t") == 4_000

    def test_a_stream_in_a_transaction_goes_on_in_another_thread(
        self, numbers: PostgreSQL
    ) -> None:
        """Records of an open transaction are had by whichever thread asks for them."""
        with numbers.transaction(), ThreadPoolExecutor(1) as pool:
            records = numbers.iter_select("t")
            next(records)
            rest = pool.submit(lambda: sum(1 for _ in records)).result()

        assert rest == 3_999

    @pytest.mark.parametrize(
        "sql",
        [
            "CREATE TEMPORARY TABLE t (id INTEGER, x TEXT)",
            "SET search_path TO pg_catalog",
            "SELECT set_config('search_path', 'pg_catalog', false)",
        ],
    )
    def test_another_table_of_that_name_is_not_read(
        self, schema: ScratchSchema, numbers: PostgreSQL, sql: str
    ) -> None:
        """Where select reads another table than a connection of its own, iter_select says so."""
        path = f"-c search_path={schema.name}"
        with opened(schema, schema=None, options=path) as db:
            before = sum(1 for _ in db.iter_select("t"))
            db.execute(sql)
            with pytest.raises(ProgrammingError, match=r"another table(.|\n)*hint: "):
                next(db.iter_select("t"))
            with pytest.raises(ProgrammingError, match="another table"):
                next(iter(db.to_dataframe("t", chunksize=5)))

        assert before == 4_000

    @pytest.mark.parametrize("block", ["contextlib.nullcontext()", "db.transaction()"])
    def test_a_child_leaves_the_parents_stream_alone(
        self, schema: ScratchSchema, numbers: PostgreSQL, block: str
    ) -> None:
        """A forked child that drops an iterator, or asks it for more, sends nothing."""
        program = f"""
            import contextlib, json, os, sys
            from scitex.db import InterfaceError, PostgreSQL
            db = PostgreSQL(**json.loads(sys.argv[1]))
            with {block}:
                db.insert("t", {{"id": -1}})
                records, other = db.iter_select("t"), db.iter_select("t")
                next(records), next(other)
                child = os.fork()
                if child == 0:
                    del other
                    try:
                        sum(1 for _ in records)
                    except InterfaceError:
                        os._exit(0)
                    os._exit(1)
                status = os.waitpid(child, 0)[1]
                db.insert("t", {{"id": -2}})
                print(status, sum(1 for _ in records), sum(1 for _ in other), db.count("t"))
            db.close()
        """

        assert said(program, spelt(schema)) == "0 4000 4000 4002"
