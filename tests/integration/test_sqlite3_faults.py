"""SQLite where the engine gives a transaction up: triggers, policies, a full disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scitex.db import SQLite3
from scitex.db.domain.errors import (
    CheckError,
    ForeignKeyError,
    IntegrityError,
    TableNotFoundError,
    TransactionLostError,
)
from scitex.db.domain.queries import OnConflict
from scitex.db.testing.contract.ground import PEOPLE, USERS
from tests.integration.children import said

pytestmark = pytest.mark.engine("sqlite file")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SQLite3]:
    """Return a database with a few people, of whom nobody may be called Mallory."""
    with SQLite3(tmp_path / "test.db") as db:
        db.create_table("users", USERS)
        db.insert_many("users", PEOPLE)
        db.execute(
            "CREATE TRIGGER g BEFORE INSERT ON users WHEN new.name = 'Mallory' "
            "BEGIN SELECT RAISE(ROLLBACK, 'not Mallory'); END"
        )
        yield db


def doom(db: SQLite3) -> None:
    """Let the engine end the transaction that is open."""
    with pytest.raises(IntegrityError):
        db.insert("users", {"name": "Mallory"})


@pytest.mark.parametrize("call", ["count", "select", "get_columns"])
def test_a_lost_transaction_says_so_at_every_call(db: SQLite3, call: str) -> None:
    """After the engine ended a transaction every call in it says so, with the first cause."""
    db.begin_transaction()
    doom(db)

    with pytest.raises(TransactionLostError, match=r"not Mallory\nhint: "):
        getattr(db, call)("users")


def test_a_lost_transaction_stores_nothing_afterwards(db: SQLite3) -> None:
    """What is tried after the engine ended a transaction is not stored by itself."""
    with pytest.raises(TransactionLostError), db.transaction():  # noqa: PT012
        db.insert("users", {"name": "before"})
        doom(db)
        with pytest.raises(TransactionLostError):
            db.insert("users", {"name": "after"})

    assert db.select("users", order_by="id") == PEOPLE


def test_a_lost_transaction_cannot_be_committed(db: SQLite3) -> None:
    """Committing a transaction that the engine ended says that nothing was stored."""
    db.begin_transaction()
    db.insert("users", {"name": "before"})
    doom(db)

    with pytest.raises(TransactionLostError):
        db.commit()


@pytest.mark.parametrize("end", ["rollback", "commit"])
def test_the_database_goes_on_after_a_lost_transaction(db: SQLite3, end: str) -> None:
    """When a lost transaction was left the database works as before."""
    db.begin_transaction()
    doom(db)
    try:
        getattr(db, end)()
    except TransactionLostError:
        db.rollback()
    with db.transaction():
        db.insert("users", {"id": 5, "name": "Eve"})

    assert db.count("users") == 5


def test_a_lost_inner_block_loses_the_outer_one(db: SQLite3) -> None:
    """A transaction that the engine ends in an inner block is lost as a whole."""
    with pytest.raises(TransactionLostError), db.transaction():  # noqa: PT012
        db.insert("users", {"name": "before"})
        with pytest.raises(TransactionLostError), db.transaction():
            doom(db)

    assert (db.select("users", order_by="id"), db.in_transaction) == (PEOPLE, False)


def test_an_exception_leaves_a_lost_block_as_it_is(db: SQLite3) -> None:
    """An exception that leaves a block whose transaction is lost comes through itself."""
    with pytest.raises(ZeroDivisionError), db.transaction():  # noqa: PT012
        doom(db)
        raise ZeroDivisionError

    assert (db.count("users"), db.in_transaction) == (4, False)


def test_or_rollback_in_sql_loses_the_transaction(db: SQLite3) -> None:
    """``INSERT OR ROLLBACK`` that meets a conflict ends the transaction, and that is told."""
    with pytest.raises(TransactionLostError), db.transaction():  # noqa: PT012
        with pytest.raises(IntegrityError):
            db.execute("INSERT OR ROLLBACK INTO users (id, name) VALUES (1, 'x')")
        db.count("users")

    assert db.select("users", order_by="id") == PEOPLE


FULL_DISK = """
    import resource, signal, sys
    from scitex.db import SQLite3
    from scitex.db.domain.errors import Error, OperationalError
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    db = SQLite3(sys.argv[1])
    db.create_table("t", {{"id": "INTEGER PRIMARY KEY", "x": "TEXT"}})
    db.insert("t", {{"x": "kept"}})
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, unlimited[1]))
    many = ({{"x": "x" * 1000}} for _ in range(20_000))
    try:
        {body}
        print("stored")
    except OperationalError as error:
        print(type(error).__name__, bool(error.hint))
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    print(db.in_transaction, db.count("t"), db.insert("t", {{"x": "again"}}))
    print(db.query("PRAGMA integrity_check")[0]["integrity_check"])
    db.close()
