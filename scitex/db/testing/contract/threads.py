"""Laws about threads: one object may be shared by many, each with its own transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import pytest

from scitex.db import Database
from scitex.db.domain.errors import Error, InterfaceError
from scitex.db.testing.contract.ground import PEOPLE, USERS, Laws, ids, undone

THREADS = 8
EACH = 25


def together(work: Callable[[int], object], threads: int = THREADS) -> list[object]:
    """Let threads begin the same work at the same moment; return what each gave."""
    start = threading.Barrier(threads)

    def begin(number: int) -> object:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def elsewhere(work: Callable[[], object]) -> Future[object]:
    """Let another thread do the work, without waiting for it."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(work)
    finally:
        pool.shutdown(wait=False)


class ThreadLaws(Laws):
    """What must hold where threads share one object."""

    @pytest.fixture
    def shared(self, db: Database) -> Database:
        """Return a database whose table ``t`` the threads write to."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "thread": "INTEGER", "n": "INTEGER"})
        return db

    def test_8_threads_sharing_one_object_lose_nothing(self, shared: Database) -> None:
        """Every record that a thread was told is stored is there, and is the thread's own."""

        def work(thread: int) -> list[object]:
            keys = [shared.insert("t", {"thread": thread, "n": n}) for n in range(EACH)]
            found = [shared.select("t", where={"id": key})[0] for key in keys]
            return [(row["thread"], row["n"]) for row in found]

        told = together(work)

        assert (told, shared.count("t")) == (
            [[(thread, n) for n in range(EACH)] for thread in range(THREADS)],
            THREADS * EACH,
        )

    def test_threads_write_batches_and_transactions(self, shared: Database) -> None:
        """Batches and transactions of several threads are each stored whole."""

        def work(thread: int) -> None:
            shared.insert_many("t", ({"thread": thread, "n": n} for n in range(EACH)))
            with shared.transaction():
                shared.insert("t", {"thread": thread, "n": EACH})
                shared.update("t", {"n": -1}, where={"thread": thread, "n": 0})

        together(work)
        counts = [
            (
                shared.count("t", where={"thread": thread}),
                shared.count("t", where={"thread": thread, "n": -1}),
            )
            for thread in range(THREADS)
        ]

        assert counts == [(EACH + 1, 1)] * THREADS

    def test_no_update_is_lost(self, shared: Database) -> None:
        """Threads that read and then write in a transaction do not undo one another's work."""
        shared.insert("t", {"id": 1, "n": 0})

        def work(_: int) -> None:
            for _ in range(5):
                with shared.transaction():
                    shared.update("t", {"thread": 0}, where={"id": 1})
                    n = shared.select("t", where={"id": 1})[0]["n"]
                    shared.update("t", {"n": n + 1}, where={"id": 1})

        together(work)

        assert shared.select("t", where={"id": 1})[0]["n"] == 5 * THREADS

    def test_threads_may_make_the_same_table(self, db: Database) -> None:
        """Several threads that make the same table all succeed, and there is one."""
        together(lambda _: db.create_table("users", USERS))

        assert db.list_tables() == ["users"]

    def test_threads_may_make_the_same_index(self, users: Database) -> None:
        """Several threads that make the same index all succeed, and there is one."""
        together(lambda _: users.create_index("users", ["name"], unique=True))

        assert len(users.list_indexes("users")) == 1

    def test_a_rollback_is_the_threads_own(self, users: Database) -> None:
        """What one thread rolls back is its own work only, whatever another does meanwhile."""
        with undone(users):
            users.insert("users", {"id": 5, "name": "undone"})
            other = elsewhere(lambda: users.insert("users", {"id": 6, "name": "kept"}))
        other.result()

        assert ids(users.select("users", order_by="id")) == [1, 2, 3, 4, 6]

    def test_a_thread_sees_no_unfinished_work(self, users: Database) -> None:
        """A thread never sees what another one has not committed."""
        with undone(users):
            users.insert("users", {"id": 5, "name": "undone"})
            other = elsewhere(lambda: users.select("users", order_by="id"))

        assert other.result() == PEOPLE

    def test_a_transaction_is_the_threads_own(self, users: Database) -> None:
        """A thread is not in a transaction because another one is."""
        with users.transaction():
            told = elsewhere(lambda: users.in_transaction).result()

        assert told is False

    def test_a_rollback_by_another_thread_does_nothing(self, users: Database) -> None:
        """A thread that has nothing open undoes nothing of another's."""
        users.begin_transaction()
        users.insert("users", {"id": 5, "name": "kept"})
        elsewhere(users.rollback).result()
        users.commit()

        assert users.count("users") == 5

    def test_a_thread_that_ends_leaves_its_records(self, users: Database) -> None:
        """What a thread has stored is there when the thread is gone."""
        for number in range(20):
            elsewhere(lambda: users.insert("users", {"id": 10 + number, "name": "x"})).result()  # noqa: B023

        assert users.count("users") == 24

    def test_threads_read_one_by_one(self, users: Database) -> None:
        """Threads that iterate over a table each see all of it."""
        found = together(lambda _: sorted(ids(users.iter_select("users"))))

        assert found == [[1, 2, 3, 4]] * THREADS

    def test_a_loop_may_go_on_in_another_thread(self, shared: Database) -> None:
        """Records that one thread began to ask for are had by another, which may be the last."""
        shared.insert_many("t", ({"n": n} for n in range(5_000)))
        records = shared.iter_select("t", order_by="n")
        seen = [elsewhere(lambda: next(records)).result(), next(records)]
        seen += cast("list[Any]", elsewhere(lambda: list(records)).result())

        assert [row["n"] for row in cast("list[Any]", seen)] == list(range(5_000))

    def test_a_loop_may_be_closed_by_another_thread(self, shared: Database) -> None:
        """An iterator that another thread closes holds nothing."""
        shared.insert_many("t", ({"n": n} for n in range(5_000)))
        records = shared.iter_select("t")
        next(records)
        elsewhere(records.close).result()  # type: ignore[attr-defined]
        shared.drop_table("t")

        assert list(records) == []

    @pytest.mark.parametrize("call", ["insert", "insert_many", "select", "transaction"])
    def test_closing_ends_what_other_threads_do(self, shared: Database, call: str) -> None:
        """Threads that work while one closes are told that the database is closed, and no more."""
        begun = threading.Barrier(5)

        def block() -> None:
            with shared.transaction():
                shared.insert("t", {"n": 1})

        calls: dict[str, Callable[[], object]] = {
            "insert": lambda: shared.insert("t", {"n": 1}),
            "insert_many": lambda: shared.insert_many("t", ({"n": n} for n in range(5_000))),
            "select": lambda: shared.select("t"),
            "transaction": block,
        }

        def work() -> object:
            calls[call]()
            begun.wait()
            try:
                while True:
                    calls[call]()
            except Error as error:
                return str(error)

        shared.insert_many("t", ({"n": n} for n in range(1_000)))
        with ThreadPoolExecutor(4) as pool:
            told = [pool.submit(work) for _ in range(4)]
            begun.wait()
            shared.close()
            found = {each.result() for each in told}

        assert all("the database is closed" in str(text) for text in found)

    def test_closing_closes_for_every_thread(self, users: Database) -> None:
        """A database that one thread has closed is closed for the others too."""
        with ThreadPoolExecutor(1) as pool:
            pool.submit(users.count, "users").result()
            users.close()
            late = pool.submit(users.count, "users")

            with pytest.raises(InterfaceError):
                late.result()
