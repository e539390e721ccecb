"""Laws about hostile input: nothing that is given as a name, a value or a clause runs."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scitex.db import Database, col
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
    InvalidNameError,
    TableNotFoundError,
    UnsafeFragmentError,
)
from scitex.db.testing.contract.calls import ON_COLUMN, ON_TABLE, OnColumn, OnTable
from scitex.db.testing.contract.ground import PEOPLE, Laws, outcome


def _nested(depth: int) -> dict[str, Any]:
    """Return a dict in a dict in a dict."""
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"a": found}
    return found


UNSPEAKABLE: dict[str, Any] = {
    "a number of 5,000 digits": 10**5_000,
    "one inside": {"a": [10**5_000]},
    "nested deeply": _nested(5_000),
}
TABLES = [
    "users; DROP TABLE users",
    "users; DROP TABLE users; --",
    'users"; DROP TABLE users; --',
    "users`; DROP TABLE users; --",
    "users'; DROP TABLE users; --",
    "users]; DROP TABLE users; --",
    "users WHERE 1=1 --",
    "users, secrets",
    "(SELECT * FROM secrets)",
    "users UNION SELECT * FROM secrets",
    'users" UNION SELECT * FROM "secrets',
    "users/*",
    "main.users",
    "public.users",
    "%s",
    "?",
    "users\0",
    "",
]
COLUMNS = [
    "name; DROP TABLE users",
    'name"; DROP TABLE users; --',
    "name`; DROP TABLE users; --",
    "(SELECT word FROM secrets)",
    "name FROM users UNION SELECT word FROM secrets --",
    '1" UNION SELECT word FROM secrets --',
    "name, (SELECT word FROM secrets)",
    "count(*)",
    "name AS id",
    "users.name",
    "1",
    "'name'",
    "NULL",
    "name = name OR 1",
    "name --",
    "name /*",
    "?",
    ":x",
    "%s",
    "name\0",
    "",
]
# Conditions that are more, or less, than one expression.
WHERES = [
    "1=1; DROP TABLE users",
    "1=1;",
    "1=1; COMMIT; DELETE FROM users",
    "1=1 --",
    "1=1 -- ",
    "1=1 /* */",
    "1=1 /*",
    "1=1) OR (1=1",
    "1=1))",
    "((1=1)",
    "1=1) UNION SELECT * FROM secrets WHERE (1=1",
    "1=1 UNION SELECT id, word, NULL, NULL FROM secrets",
    "1=1 ORDER BY 1",
    "1=1 LIMIT 1",
    "1=1 RETURNING *",
    "1=1 GROUP BY id",
    "name = 'x",
    'name = "x',
    "name = 'x'' OR 1=1",
    "1=1\0",
    "\0",
    "",
    "   ",
    "--",
    "/* */",
    ";",
    ")",
    "SELECT 1",
    "DELETE FROM users",
]
ORDERS = [
    "score; DROP TABLE users",
    "score;",
    "score --",
    "score -- LIMIT",
    "score /*",
    "score /* */",
    "score LIMIT 1",
    "score DESC LIMIT 1 OFFSET 1",
    "score) --",
    "(score",
    "score FOR UPDATE",
    "1 UNION SELECT * FROM secrets",
    "'open",
    "score\0",
    "",
    " ",
]
ASKING: dict[str, Callable[[Database, str], object]] = {
    "select": lambda db, where: db.select("users", where=where),
    "select with params": lambda db, where: db.select("users", where=where, params=[]),
    "select by name": lambda db, where: db.select("users", where=where, params={}),
    "iter_select": lambda db, where: list(db.iter_select("users", where=where)),
    "update": lambda db, where: db.update("users", {"name": "x"}, where=where),
    "delete": lambda db, where: db.delete("users", where=where),
    "count": lambda db, where: db.count("users", where=where),
    "exists": lambda db, where: db.exists("users", where=where),
}
NASTY = [
    "a;b",
    "x--y",
    "/* c */",
    "it's",
    'say "hi"',
    "`tick`",
    "[br]",
    "q?",
    "??",
    ":name",
    "::cast",
    "100%",
    "%s %(x)s %%",
    "a\\b\\'",
    "$$",
    "$tag$",
    "E'",
    "'; DROP TABLE users; --",
    "(",
    "NULL",
    "{x}",
]


class Touch:
    """What writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


