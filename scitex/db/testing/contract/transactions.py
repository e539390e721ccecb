"""Laws about transactions: all or nothing, at every level."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scitex.db import ALL_ROWS, Capability, Database
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    Error,
    InterfaceError,
    NotNullError,
    ProgrammingError,
    SchemaError,
    TableNotFoundError,
    TransactionStateError,
    UnsafeFragmentError,
)
from scitex.db.testing.contract.ground import PEOPLE, Laws, OpenDb, StopError, ids, needs, undone

Deed = Callable[[Database], object]


# Calls that fail, and how; none of them may disturb the transaction they are made in.
FAILING: dict[str, tuple[Deed, type[Error]]] = {
    "duplicate key": (lambda db: db.insert("users", {"id": 1, "name": "x"}), DuplicateKeyError),
    "missing value": (lambda db: db.insert("users", {"id": 8}), NotNullError),
    "misfit": (lambda db: db.insert("users", {"name": "x", "score": "high"}), DataError),
    "batch": (
        lambda db: db.insert_many("users", [{"id": 8, "name": "x"}, {"id": 8, "name": "y"}]),
        DuplicateKeyError,
    ),
    "update": (lambda db: db.update("users", {"id": 1}, where=ALL_ROWS), DuplicateKeyError),
    "update_many": (
        lambda db: db.update_many("users", [{"id": 2, "score": 1}, {"id": 3, "name": None}]),
        NotNullError,
    ),
    "missing table": (lambda db: db.select("nowhere"), TableNotFoundError),
    "missing column": (lambda db: db.select("users", columns=["scor"]), ColumnNotFoundError),
    "column in text": (lambda db: db.select("users", where="scor > 1"), ColumnNotFoundError),
    "broken text": (lambda db: db.count("users", where="id = = 1"), Error),
    "hostile text": (
        lambda db: db.delete("users", where="1=1; DROP TABLE users"),
        UnsafeFragmentError,
    ),
    "same table": (lambda db: db.create_table("users", {"x": "TEXT"}), SchemaError),
    "drop": (lambda db: db.drop_table("nowhere"), TableNotFoundError),
    "add_column": (lambda db: db.add_column("users", "team", "TEXT"), SchemaError),
    "rename": (lambda db: db.rename_column("users", "team", "name"), SchemaError),
    "unique index": (
        lambda db: db.create_index("users", ["team"], unique=True),
        DuplicateKeyError,
    ),
}


class TransactionLaws(Laws):
    """What must hold for calls that happen together or not at all."""

    def test_a_clean_end_keeps_everything(self, users: Database) -> None:
        """What was done in a block that ends well is stored."""
        with users.transaction():
            users.insert("users", {"id": 5, "name": "Eve"})
            users.update("users", {"score": 1.0}, where={"id": 1})
            users.delete("users", where={"id": 2})

        assert sorted(ids(users.select("users"))) == [1, 3, 4, 5]

    @pytest.mark.parametrize(
        "error", [StopError, ValueError, KeyboardInterrupt, SystemExit, GeneratorExit]
    )
    def test_an_exception_undoes_everything(
        self, users: Database, error: type[BaseException]
    ) -> None:
        """What was done in a block that an exception leaves, KeyboardInterrupt too, is undone."""
        with undone(users, error):
            users.insert("users", {"id": 5, "name": "Eve"})
            users.update("users", {"score": 1.0}, where=ALL_ROWS)
            users.delete("users", where={"id": 2})

        assert (users.select("users", order_by="id"), users.in_transaction) == (PEOPLE, False)

    def test_keyboard_interrupt_inside_a_transaction_rolls_back(self, users: Database) -> None:
        """Ctrl-C in a block undoes it, and nothing keeps its work afterwards."""
        with undone(users, KeyboardInterrupt):
            users.delete("users", where=ALL_ROWS)
        users.insert("users", {"id": 5, "name": "Eve"})

        assert ids(users.select("users", order_by="id")) == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize("error", [StopError, KeyboardInterrupt])
    def test_an_undone_transaction_holds_no_lock(
        self, users: Database, open_db: OpenDb, error: type[BaseException]
    ) -> None:
        """When an exception has left a block, another connection writes at once."""
        with undone(users, error):
            users.delete("users", where=ALL_ROWS)
        with needs(users, Capability.CONCURRENT):
            other = open_db()

            assert other.insert("users", {"id": 5, "name": "Eve"}) == 5

    def test_the_exception_comes_through(self, users: Database) -> None:
        """The exception that leaves a block is the very one that was raised."""
        error = StopError("this one")
        with pytest.raises(StopError) as caught, users.transaction():
            raise error

        assert caught.value is error

    def test_a_block_sees_its_own_work(self, users: Database) -> None:
        """What was done in a block is there for the calls that follow in it."""
        with users.transaction():
            users.insert("users", {"id": 5, "name": "Eve"})
            seen = users.exists("users", where={"id": 5})

        assert seen

    def test_others_see_nothing_before_the_end(self, users: Database, open_db: OpenDb) -> None:
        """Another connection sees what is done in a block when the block has ended."""
        with needs(users, Capability.CONCURRENT):
            other = open_db()
            with users.transaction():
                users.insert("users", {"id": 5, "name": "Eve"})
                before = other.count("users")
            after = other.count("users")

            assert (before, after) == (4, 5)

    def test_calls_outside_commit_alone(self, users: Database, open_db: OpenDb) -> None:
        """A call outside a transaction is stored when it returns."""
        with needs(users, Capability.CONCURRENT):
            other = open_db()
            users.insert("users", {"id": 5, "name": "Eve"})

            assert other.exists("users", where={"id": 5})

    def test_a_failed_call_blocks_nobody(self, users: Database, open_db: OpenDb) -> None:
        """A call that failed outside a transaction leaves no transaction open behind it."""
        with pytest.raises(DuplicateKeyError):
            users.insert("users", {"id": 1, "name": "x"})
        with needs(users, Capability.CONCURRENT):
            open_db().insert("users", {"id": 5, "name": "Eve"})
            users.insert("users", {"id": 6, "name": "Mallory"})

            assert open_db().count("users") == 6

    def test_begin_and_commit_keep_everything(self, users: Database) -> None:
        """A transaction begun by hand is kept by commit."""
        users.begin_transaction()
        users.insert("users", {"id": 5, "name": "Eve"})
        users.commit()

        assert (users.exists("users", where={"id": 5}), users.in_transaction) == (True, False)

    def test_begin_and_rollback_undo_everything(self, users: Database) -> None:
        """A transaction begun by hand is undone by rollback."""
        users.begin_transaction()
        users.delete("users", where=ALL_ROWS)
        users.rollback()

        assert (users.select("users", order_by="id"), users.in_transaction) == (PEOPLE, False)

    def test_in_transaction_tells(self, users: Database) -> None:
        """One can ask whether a transaction is open."""
        told = [users.in_transaction]
        with users.transaction():
            told.append(users.in_transaction)
            with users.transaction():
                told.append(users.in_transaction)
            told.append(users.in_transaction)
        told.append(users.in_transaction)

        assert told == [False, True, True, True, False]

    @pytest.mark.parametrize("depth", [1, 2, 5])
    def test_nested_transactions_are_kept_together(self, users: Database, depth: int) -> None:
        """Blocks in blocks are stored together when the outermost ends well."""
        blocks = [users.transaction() for _ in range(depth)]
        for number, block in enumerate(blocks):
            block.__enter__()
            users.insert("users", {"id": 10 + number, "name": "x"})
        for block in reversed(blocks):
            block.__exit__(None, None, None)

        assert users.count("users") == 4 + depth

    def test_an_inner_failure_undoes_the_inner_part_only(self, users: Database) -> None:
        """An exception that leaves an inner block and is caught undoes that block alone."""
        with users.transaction():
            users.insert("users", {"id": 5, "name": "outer"})
            with undone(users):
                users.insert("users", {"id": 6, "name": "inner"})
            users.insert("users", {"id": 7, "name": "outer"})

        assert sorted(ids(users.select("users"))) == [1, 2, 3, 4, 5, 7]

    def test_an_outer_failure_undoes_the_inner_part_too(self, users: Database) -> None:
        """An inner block that ended well goes when the outer one is undone."""
        with undone(users), users.transaction():
            users.insert("users", {"id": 6, "name": "inner"})

        assert users.select("users", order_by="id") == PEOPLE

    def test_levels_by_hand_nest(self, users: Database) -> None:
        """Transactions begun by hand in one another are closed one by one."""
        users.begin_transaction()
        users.insert("users", {"id": 5, "name": "outer"})
        users.begin_transaction()
        users.insert("users", {"id": 6, "name": "inner"})
        users.rollback()
        users.commit()

        assert sorted(ids(users.select("users"))) == [1, 2, 3, 4, 5]

    def test_the_second_inner_block_is_its_own(self, users: Database) -> None:
        """Inner blocks after one another are undone each by itself."""
        with users.transaction():
            with users.transaction():
                users.insert("users", {"id": 5, "name": "kept"})
            with undone(users):
                users.insert("users", {"id": 6, "name": "undone"})
            with users.transaction():
                users.insert("users", {"id": 7, "name": "kept"})

        assert sorted(ids(users.select("users"))) == [1, 2, 3, 4, 5, 7]

    def test_rollback_with_nothing_open_does_nothing(self, users: Database) -> None:
        """Rolling back where nothing is open is harmless, so it may stand in an except clause."""
        users.rollback()

        assert users.select("users", order_by="id") == PEOPLE

    def test_commit_with_nothing_open_is_refused(self, users: Database) -> None:
        """Committing where nothing is open is refused, and it is said how to begin."""
        with pytest.raises(TransactionStateError, match="hint: open one with"):
            users.commit()

    @pytest.mark.parametrize("call", ["commit", "rollback"])
    def test_a_block_is_not_closed_by_hand(self, users: Database, call: str) -> None:
        """A block is not ended by commit() or rollback(), and goes on after the refusal."""
        with users.transaction():
            users.insert("users", {"id": 5, "name": "Eve"})
            with pytest.raises(TransactionStateError, match="hint: leave the block"):
                getattr(users, call)()

        assert users.count("users") == 5

    def test_what_is_begun_in_a_block_ends_in_it(self, users: Database) -> None:
        """A transaction begun by hand in a block and left open there undoes the block."""
        with pytest.raises(TransactionStateError, match="hint: call"), users.transaction():  # noqa: PT012
            users.insert("users", {"id": 5, "name": "Eve"})
            users.begin_transaction()

        assert (users.count("users"), users.in_transaction) == (4, False)

    def test_an_exception_closes_what_is_begun_in_a_block(self, users: Database) -> None:
        """An exception that leaves a block undoes also what was begun by hand in it."""
        with undone(users):
            users.begin_transaction()
            users.insert("users", {"id": 5, "name": "Eve"})

        assert (users.count("users"), users.in_transaction) == (4, False)

    @pytest.mark.parametrize(("call", "error"), FAILING.values(), ids=FAILING)
    def test_an_error_caught_inside_a_transaction_leaves_it_usable(
        self, users: Database, call: Deed, error: type[Error]
    ) -> None:
        """A call that fails in a transaction undoes itself alone; what is around it is stored."""
        with users.transaction():
            users.insert("users", {"id": 5, "name": "before"})
            with pytest.raises(error):
                call(users)
            users.insert("users", {"id": 6, "name": "after"})

        assert users.select("users", columns=["id", "name"], order_by="id") == [
            *({"id": user["id"], "name": user["name"]} for user in PEOPLE),
            {"id": 5, "name": "before"},
            {"id": 6, "name": "after"},
        ]

    @pytest.mark.parametrize(("call", "error"), FAILING.values(), ids=FAILING)
    def test_an_error_caught_may_still_end_in_a_rollback(
        self, users: Database, call: Deed, error: type[Error]
    ) -> None:
        """After a call that failed in it, a transaction can still be undone."""
        users.begin_transaction()
        users.delete("users", where={"id": 2})
        with pytest.raises(error):
            call(users)
        users.rollback()

        assert users.select("users", order_by="id") == PEOPLE

    def test_an_error_in_an_inner_block_leaves_both_usable(self, users: Database) -> None:
        """A call that fails in an inner block and is caught there leaves both levels usable."""
        with users.transaction(), users.transaction():
            users.insert("users", {"id": 5, "name": "before"})
            with pytest.raises(DuplicateKeyError):
                users.insert("users", {"id": 5, "name": "again"})
            users.insert("users", {"id": 6, "name": "after"})

        assert users.count("users") == 6

    def test_a_swallowed_error_keeps_the_rest(self, users: Database) -> None:
        """A transaction by hand whose failed call is swallowed commits what succeeded."""
        users.begin_transaction()
        users.insert("users", {"id": 5, "name": "kept"})
        with pytest.raises(DuplicateKeyError):
            users.insert("users", {"id": 5, "name": "again"})
        users.commit()

        assert users.select("users", where={"id": 5})[0]["name"] == "kept"

    def test_transactions_follow_one_another(self, users: Database) -> None:
        """A transaction is like new whatever became of the one before it."""
        for number in range(3):
            with undone(users):
                users.insert("users", {"id": 10 + number, "name": "undone"})
            with users.transaction():
                users.insert("users", {"id": 20 + number, "name": "kept"})

        assert sorted(ids(users.select("users"))) == [1, 2, 3, 4, 20, 21, 22]

    def test_a_block_closed_inside_is_undone(self, users: Database, open_db: OpenDb) -> None:
        """Closing the database in a transaction undoes what was done in it."""
        with needs(users, Capability.CONCURRENT):
            other = open_db()
            users.begin_transaction()
            users.insert("users", {"id": 5, "name": "Eve"})
            users.close()

            assert other.select("users", order_by="id") == PEOPLE

    def test_a_closed_database_has_no_transaction(self, users: Database) -> None:
        """Committing a transaction of a database that was closed is refused."""
        users.begin_transaction()
        users.close()

        with pytest.raises((InterfaceError, ProgrammingError)):
            users.commit()

    def test_a_block_gives_nothing(self, users: Database) -> None:
        """A block of a transaction has no value of its own: the database is used as before."""
        with users.transaction() as given:
            pass

        assert given is None
