"""PostgreSQL where connections are lost, servers stop, locks stay and processes die."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scitex.db import ALL_ROWS, PostgreSQL
from scitex.db.domain.errors import (
    CommitUnknownError,
    ConnectionLostError,
    DuplicateKeyError,
    IntegrityError,
    LockedError,
    OperationalError,
    TransactionLostError,
    UnsupportedFeatureError,
)
from scitex.db.testing.contract.ground import PEOPLE, USERS, ids, outcome
from scitex.db.testing.postgres.database import Database, ScratchSchema
from tests.integration.children import said, started, told
from tests.integration.servers import Wire, asked, end, holding, opened, own_database, spelt, wire

pytestmark = pytest.mark.engine("postgresql")

Deed = Callable[[PostgreSQL], object]


@pytest.fixture
def schema(postgresql_schema: ScratchSchema) -> ScratchSchema:
    """Return a schema of the test's own."""
    return postgresql_schema


@pytest.fixture
def db(schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return a database with a few people."""
    with opened(schema) as db:
        db.create_table("users", USERS)
        db.insert_many("users", PEOPLE)
        yield db


CALLS: dict[str, Deed] = {
    "select": lambda db: db.select("users"),
    "count": lambda db: db.count("users"),
    "query": lambda db: db.query("SELECT 1 AS n"),
    "iter_select": lambda db: list(db.iter_select("users")),
    "insert": lambda db: db.insert("users", {"name": "Eve"}),
    "insert_many": lambda db: db.insert_many("users", [{"name": "Eve"}] * 3),
    "update": lambda db: db.update("users", {"score": 1.0}, where=ALL_ROWS),
    "delete": lambda db: db.delete("users", where={"id": 1}),
    "create_table": lambda db: db.create_table("t", {"x": "TEXT"}),
    "begin_transaction": lambda db: (db.begin_transaction(), db.rollback()),
}


# The others that there are: iter_select has a connection of its own.
SAME_CONNECTION = {name: call for name, call in CALLS.items() if name != "iter_select"}


class TestEndedConnections:
    """What happens where the server ends a connection."""

    @pytest.mark.parametrize("call", SAME_CONNECTION.values(), ids=SAME_CONNECTION)
    def test_a_lost_connection_is_told(
        self, schema: ScratchSchema, db: PostgreSQL, call: Deed
    ) -> None:
        """A call that meets a lost connection says so, or connects again and does its work."""
        end(schema, db)
        found = outcome(lambda: call(db))

        assert found is ConnectionLostError or not isinstance(found, type)

    @pytest.mark.parametrize("call", SAME_CONNECTION.values(), ids=SAME_CONNECTION)
    def test_outside_a_transaction_the_next_call_connects_again(
        self, schema: ScratchSchema, db: PostgreSQL, call: Deed
    ) -> None:
        """After a call that met a lost connection the next one works."""
        end(schema, db)
        outcome(lambda: call(db))

        assert db.insert("users", {"id": 50, "name": "Eve"}) == 50

    def test_nothing_is_done_twice(self, schema: ScratchSchema, db: PostgreSQL) -> None:
        """Of inserts that met lost connections those are there that were acknowledged, once."""
        keys = []
        for _ in range(5):
            end(schema, db)
            keys.append(outcome(lambda: db.insert("users", {"name": "Eve"})))
            keys.append(outcome(lambda: db.insert("users", {"name": "Eve"})))
        acknowledged = [key for key in keys if isinstance(key, int)]

        assert ids(db.select("users", where={"name": "Eve"}, order_by="id")) == acknowledged

    @pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
    def test_inside_a_transaction_it_is_told_and_stays_told(
        self, schema: ScratchSchema, db: PostgreSQL, call: Deed
    ) -> None:
        """In a transaction a lost connection is told, and every further call says it is lost."""
        db.begin_transaction()
        db.insert("users", {"name": "undone"})
        end(schema, db)
        found = [outcome(lambda: call(db)), outcome(lambda: db.count("users"))]
        db.rollback()

        assert (found, db.count("users")) == ([ConnectionLostError, TransactionLostError], 4)

    def test_a_block_whose_connection_is_lost_stores_nothing(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """A block that goes on after a lost connection fails at its end, and stored nothing."""
        with pytest.raises((TransactionLostError, ConnectionLostError)), db.transaction():  # noqa: PT012
            db.insert("users", {"name": "before"})
            end(schema, db)
            with pytest.raises(ConnectionLostError):
                db.insert("users", {"name": "at"})
            with pytest.raises(TransactionLostError):
                db.insert("users", {"name": "after"})

        assert (db.select("users", order_by="id"), db.in_transaction) == (PEOPLE, False)

    @pytest.mark.parametrize("depth", [1, 2])
    def test_a_connection_lost_before_the_commit_fails_it(
        self, schema: ScratchSchema, db: PostgreSQL, depth: int
    ) -> None:
        """A commit over a lost connection raises, and nothing of the transaction is stored."""
        for _ in range(depth):
            db.begin_transaction()
        db.insert("users", {"name": "undone"})
        end(schema, db)
        with pytest.raises((ConnectionLostError, TransactionLostError)):
            db.commit()
        while db.in_transaction:
            db.rollback()

        assert db.select("users", order_by="id") == PEOPLE

    def test_a_block_of_which_the_connection_is_lost_last_fails(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """A block whose connection is lost just before its end raises, and can be run again."""
        with pytest.raises(ConnectionLostError), db.transaction():  # noqa: PT012
            db.insert("users", {"id": 5, "name": "Eve"})
            end(schema, db)
        with db.transaction():
            db.insert("users", {"id": 5, "name": "Eve"})

        assert db.count("users") == 5

    def test_a_loop_that_loses_its_connection_says_so(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """Records that stop coming raise, and the database goes on."""
        db.insert_many("users", ({"name": "x" * 100} for _ in range(20_000)))
        records = db.iter_select("users")
        next(records)
        asked(
            schema,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks l JOIN pg_class c "
            "ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND pid <> pg_backend_pid()",
            schema.name,
        )
        with pytest.raises(ConnectionLostError):
            list(records)

        assert db.count("users") == 20_004

    def test_a_batch_that_loses_its_connection_leaves_nothing(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """A batch whose connection is lost midway is not stored, not even in part."""

        def records() -> Iterator[dict[str, Any]]:
            for number in range(5000):
                if number == 3000:
                    end(schema, db)
                yield {"name": "x"}

        with pytest.raises((ConnectionLostError, TransactionLostError)):
            db.insert_many("users", records())

        assert db.select("users", order_by="id") == PEOPLE


class TestCutWires:
    """What happens where the answer of the server is not heard."""

    @pytest.fixture
    def cable(self, schema: ScratchSchema, db: PostgreSQL) -> Iterator[Wire]:
        """Return a wire to the server that can be cut."""
        with wire(schema) as cable:
            yield cable

    def test_a_commit_whose_answer_is_lost_is_unknown(
        self, schema: ScratchSchema, db: PostgreSQL, cable: Wire
    ) -> None:
        """A commit that may have happened is told as such, and is not tried again."""
        with opened(schema, **cable.params) as far:
            far.begin_transaction()
            far.insert("users", {"id": 5, "name": "Eve"})
            cable.cut_after = b"COMMIT"
            with pytest.raises(CommitUnknownError, match=r"hint: .*look"):
                far.commit()
            asked(schema, "SELECT 1 FROM users WHERE id = 5")  # wait for what was under way
            sent = [message for message in cable.messages if b"COMMIT" in message]

            assert (len(sent), far.in_transaction, settled(db)) == (1, False, 5)

    def test_a_block_whose_commit_is_unknown_says_so(
        self, schema: ScratchSchema, db: PostgreSQL, cable: Wire
    ) -> None:
        """At the end of a block an unknown commit is told, and the database goes on."""
        with opened(schema, **cable.params) as far:
            with pytest.raises(CommitUnknownError), far.transaction():  # noqa: PT012
                far.insert("users", {"id": 5, "name": "Eve"})
                cable.cut_after = b"COMMIT"
            cable.cut_after = b""

            assert (far.in_transaction, far.exists("users", where={"id": 1})) == (False, True)

    @pytest.mark.parametrize("call", ["insert", "update", "delete", "insert_many"])
    def test_a_change_whose_answer_is_lost_is_unknown(
        self, schema: ScratchSchema, db: PostgreSQL, cable: Wire, call: str
    ) -> None:
        """A change that commits alone may have happened as well, and is told as such."""
        with opened(schema, **cable.params) as far:
            CALLS[call](far)
            cable.cut_after = {"insert_many": b"COMMIT"}.get(call, b"users")
            with pytest.raises(CommitUnknownError):
                CALLS[call](far)

    def test_a_question_whose_answer_is_lost_is_only_lost(
        self, schema: ScratchSchema, db: PostgreSQL, cable: Wire
    ) -> None:
        """A question changes nothing: that its answer was lost is no unknown commit."""
        with opened(schema, **cable.params) as far:
            far.count("users")
            cable.cut_after = b"users"
            with pytest.raises(ConnectionLostError) as caught:
                far.count("users")

            assert type(caught.value) is ConnectionLostError

    def test_a_call_in_a_transaction_is_one_message(
        self, schema: ScratchSchema, db: PostgreSQL, cable: Wire
    ) -> None:
        """That a call can be undone alone costs no further round trip."""
        with opened(schema, **cable.params) as far, far.transaction():
            for _ in range(2):
                far.insert("users", {"name": "warm"})
            before = len(cable.messages)
            for _ in range(10):
                far.insert("users", {"name": "Eve"})

            assert len(cable.messages) - before == 10

    def test_a_call_outside_a_transaction_is_one_message(
        self, schema: ScratchSchema, db: PostgreSQL, cable: Wire
    ) -> None:
        """A call that commits alone is one round trip, once its statement is known."""
        with opened(schema, **cable.params) as far:
            for _ in range(2):
                far.insert("users", {"name": "warm"})
                far.select("users", where={"id": 1})
            before = len(cable.messages)
            far.insert("users", {"name": "Eve"})
            far.select("users", where={"id": 2})

            assert len(cable.messages) - before == 2

    def test_a_failed_call_in_a_transaction_is_undone_at_once(
        self, schema: ScratchSchema, db: PostgreSQL, cable: Wire
    ) -> None:
        """A call that fails costs one round trip more, which undoes it."""
        with opened(schema, **cable.params) as far, far.transaction():
            for _ in range(2):
                far.insert("users", {"id": 5 + _, "name": "warm"})
            before = len(cable.messages)
            with pytest.raises(DuplicateKeyError):
                far.insert("users", {"id": 5, "name": "again"})

            assert len(cable.messages) - before <= 2


def settled(db: PostgreSQL) -> int:
    """Count the people, when no other connection is at work on them any more."""
    deadline = time.monotonic() + 5
    while db.count("users") < 5 and time.monotonic() < deadline:
        db.query("SELECT pg_sleep(0.01) IS NULL AS waited")
    return db.count("users")


@pytest.fixture(scope="module")
def own() -> Iterator[Database]:
    """Return a database on a server that may be stopped."""
    with own_database() as database:
        yield database


class TestServers:
    """What happens where the server stops and starts again."""

    @pytest.fixture
    def schema(self, own: Database) -> Iterator[ScratchSchema]:
        """Return a schema on that server, which runs again when the test is over."""
        with own.schema() as schema:
            yield schema
            own.server.start()
            own.close()  # its connection went with the server; the next one is new

    @pytest.mark.parametrize("mode", ["fast", "immediate"])
    def test_a_server_restarted_between_calls(
        self, schema: ScratchSchema, db: PostgreSQL, mode: Any
    ) -> None:
        """After a restart the same object works on, with every record that was acknowledged."""
        db.insert("users", {"id": 5, "name": "Eve"})
        schema.server.restart(mode)
        first = outcome(lambda: db.count("users"))

        assert (first in {5, ConnectionLostError}, db.count("users")) == (True, 5)

    def test_a_server_restarted_inside_a_block(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """A restart in a block loses the transaction, says so, and nothing of it is stored."""
        with pytest.raises((TransactionLostError, ConnectionLostError)), db.transaction():  # noqa: PT012
            db.insert("users", {"name": "undone"})
            schema.server.restart("immediate")
            with pytest.raises(ConnectionLostError):
                db.insert("users", {"name": "undone"})

        assert db.select("users", order_by="id") == PEOPLE

    def test_a_server_that_is_down_is_told_at_once(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """While a server is down calls fail without waiting, and work again when it is up."""
        schema.server.stop("immediate")
        start = time.monotonic()
        found = [outcome(lambda: db.count("users")) for _ in range(3)]
        waited = time.monotonic() - start
        schema.server.start()

        assert (
            [issubclass(error, OperationalError) for error in found],  # type: ignore[arg-type]
            waited < 5,
            db.count("users"),
        ) == ([True] * 3, True, 4)

    def test_a_server_that_stops_in_a_batch_leaves_nothing(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """A batch in whose midst the server falls over is not stored, not even in part."""

        def records() -> Iterator[dict[str, Any]]:
            for number in range(5000):
                if number == 3000:
                    schema.server.stop("immediate")
                yield {"name": "x"}

        with pytest.raises((ConnectionLostError, TransactionLostError)):
            db.insert_many("users", records())
        schema.server.start()

        assert db.select("users", order_by="id") == PEOPLE


class TestLocks:
    """What happens where another connection holds a lock."""

    @pytest.mark.parametrize("call", ["select", "insert", "insert_many", "update", "count"])
    def test_a_lock_is_told_after_the_timeout(
        self, schema: ScratchSchema, db: PostgreSQL, call: str
    ) -> None:
        """A lock is waited for as long as was asked, and then told with a hint."""
        with (
            opened(schema, timeout=0.2) as waiting,
            holding(schema, "LOCK TABLE users IN ACCESS EXCLUSIVE MODE"),
        ):
            start = time.monotonic()
            with pytest.raises(LockedError, match=r"hint: .*timeout"):
                CALLS[call](waiting)

            assert 0.2 <= time.monotonic() - start < 15

    def test_a_lock_is_not_waited_for_at_all(self, schema: ScratchSchema, db: PostgreSQL) -> None:
        """With a timeout of 0, which to the server would be for ever."""
        with (
            opened(schema, timeout=0) as hasty,
            holding(schema, "LOCK TABLE users IN ACCESS EXCLUSIVE MODE"),
            pytest.raises(LockedError),
        ):
            hasty.count("users")

    def test_a_lock_in_a_transaction_leaves_it_usable(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """A lock that was not had undoes its own call only."""
        with opened(schema, timeout=0.1) as waiting, waiting.transaction():
            waiting.insert("users", {"id": 5, "name": "kept"})
            with (
                holding(schema, "SELECT * FROM users WHERE id = 1 FOR UPDATE"),
                pytest.raises(LockedError),
            ):
                waiting.update("users", {"score": 1.0}, where={"id": 1})
            waiting.insert("users", {"id": 6, "name": "kept"})

        assert db.count("users") == 6

    def test_a_lock_that_goes_is_waited_for(self, schema: ScratchSchema, db: PostgreSQL) -> None:
        """A write that waits for a lock is done when the lock is gone."""
        gone = threading.Event()

        def hold() -> None:
            with holding(schema, "LOCK TABLE users IN ACCESS EXCLUSIVE MODE"):
                held.set()
                gone.wait(10)

        held = threading.Event()
        holder = threading.Thread(target=hold)
        holder.start()
        held.wait()
        threading.Timer(0.1, gone.set).start()
        key = db.insert("users", {"id": 5, "name": "Eve"})
        holder.join()

        assert key == 5

    def test_a_deadlock_is_told_to_one(self, schema: ScratchSchema, db: PostgreSQL) -> None:
        """Of two transactions that wait for each other one is told, and the other is stored."""
        barrier = threading.Barrier(2)
        found: list[object] = []

        def work(first: int, second: int) -> None:
            def both() -> str:
                with db.transaction():
                    db.update("users", {"score": 1.0}, where={"id": first})
                    barrier.wait()
                    db.update("users", {"score": 1.0}, where={"id": second})
                return "stored"

            found.append(outcome(both))

        threads = [threading.Thread(target=work, args=pair) for pair in [(1, 2), (2, 1)]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(map(str, found)) == sorted(["stored", str(LockedError)])

    def test_a_statement_that_takes_too_long_is_told(self, schema: ScratchSchema) -> None:
        """A statement that meets the role's own limit is told, and the database goes on."""
        with opened(schema, options="-c statement_timeout=100") as db:
            with pytest.raises(OperationalError):
                db.query("SELECT pg_sleep(5) IS NULL AS waited")

            assert db.query("SELECT 1 AS n") == [{"n": 1}]


class TestProcesses:
    """What happens where processes fork, die or are interrupted."""

    def test_a_fork_after_connecting_loses_nothing(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """After a fork parent and child each have a connection, and every answer is their own."""
        program = """
            import json, os, sys
            from scitex.db import PostgreSQL
            db = PostgreSQL(**json.loads(sys.argv[1]))
            db.insert("users", {"name": "before"})
            child = os.fork()
            name = "child" if child == 0 else "parent"
            for number in range(200):
                key = db.insert("users", {"name": name, "score": number})
                assert db.select("users", where={"id": key})[0]["name"] == name
            if child == 0:
                db.close()
                os._exit(0)
            status = os.waitpid(child, 0)[1]
            print(status, db.count("users", where={"name": ["child", "parent"]}))
            db.close()
        """

        assert said(program, spelt(schema)) == "0 400"

    def test_a_fork_in_a_transaction_leaves_it_to_the_parent(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """A child of a fork is not in the parent's transaction, and does not disturb it."""
        program = """
            import json, os, sys
            from scitex.db import PostgreSQL
            db = PostgreSQL(**json.loads(sys.argv[1]))
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

        assert said(program, spelt(schema)) == "0 6"

    def test_a_transaction_that_is_killed_leaves_nothing(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """A process that is killed keeps what was acknowledged, and leaves nothing half done."""
        program = """
            import json, os, signal, sys
            from scitex.db import PostgreSQL
            db = PostgreSQL(**json.loads(sys.argv[1]))
            db.insert("users", {"id": 5, "name": "acknowledged"})
            with db.transaction():
                db.insert_many("users", ({"name": "x"} for _ in range(3000)))
                db.create_table("t", {"x": "TEXT"})
                os.kill(os.getpid(), signal.SIGKILL)
        """
        status = told(started(program, spelt(schema)))[1]

        assert (status, ids(db.select("users", order_by="id")), db.list_tables()) == (
            -signal.SIGKILL,
            [1, 2, 3, 4, 5],
            ["users"],
        )

    @pytest.mark.parametrize(
        "body",
        [
            "with db.transaction(): wait(db.insert('users', {'name': 'undone'}))",
            "db.insert_many('users', (wait({'name': 'undone'}) for _ in range(5000)))",
            "for user in db.iter_select('users'): wait(user)",
        ],
        ids=["transaction", "generator", "loop"],
    )
    def test_ctrl_c_reaches_the_caller_and_leaves_nothing(
        self, schema: ScratchSchema, db: PostgreSQL, body: str
    ) -> None:
        """A real SIGINT raises KeyboardInterrupt, undoes what is open, and frees every lock."""
        program = f"""
            import json, signal, sys
            from scitex.db import PostgreSQL
            def wait(value):
                print("ready", flush=True)
                signal.pause()
                return value
            signal.signal(signal.SIGINT, signal.default_int_handler)
            db = PostgreSQL(**json.loads(sys.argv[1]))
            try:
                {body}
            except KeyboardInterrupt:
                record = {{"id": 5, "name": "Eve"}}
                print(db.in_transaction, db.count("users"), db.insert("users", record))
            db.close()
        """
        child = started(program, spelt(schema))
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGINT)

        assert told(child) == ("False 4 5", 0, "")


@pytest.mark.parametrize("code", ["check_violation", "unique_violation", "not_null_violation"])
def test_a_triggers_own_words_are_kept(postgresql_db: PostgreSQL, code: str) -> None:
    """What a trigger refuses by the code of a rule is no rule's, and no part's."""
    postgresql_db.create_table("w", {"id": "INTEGER PRIMARY KEY", "v": "REAL"})
    postgresql_db.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"'BEGIN RAISE EXCEPTION ''weight must be positive'' USING ERRCODE=''{code}''; END'"
    )
    postgresql_db.execute(
        "CREATE TRIGGER t BEFORE INSERT ON w FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    with pytest.raises(IntegrityError, match="weight must be positive"):
        postgresql_db.insert("w", {"v": -1.0})


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE x (a int, b int PRIMARY KEY) PARTITION BY RANGE (a)",
        "TRUNCATE shards",
        "ALTER TABLE shards ALTER v TYPE text",
    ],
)
def test_what_a_server_alone_refuses_is_no_clusters(postgresql_db: PostgreSQL, text: str) -> None:
    """Names that a cluster's errors have may be anybody's."""
    for each in (
        "CREATE TABLE shards (id int PRIMARY KEY, v int)",
        "CREATE TABLE f (a int REFERENCES shards(id))",
        "CREATE VIEW distributions AS SELECT v FROM shards",
    ):
        postgresql_db.execute(each)
    with pytest.raises(UnsupportedFeatureError) as caught:
        postgresql_db.execute(text)
    assert "distributed" not in str(caught.value)
