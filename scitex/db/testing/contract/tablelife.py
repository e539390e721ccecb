"""Laws about tables that are there: dropped, renamed, listed, made anew."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest

from scitex.db import Database
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    ForeignKeyError,
    InvalidNameError,
    SchemaError,
    TableNotFoundError,
)
from scitex.db.testing.contract.ground import PEOPLE, Laws, unsaid


def _iterated(db: Database) -> object:
    with db.transaction():
        return list(db.iter_select("t"))


REREAD: dict[str, Callable[[Database], object]] = {
    "nothing": lambda db: None,
    "to_dataframe": lambda db: db.to_dataframe("t"),
    "to_dataframe of some columns": lambda db: db.to_dataframe("t", columns=["a", "b"]),
    "chunks": lambda db: list(db.to_dataframe("t", chunksize=5)),
    "export_to_csv": lambda db: db.export_to_csv("t", io.BytesIO()),
    "iter_select": lambda db: list(db.iter_select("t")),
    "iter_select inside": _iterated,
    "columns": lambda db: db.select("t", columns=["a", "b"]),
    "insert_many": lambda db: db.insert_many("t", [{"a": "2025-01-01", "b": 1}] * 3),
    "insert": lambda db: db.insert("t", {"b": 1, "a": "2025-01-01"}),
    "count": lambda db: db.count("t"),
}


class TableLifeLaws(Laws):
    """What must hold for tables that are there."""

    def test_a_table_is_dropped_with_its_records(self, users: Database) -> None:
        """A dropped table is gone, and one of the same name is a new one."""
        users.drop_table("users")
        users.create_table("users", {"x": "TEXT"})

        assert users.select("users") == []

    @pytest.mark.parametrize("word", ["TIMESTAMP", "TIMESTAMPTZ", "DATE", "TIME"])
    def test_now_is_a_default_on_every_engine(self, db: Database, word: str) -> None:
        """A table may say NOW(), again too, and its records have the moment; so a new column."""
        columns = {"id": "INTEGER PRIMARY KEY", "t": f"{word} DEFAULT NOW()"}
        db.create_table("now", columns)
        db.create_table("now", columns)
        db.add_column("now", "u", f"{word} NOT NULL DEFAULT now ( )")
        db.insert("now", {"id": 1})
        db.insert_many("now", [{"id": number} for number in range(2, 20)])
        (kind,) = {type(row[name]) for row in db.select("now") for name in "tu"}

        assert kind is {"DATE": dt.date, "TIME": dt.time}.get(word, dt.datetime)

    def test_a_table_that_is_referred_to_is_not_dropped(self, users: Database) -> None:
        """A table whose records are referred to stays with them, and it is said who refers."""
        users.create_table("posts", {"by": "INTEGER REFERENCES users(id)"})
        users.insert("posts", {"by": 1})
        with pytest.raises(ForeignKeyError, match="posts"):
            users.drop_table("users")

        assert (users.count("users"), users.count("posts")) == (4, 1)

    def test_a_table_takes_its_records_to_a_new_name(self, users: Database) -> None:
        """A renamed table has the same columns, records and indexes."""
        users.create_index("users", ["name"], unique=True)
        users.rename_table("users", "people")

        assert (
            users.list_tables(),
            users.select("people", order_by="id"),
            [index.columns for index in users.list_indexes("people")],
        ) == (["people"], PEOPLE, [("name",)])

    def test_references_follow_a_renamed_table(self, users: Database) -> None:
        """What referred to a table refers to it under its new name."""
        users.create_table("posts", {"by": "INTEGER REFERENCES users(id)"})
        users.rename_table("users", "people")
        users.insert("posts", {"by": 1})

        assert [key.table for key in users.get_table("posts").foreign_keys] == ["people"]

    def test_a_rename_never_overwrites(self, users: Database) -> None:
        """Renaming onto a table that exists is refused, and both stay as they are."""
        users.create_table("other", {"x": "TEXT"})
        users.insert("other", {"x": "kept"})
        with pytest.raises(SchemaError, match="'other'"):
            users.rename_table("users", "other")

        assert (users.select("other"), users.count("users")) == ([{"x": "kept"}], 4)

    def test_tables_are_listed_by_name(self, db: Database) -> None:
        """Tables are listed in order, without those that the engine keeps for itself."""
        for name in ("b", "a"):
            db.create_table(name, {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "x": "TEXT UNIQUE"})
            db.insert(name, {"x": "y"})

        assert db.list_tables() == ["a", "b"]

    @pytest.mark.parametrize(
        ("name", "there"), [("users", True), ("user", False), ("Users", False), ("users ", False)]
    )
    def test_a_table_exists_by_its_exact_name(
        self, users: Database, name: str, there: bool
    ) -> None:
        """A table exists under its exact name, capitals included."""
        assert users.table_exists(name) == there

    @pytest.mark.parametrize(
        "call", ["select", "count", "get_columns", "drop_table", "list_indexes"]
    )
    def test_capitals_count_in_a_tables_name(self, users: Database, call: str) -> None:
        """A table asked for with other capitals is not there, and the right name is offered."""
        with pytest.raises(TableNotFoundError, match="hint: did you mean 'users'"):
            getattr(users, call)("Users")

    @pytest.mark.parametrize("name", ["Name", "NAME"])
    def test_capitals_count_in_a_columns_name(self, users: Database, name: str) -> None:
        """A column asked for with other capitals is not there, and the right name is offered."""
        with pytest.raises(ColumnNotFoundError) as caught:
            users.select("users", where={name: "Alice"})

        assert unsaid(caught.value, repr(name), "users", "did you mean 'name'") == []

    @pytest.mark.parametrize("name", ["", " ", "a\0b", None, 5, "\ud800"], ids=repr)
    @pytest.mark.parametrize("call", ["table_exists", "create_table", "drop_table", "get_columns"])
    def test_what_is_no_name_is_refused(self, users: Database, call: str, name: Any) -> None:
        """What cannot be a name is refused before anything is asked of the engine."""
        arguments = [{"id": "INTEGER"}] if call == "create_table" else []
        with pytest.raises(InvalidNameError):
            getattr(users, call)(name, *arguments)

    @pytest.mark.parametrize("call", REREAD)
    def test_a_table_that_was_made_anew_is_seen_by_every_call(
        self, db: Database, call: str
    ) -> None:
        """Whatever reads or writes first after a change, no call goes by the old table."""
        db.create_table("t", {"a": "TEXT", "b": "TEXT"})
        db.insert("t", {"a": "1", "b": "2"})
        db.select("t")
        db.insert("t", {"a": "3", "b": "4"})
        db.drop_table("t")
        db.create_table("t", {"b": "INTEGER", "a": "DATE", "c": "REAL"})
        REREAD[call](db)
        db.insert("t", {"a": "2025-05-30", "b": 5})

        assert db.select("t", where={"b": 5}) == [{"b": 5, "a": dt.date(2025, 5, 30), "c": None}]
        assert db.select("t", ["a", "b"], where={"b": 5})[0]["a"] == dt.date(2025, 5, 30)
