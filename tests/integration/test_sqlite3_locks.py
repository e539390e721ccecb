"""SQLite files that others use at the same time: locks, processes, signals."""

from __future__ import annotations

import gc
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scitex.db import SQLite3
from scitex.db.adapters.sql import sessions
from scitex.db.domain.errors import InterfaceError, LockedError
from scitex.db.testing.contract.ground import PEOPLE, USERS, ids
from tests.integration.children import said, started, told

pytestmark = pytest.mark.engine("sqlite file")

PROCESSES = 4
EACH = 150


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with a few people in it."""
    path = tmp_path / "test.db"
    with SQLite3(path) as db:
        db.create_table("users", USERS)
        db.insert_many("users", PEOPLE)
    return path


@pytest.fixture
def holder(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection that holds the file for itself."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    yield connection
    connection.close()


def sound(path: Path) -> object:
    """Say what SQLite's own check finds."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()


def open_files() -> int:
    """Count the files that this process has open."""
    return sum(1 for _ in Path("/dev/fd").iterdir())


class TestLocks:
    """What happens where another connection holds the file."""

    @pytest.mark.parametrize("timeout", [0, 0.2])
    @pytest.mark.parametrize("call", ["insert", "begin_transaction"])
    def test_the_timeout_is_honoured(
        self, path: Path, holder: sqlite3.Connection, call: str, timeout: float
    ) -> None:
        """A lock is waited for as long as was asked, and then told with a hint."""
        arguments = {"insert": ("users", {"name": "Eve"})}.get(call, ())
        with SQLite3(path, timeout=timeout) as db:
            start = time.monotonic()
            with pytest.raises(LockedError, match=r"test.db(.|\n)*hint: .*timeout="):
                getattr(db, call)(*arguments)
            waited = time.monotonic() - start

        assert timeout <= waited < timeout + 2

    def test_a_lock_is_a_timeout(self, path: Path, holder: sqlite3.Connection) -> None:
        """A lock that stays is caught as Python's TimeoutError."""
        with SQLite3(path, timeout=0) as db, pytest.raises(TimeoutError):
            db.insert("users", {"name": "Eve"})

    def test_a_lock_that_goes_is_waited_for(self, path: Path, holder: sqlite3.Connection) -> None:
        """A write that waits for a lock is done when the lock is gone."""
        with SQLite3(path) as db:
            release = threading.Timer(0.1, holder.rollback)
            release.start()
            key = db.insert("users", {"name": "Eve"})
            release.join()

        assert key == 5

    def test_the_database_goes_on_after_a_lock(
        self, path: Path, holder: sqlite3.Connection
    ) -> None:
        """After a lock was told the same object writes as before, and nothing was half done."""
        with SQLite3(path, timeout=0) as db:
            with pytest.raises(LockedError):
                db.insert_many("users", [{"name": "Eve"}, {"name": "Mallory"}])
            holder.rollback()
            db.insert("users", {"name": "Trent"})

            assert db.count("users") == 5

    def test_readers_do_not_wait_for_a_writer(self, path: Path) -> None:
        """In WAL mode records are read while another connection writes."""
        with SQLite3(path) as writer, SQLite3(path, timeout=0) as reader:
            with writer.transaction():
                writer.insert("users", {"name": "Eve"})
                found = reader.count("users")

            assert found == 4

    def test_a_transaction_takes_its_lock_at_once(self, path: Path) -> None:
        """A transaction that begins while another writes says so at its beginning, not later."""
        with SQLite3(path) as one, SQLite3(path, timeout=0) as other:
            with one.transaction(), pytest.raises(LockedError):
                other.begin_transaction()

            assert other.in_transaction is False

    def test_no_call_drops_the_lock(self, path: Path) -> None:
        """Whatever is asked during a transaction, no other process writes into it."""
        program = """
            import sys
            from scitex.db import SQLite3
            from scitex.db.domain.errors import LockedError
            try:
                SQLite3(sys.argv[1], timeout=0).insert("users", {"name": "intruder"})
            except LockedError:
                print("kept out")
        """
        with SQLite3(path) as db, db.transaction():
            db.insert("users", {"name": "Eve"})
            SQLite3(path).close()
            SQLite3(path, read_only=True).close()
            _ = (db.summary, db.list_tables(), list(db.iter_select("users")), repr(db))
            found = said(program, path)

        assert found == "kept out"


