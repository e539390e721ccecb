"""A PostgreSQL server under strain: conflicts, no room for a connection, stops, DDL."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections.abc import Iterator

import pytest

from scitex.db import (
    ColumnNotFoundError,
    ConnectionLostError,
    Error,
    LockedError,
    OperationalError,
    PostgreSQL,
    TransactionLostError,
)
from scitex.db.servers.server import Server
from scitex.db.testing import temporary_postgres
from scitex.db.testing.postgres.database import ScratchSchema

pytestmark = pytest.mark.engine("postgresql")
SECONDS = float(os.environ.get("SCITEX_DB_FAULT_SECONDS", "2"))
BANK = {"id": "INTEGER PRIMARY KEY", "money": "INTEGER NOT NULL"}


@pytest.fixture
def bank(postgresql_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return a bank of ten accounts with a hundred each."""
    with PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as db:
        db.create_table("bank", BANK)
        db.insert_many("bank", [{"id": n, "money": 100} for n in range(10)])
        yield db


@pytest.fixture
def strict(bank: PostgreSQL, postgresql_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return the same bank, where what comes out must be as if one came after the other."""
    serializable = "-c default_transaction_isolation=serializable"
    place = postgresql_schema
    with PostgreSQL(**place.params, schema=place.name, options=serializable) as db:
        yield db


def total(db: PostgreSQL) -> int:
    """Return how much money there is."""
    found: int = db.query("SELECT sum(money) AS m FROM bank")[0]["m"]
    return found


def move(db: PostgreSQL, one: int, other: int, amount: int) -> None:
    """Move money from one account to another, read first and written then."""
    money = {row["id"]: row["money"] for row in db.select("bank", where={"id": [one, other]})}
    db.update("bank", {"money": money[one] - amount}, where={"id": one})
    db.update("bank", {"money": money[other] + amount}, where={"id": other})


def test_transactions_that_conflict_are_done_again(bank: PostgreSQL, strict: PostgreSQL) -> None:
    """Six threads move money under SERIALIZABLE: all moves come through, and none is lost."""
    moved = [0] * 6

    def work(place: int) -> None:
        chance = random.Random(place)
        for _ in range(15):
            one, other = chance.sample(range(10), 2)
            strict.retry(
                lambda one=one, other=other: move(strict, one, other, 1),
                attempts=200,
            )
            moved[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (moved, total(bank)) == ([15] * 6, 1000)


def test_without_retry_a_conflict_is_told(bank: PostgreSQL, strict: PostgreSQL) -> None:
    """Of two transactions that cannot both be, the later one is told so by its SQLSTATE."""
    barrier = threading.Barrier(2)
    states: list[str | None] = []

    def work() -> None:
        try:
            with strict.transaction():
                money = strict.select("bank", where={"id": 1})[0]["money"]
                barrier.wait()
                strict.update("bank", {"money": money + 1}, where={"id": 1})
        except OperationalError as error:
            states.append(error.sqlstate)
        else:
            states.append(None)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (sorted(map(str, states)), total(bank)) == (["40001", "None"], 1001)


def test_a_deadlock_is_done_again(bank: PostgreSQL) -> None:
    """Two that lock the same two records the other way round both come through."""
    barrier = threading.Barrier(2)
    first = threading.local()

    def both(one: int, other: int) -> None:
        bank.execute("UPDATE bank SET money = money - 1 WHERE id = ?", [one])
        if not getattr(first, "done", False):
            first.done = True
            barrier.wait()
        bank.execute("UPDATE bank SET money = money + 1 WHERE id = ?", [other])

    def work(one: int, other: int) -> None:
        bank.retry(lambda: both(one, other), on=["40P01", "40001", LockedError])

    threads = [threading.Thread(target=work, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (total(bank), {row["money"] for row in bank.select("bank")}) == (1000, {100})


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """Return a server that takes few connections and may be stopped."""
    settings = {"max_connections": 8, "superuser_reserved_connections": 0}
    with temporary_postgres(source="binaries", settings=settings) as server:
        yield server


def test_a_server_that_is_full_is_told(small: Server) -> None:
    """Where there is no room for a connection it is said; when there is, the call goes on."""
    with PostgreSQL(**small.params) as first:
        first.create_table("bank", BANK)
        others = contextlib.ExitStack()

        def fill() -> None:
            for _ in range(20):
                others.enter_context(PostgreSQL(**small.params))

        with others:
            with pytest.raises(OperationalError):
                fill()
            assert first.count("bank") == 0
        for _ in range(100):
            try:
                with PostgreSQL(**small.params) as again:
                    assert again.count("bank") == 0
                break
            except OperationalError:
                time.sleep(0.05)
        else:
            pytest.fail("no room came back")
        first.drop_table("bank")


def test_a_server_that_stops_again_and_again_loses_no_record(small: Server) -> None:
    """Beside immediate stops, every record that was acknowledged is there, and none twice."""
    told: set[int] = set()
    unknown: set[int] = set()
    over = threading.Event()
    with PostgreSQL(**small.params) as db:
        db.create_table("kept", {"id": "INTEGER PRIMARY KEY"})

        def write() -> None:
            for number in range(1_000_000):
                if over.is_set():
                    return
                try:
                    db.insert("kept", {"id": number})
                    told.add(number)
                except (ConnectionLostError, TransactionLostError, OperationalError):
                    unknown.add(number)
                    time.sleep(0.01)

        thread = threading.Thread(target=write)
        thread.start()
        end = time.monotonic() + SECONDS
        stops = 0
        while time.monotonic() < end or not stops:
            time.sleep(random.uniform(0.05, 0.5))
            small.stop("immediate")
            small.start()
            stops += 1
        over.set()
        thread.join()
    with PostgreSQL(**small.params) as db:
        found = {row["id"] for row in db.select("kept")}

    assert told <= found <= told | unknown
    assert told


def answer(bank: PostgreSQL) -> object:
    """Ask for the bank; return what is wrong with the answer, None where nothing is."""
    try:
        rows = bank.select("bank")
    except Error as error:
        gone = isinstance(error, (OperationalError, ColumnNotFoundError))
        return None if gone else error
    whole = len(rows) == 10 and sum(row["money"] for row in rows) == 1000
    return None if whole else rows


def test_a_schema_that_changes_under_readers_gives_whole_answers(bank: PostgreSQL) -> None:
    """Beside columns that come and go, each answer is of one state, or an error of ours."""
    over = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not over.is_set():
            wrong.append(answer(bank))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(max(5, int(SECONDS * 5))):
        bank.add_column("bank", "extra", "TEXT DEFAULT 'x'")
        bank.drop_column("bank", "extra")
    over.set()
    for thread in threads:
        thread.join()

    assert set(map(str, wrong)) == {"None"}
