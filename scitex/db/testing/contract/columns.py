"""Laws about a table's columns: described, added, dropped, renamed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from scitex.db import Capability, ColumnSpec, Database
from scitex.db.domain.errors import (
    CheckError,
    ColumnNotFoundError,
    DuplicateKeyError,
    ForeignKeyError,
    NotNullError,
    ProgrammingError,
    SchemaError,
)
from scitex.db.domain.types import Kind
from scitex.db.testing.contract.ground import PEOPLE, USERS, Laws, ids, needs, outcome

GIVEN: dict[str, Callable[[Database], object]] = {
    "insert": lambda db: db.insert("t", {"a": 1, "b": 2}),
    "upsert": lambda db: db.insert("t", {"id": 1, "b": 2}, on_conflict="update"),
    "insert_many": lambda db: db.insert_many("t", [{"a": 1, "b": 2}] * 20),
    "insert_many that updates": lambda db: db.insert_many(
        "t", [row | {"id": n} for n in range(20) for row in db.select("t")], on_conflict="update"
    ),
    "update": lambda db: db.update("t", {"b": 2}, where={"id": 1}),
    "update_many": lambda db: db.update_many("t", [{"id": n, "b": 2} for n in range(20)]),
    "import_from_csv": lambda db: db.import_from_csv("t", io.StringIO("a,b\n" + "1,2\n" * 20)),
}

KINDS = [
    ("INTEGER", Kind.INTEGER),
    ("BIGINT", Kind.INTEGER),
    ("SMALLINT", Kind.INTEGER),
    ("REAL", Kind.REAL),
    ("DOUBLE PRECISION", Kind.REAL),
    ("NUMERIC", Kind.NUMERIC),
    ("NUMERIC(10, 2)", Kind.NUMERIC),
    ("TEXT", Kind.TEXT),
    ("VARCHAR(50)", Kind.TEXT),
    ("CHAR(3)", Kind.TEXT),
    ("BOOLEAN", Kind.BOOLEAN),
    ("BLOB", Kind.BLOB),
    ("BYTEA", Kind.BLOB),
    ("DATETIME", Kind.TIMESTAMP),
    ("TIMESTAMP", Kind.TIMESTAMP),
    ("TIMESTAMPTZ", Kind.TIMESTAMPTZ),
    ("DATE", Kind.DATE),
    ("TIME", Kind.TIME),
    ("INTERVAL", Kind.INTERVAL),
    ("UUID", Kind.UUID),
    ("JSON", Kind.JSON),
    ("JSONB", Kind.JSON),
]


class ColumnLaws(Laws):
    """What must hold for columns."""

    @pytest.mark.parametrize(("word", "kind"), KINDS)
    def test_a_column_is_described_by_its_kind(self, db: Database, word: str, kind: Kind) -> None:
        """A column declared in any engine's words is described as the kind that they mean."""
        db.create_table("t", {"x": word})

        assert db.get_columns("t")[0].type.kind is kind

    @pytest.mark.parametrize(
        ("word", "fact", "value"),
        [
            ("VARCHAR(50)", "length", 50),
            ("NUMERIC(10, 2)", "precision", 10),
            ("NUMERIC(10, 2)", "scale", 2),
            ("INTEGER", "bits", 64),
            ("SMALLINT", "bits", 16),
        ],
    )
    def test_a_column_is_described_by_its_size(
        self, db: Database, word: str, fact: str, value: int
    ) -> None:
        """A column's length, digits and width are told."""
        db.create_table("t", {"x": word})

        assert getattr(db.get_columns("t")[0].type, fact) == value

    def test_a_column_is_described_by_its_rules(self, db: Database) -> None:
        """It is told which columns may be without a value, and which are the key."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "a": "TEXT NOT NULL", "b": "TEXT"})
        nullable = {column.name: column.nullable for column in db.get_columns("t")}

        assert (nullable, db.get_table("t").primary_key) == (
            {"id": False, "a": False, "b": True},
            ("id",),
        )

    @pytest.mark.parametrize("default", ["5", "-5", "(1 + 2)"])
    def test_a_default_is_described_as_declared(self, db: Database, default: str) -> None:
        """A column's default is told, and is none where there is none."""
        db.create_table("t", {"a": f"INTEGER DEFAULT {default}", "b": "INTEGER"})
        declared = [column.default for column in db.get_columns("t")]

        assert (declared[0] is not None, declared[1]) == (True, None)

    @pytest.mark.parametrize("call", GIVEN)
    def test_a_computed_column_takes_no_value(self, db: Database, call: str) -> None:
        """Not even the one that it would have: the column is named, and what to do."""
        db.create_table(
            "t",
            {
                "id": "INTEGER PRIMARY KEY",
                "a": "INTEGER",
                "b": "INTEGER GENERATED ALWAYS AS (a * 2) STORED",
            },
        )
        db.insert("t", {"id": 1, "a": 1})
        with pytest.raises(ProgrammingError, match="'b' of table 't' is computed") as caught:
            GIVEN[call](db)

        assert caught.value.hint == "leave it out of the record"
        assert db.update_many("t", [{"b": 2, "a": n} for n in range(20)], key="b") == 1

    def test_an_added_column_is_empty(self, users: Database) -> None:
        """A column that is added comes last, and the records there have no value in it."""
        users.add_column("users", "notes", "TEXT")

        assert users.select("users", order_by="id") == [user | {"notes": None} for user in PEOPLE]

    @pytest.mark.parametrize("declaration", ["INTEGER DEFAULT 5", "INTEGER NOT NULL DEFAULT 5"])
    def test_an_added_column_has_its_default(self, users: Database, declaration: str) -> None:
        """A column that is added with a default has it in the records that are there."""
        users.add_column("users", "n", declaration)

        assert [user["n"] for user in users.select("users")] == [5, 5, 5, 5]

    def test_a_column_may_be_added_as_a_value(self, users: Database) -> None:
        """A column may be added as a spec."""
        users.add_column("users", ColumnSpec("n", "INTEGER", default="5"))

        assert users.get_columns("users")[-1].type.kind is Kind.INTEGER

    def test_an_added_column_can_be_used_at_once(self, users: Database) -> None:
        """A column that is added is there for the next call."""
        users.select("users")
        users.add_column("users", "n", "INTEGER")
        users.update("users", {"n": 7}, where={"id": 1})
        users.insert("users", {"id": 5, "name": "Eve", "n": 8})

        assert ids(users.select("users", where={"n": [7, 8]}, order_by="id")) == [1, 5]

    @pytest.mark.parametrize("name", ["team", "id"])
    def test_a_column_is_not_added_twice(self, users: Database, name: str) -> None:
        """A column whose name is taken is not added, and the name is told."""
        with pytest.raises(SchemaError, match=f"{name!r}.* in table 'users'"):
            users.add_column("users", name, "TEXT")

    @pytest.mark.parametrize(
        "declaration",
        [
            "INTEGER NOT NULL",
            "INTEGER NOT NULL DEFAULT NULL",
            "INTEGER PRIMARY KEY",
            "INTEGER UNIQUE",
            "INTEGER REFERENCES users",
        ],
    )
    def test_a_rule_that_cannot_hold_is_not_added(self, users: Database, declaration: str) -> None:
        """A column whose rule the records that are there would break is not added."""
        with pytest.raises(SchemaError, match="hint: "):
            users.add_column("users", "n", declaration)

        assert [column.name for column in users.get_columns("users")] == list(USERS)

    def test_a_dropped_column_is_gone(self, users: Database) -> None:
        """A column that is dropped is gone from every record, and the others stay."""
        users.drop_column("users", "team")

        assert users.select("users", order_by="id") == [
            {name: user[name] for name in ("id", "name", "score")} for user in PEOPLE
        ]

    def test_a_dropped_column_is_gone_at_once(self, users: Database) -> None:
        """A column that is dropped is not there for the next call."""
        users.select("users", where={"team": "a"})
        users.drop_column("users", "team")

        with pytest.raises(ColumnNotFoundError):
            users.select("users", where={"team": "a"})

    @pytest.mark.parametrize(
        ("columns", "rules"),
        [
            ({"a": "INTEGER PRIMARY KEY", "b": "TEXT"}, {}),
            ({"a": "TEXT", "b": "TEXT"}, {"primary_key": ["a", "b"]}),
            ({"a": "TEXT UNIQUE", "b": "TEXT"}, {}),
            ({"a": "TEXT", "b": "TEXT"}, {"unique": [("a", "b")]}),
            ({"a": "INTEGER CHECK (a > 0)", "b": "TEXT"}, {}),
            ({"a": "INTEGER REFERENCES users(id)", "b": "TEXT"}, {}),
            ({"a": "TEXT"}, {}),
        ],
        ids=["key", "compound key", "unique", "compound unique", "check", "reference", "only"],
    )
    def test_a_column_that_a_rule_needs_is_not_dropped(
        self, users: Database, columns: dict[str, str], rules: dict[str, Any]
    ) -> None:
        """A column that a key or a rule needs is not dropped, nor is the only one."""
        users.create_table("t", columns, **rules)
        with pytest.raises(SchemaError, match="'a'"):
            users.drop_column("t", "a")

        assert [column.name for column in users.get_columns("t")] == list(columns)

    def test_a_column_that_an_index_needs_is_not_dropped(self, users: Database) -> None:
        """A column that an index is on is not dropped, and the index is named."""
        users.create_index("users", ["name", "team"])
        with pytest.raises(SchemaError, match="idx_users_name_team"):
            users.drop_column("users", "team")

        assert len(users.list_indexes("users")) == 1

    @pytest.mark.parametrize("name", ["team", '"team"'])
    def test_a_column_that_a_view_needs_is_not_dropped(self, users: Database, name: str) -> None:
        """A column that a view names, in quotes or without, is not dropped."""
        with needs(users, Capability.SQL):
            users.execute(f"CREATE VIEW teams AS SELECT id, {name} FROM users")
            with pytest.raises(SchemaError, match=r"'team'.*cannot be dropped"):
                users.drop_column("users", "team")

            found = users.query("SELECT team FROM teams ORDER BY id")
            assert [row["team"] for row in found] == [user["team"] for user in PEOPLE]

    @pytest.mark.parametrize(
        "change",
        [
            lambda db: db.drop_column("t", "extra"),
            lambda db: db.rename_column("t", "extra", "other"),
            lambda db: db.add_column("t", "other", "TEXT"),
        ],
        ids=["drop", "rename", "add"],
    )
    def test_the_other_rules_stay(
        self, users: Database, change: Callable[[Database], object]
    ) -> None:
        """Changing one column leaves the key, rules and indexes of the others in force."""
        users.create_table(
            "t",
            {
                "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
                "code": "TEXT UNIQUE",
                "n": "INTEGER NOT NULL DEFAULT 5 CHECK (n > 0)",
                "user": "INTEGER REFERENCES users(id)",
                "extra": "TEXT",
            },
        )
        users.create_index("t", ["n", "user"])
        users.insert("t", {"code": "a", "user": 1})
        change(users)
        found = [
            outcome(lambda: users.insert("t", {"code": "a"})),
            outcome(lambda: users.insert("t", {"n": None})),
            outcome(lambda: users.insert("t", {"n": -1})),
            outcome(lambda: users.insert("t", {"user": 99})),
            outcome(lambda: users.insert("t", {"id": 1})),
        ]

        assert (found, [index.columns for index in users.list_indexes("t")]) == (
            [DuplicateKeyError, NotNullError, CheckError, ForeignKeyError, DuplicateKeyError],
            [("n", "user")],
        )

    def test_a_renamed_column_keeps_its_values(self, users: Database) -> None:
        """A renamed column has its values, and its place, under the new name."""
        users.rename_column("users", "name", "full name")

        assert users.select("users", order_by="id") == [
            {
                "id": user["id"],
                "full name": user["name"],
                "score": user["score"],
                "team": user["team"],
            }
            for user in PEOPLE
        ]

    def test_indexes_follow_a_renamed_column(self, users: Database) -> None:
        """An index on a renamed column is on it under its new name."""
        users.create_index("users", ["team", "score"])
        users.rename_column("users", "team", "group")

        assert [index.columns for index in users.list_indexes("users")] == [("group", "score")]

    def test_keys_follow_a_renamed_column(self, users: Database) -> None:
        """A key on a renamed column, and what refers to it, is on it under its new name."""
        users.create_table("posts", {"by": "INTEGER REFERENCES users(id)"})
        users.rename_column("users", "id", "number")
        found = users.get_table("posts").foreign_keys[0].references

        assert (users.get_table("users").primary_key, found in {("number",), ()}) == (
            ("number",),
            True,
        )

    def test_a_renamed_column_never_overwrites(self, users: Database) -> None:
        """Renaming onto a column that exists is refused, and both stay."""
        with pytest.raises(SchemaError, match=r"'name'.* in table 'users'"):
            users.rename_column("users", "team", "name")

        assert users.select("users", order_by="id") == PEOPLE