class TestProcesses:
    """What happens where several processes use one file."""

    def test_4_processes_writing_one_file_lose_nothing(self, path: Path) -> None:
        """Every record that each of four processes was told is stored is there."""
        program = """
            import sys
            from scitex.db import SQLite3
            with SQLite3(sys.argv[1]) as db:
                sys.stdin.readline()
                for number in range(int(sys.argv[3])):
                    db.insert("users", {"name": sys.argv[2], "score": number})
                with db.transaction():
                    db.insert("users", {"name": sys.argv[2], "score": -1})
        """
        children = [started(program, path, number, EACH) for number in range(PROCESSES)]
        ends = [told(child)[1:] for child in children]
        with SQLite3(path) as db:
            counts = [db.count("users", where={"name": str(n)}) for n in range(PROCESSES)]

        assert (ends, counts) == ([(0, "")] * PROCESSES, [EACH + 1] * PROCESSES)

    def test_4_processes_may_make_one_file(self, tmp_path: Path) -> None:
        """Processes that open a file which is not there yet all come to use the same one."""
        program = """
            import sys
            from scitex.db import SQLite3
            sys.stdin.readline()
            with SQLite3(sys.argv[1]) as db:
                db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
                db.insert("t", {"x": sys.argv[2]})
        """
        path = tmp_path / "new.db"
        children = [started(program, path, number) for number in range(PROCESSES)]
        ends = [told(child)[1:] for child in children]
        with SQLite3(path) as db:
            found = sorted(row["x"] for row in db.select("t"))

        assert (ends, found) == ([(0, "")] * PROCESSES, ["0", "1", "2", "3"])

    def test_a_fork_after_connecting_loses_nothing(self, path: Path) -> None:
        """After a fork parent and child write with the object they share, and lose nothing."""
        program = """
            import os, sys
            from scitex.db import SQLite3
            db = SQLite3(sys.argv[1])
            db.insert("users", {"name": "before"})
            child = os.fork()
            for number in range(100):
                db.insert("users", {"name": "child" if child == 0 else "parent", "score": number})
            if child == 0:
                db.close()
                os._exit(0)
            print(os.waitpid(child, 0)[1], db.count("users", where={"name": ["child", "parent"]}))
            db.close()
        """

        assert (said(program, path), sound(path)) == ("0 200", "ok")

    def test_a_fork_in_a_transaction_leaves_it_to_the_parent(self, path: Path) -> None:
        """A child of a fork is not in the parent's transaction, and does not disturb it."""
        program = """
            import os, sys
            from scitex.db import SQLite3
            db = SQLite3(sys.argv[1])
            with db.transaction():
                db.insert("users", {"name": "parent"})
                child = os.fork()
                if child == 0:
                    told = (db.in_transaction, db.count("users"))
                    db.close()
                    os._exit(0 if told == (False, 4) else 1)
                status = os.waitpid(child, 0)[1]
                db.insert("users", {"name": "parent"})
            print(status, db.count("users"))
            db.close()
        """

        assert (said(program, path), sound(path)) == ("0 6", "ok")

    def test_another_process_changes_the_schema(self, path: Path) -> None:
        """A column that another process adds, drops or makes anew is seen by the next call."""
        with SQLite3(path) as db, sqlite3.connect(path, isolation_level=None) as raw:
            db.insert("users", {"name": "Eve"})
            raw.execute("ALTER TABLE users ADD COLUMN n INTEGER DEFAULT 7")
            found = [
                db.select("users", columns=["n"], limit=1),
                db.insert("users", {"name": "M", "n": 8}),
            ]
            raw.execute("ALTER TABLE users DROP COLUMN n")
            raw.execute("ALTER TABLE users ADD COLUMN n TEXT")
            found.append(db.update("users", {"n": "text"}, where={"id": 1}))
            found.append(list(db.select("users", where={"id": 1})[0]))
        raw.close()

        assert found == [[{"n": 7}], 6, 1, ["id", "name", "score", "team", "n"]]


