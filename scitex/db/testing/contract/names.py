"""Laws about names: whatever text names a table, a column or an index, it works."""

from __future__ import annotations

from typing import Any

import pytest

from scitex.db import Database, ForeignKey, IndexSpec, col
from scitex.db.domain.errors import InvalidNameError, TableNotFoundError
from scitex.db.testing.contract.calls import NAMING, ON_TABLE, OnTable
from scitex.db.testing.contract.ground import PEOPLE, Laws, outcome

ODD = [
    "order",
    "SELECT",
    "my table",
    'Ünï"code',
    "Date",
    "rowid",
    "excluded",
    " leading",
    "trailing ",
    "a.b",
    "a'b",
    "a``b",
    "[a]",
    "a;b--/*",
    "a\\b",
    "100%",
    "%(x)s",
    "sure?",
    "$1$$",
    "a\nb",
    "数据😀",
    "x" * 63,
    "é" * 31,
    'users"; DROP TABLE users; --',
    "users`; DROP TABLE users; --",
]
NO_NAMES: list[Any] = ["", " ", "\n", "a\0b", "\0", "\ud800", None, 5, b"users", ["users"]]


class NameLaws(Laws):
    """What must hold whatever a thing is called."""

    @pytest.mark.parametrize("name", ODD)
    def test_a_table_may_have_any_name(self, db: Database, name: str) -> None:
        """A table of any name goes through every call that records go through."""
        db.create_table("users", {"id": "INTEGER PRIMARY KEY"})
        db.create_table(name, {"id": "INTEGER PRIMARY KEY", "x": "TEXT", "n": "INTEGER"})
        db.insert(name, {"x": "a"})
        db.insert_many(name, [{"x": "b"}, {"x": "c"}])
        db.insert_many(name, [{"id": 1, "n": 5}], on_conflict="update")
        db.insert_many(name, [{"id": 1, "n": 6}], on_conflict="ignore")
        db.update(name, {"x": "B"}, where={"x": "b"})
        db.update_many(name, [{"id": 2, "n": 7}])
        db.delete(name, where="id = ?", params=[3])

        assert (
            db.select(name, order_by="id"),
            db.count(name),
            len(list(db.iter_select(name))),
        ) == (
            [{"id": 1, "x": "a", "n": 5}, {"id": 2, "x": "B", "n": 7}],
            2,
            2,
        )

    @pytest.mark.parametrize("name", ODD)
    def test_a_table_of_any_name_can_be_changed(self, db: Database, name: str) -> None:
        """A table of any name goes through every call that changes its shape."""
        db.create_table("first", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.rename_table("first", name)
        db.add_column(name, "y", "TEXT")
        db.rename_column(name, "y", "z")
        db.create_index(name, ["z"], name="i")
        db.create_table("other", {"up": "INTEGER"}, foreign_keys=[ForeignKey("up", name, "id")])
        told = (
            db.table_exists(name),
            sorted(db.list_tables()),
            db.get_table(name).names,
            db.list_indexes(name),
            db.get_table("other").foreign_keys[0].table,
        )
        db.drop_index(name, "i")
        db.drop_column(name, "z")
        db.drop_table("other")
        db.drop_table(name)

        assert (told, db.list_tables()) == (
            (
                True,
                sorted([name, "other"]),
                ("id", "x", "z"),
                [IndexSpec("i", name, ("z",))],
                name,
            ),
            [],
        )

    @pytest.mark.parametrize("name", ODD)
    def test_a_column_may_have_any_name(self, db: Database, name: str) -> None:
        """A column of any name goes through every call that names columns."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", name: "TEXT UNIQUE", "n": "INTEGER"})
        db.insert("t", {name: "a"})
        db.insert_many("t", [{name: "b"}, {name: "c", "n": 1}])
        db.insert("t", {name: "b", "n": 2}, on_conflict="update", conflict_columns=[name])
        db.update("t", {name: "A"}, where={name: "a"})
        db.update_many("t", [{name: "A", "n": 3}], key=name)
        db.delete("t", where=col(name) == "c")
        db.create_index("t", [name, "n"], name="i")

        assert (
            db.select("t", columns=[name, "n"], where=col(name).is_not_null(), order_by=[name]),
            db.select("t", columns=name, order_by=col(name).desc(), limit=1),
            db.list_indexes("t")[0].columns,
            db.get_table("t").names,
        ) == (
            [{name: "A", "n": 3}, {name: "b", "n": 2}],
            [{name: "b"}],
            (name, "n"),
            ("id", name, "n"),
        )

    @pytest.mark.parametrize("name", ODD)
    def test_a_column_of_any_name_can_be_made_later(self, db: Database, name: str) -> None:
        """A column of any name can be added, renamed to and from, and dropped."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        db.insert("t", {"id": 1})
        db.add_column("t", name, "TEXT DEFAULT 'x'")
        db.rename_column("t", name, "between")
        db.rename_column("t", "between", name)
        told = db.select("t")
        db.drop_column("t", name)

        assert (told, db.select("t")) == ([{"id": 1, name: "x"}], [{"id": 1}])

    @pytest.mark.parametrize("name", ODD)
    def test_a_key_may_have_any_name(self, db: Database, name: str) -> None:
        """A primary key of any name is returned, found and referred to."""
        db.create_table("t", {name: "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.create_table("u", {"up": "INTEGER"}, foreign_keys=[ForeignKey("up", "t", name)])
        key = db.insert("t", {"x": "a"})
        db.insert("u", {"up": key})
        db.insert_many("t", [{name: key, "x": "b"}], on_conflict="update")

        assert (key, db.select("t"), db.get_table("t").primary_key) == (
            1,
            [{name: 1, "x": "b"}],
            (name,),
        )

    @pytest.mark.parametrize("name", ODD)
    def test_an_index_may_have_any_name(self, users: Database, name: str) -> None:
        """An index of any name can be made, listed and dropped."""
        users.create_index("users", ["team"], name=name)
        listed = users.list_indexes("users")
        users.drop_index("users", name)

        assert (listed, users.list_indexes("users")) == ([IndexSpec(name, "users", ("team",))], [])

    def test_case_is_preserved(self, db: Database) -> None:
        """A name keeps its capitals: a mapping, a predicate and a plain order find it."""
        db.create_table("Trials", {"Id": "INTEGER PRIMARY KEY", "SubjectName": "TEXT"})
        db.insert_many("Trials", [{"SubjectName": "b"}, {"SubjectName": "a"}])

        assert (
            db.list_tables(),
            db.select("Trials", where={"SubjectName": "a"}),
            db.select("Trials", where=col("SubjectName") > "a"),
            [row["Id"] for row in db.select("Trials", order_by="SubjectName, Id DESC")],
        ) == (
            ["Trials"],
            [{"Id": 2, "SubjectName": "a"}],
            [{"Id": 1, "SubjectName": "b"}],
            [2, 1],
        )

    @pytest.mark.parametrize("call", NAMING.values(), ids=NAMING)
    def test_what_is_no_name_names_nothing(self, users: Database, call: OnTable) -> None:
        """Blank text, NUL, half characters and what is not text are refused as names."""
        assert {outcome(lambda: call(users, name)) for name in NO_NAMES} == {InvalidNameError}  # noqa: B023

    @pytest.mark.parametrize("call", ON_TABLE.values(), ids=ON_TABLE)
    def test_what_is_no_text_is_no_table(self, users: Database, call: OnTable) -> None:
        """What is given for a table and is no text is told as such, or as no table."""
        given: list[Any] = [None, 5, b"users"]
        found = {outcome(lambda: call(users, name)) for name in given}  # noqa: B023

        assert found <= {InvalidNameError, TableNotFoundError}

    @pytest.mark.parametrize("call", NAMING.values(), ids=NAMING)
    def test_a_refused_name_leaves_nothing(self, users: Database, call: OnTable) -> None:
        """Where a name is refused, nothing is made or changed."""
        for name in NO_NAMES:
            outcome(lambda: call(users, name))  # noqa: B023

        assert (users.list_tables(), users.select("users", order_by="id")) == (["users"], PEOPLE)

    @pytest.mark.parametrize("call", ON_TABLE.values(), ids=ON_TABLE)
    def test_nul_does_not_cut_a_name(self, users: Database, call: OnTable) -> None:
        """A name with NUL behind the name of a table is not that table."""
        found = {outcome(lambda: call(users, name)) for name in ("users\0", "users\0x")}  # noqa: B023

        assert found <= {InvalidNameError, TableNotFoundError}
