"""Laws about tables: what is declared is what is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scitex.db import ColumnSpec, Database, ForeignKey, TableSpec
from scitex.db.domain.errors import (
    DuplicateKeyError,
    ForeignKeyError,
    InterfaceError,
    SchemaError,
    UnsafeFragmentError,
)
from scitex.db.domain.types import Kind
from scitex.db.testing.contract.ground import PEOPLE, USERS, Laws, outcome

# Tables of every sort of rule, each as the arguments of create_table.
TABLES: dict[str, dict[str, Any]] = {
    "documented for SQLite": {
        "columns": {
            "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
            "name": "TEXT NOT NULL",
            "timestamp": "DATETIME DEFAULT CURRENT_TIMESTAMP",
            "accuracy": "REAL",
            "parameters": "TEXT",
        }
    },
    "documented for PostgreSQL": {
        "columns": {
            "id": "SERIAL PRIMARY KEY",
            "subject_id": "VARCHAR(50) NOT NULL",
            "session_date": "DATE",
            "recording_data": "BYTEA",
            "metadata": "JSONB",
            "created_at": "TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
        }
    },
    "text key": {"columns": {"run_id": "TEXT PRIMARY KEY", "config": "JSON"}},
    "no key": {"columns": {"x": "INTEGER", "y": "REAL"}},
    "compound key": {
        "columns": {"a": "TEXT", "b": "INTEGER", "c": "TEXT"},
        "primary_key": ["b", "a"],
    },
    "defaults": {
        "columns": {
            "a": "INTEGER DEFAULT -5",
            "b": "TEXT DEFAULT 'it''s'",
            "c": "REAL DEFAULT 0.5",
            "d": "BOOLEAN DEFAULT TRUE",
            "e": "TEXT NOT NULL DEFAULT ''",
            "f": "INTEGER DEFAULT NULL",
            "g": "DATE DEFAULT CURRENT_DATE",
        }
    },
    "unique": {
        "columns": {"a": "TEXT UNIQUE", "b": "TEXT", "c": "TEXT NOT NULL UNIQUE"},
        "unique": ["b", ("a", "b")],
    },
    "checks": {
        "columns": {
            "a": "INTEGER CHECK (a > 0 AND a < 10)",
            "b": "TEXT CHECK (b <> 'b' OR b IS NULL)",
            "c": "TEXT CHECK (c IN ('x', 'y'))",
        }
    },
    "reference": {"columns": {"id": "INTEGER PRIMARY KEY", "up": "INTEGER REFERENCES t(id)"}},
    "reference to the key": {
        "columns": {"id": "INTEGER PRIMARY KEY", "up": "INTEGER REFERENCES t ON DELETE SET NULL"}
    },
    "compound reference": {
        "columns": {"a": "INTEGER", "b": "TEXT", "up_a": "INTEGER", "up_b": "TEXT"},
        "primary_key": ["a", "b"],
        "foreign_keys": [ForeignKey(["up_a", "up_b"], "t", ["a", "b"], on_delete="CASCADE")],
    },
    "every kind": {
        "columns": {f"c_{kind.value}": kind.value for kind in Kind if kind is not Kind.ANY}
    },
    "widths": {
        "columns": {"a": "SMALLINT", "b": "INT4", "c": "NUMERIC(10, 2)", "d": "VARCHAR(7)"}
    },
    "odd names": {"columns": {"my column": "TEXT", 'a"b': "TEXT", "ORDER": "TEXT", "Ünï": "TEXT"}},
    "computed": {"columns": {"a": "INTEGER", "b": "INTEGER GENERATED ALWAYS AS (a * 2) STORED"}},
}
SAME: list[tuple[dict[str, str], dict[str, str]]] = [
    ({"a": "INTEGER"}, {"a": "BIGINT"}),
    ({"a": "INT"}, {"a": "integer"}),
    ({"a": "REAL"}, {"a": "DOUBLE PRECISION"}),
    ({"a": "DATETIME"}, {"a": "TIMESTAMP"}),
    ({"a": "BLOB"}, {"a": "BYTEA"}),
    ({"a": "JSON"}, {"a": "JSONB"}),
    ({"a": "VARCHAR(5)"}, {"a": "character varying(5)"}),
    ({"a": "INTEGER PRIMARY KEY AUTOINCREMENT"}, {"a": "SERIAL PRIMARY KEY"}),
    ({"a": "INTEGER", "b": "TEXT"}, {"b": "TEXT", "a": "INTEGER"}),
    ({"a": "TEXT not null"}, {"a": "TEXT NOT NULL"}),
]
DIFFERENT: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"a": "TEXT"}, {"a": "TEXT", "b": "TEXT"}, "column 'b' is missing"),
    ({"a": "TEXT", "b": "TEXT"}, {"a": "TEXT"}, "column 'b' is not asked for"),
    ({"a": "TEXT"}, {"a": "INTEGER"}, "column 'a' has type"),
    ({"a": "VARCHAR(5)"}, {"a": "VARCHAR(6)"}, "column 'a' has type"),
    ({"a": "TEXT"}, {"a": "TEXT NOT NULL"}, "column 'a' has nullable=True"),
    ({"a": "TEXT"}, {"a": "TEXT DEFAULT 'x'"}, "column 'a' has default=None"),
    ({"a": "TEXT DEFAULT 'x'"}, {"a": "TEXT DEFAULT 'y'"}, "column 'a' has default="),
    ({"a": "TEXT"}, {"a": "TEXT PRIMARY KEY"}, "primary key"),
    ({"a": "TEXT"}, {"a": "TEXT UNIQUE"}, "unique columns"),
    ({"a": "INTEGER"}, {"a": "INTEGER CHECK (a > 0)"}, "checks"),
    ({"a": "INTEGER CHECK (a > 1)"}, {"a": "INTEGER CHECK (a > 0)"}, "checks"),
]
HOSTILE = [
    "TEXT); DROP TABLE users; --",
    "TEXT; DROP TABLE users",
    "TEXT, extra TEXT",
    "TEXT DEFAULT 'x', extra TEXT",
    "TEXT DEFAULT (1), extra TEXT",
    "TEXT) WITHOUT ROWID",
    "TEXT /* x */",
    "TEXT DEFAULT 'open",
    "TEXT\0",
    "TEXT NOT",
    "TEXT UNIQUE UNIQUELY",
]


class TableLaws(Laws):
    """What must hold for making tables."""

    @pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
    def test_a_table_that_is_the_same_is_left_alone(
        self, db: Database, table: dict[str, Any]
    ) -> None:
        """Making a table again as it was made is no error, and leaves it as it is."""
        db.create_table("t", **table)
        before = db.get_table("t")
        db.create_table("t", **table)

        assert db.get_table("t") == before

    @pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
    def test_a_described_table_can_be_made(self, db: Database, table: dict[str, Any]) -> None:
        """What describes a table makes the same table."""
        db.create_table("t", **table)
        db.create_table(db.get_table("t"))

        assert db.list_tables() == ["t"]

    @pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
    def test_columns_are_described(self, db: Database, table: dict[str, Any]) -> None:
        """Columns are described by name and in the order in which they were declared."""
        db.create_table("t", **table)

        assert [column.name for column in db.get_columns("t")] == list(table["columns"])

    @pytest.mark.parametrize(("one", "other"), SAME, ids=str)
    def test_other_words_for_the_same_are_the_same(
        self, db: Database, one: dict[str, str], other: dict[str, str]
    ) -> None:
        """A table declared in other words, or in another order, is the same table."""
        db.create_table("t", one)
        db.create_table("t", other)

        assert db.list_tables() == ["t"]

    @pytest.mark.parametrize(("there", "asked", "words"), DIFFERENT, ids=str)
    def test_another_table_of_the_name_is_told(
        self, db: Database, there: dict[str, str], asked: dict[str, str], words: str
    ) -> None:
        """A table that exists and differs raises, listing how it differs and what to do."""
        db.create_table("t", there)

        with pytest.raises(SchemaError, match=f"'t'.*{words}(.|\n)*hint: "):
            db.create_table("t", asked)

    def test_another_table_of_the_name_is_left_alone(self, users: Database) -> None:
        """A table that exists and differs keeps its columns and records."""
        with pytest.raises(SchemaError):
            users.create_table("users", {"id": "INTEGER PRIMARY KEY", "other": "TEXT"})

        assert users.select("users", order_by="id") == PEOPLE

    def test_the_same_table_keeps_its_records(self, users: Database) -> None:
        """Making a table again keeps what is in it."""
        users.create_table("users", USERS)

        assert users.select("users", order_by="id") == PEOPLE

    def test_a_table_may_be_a_value(self, db: Database) -> None:
        """A table may be made of specs, and is described as it was asked for."""
        spec = TableSpec(
            "runs",
            [
                ColumnSpec("id", Kind.INTEGER, nullable=False),
                ColumnSpec("name", "VARCHAR(20)", nullable=False),
                ColumnSpec("loss", "REAL"),
            ],
            primary_key="id",
            unique=[("name", "loss")],
        )
        db.create_table(spec)
        found = db.get_table("runs")

        assert (found.names, found.primary_key, found.unique) == (
            ("id", "name", "loss"),
            ("id",),
            (("name", "loss"),),
        )

    def test_a_spec_says_it_all(self, db: Database) -> None:
        """Columns or keys beside a spec are refused."""
        with pytest.raises(InterfaceError):
            db.create_table(TableSpec("t", [ColumnSpec("a", "TEXT")]), {"a": "TEXT"})

    @pytest.mark.parametrize(
        "columns", [None, {}, [], "id INTEGER", {"a": 5}, {"a": None}], ids=str
    )
    def test_what_declares_no_columns_is_refused(self, db: Database, columns: Any) -> None:
        """Columns are a mapping of names to declarations; what is not is refused."""
        with pytest.raises(SchemaError, match="hint: "):
            db.create_table("t", columns)

    @pytest.mark.parametrize("declaration", HOSTILE)
    def test_a_declaration_stays_in_its_place(self, users: Database, declaration: str) -> None:
        """A declaration that is more than one column's is refused, and nothing is made."""
        with pytest.raises((UnsafeFragmentError, SchemaError)):
            users.create_table("t", {"id": "INTEGER", "a": declaration})

        assert users.list_tables() == ["users"]

    @pytest.mark.parametrize("declaration", HOSTILE)
    def test_an_added_declaration_stays_in_its_place(
        self, users: Database, declaration: str
    ) -> None:
        """A declaration that is more than one column's is not added either."""
        with pytest.raises((UnsafeFragmentError, SchemaError)):
            users.add_column("users", "a", declaration)

        assert [column.name for column in users.get_columns("users")] == list(USERS)

    @pytest.mark.parametrize(
        "rules",
        [
            {"primary_key": "idd"},
            {"unique": ["idd"]},
            {"foreign_keys": {"idd": "users.id"}},
            {"columns": {"id": "INTEGER PRIMARY KEY", "a": "TEXT PRIMARY KEY"}},
        ],
        ids=str,
    )
    def test_a_key_that_cannot_be_is_refused(self, users: Database, rules: dict[str, Any]) -> None:
        """A key of a column that is not there, or a second one, is refused and nothing is made."""
        with pytest.raises(SchemaError):
            users.create_table("t", **{"columns": {"id": "INTEGER"}, **rules})

        assert users.list_tables() == ["users"]

    @pytest.mark.parametrize(
        "keys", [{"user": "users.id"}, [ForeignKey("user", "users", "id")]], ids=str
    )
    def test_foreign_keys_are_held_to(self, users: Database, keys: Any) -> None:
        """A foreign key, given as a mapping or as specs, lets no reference dangle."""
        users.create_table("t", {"user": "INTEGER"}, foreign_keys=keys)
        users.insert_many("t", [{"user": 1}, {"user": None}])

        with pytest.raises(ForeignKeyError):
            users.insert("t", {"user": 99})

    @pytest.mark.parametrize(
        ("action", "left"), [("CASCADE", [None]), ("SET NULL", [None, None])], ids=str
    )
    def test_foreign_keys_act(self, users: Database, action: Any, left: list[object]) -> None:
        """A foreign key does what it says where the record that it refers to is deleted."""
        users.create_table(
            "t",
            {"user": "INTEGER"},
            foreign_keys=[ForeignKey("user", "users", "id", on_delete=action)],
        )
        users.insert_many("t", [{"user": 1}, {"user": None}])
        users.delete("users", where={"id": 1})

        assert [row["user"] for row in users.select("t")] == left

    @pytest.mark.parametrize("action", ["NO ACTION", "RESTRICT"])
    def test_what_is_referred_to_is_kept(self, users: Database, action: Any) -> None:
        """A record that others refer to is neither removed nor given another key."""
        key = ForeignKey("user", "users", "id", on_delete=action, on_update=action)
        users.create_table("t", {"user": "INTEGER"}, foreign_keys=[key])
        users.insert("t", {"user": 1})
        calls: list[Callable[[], object]] = [
            lambda: users.delete("users", where={"id": 1}),
            lambda: users.update("users", {"id": 50}, where={"id": 1}),
        ]

        assert [outcome(call) for call in calls] == [ForeignKeyError] * 2

    def test_a_compound_key_is_unique_as_a_whole(self, db: Database) -> None:
        """Of a key of several columns no two records agree in all of them."""
        db.create_table("t", {"a": "INTEGER", "b": "INTEGER"}, primary_key=["a", "b"])
        db.insert_many("t", [{"a": 1, "b": 1}, {"a": 1, "b": 2}])

        with pytest.raises(DuplicateKeyError):
            db.insert("t", {"a": 1, "b": 2})