class TestKilled:
    """What is left by a process that dies or is interrupted."""

    def test_what_was_acknowledged_is_there(self, path: Path) -> None:
        """A record whose insert returned is there after the process was killed."""
        program = """
            import os, signal, sys
            from scitex.db import SQLite3
            db = SQLite3(sys.argv[1])
            print(db.insert("users", {"name": "acknowledged"}), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """
        text, status, _ = told(started(program, path))
        with SQLite3(path) as db:
            found = db.select("users", columns=["name"], where={"id": int(text)})

        assert (status, found, sound(path)) == (-signal.SIGKILL, [{"name": "acknowledged"}], "ok")

    @pytest.mark.parametrize("place", [0, 1, 1999, 2000, 4999])
    def test_a_batch_that_is_killed_leaves_nothing(self, path: Path, place: int) -> None:
        """A process that is killed in the midst of a batch leaves no record of it."""
        program = """
            import os, signal, sys
            from scitex.db import SQLite3
            place = int(sys.argv[2])
            def records():
                for number in range(5000):
                    if number == place:
                        os.kill(os.getpid(), signal.SIGKILL)
                    yield {"name": "x" * 100, "score": number}
            SQLite3(sys.argv[1]).insert_many("users", records())
        """
        status = told(started(program, path, place))[1]
        with SQLite3(path) as db:
            found = db.select("users", order_by="id")

        assert (status, found, sound(path)) == (-signal.SIGKILL, PEOPLE, "ok")

    def test_a_transaction_that_is_killed_leaves_nothing(self, path: Path) -> None:
        """A process that is killed in a transaction leaves nothing of it, and no lock."""
        program = """
            import os, signal, sys
            from scitex.db import ALL_ROWS, SQLite3
            db = SQLite3(sys.argv[1])
            with db.transaction():
                db.insert_many("users", ({"name": "x" * 1000} for _ in range(5000)))
                db.delete("users", where="id < 3")
                db.create_table("t", {"x": "TEXT"})
                os.kill(os.getpid(), signal.SIGKILL)
        """
        told(started(program, path))
        with SQLite3(path, timeout=0) as db:
            db.insert("users", {"id": 5, "name": "Eve"})
            found = (db.list_tables(), ids(db.select("users", order_by="id")))

        assert (found, sound(path)) == ((["users"], [1, 2, 3, 4, 5]), "ok")

    @pytest.mark.parametrize(
        "body",
        [
            "with db.transaction(): wait(db.insert('users', {'name': 'undone'}))",
            "db.insert_many('users', (wait({'name': 'undone'}) for _ in range(5000)))",
            "for user in db.iter_select('users'): wait(user)",
        ],
        ids=["transaction", "generator", "loop"],
    )
    def test_ctrl_c_reaches_the_caller_and_leaves_nothing(self, path: Path, body: str) -> None:
        """A real SIGINT raises KeyboardInterrupt, undoes what is open, and frees the lock."""
        program = f"""
            import signal, sys
            from scitex.db import SQLite3
            def wait(value):
                print("ready", flush=True)
                signal.pause()
                return value
            signal.signal(signal.SIGINT, signal.default_int_handler)
            db = SQLite3(sys.argv[1])
            try:
                {body}
            except KeyboardInterrupt:
                print(db.in_transaction, db.count("users"), db.insert("users", {{"name": "Eve"}}))
        """
        child = started(program, path)
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGINT)

        assert told(child) == ("False 4 5", 0, "")

    def test_ctrl_c_while_a_lock_is_waited_for_begins_nothing(self, path: Path) -> None:
        """A SIGINT that comes with the lock leaves no transaction that nobody knows of."""
        program = """
            import os, signal, sqlite3, sys, threading
            from scitex.db import SQLite3
            signal.signal(signal.SIGINT, signal.default_int_handler)
            db = SQLite3(sys.argv[1])
            other = sqlite3.connect(sys.argv[1], isolation_level=None, check_same_thread=False)
            other.execute("BEGIN IMMEDIATE")
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
            threading.Timer(0.4, other.execute, ("COMMIT",)).start()
            try:
                with db.transaction():
                    db.insert("users", {"name": "undone"})
            except KeyboardInterrupt:
                key = db.insert("users", {"name": "Eve"})
                seen = other.execute("SELECT name FROM users WHERE id > 4").fetchall()
                print(db.in_transaction, key, seen)
        """

        assert said(program, path) == "False 5 [('Eve',)]"


