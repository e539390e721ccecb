"""Faults, delays and snapshots of the database in memory, for the tests of other programs."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from scitex.db import (
    ConnectionLostError,
    DatabaseSync,
    DuplicateKeyError,
    ExperimentTracker,
    InMemory,
    InterfaceError,
    LockedError,
    OperationalError,
    SQLite3,
    TimeSeriesDB,
)
from scitex.db.domain.blobs import Parts

pytestmark = pytest.mark.engine("memory")


@pytest.fixture
def db() -> Iterator[InMemory]:
    """Return a database with one table and one record."""
    with InMemory() as db:
        db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT UNIQUE"})
        db.insert("users", {"name": "Alice"})
        yield db


def test_a_call_fails_once(db: InMemory) -> None:
    """The n-th one, before it does anything; later ones work."""
    fault = db.fail_on("insert", nth=2, error=LockedError)

    db.insert("users", {"name": "Bob"})
    with pytest.raises(LockedError, match=r"call 2 of insert\(\)"):
        db.insert("users", {"name": "Carol"})
    db.insert("users", {"name": "Carol"})

    assert (fault.calls, fault.raised) == (3, 1)
    assert db.count("users") == 3
    assert repr(fault) == "<Fault of insert: 3 calls, 1 failed>"


def test_calls_fail_until_it_is_mended(db: InMemory) -> None:
    """For ever, or a number of times; a block ends it."""
    with db.fail_on("select", "count", times=None) as fault:
        for _ in range(3):
            with pytest.raises(OperationalError):
                db.select("users")
        with pytest.raises(OperationalError):
            db.count("users")
    assert fault.raised == 4
    assert db.count("users") == 1

    db.fail_on("count", times=2, error=ConnectionLostError("gone"))
    for _ in range(2):
        with pytest.raises(ConnectionLostError, match="gone"):
            db.count("users")
    assert db.count("users") == 1

    db.fail_on("count", times=None)
    db.mend()
    db.mend()
    fault.mend()
    assert db.count("users") == 1


def test_a_fault_after_the_work(db: InMemory) -> None:
    """What was asked for is done, and nobody hears of it."""
    db.fail_on("insert", when="after")
    with pytest.raises(OperationalError):
        db.insert("users", {"name": "Bob"})
    assert db.count("users") == 2

    db.fail_on("commit", when="after")
    with pytest.raises(OperationalError), db.transaction():
        db.insert("users", {"name": "Carol"})
    assert db.count("users") == 3
    assert not db.in_transaction


def test_a_fault_in_a_transaction_undoes_it(db: InMemory) -> None:
    """Whichever call it is that fails, and at the commit."""
    for call in ("begin", "insert_many", "update", "commit"):
        with db.fail_on(call), pytest.raises(OperationalError), db.transaction():  # noqa: PT012
            db.insert_many("users", [{"name": "Bob"}])
            db.update("users", {"name": "Eve"}, where={"id": 1})

        assert db.select("users") == [{"id": 1, "name": "Alice"}]
        assert not db.in_transaction


def test_any_call_may_fail(db: InMemory) -> None:
    """Without a name they are counted together; what the engine asks of itself is none."""
    series = TimeSeriesDB(db)
    series.insert_readings("a", [{"timestamp": "2025-05-30", "value": 1.0}])
    seen = 0
    for nth in range(1, 50):
        with db.fail_on(nth=nth, error=ZeroDivisionError) as fault:
            try:
                series.insert_readings("b", [{"timestamp": "2025-05-30", "value": nth}])
            except ZeroDivisionError:
                seen += 1
                assert series.latest("b") in ([], None)
                continue
        assert fault.calls == seen
        break
    assert seen > 2
    assert db.count("timeseries", where={"sensor_id": "b"}) == 1

    db.create_table("scans", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
    with db.fail_on(nth=2) as fault:
        db.storage.insert_blob("scans", {}, column="data", parts=Parts(1, lambda: [b"x"]))
    assert fault.calls == 1


def test_what_could_not_fail_is_refused(db: InMemory) -> None:
    """A call that there is none of, a count from nought, another moment."""
    with pytest.raises(InterfaceError, match="no call 'inserts'") as caught:
        db.fail_on("inserts")
    assert "did you mean 'insert'" in str(caught.value)
    with pytest.raises(InterfaceError, match="nth=0"):
        db.fail_on("insert", nth=0)
    with pytest.raises(InterfaceError, match="times=0"):
        db.fail_on("insert", times=0)
    with pytest.raises(InterfaceError, match="meanwhile"):
        db.fail_on("insert", when="meanwhile")  # type: ignore[arg-type]
    with pytest.raises(InterfaceError, match="no delay"):
        db.slow_down(-1)
    assert db.insert("users", {"name": "Bob"}) == 2


def test_calls_take_longer(db: InMemory) -> None:
    """Each by what was asked for, faults on the same call too."""
    with db.slow_down(0.02) as slow, db.fail_on("insert", nth=2):
        begun = time.perf_counter()
        db.insert("users", {"name": "Bob"})
        with pytest.raises(OperationalError):
            db.insert("users", {"name": "Carol"})
        taken = time.perf_counter() - begun
    assert slow.calls in (1, 2)
    assert taken >= 0.02


def test_all_is_as_it_was(db: InMemory) -> None:
    """Records, tables, indexes, numbers that are given; as often as wanted, elsewhere too."""
    db.create_index("users", ["name"])
    db.enable_search("users", ["name"])
    state = db.snapshot()
    assert repr(state).startswith("<State of {'users': 1")

    for _ in range(2):
        assert db.insert("users", {"name": "Bob"}) == 2
        db.update("users", {"name": "Eve"}, where={"id": 1})
        db.add_column("users", "score", "REAL")
        db.create_table("more", {"id": "INTEGER PRIMARY KEY"})
        db.drop_index("users", "idx_users_name")
        db.restore(state)

        assert db.select("users") == [{"id": 1, "name": "Alice"}]
        assert db.list_tables() == ["users"]
        assert [index.name for index in db.list_indexes("users")] == ["idx_users_name"]
        assert db.search("users", "alice")
    with pytest.raises(DuplicateKeyError):
        db.insert("users", {"name": "Alice"})

    with InMemory() as other:
        other.restore(state)
        other.insert("users", {"name": "Bob"})
        assert other.count("users") == 2
    assert db.count("users") == 1


def test_a_snapshot_keeps_its_rules(db: InMemory) -> None:
    """It is no use to a database that follows another engine's."""
    with InMemory("postgresql") as other, pytest.raises(InterfaceError, match="sqlite"):
        other.restore(db.snapshot())


def test_a_return_can_be_rolled_back(db: InMemory) -> None:
    """Inside a transaction it is one more change."""
    state = db.snapshot()
    db.insert("users", {"name": "Bob"})
    with pytest.raises(ZeroDivisionError), db.transaction():  # noqa: PT012
        db.restore(state)
        assert db.count("users") == 1
        raise ZeroDivisionError
    assert db.count("users") == 2


def test_services_meet_faults(db: InMemory) -> None:
    """A tracker keeps what the database does not take; a sync does all or nothing."""
    with ExperimentTracker(db) as tracker:
        with tracker.start_run("fragile") as run:
            with db.fail_on("insert_many", "insert_columns", "insert", times=3, error=LockedError):
                run.log(loss=0.5, step=1)
                run.flush()
            run.log(loss=0.25, step=2)
        history = tracker.history(run.id, "loss")
    assert [each["value"] for each in history] == [0.5, 0.25]

    with SQLite3(":memory:") as remote:
        sync = DatabaseSync(db, remote, create=True)
        with db.fail_on("commit", error=LockedError), pytest.raises(LockedError):
            sync.sync_table("users")
        sync.sync_table("users")
        assert remote.select("users") == db.select("users")