"""


BLOCK = "with db.transaction(): db.insert('t', {'x': 'y'}); db.insert_many('t', many)"


@pytest.mark.parametrize("body", ["db.insert_many('t', many)", BLOCK], ids=["batch", "block"])
def test_a_full_disk_leaves_nothing_half_done(tmp_path: Path, body: str) -> None:
    """What meets a full disk is undone whole, and with room again the same object works."""
    found = said(FULL_DISK.format(body=body), tmp_path / "test.db")

    assert found.splitlines() == ["OperationalError True", "False 1 2", "ok"]


def test_a_full_disk_dooms_the_transaction(tmp_path: Path) -> None:
    """A transaction that met a full disk and goes on is told lost, at the latest at its end."""
    body = """
        with db.transaction():
            db.insert("t", {"x": "y"})
            try:
                db.insert_many("t", many)
            except OperationalError:
                pass
            try:
                db.insert_many("t", ({"x": "x" * 1000} for _ in range(20_000)))
            except OperationalError:
                pass
    """
    program = FULL_DISK.format(body=body.replace("\n", "\n    ").strip())
    found = said(program, tmp_path / "test.db").splitlines()

    assert (found[0].split()[0] in {"TransactionLostError", "stored"}, found[-1]) == (True, "ok")


@pytest.mark.parametrize("policy", ["error", "ignore", "update"])
def test_a_record_that_the_table_ignores_has_no_key(db: SQLite3, policy: OnConflict) -> None:
    """What a trigger or a rule of the table leaves out has no key, and not another one's."""
    db.execute(
        "CREATE TRIGGER i BEFORE INSERT ON users WHEN new.name = 'Trudy' "
        "BEGIN SELECT RAISE(IGNORE); END"
    )
    db.execute("CREATE TABLE once (id INTEGER PRIMARY KEY, name TEXT UNIQUE ON CONFLICT IGNORE)")

    assert db.insert("users", {"name": "Trudy"}, on_conflict=policy) is None
    assert (db.insert("once", {"name": "x"}), db.insert("once", {"name": "x"})) == (1, None)
    assert db.insert("users", {"name": "Erin"}) == len(PEOPLE) + 1


def test_a_rule_broken_at_a_commit_is_told_without_a_table(db: SQLite3) -> None:
    """SQLite does not say then whose rule it is; nothing else is said in its place."""
    db.execute(
        "CREATE TABLE visits (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0), "
        "user INTEGER REFERENCES users DEFERRABLE INITIALLY DEFERRED)"
    )
    for error, sql in [
        (ForeignKeyError, "INSERT INTO visits (user) VALUES (99)"),
        (CheckError, "INSERT INTO visits (n) VALUES (0)"),
        (IntegrityError, "INSERT INTO users (name) VALUES ('Mallory')"),
    ]:
        with pytest.raises(error) as caught:
            db.execute(sql)
        assert "None" not in str(caught.value)


def test_what_sqlite_keeps_for_itself_is_not_offered(db: SQLite3) -> None:
    """A hint on the names that there are leaves out SQLite's own tables."""
    db.create_table("numbered", {"id": "INTEGER PRIMARY KEY AUTOINCREMENT"})
    db.analyze()
    with pytest.raises(TableNotFoundError) as caught:
        db.select("nothing_like_it")

    assert caught.value.hint == "there are: 'numbered', 'users'"