class HostileLaws(Laws):
    """What must hold for input that means harm."""

    @pytest.fixture
    def canary(self, users: Database) -> Database:
        """Return a database with people, and a table that nobody asks for."""
        users.create_table("secrets", {"id": "INTEGER PRIMARY KEY", "word": "TEXT"})
        users.insert("secrets", {"word": "sesame"})
        return users

    def unharmed(self, db: Database) -> bool:
        """Say whether everything is as it was."""
        tables = db.list_tables() == ["secrets", "users"]
        return tables and db.select("users", order_by="id") == PEOPLE and db.count("secrets") == 1

    @pytest.mark.parametrize("call", ON_TABLE.values(), ids=ON_TABLE)
    def test_a_hostile_table_is_no_table(self, canary: Database, call: OnTable) -> None:
        """SQL in the place of a table's name is a table that is not there, in every call."""
        found = {outcome(lambda: call(canary, name)) for name in TABLES}  # noqa: B023

        assert (found <= {TableNotFoundError, InvalidNameError}, self.unharmed(canary)) == (
            True,
            True,
        )

    @pytest.mark.parametrize("call", ON_COLUMN.values(), ids=ON_COLUMN)
    def test_a_hostile_column_is_no_column(self, canary: Database, call: OnColumn) -> None:
        """SQL in the place of a column's name is a column that is not there, in every call."""
        found = {outcome(lambda: call(canary, name)) for name in COLUMNS}  # noqa: B023

        assert (found <= {ColumnNotFoundError, InvalidNameError}, self.unharmed(canary)) == (
            True,
            True,
        )

    @pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
    def test_a_condition_cannot_leave_its_clause(
        self, canary: Database, ask: Callable[[Database, str], object]
    ) -> None:
        """Text that is not one expression is refused by every call that takes a condition."""
        found = {where: outcome(lambda: ask(canary, where)) for where in WHERES}  # noqa: B023

        assert (found, self.unharmed(canary)) == (dict.fromkeys(WHERES, UnsafeFragmentError), True)

    def test_an_order_cannot_leave_its_clause(self, canary: Database) -> None:
        """Text that is not the terms of an order is refused, and cannot swallow the limit."""
        found = {
            order: outcome(lambda: canary.select("users", order_by=order, limit=1))  # noqa: B023
            for order in ORDERS
        }

        assert (found, self.unharmed(canary)) == (dict.fromkeys(ORDERS, UnsafeFragmentError), True)

    @pytest.mark.parametrize("what", ["limit", "offset"])
    def test_a_limit_is_no_text(self, canary: Database, what: str) -> None:
        """Text in the place of a number is refused."""
        hostile: dict[str, Any] = {what: "1; DROP TABLE users"}
        with pytest.raises(InterfaceError):
            canary.select("users", **hostile)

        assert self.unharmed(canary)

    def test_a_hostile_index_is_only_a_name(self, canary: Database) -> None:
        """SQL in the place of an index's name is a name, or none."""
        for name in TABLES:
            outcome(lambda: canary.create_index("users", ["team"], name=name))  # noqa: B023
            outcome(lambda: canary.drop_index("users", name))  # noqa: B023

        assert (self.unharmed(canary), canary.list_indexes("users")) == (True, [])

    @pytest.mark.parametrize("text", NASTY)
    def test_nasty_text_is_only_a_value(self, users: Database, text: str) -> None:
        """Text that looks like SQL is stored, found, changed and removed as text."""
        users.insert("users", {"id": 9, "name": text, "team": text})
        found = [
            users.count("users", where={"name": text}),
            users.count("users", where=col("name") == text),
            users.count("users", where={"name": [text, "x"]}),
            users.count("users", where="name = ? AND id > ?", params=[text, 0]),
            users.count("users", where="name = :x", params={"x": text}),
            users.update("users", {"team": text + "!"}, where={"team": text}),
            users.update_many("users", [{"name": text, "team": text}], key="name"),
        ]
        stored = users.select("users", columns=["name", "team"], where={"id": 9})

        assert (found, stored) == ([1] * 7, [{"name": text, "team": text}])

    @pytest.mark.parametrize("text", NASTY)
    @pytest.mark.parametrize(("more", "params"), [("", None), (" AND id > ?", [0])])
    def test_nasty_text_may_stand_in_quotes(
        self, users: Database, text: str, more: str, params: Any
    ) -> None:
        """Semicolons, dashes, percent signs and question marks in a quoted text are text."""
        users.insert("users", {"id": 9, "name": text})
        quoted = text.replace("'", "''")
        found = users.select(
            "users", columns=["name"], where=f"name = '{quoted}'{more}", params=params
        )

        assert found == [{"name": text}]

    @pytest.mark.parametrize("text", NASTY)
    def test_nasty_text_may_be_a_default(self, db: Database, text: str) -> None:
        """A default in quotes is that text."""
        quoted = text.replace("'", "''")
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": f"TEXT DEFAULT '{quoted}'"})
        db.insert("t", {"id": 1})

        assert db.select("t") == [{"id": 1, "x": text}]

    def test_bytes_are_never_unpickled(self, db: Database, tmp_path: Path) -> None:
        """Bytes come back as the bytes they are, and what they might run is not run."""
        trap = pickle.dumps(Touch(str(tmp_path / "sprung")))
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
        db.insert("t", {"data": trap})
        db.insert_many("t", [{"data": trap}])
        found = {row["data"] for row in [*db.select("t"), *db.iter_select("t")]}

        assert (found, list(tmp_path.glob("sprung"))) == ({trap}, [])

    @pytest.mark.parametrize("value", UNSPEAKABLE.values(), ids=UNSPEAKABLE)
    @pytest.mark.parametrize("column", ["name", "doc"])
    def test_what_cannot_be_spelt_is_refused_all_the_same(
        self, db: Database, column: str, value: object
    ) -> None:
        """A value of which not even the error can show the text is refused as any other."""
        db.create_table("notes", {"id": "INTEGER PRIMARY KEY", "name": "TEXT", "doc": "JSON"})
        calls: list[Callable[[], object]] = [
            lambda: db.insert("notes", {column: value}),
            lambda: db.insert_many("notes", [{column: value}]),
            lambda: db.update("notes", {column: value}, where={"id": 1}),
            lambda: db.update_json("notes", "doc", [column], value, where={"id": 1}),
            lambda: db.count("notes", where={"id": value}),
            lambda: db.count("notes", where=col("doc").contains(value)),
        ]

        assert ([outcome(call) for call in calls], db.count("notes")) == ([DataError] * 6, 0)