class TestThreads:
    """What becomes of the connections of threads."""

    @pytest.fixture
    def db(self, path: Path) -> Iterator[SQLite3]:
        """Return a database that threads work with."""
        with SQLite3(path) as db:
            yield db

    @pytest.mark.parametrize("call", ["insert", "insert_many", "update", "select"])
    def test_threads_that_ended_leave_no_file_open(self, db: SQLite3, call: str) -> None:
        """A thread's connection is given back when the thread ends, whatever it did."""
        calls: dict[str, Callable[[], object]] = {
            "insert": lambda: db.insert("users", {"name": "x"}),
            "insert_many": lambda: db.insert_many("users", [{"name": "x"}] * 3),
            "update": lambda: db.update("users", {"score": 1.0}, where={"id": 1}),
            "select": lambda: db.select("users", where={"id": 1}),
        }
        found = []
        gc.disable()  # which would do it too, some time
        try:
            for _ in range(5):
                worker = threading.Thread(target=calls[call])
                worker.start()
                worker.join()
                found.append(open_files())
        finally:
            gc.enable()

        assert found == [found[0]] * 5  # SQLite keeps one file itself, for the next connection

    def test_a_close_waits_for_what_runs(self, path: Path) -> None:
        """Closing while another thread is in the midst of a statement crashes nothing."""
        program = """
            import sys, threading, time
            from scitex.db import InterfaceError, SQLite3
            def work(db):
                try:
                    for _ in range(1000):
                        db.insert_many("users", ({"name": "x"} for _ in range(5000)))
                except InterfaceError as error:
                    told.append(str(error).partition("\\n")[0])
            told = []
            for number in range(8):
                db = SQLite3(":memory:" if number % 2 else sys.argv[1])
                db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT NOT NULL",
                                          "score": "REAL", "team": "TEXT"})
                threads = [threading.Thread(target=work, args=(db,)) for _ in range(2)]
                for thread in threads:
                    thread.start()
                time.sleep(0.02 * number)
                db.close()
                for thread in threads:
                    thread.join()
            print(len(told), set(told))
        """

        assert said(program, path) == "16 {'the database is closed'}"

    def test_a_close_does_not_wait_for_a_generator(
        self, db: SQLite3, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where records do not come, closing does not wait for them, and none is stored."""
        monkeypatch.setattr(sessions, "_PATIENCE", 0.1)
        begun, closed = threading.Event(), threading.Event()

        def records() -> Iterator[dict[str, object]]:
            for number in range(5_000):
                if number == 3_000:
                    begun.set()
                    closed.wait()
                yield {"name": "x"}

        with ThreadPoolExecutor(1) as pool:
            batch = pool.submit(db.insert_many, "users", records(), batch_size=1_000)
            begun.wait()
            db.close()
            closed.set()
            with pytest.raises(InterfaceError, match="the database is closed"):
                batch.result()
        with SQLite3(path, timeout=0) as again:
            again.insert("users", {"id": 5, "name": "Eve"})

            assert again.count("users") == 5
