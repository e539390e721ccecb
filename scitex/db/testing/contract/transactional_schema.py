"""Laws about changes of the schema in a transaction: they come and go with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scitex.db import Database
from scitex.db.testing.contract.ground import USERS, Laws, undone

Deed = Callable[[Database], object]


# Changes of the schema, and how one sees that they happened.
CHANGES: dict[str, Deed] = {
    "create_table": lambda db: db.create_table("new", {"id": "INTEGER"}),
    "drop_table": lambda db: db.drop_table("users"),
    "rename_table": lambda db: db.rename_table("users", "new"),
    "add_column": lambda db: db.add_column("users", "new", "INTEGER DEFAULT 5"),
    "drop_column": lambda db: db.drop_column("users", "team"),
    "rename_column": lambda db: db.rename_column("users", "team", "new"),
    "create_index": lambda db: db.create_index("users", ["name"]),
    "drop_index": lambda db: db.drop_index("users", "idx_users_score"),
}


def schema(db: Database) -> object:
    """Describe every table, its indexes and records."""
    return [
        (db.get_table(table), db.list_indexes(table), db.select(table))
        for table in db.list_tables()
    ]


class TransactionalSchemaLaws(Laws):
    """What must hold for tables, columns and indexes made or dropped in a transaction."""

    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_a_change_of_the_schema_is_undone(self, users: Database, change: Deed) -> None:
        """Tables, columns and indexes are made and dropped in a transaction as records are."""
        users.create_index("users", ["score"])
        before = schema(users)
        with undone(users):
            change(users)

        assert schema(users) == before

    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_a_change_of_the_schema_is_kept(self, users: Database, change: Deed) -> None:
        """A change of the schema in a block that ends well stays."""
        users.create_index("users", ["score"])
        before = schema(users)
        with users.transaction():
            change(users)

        assert schema(users) != before

    @pytest.mark.parametrize("first", ["record", "table"])
    def test_schema_and_records_are_undone_together(self, users: Database, first: str) -> None:
        """A new table with its records goes as one, in whatever order they were made."""
        deeds: dict[str, Deed] = {
            "record": lambda db: db.insert("users", {"id": 5, "name": "Eve"}),
            "table": lambda db: db.create_table("new", USERS),
        }
        with undone(users):
            deeds.pop(first)(users)
            deeds.popitem()[1](users)
            users.insert("new", {"id": 1, "name": "x"})

        assert (users.list_tables(), users.count("users")) == (["users"], 4)

    def test_a_table_undone_can_be_made_again(self, db: Database) -> None:
        """A table whose making was undone can be made again, otherwise."""
        with undone(db):
            db.create_table("t", {"x": "TEXT"})
            db.insert("t", {"x": "a"})
        db.create_table("t", {"x": "INTEGER"})
        db.insert("t", {"x": 1})

        assert db.select("t") == [{"x": 1}]
