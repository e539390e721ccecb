"""Laws about references that are checked at the end of a transaction."""

from __future__ import annotations

import pytest

from scitex.db import Database
from scitex.db.domain.errors import ForeignKeyError
from scitex.db.testing.contract.ground import Laws, ids


class DeferredLaws(Laws):
    """What must hold for references that are checked at the end of a transaction."""

    @pytest.fixture
    def pairs(self, db: Database) -> Database:
        """Return a database with two tables that refer to each other at the end only."""
        db.create_table("a", {"id": "INTEGER PRIMARY KEY"})
        db.create_table(
            "b",
            {
                "id": "INTEGER PRIMARY KEY",
                "a": "INTEGER REFERENCES a(id) DEFERRABLE INITIALLY DEFERRED",
            },
        )
        return db

    def test_a_deferred_reference_may_dangle_for_a_while(self, pairs: Database) -> None:
        """In a transaction a deferred reference may come before what it refers to."""
        with pairs.transaction():
            pairs.insert("b", {"id": 1, "a": 5})
            pairs.insert("a", {"id": 5})

        assert pairs.count("b") == 1

    def test_a_deferred_reference_may_not_dangle_at_the_end(self, pairs: Database) -> None:
        """A deferred reference to no record fails the commit, and nothing is stored."""
        with pytest.raises(ForeignKeyError), pairs.transaction():
            pairs.insert("b", {"id": 1, "a": 5})

        assert (pairs.count("b"), pairs.in_transaction) == (0, False)

    def test_a_deferred_reference_may_not_dangle_by_itself(self, pairs: Database) -> None:
        """Outside a transaction every call is one, so that its end checks the reference."""
        with pytest.raises(ForeignKeyError):
            pairs.insert("b", {"id": 1, "a": 5})

        assert pairs.count("b") == 0

    def test_a_commit_by_hand_that_fails_can_be_undone(self, pairs: Database) -> None:
        """After a commit by hand that a reference failed, rollback leaves the database usable."""
        pairs.begin_transaction()
        pairs.insert("b", {"id": 1, "a": 5})
        with pytest.raises(ForeignKeyError):
            pairs.commit()
        pairs.rollback()
        pairs.insert("b", {"id": 2})

        assert (ids(pairs.select("b")), pairs.in_transaction) == ([2], False)
