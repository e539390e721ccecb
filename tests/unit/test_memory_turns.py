"""Laws of threads that share a storage in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.adapters.memory.turns import Turns
from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import InterfaceError, LockedError, TransactionStateError

T = TypeVar("T")


@pytest.fixture
def elsewhere() -> Iterator[Callable[[Callable[[], T]], T]]:
    """Run something in another thread, always the same one."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda work: pool.submit(work).result()


@pytest.fixture
def storage() -> MemoryStorage:
    """Make a storage whose threads wait for a moment only."""
    storage = MemoryStorage(timeout=0.05)
    storage.create_table(table_declared("t", {"id": "INTEGER PRIMARY KEY"}))
    return storage


def in_a_thread_that_ends(work: Callable[[], object]) -> None:
    """Run something in a thread and wait for the thread's end."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_transaction_locks_others_out(storage: MemoryStorage, elsewhere) -> None:
    """While a thread's transaction is open another one waits, then gives up."""
    storage.begin()

    with pytest.raises(LockedError, match="transaction of thread 'MainThread'"):
        elsewhere(storage.tables)


def test_a_transaction_that_ends_lets_others_in(storage: MemoryStorage, elsewhere) -> None:
    """Once a transaction is committed another thread sees what it did."""
    storage.begin()
    storage.insert("t", {"id": 1})
    storage.commit()

    assert elsewhere(lambda: storage.count("t")) == 1


def test_each_thread_has_its_own_transaction(storage: MemoryStorage, elsewhere) -> None:
    """A transaction is open in the thread that opened it, and no other can end it."""
    storage.begin()

    assert (storage.depth, elsewhere(lambda: storage.depth)) == (1, 0)
    assert elsewhere(storage.rollback) is None
    with pytest.raises(TransactionStateError, match="without a transaction"):
        elsewhere(storage.commit)


def test_a_failed_call_lets_others_in(storage: MemoryStorage, elsewhere) -> None:
    """A call that fails outside a transaction keeps nobody waiting."""
    with pytest.raises(LookupError):
        storage.count("nowhere")

    assert elsewhere(storage.tables) == ["t"]


def test_what_a_thread_left_is_rolled_back(storage: MemoryStorage) -> None:
    """The transaction of a thread that ended is rolled back by who comes next."""

    def leave_open() -> None:
        storage.begin()
        storage.insert("t", {"id": 1})

    in_a_thread_that_ends(leave_open)

    assert (storage.count("t"), storage.depth) == (0, 0)


def test_one_of_many_takes_over() -> None:
    """Of all who wait for a turn that was left, one at a time has it."""
    turns, inside, most = Turns(5.0), 0, []

    def work() -> None:
        nonlocal inside
        turns.take()
        inside += 1
        most.append(inside)
        inside -= 1
        turns.leave()

    in_a_thread_that_ends(turns.take)
    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1] * 20


def test_records_of_many_threads_are_all_there(storage: MemoryStorage) -> None:
    """Threads that store at the same time lose no record."""
    patient = MemoryStorage()
    patient.create_table(table_declared("t", {"id": "INTEGER PRIMARY KEY"}))

    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: patient.insert("t", {}), range(400)))

    assert sorted(keys) == list(range(1, 401))


def test_closing_ends_waiting(storage: MemoryStorage) -> None:
    """A thread that waits while the storage is closed is told so, not kept."""
    patient = MemoryStorage(timeout=60)
    patient.begin()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(patient.tables)
        patient.close()

        with pytest.raises(InterfaceError, match="closed"):
            waiting.result(timeout=10)


def test_leaving_a_turn_that_is_anothers_does_nothing(elsewhere) -> None:
    """Only who has the turn can end it."""
    turns = Turns(0.01)
    turns.take()

    elsewhere(turns.leave)

    assert turns.mine
