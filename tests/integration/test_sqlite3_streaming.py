"""SQLite: many records in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scitex.db import DataError, SQLite3
from tests.integration.children import said

pytestmark = pytest.mark.engine("sqlite file")

FEW, MANY = 50_000, 120_000
MEGABYTE = 2**20


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SQLite3]:
    """Return a database with an empty table."""
    with SQLite3(tmp_path / "test.db") as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        yield db


def peak(work: Callable[[], object]) -> int:
    """Return how much memory Python held at most, in bytes, while it did the work."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_stays_flat_while_records_come(db: SQLite3) -> None:
    """Records that come one by one are not held: three times as many need no more memory."""
    db.insert_many("t", ({"x": "x" * 50} for _ in range(MANY)))
    peaks = [
        peak(lambda: sum(1 for _ in db.iter_select("t", order_by="id", limit=many)))  # noqa: B023
        for many in (FEW, MANY)
    ]

    assert peaks[1] < peaks[0] + 4 * MEGABYTE


def test_memory_stays_flat_while_records_go(db: SQLite3) -> None:
    """Records of a generator that are stored are not held."""
    peaks = [
        peak(lambda: db.insert_many("t", ({"x": "x" * 50} for _ in range(many))))  # noqa: B023
        for many in (FEW, MANY)
    ]

    assert peaks[1] < peaks[0] + 4 * MEGABYTE


class TestFailingStreams:
    """Streams that cannot be read to their end."""

    @pytest.fixture
    def texts(self, db: SQLite3) -> SQLite3:
        """Return a database with some thousand records, one of them no UTF-8."""
        db.insert_many("t", ({"id": number, "x": "x"} for number in range(3_000)))
        db.execute("UPDATE t SET x = CAST(x'ff' AS TEXT) WHERE id = 2500")
        return db

    def test_a_rollback_ends_whatever_a_stream_meets(self, texts: SQLite3) -> None:
        """A block is undone though a stream cannot be read to its end; its reader is told."""
        with pytest.raises(ZeroDivisionError), texts.transaction():  # noqa: PT012
            records = texts.iter_select("t")
            next(records)
            raise ZeroDivisionError
        with pytest.raises(DataError, match="column 'x' of table 't' holds text that is not"):
            list(records)

        assert (texts.in_transaction, texts.insert("t", {"x": "next"})) == (False, 3_000)

    def test_a_write_is_not_told_what_a_stream_meets(self, texts: SQLite3) -> None:
        """What cannot be read is told by the loop that reads it, not by a write in it."""
        with texts.transaction():
            records = texts.iter_select("t", order_by="id")
            next(records)
            key = texts.insert("t", {"x": "in the loop"})
            with pytest.raises(DataError, match="not UTF-8"):
                list(records)

        assert texts.exists("t", where={"id": key})

    def test_a_stream_in_a_transaction_goes_on_in_another_thread(self, db: SQLite3) -> None:
        """Records of an open transaction are had by whichever thread asks for them."""
        db.insert_many("t", ({"x": "x"} for _ in range(3_000)))
        with db.transaction(), ThreadPoolExecutor(1) as pool:
            records = db.iter_select("t")
            next(records)
            rest = pool.submit(lambda: sum(1 for _ in records)).result()

        assert rest == 2_999

    @pytest.mark.parametrize("block", ["contextlib.nullcontext()", "db.transaction()"])
    def test_a_child_leaves_the_parents_stream_alone(
        self, db: SQLite3, tmp_path: Path, block: str
    ) -> None:
        """A forked child drops an iterator unsaid, and is not given more of it."""
        db.insert_many("t", ({"x": "x"} for _ in range(4_000)))
        program = f"""
            import contextlib, os, sys
            from scitex.db import InterfaceError, SQLite3
            db = SQLite3(sys.argv[1])
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

        assert said(program, tmp_path / "test.db") == "0 4000 4000 4002"
