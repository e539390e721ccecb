"""Laws about records that come one by one: iter_select."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import pytest

from scitex.db import ALL_ROWS, Database, col
from scitex.db.domain.capabilities import Capability
from scitex.db.domain.errors import DuplicateKeyError, InterfaceError, TableNotFoundError
from scitex.db.testing.contract.ground import PEOPLE, Laws, ids, undone


class StreamingLaws(Laws):
    """What must hold for records that are not held all at once."""

    @pytest.mark.parametrize(
        "question",
        [
            {},
            {"where": "score > ?", "params": [80]},
            {"where": {"team": "a"}, "order_by": "name DESC"},
            {"where": col("score").is_null()},
            {"columns": ["name"], "order_by": "id", "limit": 2, "offset": 1},
        ],
        ids=str,
    )
    def test_it_yields_what_select_returns(
        self, users: Database, question: dict[str, Any]
    ) -> None:
        """The records that come one by one are those that come at once."""
        assert list(users.iter_select("users", **question)) == users.select("users", **question)

    def test_a_loop_may_write_to_its_own_table(self, users: Database) -> None:
        """A loop over a table may change it, and sees the records as they were."""
        seen = []
        for user in users.iter_select("users", order_by="id"):
            users.insert("users", {"name": f"copy of {user['name']}"})
            users.delete("users", where={"id": user["id"]})
            seen.append(user)

        assert (seen, users.count("users")) == (PEOPLE, 4)

    def test_a_loop_may_write_in_a_transaction(self, users: Database) -> None:
        """Inside a transaction too a loop over a table may change it."""
        with users.transaction():
            for user in users.iter_select("users", order_by="id"):
                users.insert("users", {"id": user["id"] + 10, "name": "x"})

        assert users.count("users") == 8

    def test_a_transaction_sees_its_own_records(self, users: Database) -> None:
        """Inside a transaction the records come as the transaction has made them."""
        with users.transaction():
            users.delete("users", where=col("id") > 1)
            found = ids(users.iter_select("users"))

        assert found == [1]

    def test_a_loop_goes_on_after_a_rollback_in_it(self, users: Database) -> None:
        """What is undone inside a loop in a transaction does not end the loop."""
        seen = []
        with users.transaction():
            for user in users.iter_select("users", order_by="id"):
                with undone(users):
                    users.delete("users", where=ALL_ROWS)
                seen.append(user)

        assert seen == PEOPLE

    def test_a_loop_goes_on_after_an_error_in_it(self, users: Database) -> None:
        """A call that fails inside a loop in a transaction does not end the loop."""
        seen = []
        with users.transaction():
            for user in users.iter_select("users", order_by="id"):
                with pytest.raises(DuplicateKeyError):
                    users.insert("users", user)
                seen.append(user)

        assert seen == PEOPLE

    def test_a_loop_goes_on_behind_its_transaction(self, users: Database) -> None:
        """An iterator begun in a block gives the block's records also when the block has ended."""
        with users.transaction():
            users.delete("users", where={"id": 4})
            records = users.iter_select("users", order_by="id")
            seen = [next(records)]
        users.delete("users", where=ALL_ROWS)
        seen += records

        assert seen == PEOPLE[:3]

    def test_a_loop_goes_on_behind_a_rollback(self, users: Database) -> None:
        """An iterator begun in a block gives what the block had, though it was undone."""
        with undone(users):
            users.delete("users", where={"id": 4})
            records = users.iter_select("users", order_by="id")
            seen = [next(records)]
        seen += records

        assert seen == PEOPLE[:3]

    def test_what_is_read_is_decided_by_the_first_record(self, users: Database) -> None:
        """An iterator belongs to where its first record is asked for, not to where it was made."""
        before = users.iter_select("users", order_by="id")
        with users.transaction():
            users.delete("users", where={"id": 1})
            inside = ids(before)
            after = users.iter_select("users", order_by="id")
        users.delete("users", where={"id": 2})

        assert (inside, ids(after)) == ([2, 3, 4], [3, 4])

    def test_loops_do_not_disturb_each_other(self, users: Database) -> None:
        """Two loops over one table, one in the other, each see every record."""
        pairs = [
            (one["id"], other["id"])
            for one in users.iter_select("users")
            for other in users.iter_select("users")
        ]

        assert sorted(pairs) == sorted(itertools.product([1, 2, 3, 4], repeat=2))

    def test_a_loop_may_be_left(self, users: Database) -> None:
        """A loop that is left early holds nothing: its table can be dropped."""
        next(users.iter_select("users"))
        users.drop_table("users")

        assert users.list_tables() == []

    def test_an_iterator_may_be_closed(self, users: Database) -> None:
        """An iterator that is closed yields no more and holds nothing."""
        records = users.iter_select("users")
        next(records)
        records.close()  # type: ignore[attr-defined]
        users.drop_table("users")

        assert list(records) == []

    def test_an_error_comes_with_the_first_record(self, db: Database) -> None:
        """A question that cannot be answered raises when the first record is asked for."""
        with pytest.raises(TableNotFoundError):
            next(iter(db.iter_select("nowhere")))

    def test_an_error_in_a_loop_leaves_the_database_usable(self, users: Database) -> None:
        """An exception that leaves the loop leaves nothing open."""
        with pytest.raises(ZeroDivisionError):  # noqa: PT012
            for _ in users.iter_select("users"):
                raise ZeroDivisionError

        assert users.delete("users", where=ALL_ROWS) == 4

    def test_a_closed_database_yields_nothing(self, users: Database) -> None:
        """A database that is closed meanwhile cannot be asked for records any more."""
        records = users.iter_select("users")
        users.close()

        with pytest.raises(InterfaceError):
            next(records)

    def test_many_records_come_through(self, db: Database) -> None:
        """More records than fit one portion come whole and in order."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        db.insert_many("t", ({"id": number} for number in range(12_345)))

        assert ids(db.iter_select("t", order_by="id")) == list(range(12_345))

    def test_long_records_are_read_a_few_at_a_time(self, db: Database) -> None:
        """Memory does not grow with records of many megabytes."""
        db.create_table("long", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
        for _ in range(24):
            db.insert("long", {"data": bytes(4 << 20)})
        if Capability.SQL not in db.capabilities:
            pytest.skip("all is in memory")
        tracemalloc.start()
        try:
            sizes = [len(record["data"]) for record in db.iter_select("long", order_by="id")]
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert sizes == [4 << 20] * 24
        assert most < 12 * (4 << 20)
