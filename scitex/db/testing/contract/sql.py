"""Laws about the engine's own SQL: execute and query.  All need `Capability.SQL`."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import numpy as np
import pytest

from scitex.db import Capability, Database, Rows
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    Error,
    InterfaceError,
    NotNullError,
    ParameterError,
    ProgrammingError,
    ReadOnlyError,
    TableNotFoundError,
    UnsafeFragmentError,
)
from scitex.db.testing.contract.ground import PEOPLE, Laws, ids, needs, outcome
from scitex.db.testing.naming import told

ANSWERS: list[tuple[str, Any, dict[str, Any]]] = [
    ("SELECT 1 AS n", None, {"n": 1}),
    ("SELECT ? AS n", [5], {"n": 5}),
    ("SELECT ? + ? AS n", (2, 3), {"n": 5}),
    ("SELECT :a + :b * :a AS n", {"a": 2, "b": 3}, {"n": 8}),
    ("SELECT '?' AS s, ? AS n", [5], {"s": "?", "n": 5}),
    ("SELECT '?' AS s", None, {"s": "?"}),
    ("SELECT ':a' AS s, :a AS n", {"a": 5}, {"s": ":a", "n": 5}),
    ('SELECT ? AS "sure?"', [5], {"sure?": 5}),
    ('SELECT 1 AS "50%", ? AS n', [5], {"50%": 1, "n": 5}),
    ("SELECT ? AS n -- really?", [5], {"n": 5}),
    ("SELECT /* really? */ ? AS n", [5], {"n": 5}),
    ("SELECT '100%' AS s", None, {"s": "100%"}),
    ("SELECT '100%' AS s, ? AS n", [5], {"s": "100%", "n": 5}),
    ("SELECT '%s %(a)s %%' AS s, ? AS n", [5], {"s": "%s %(a)s %%", "n": 5}),
    ("SELECT 7 % 4 AS n", None, {"n": 3}),
    ("SELECT 7 % ? AS n", [4], {"n": 3}),
    ("SELECT 'it''s ?' AS s, ? AS n", [5], {"s": "it's ?", "n": 5}),
    ("SELECT 'a;b' AS s;", None, {"s": "a;b"}),
    ("SELECT - -5 AS n", None, {"n": 5}),
    ("SELECT CAST(? AS TEXT) AS s", ["a'b\"c%?\\"], {"s": "a'b\"c%?\\"}),
    ("SELECT NULL AS x", None, {"x": None}),
    ("SELECT count(*) AS n FROM users WHERE name LIKE 'A%'", None, {"n": 1}),
    ("SELECT count(*) AS n FROM users WHERE name LIKE 'A%' AND id = ?", [1], {"n": 1}),
    ("WITH x AS (SELECT 1 AS n) SELECT n FROM x", None, {"n": 1}),
]
UNTELLABLE = [
    "UPDATE users SET name = 'x' WHERE id = 1 RETURNING id AS n, name AS n",
    "INSERT INTO users (id, name) VALUES (9, 'x') RETURNING id AS n, name AS n",
    "WITH one AS (SELECT 1 AS n) DELETE FROM users WHERE id = 1 RETURNING id AS n, id AS n",
]
STACKED = [
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE users",
    "SELECT 1;; SELECT 2",
    "SELECT 1; -- a\n DROP TABLE users",
    "SELECT '\\'; DROP TABLE users; --'; SELECT 1",
    "SELECT 1\0",
    "",
    " ",
    "--",
    "/* */",
    ";",
    "SELECT 'open",
    'SELECT "open',
]
WRITES = [
    "INSERT INTO users (name) VALUES ('x')",
    "UPDATE users SET name = 'x'",
    "DELETE FROM users",
    "DROP TABLE users",
    "CREATE TABLE t (x INTEGER)",
    "ALTER TABLE users ADD COLUMN x TEXT",
    "WITH x AS (SELECT 1) DELETE FROM users",
    "/* SELECT */ DELETE FROM users",
    "DELETE FROM users RETURNING id",
]
CONTROLS = [
    "BEGIN",
    "begin immediate",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ROLLBACK TO x",
    "SAVEPOINT x",
    "RELEASE x",
    "RELEASE SAVEPOINT x",
    "/* a */ COMMIT",
    "-- a\nROLLBACK",
    "COMMIT;",
]
PARAMETERS: list[tuple[str, Any]] = [
    ("INTEGER", 5),
    ("INTEGER", np.int64(5)),
    ("REAL", 0.1),
    ("REAL", np.float64(0.1)),
    ("REAL", float("inf")),
    ("REAL", None),
    ("REAL", float("nan")),
    ("TEXT", "text"),
    ("TEXT", np.str_("text")),
    ("BLOB", b"\0\xff"),
    ("BLOB", memoryview(b"ab")),
    ("BOOLEAN", True),
    ("DATE", dt.date(2025, 5, 30)),
    ("TIME", dt.time(12, 0, 0, 5)),
    ("TIMESTAMP", dt.datetime(2025, 5, 30, 12, 0, 0, 5)),
    ("TIMESTAMPTZ", dt.datetime(2025, 5, 30, 12, tzinfo=dt.UTC)),
    ("INTERVAL", dt.timedelta(days=1)),
    ("UUID", uuid.UUID(int=5)),
    ("NUMERIC", decimal.Decimal("0.1")),
    ("JSON", {"a": [1, None]}),
]
WRONG: list[tuple[str, Any, type[Error]]] = [
    ("SELEC 1", None, ProgrammingError),
    ("SELECT nam FROM users", None, ColumnNotFoundError),
    ("SELECT * FROM user_s", None, TableNotFoundError),
    ("INSERT INTO users (id, name) VALUES (1, 'x')", None, DuplicateKeyError),
    ("INSERT INTO users (id) VALUES (9)", None, NotNullError),
    ("SELECT ? AS n", [], ParameterError),
    ("SELECT ? AS n", [1, 2], ParameterError),
    ("SELECT 1 AS n", [1], ParameterError),
    ("SELECT :a AS n", {}, ParameterError),
    ("SELECT :a AS n", {"b": 1}, ParameterError),
    ("SELECT ? AS n", "1", ParameterError),
    ("SELECT ? AS n", 1, ParameterError),
    ("SELECT ?1 AS n", [1], ParameterError),
    ("SELECT ? AS n", None, ProgrammingError),
    ("SELECT ? AS s", ["NUL \0"], DataError),
    ("SELECT ? AS s", ["half \ud800"], DataError),
    ("SELECT ? AS s", [object], DataError),
    ("SELECT ? AS n", [2**63], DataError),
    ("SELECT 1 AS n, 2 AS n", None, ProgrammingError),
    ("SELECT a.id, b.id FROM users a, users b", None, ProgrammingError),
]


class SqlLaws(Laws):
    """What must hold for statements as text."""

    @pytest.mark.parametrize(("sql", "params", "row"), ANSWERS)
    @pytest.mark.parametrize("call", ["execute", "query"])
    def test_a_statement_is_answered(
        self, users: Database, call: str, sql: str, params: Any, row: dict[str, Any]
    ) -> None:
        """Placeholders are filled outside quotes and comments only; all else is left as it is."""
        with needs(users, Capability.SQL):
            assert getattr(users, call)(sql, params) == [row]

    def test_rows_are_a_list_of_dicts(self, users: Database) -> None:
        """The answer is a list of dicts in the columns' order, and knows them."""
        with needs(users, Capability.SQL):
            rows = users.execute("SELECT name, id FROM users ORDER BY id")

            assert (rows[0], list(rows[0]), rows.columns, rows.rowcount) == (
                {"name": "Alice", "id": 1},
                ["name", "id"],
                ("name", "id"),
                4,
            )

    def test_no_rows_still_have_columns(self, users: Database) -> None:
        """An answer without rows is an empty list that knows its columns."""
        with needs(users, Capability.SQL):
            rows = users.query("SELECT id, name FROM users WHERE id > 99")

            assert (rows, rows.columns, rows.rowcount) == ([], ("id", "name"), 0)

    @pytest.mark.parametrize(
        ("sql", "count"),
        [
            ("INSERT INTO users (name) VALUES ('x'), ('y')", 2),
            ("UPDATE users SET score = 1 WHERE id < 3", 2),
            ("DELETE FROM users WHERE id = 99", 0),
        ],
    )
    def test_a_change_is_counted(self, users: Database, sql: str, count: int) -> None:
        """A statement that changes records returns no rows, and how many it changed."""
        with needs(users, Capability.SQL):
            rows = users.execute(sql)

            assert (rows, rows.columns, rows.rowcount) == ([], (), count)

    def test_a_change_may_return_rows(self, users: Database) -> None:
        """RETURNING gives the records that were changed."""
        with needs(users, Capability.SQL):
            rows = users.execute("DELETE FROM users WHERE id < ? RETURNING id", [3])

            assert sorted(ids(rows)) == [1, 2]

    def test_rows_are_of_their_own_class(self, users: Database) -> None:
        """The answer is a `Rows` even where there is nothing to return."""
        with needs(users, Capability.SQL):
            assert isinstance(users.execute("DELETE FROM users WHERE id = 99"), Rows)

    def test_a_change_is_stored(self, users: Database) -> None:
        """A statement outside a transaction is stored when the call returns."""
        with needs(users, Capability.SQL):
            users.execute("UPDATE users SET name = ? WHERE id = ?", ["Eve", 1])

            assert users.select("users", columns=["name"], where={"id": 1}) == [{"name": "Eve"}]

    def test_a_change_rolls_back_with_its_transaction(self, users: Database) -> None:
        """A statement in a transaction goes when that is rolled back."""
        with needs(users, Capability.SQL):
            users.begin_transaction()
            users.execute("DELETE FROM users")
            users.execute("CREATE TABLE t (x INTEGER)")
            users.rollback()

            assert (users.list_tables(), users.count("users")) == (["users"], 4)

    @pytest.mark.parametrize("sql", STACKED)
    @pytest.mark.parametrize("call", ["execute", "query"])
    def test_one_call_is_one_statement(self, users: Database, call: str, sql: str) -> None:
        """Two statements, none at all, or a broken one are refused, and none of it is run."""
        with needs(users, Capability.SQL):
            with pytest.raises(UnsafeFragmentError, match="hint: "):
                getattr(users, call)(sql)

            assert users.select("users", order_by="id") == PEOPLE

    @pytest.mark.parametrize("sql", WRITES)
    def test_a_query_does_not_write(self, users: Database, sql: str) -> None:
        """A statement that would write is refused by query, and changes nothing."""
        with needs(users, Capability.SQL):
            with pytest.raises(ReadOnlyError, match="hint: "):
                users.query(sql)

            assert (users.list_tables(), users.select("users", order_by="id")) == (
                ["users"],
                PEOPLE,
            )

    @pytest.mark.parametrize("sql", WRITES)
    def test_a_query_does_not_write_in_a_transaction(self, users: Database, sql: str) -> None:
        """In a transaction too a query that would write is refused, and the rest is stored."""
        with needs(users, Capability.SQL):
            with users.transaction():
                users.insert("users", {"id": 5, "name": "before"})
                with pytest.raises(ReadOnlyError):
                    users.query(sql)
                users.execute("INSERT INTO users (id, name) VALUES (6, 'after')")

            assert ids(users.select("users", order_by="id")) == [1, 2, 3, 4, 5, 6]

    def test_every_call_means_the_same_table(self, users: Database) -> None:
        """A temporary table of a name is read by every call, or the call says that it cannot."""
        with needs(users, Capability.SQL):
            users.execute("CREATE TEMPORARY TABLE users (id INTEGER, name TEXT)")
            users.execute("INSERT INTO users VALUES (70, 'passing')")
            meant = users.select("users", order_by="id")
            with users.transaction():
                inside = list(users.iter_select("users", order_by="id"))
            outside = outcome(lambda: list(users.iter_select("users", order_by="id")))
            chunks = outcome(lambda: sum(map(len, users.to_dataframe("users", chunksize=3))))

            assert inside == meant
            assert outside in (meant, ProgrammingError)
            assert chunks in (len(meant), ProgrammingError)

    @pytest.mark.parametrize("sql", CONTROLS)
    def test_transactions_are_not_controlled_by_text(self, users: Database, sql: str) -> None:
        """BEGIN, COMMIT and the like are refused, with the calls to use instead."""
        with needs(users, Capability.SQL):
            users.query("SELECT 1 AS n")
            with pytest.raises(InterfaceError, match=r"hint: .*transaction"):
                users.execute(sql)

            assert not users.in_transaction

    @pytest.mark.parametrize("sql", CONTROLS)
    def test_a_query_controls_no_transaction(self, users: Database, sql: str) -> None:
        """BEGIN, COMMIT and the like are refused as queries, and the transaction goes on."""
        with needs(users, Capability.SQL):
            users.query("SELECT 1 AS n")
            with users.transaction():
                users.insert("users", {"id": 5, "name": "Eve"})
                with pytest.raises((InterfaceError, ReadOnlyError)):
                    users.query(sql)

            assert users.count("users") == 5

    @pytest.mark.parametrize(("sql", "params", "error"), WRONG)
    def test_what_is_wrong_is_told(
        self, users: Database, sql: str, params: Any, error: type[Error]
    ) -> None:
        """A statement that cannot be run raises the error of what is wrong with it."""
        with needs(users, Capability.SQL), pytest.raises(error):
            users.execute(sql, params)

    @pytest.mark.parametrize(("sql", "params", "error"), WRONG)
    def test_what_is_wrong_leaves_a_transaction_usable(
        self, users: Database, sql: str, params: Any, error: type[Error]
    ) -> None:
        """A statement that fails in a transaction undoes itself alone."""
        with needs(users, Capability.SQL):
            with users.transaction():
                users.execute("INSERT INTO users (id, name) VALUES (5, 'before')")
                with pytest.raises(error):
                    users.execute(sql, params)
                users.execute("INSERT INTO users (id, name) VALUES (6, 'after')")

            assert ids(users.select("users", order_by="id")) == [1, 2, 3, 4, 5, 6]

    def test_two_columns_of_one_name_are_refused(self, users: Database) -> None:
        """Where two columns of the answer have one name, it is said to alias them."""
        with needs(users, Capability.SQL), pytest.raises(ProgrammingError, match=r"'id'.*\n.*AS"):
            users.query("SELECT a.id, b.id FROM users a, users b")

    @pytest.mark.parametrize("sql", UNTELLABLE)
    def test_a_change_that_cannot_be_told_is_not_made(self, users: Database, sql: str) -> None:
        """A change whose rows cannot be returned raises and is undone, it alone."""
        with needs(users, Capability.SQL):
            before = users.select("users", order_by="id")
            with pytest.raises(ProgrammingError, match="are called"):
                users.execute(sql)
            assert users.select("users", order_by="id") == before

            with users.transaction():
                users.execute("INSERT INTO users (id, name) VALUES (5, 'kept')")
                with pytest.raises(ProgrammingError):
                    users.execute(sql)
            assert ids(users.select("users", order_by="id")) == [*ids(before), 5]

    @pytest.mark.parametrize(("type", "value"), PARAMETERS, ids=told)
    def test_a_parameter_is_kept_as_a_record_keeps_it(
        self, users: Database, type: str, value: Any
    ) -> None:
        """A value that is given as a parameter is stored as insert stores it."""
        users.create_table("t", {"x": type})
        users.insert("t", {"x": value})
        with needs(users, Capability.SQL):
            users.execute("INSERT INTO t (x) VALUES (?)", [value])
            one, other = users.select("t")

            assert one == other

    def test_a_statement_is_text(self, users: Database) -> None:
        """What is not text is no statement."""
        with needs(users, Capability.SQL), pytest.raises(InterfaceError):
            users.execute(5)  # type: ignore[arg-type]
