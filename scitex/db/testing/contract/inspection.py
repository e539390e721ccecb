"""Laws about looking into a database: keys, rules, SQL, and comparing schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scitex.db import ColumnSpec, Database, ForeignKey, InMemory, TableSpec, inspect, schema_diff
from scitex.db.domain.errors import InterfaceError, TableNotFoundError
from scitex.db.testing.contract.ground import Laws

DEFERRED = "DEFERRABLE INITIALLY DEFERRED"
ODD = 'my "odd" `Tab%le` ä 表 select'
ODDS = ['a "b"', "Order", "select", "ü 列", "per%cent", "back`tick"]


def laboratory(db: Database) -> None:
    """Make tables with every sort of key and rule."""
    db.create_table(
        "sites",
        {"country": "TEXT NOT NULL", "code": "INTEGER NOT NULL", "name": "TEXT UNIQUE"},
        primary_key=["country", "code"],
    )
    db.create_table(
        "staff",
        {
            "id": "INTEGER PRIMARY KEY",
            "boss": "INTEGER REFERENCES staff(id) ON DELETE SET NULL",
            "name": "TEXT NOT NULL DEFAULT 'none'",
            "rank": "SMALLINT DEFAULT -1 CHECK (rank < 10)",
        },
    )
    db.create_table(
        "runs",
        {
            "id": "INTEGER PRIMARY KEY",
            "country": "TEXT",
            "code": "INTEGER",
            "author": "INTEGER NOT NULL",
            "loss": "REAL DEFAULT 0.5 CHECK (loss >= 0)",
            "stage": "TEXT DEFAULT 'new' CHECK (stage IN ('new', 'done') AND NOT stage = '')",
            "done": "BOOLEAN DEFAULT FALSE",
            "at": "TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
            "config": "JSON",
            "price": "NUMERIC(10, 2)",
            "blob": "BLOB",
        },
        unique=[("country", "author")],
        foreign_keys=[
            ForeignKey(("country", "code"), "sites", ("country", "code"), on_update="CASCADE"),
            ForeignKey("author", "staff", on_delete="CASCADE", deferred=True),
        ],
    )
    db.create_index("runs", ["author", "loss"])
    db.create_index("staff", "name", unique=True)


class InspectionLaws(Laws):
    """What must hold for looking into a database."""

    def test_tables_are_listed_by_the_inspector(self, users: Database) -> None:
        """An inspector lists the tables that the database lists."""
        assert inspect(users).get_tables() == ["users"]

    def test_columns_are_told_in_portable_words(self, users: Database) -> None:
        """Columns come in order, with types that mean the same on every engine."""
        told = [
            (column["name"], column["type"], column["nullable"], column["primary_key"])
            for column in inspect(users).get_columns("users")
        ]

        assert told == [
            ("id", "INTEGER", False, 1),
            ("name", "TEXT", False, 0),
            ("score", "REAL", True, 0),
            ("team", "TEXT", True, 0),
        ]

    def test_a_compound_key_keeps_its_order(self, db: Database) -> None:
        """The columns of a primary key come in the key's order, not the table's."""
        db.create_table("t", {"a": "INTEGER", "b": "TEXT", "c": "TEXT"}, primary_key=["c", "a"])

        assert inspect(db).get_primary_keys("t") == ["c", "a"]

    def test_a_table_without_a_key_has_none(self, db: Database) -> None:
        """Where there is no primary key the list is empty."""
        db.create_table("t", {"a": "INTEGER"})

        assert (inspect(db).get_primary_keys("t"), inspect(db).get_constraints("t")) == ([], [])

    def test_foreign_keys_are_told_whole(self, db: Database) -> None:
        """A foreign key of several columns is one; what it refers to and does is told."""
        laboratory(db)
        told = {
            tuple(key.pop("constrained_columns")): key
            for key in inspect(db).get_foreign_keys("runs")
            if key.pop("name", True) is not False
        }

        assert told == {
            ("country", "code"): {
                "referred_schema": None,
                "referred_table": "sites",
                "referred_columns": ["country", "code"],
                "options": {"onupdate": "CASCADE"},
            },
            ("author",): {
                "referred_schema": None,
                "referred_table": "staff",
                "referred_columns": ["id"],
                "options": {
                    "ondelete": "CASCADE",
                    "deferrable": True,
                    "initially": "DEFERRED",
                },
            },
        }

    def test_a_reference_to_itself_is_told(self, db: Database) -> None:
        """A table that refers to itself does so in both directions."""
        laboratory(db)
        inspector = inspect(db)
        to, by = inspector.get_foreign_keys("staff"), inspector.get_referring_keys("staff")

        assert [key["referred_table"] for key in to] == ["staff"]
        assert sorted(key["table"] for key in by) == ["runs", "staff"]

    def test_tables_are_sorted_by_what_they_refer_to(self, db: Database) -> None:
        """Each table comes after those that it refers to."""
        laboratory(db)

        assert inspect(db).get_sorted_tables() == ["sites", "staff", "runs"]

    def test_constraints_are_spelt_alike(self, db: Database) -> None:
        """Keys and foreign keys are spelt the same by every engine."""
        laboratory(db)
        rules = [
            rule["sql"] for rule in inspect(db).get_constraints("runs") if rule["kind"] != "check"
        ]

        assert sorted(rules) == [
            f"FOREIGN KEY (author) REFERENCES staff(id) ON DELETE CASCADE {DEFERRED}",
            "FOREIGN KEY (country, code) REFERENCES sites(country, code) ON UPDATE CASCADE",
            "PRIMARY KEY (id)",
            "UNIQUE (country, author)",
        ]

    def test_checks_tell_their_columns(self, db: Database) -> None:
        """A CHECK is told with the columns that it speaks of."""
        laboratory(db)
        checks = [
            rule["column_names"]
            for rule in inspect(db).get_constraints("runs")
            if rule["kind"] == "check"
        ]

        assert sorted(checks) == [["loss"], ["stage"]]

    def test_indexes_are_told_with_their_sql(self, db: Database) -> None:
        """An index is told with its columns, in order, and the statement that makes it."""
        laboratory(db)
        (index,) = inspect(db).get_indexes("runs")
        sql = index.pop("sql")

        assert index == {
            "name": "idx_runs_author_loss",
            "column_names": ["author", "loss"],
            "unique": False,
            "where": None,
        }
        assert sql.startswith("CREATE INDEX ")

    def test_what_serves_a_search_is_no_trigger(self, users: Database) -> None:
        """Triggers, indexes and views that the package keeps for itself are not told."""
        users.enable_search("users", ["name"])
        inspector = inspect(users)

        assert (
            inspector.get_triggers() + inspector.get_views() + inspector.get_indexes("users") == []
        )

    @pytest.mark.parametrize(
        "call",
        [
            "get_columns",
            "get_primary_keys",
            "get_foreign_keys",
            "get_referring_keys",
            "get_constraints",
            "get_indexes",
            "get_triggers",
            "get_create_table_sql",
            "column_profile",
        ],
    )
    def test_a_table_to_look_into_must_be_there(self, users: Database, call: str) -> None:
        """Asking for a table that is not there says so, and offers the nearest."""
        with pytest.raises(TableNotFoundError, match="'users'"):
            getattr(inspect(users), call)("usrs")

    def test_odd_names_are_looked_into(self, db: Database) -> None:
        """Names of any sort come back as they are."""
        db.create_table(ODD, dict.fromkeys(ODDS, "TEXT NOT NULL"), primary_key=ODDS[::-1])
        db.create_table("child", dict.fromkeys(ODDS, "TEXT"), foreign_keys=[
            ForeignKey(tuple(ODDS), ODD, tuple(ODDS))
        ])  # fmt: skip
        inspector = inspect(db)
        (key,) = inspector.get_foreign_keys("child")

        assert inspector.get_primary_keys(ODD) == ODDS[::-1]
        assert (key["referred_table"], key["referred_columns"]) == (ODD, ODDS)
        assert key["constrained_columns"] == ODDS

    def test_looking_changes_nothing_in_a_transaction(self, users: Database) -> None:
        """In an open transaction its own changes are seen, and it stays as it was."""
        with users.transaction():
            users.create_table("more", {"id": "INTEGER PRIMARY KEY"})
            users.insert("users", {"name": "eve"})
            inspector = inspect(users)
            told = inspector.get_primary_keys("more"), inspector.column_profile("users").rows
            sql = inspector.get_create_table_sql("more")

        assert (told, "more" in sql) == ((["id"], 5), True)
        assert (users.table_exists("more"), users.count("users")) == (True, 5)

    def test_an_inspector_of_an_object_leaves_it_open(self, users: Database) -> None:
        """Closing an inspector does not close an object that it was given."""
        with inspect(users) as inspector:
            assert inspect(inspector) is inspector

        assert users.count("users") == 4

    def test_options_go_with_addresses(self, users: Database) -> None:
        """What opens a database is refused where one is open already."""
        with pytest.raises(InterfaceError, match="timeout"):
            inspect(users, timeout=5)

    def test_a_mermaid_diagram_is_stable(self, db: Database, tmp_path: Path) -> None:
        """A diagram in Mermaid names each table, and is the same each time."""
        laboratory(db)
        paths = [inspect(db).generate_schema_diagram(tmp_path / f"{n}.mmd") for n in (1, 2)]
        texts = [Path(path).read_text("utf-8") for path in paths]

        assert texts[0] == texts[1]
        assert '"sites" |o--o{ "runs" : "country, code"' in texts[0]


class SchemaDiffLaws(Laws):
    """What must hold for comparing schemas."""

    def test_a_database_is_like_itself(self, db: Database) -> None:
        """A database has no differences from itself."""
        laboratory(db)
        diff = schema_diff(db, db)

        assert (bool(diff), str(diff).splitlines()[1]) == (False, "no differences")

    def test_every_engine_makes_the_same_schema(self, db: Database) -> None:
        """What `create_table` makes on one engine is the same on another."""
        laboratory(db)
        with InMemory() as other:
            laboratory(other)

            assert list(map(str, schema_diff(db, other))) == []

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"id": "INTEGER PRIMARY KEY"}, "column 'score': only in a, REAL"),
            ({"score": "INTEGER"}, "column 'score': REAL in a, INTEGER in b"),
            ({"score": "REAL NOT NULL"}, "column 'score': may be NULL in a, NOT NULL in b"),
            ({"score": "REAL DEFAULT 0"}, "column 'score': no default in a, default "),
            ({"score": "REAL UNIQUE"}, "unique"),
            ({"score": "REAL CHECK (score > 0)"}, "check"),
            ({"score": "REAL", "more": "TEXT"}, "column 'more': only in b, TEXT"),
        ],
        ids=str,
    )
    def test_each_change_is_told(self, db: Database, change: dict[str, str], told: str) -> None:
        """A difference in one column is told in words, and is the only one."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "score": "REAL"})
        with InMemory() as other:
            other.create_table("t", {"id": "INTEGER PRIMARY KEY", **change})
            (found,) = schema_diff(db, other)

        assert str(found).startswith(told)

    def test_missing_tables_and_indexes_are_told(self, db: Database) -> None:
        """Tables and indexes that only one side has are told with the side."""
        laboratory(db)
        with InMemory() as other:
            laboratory(other)
            other.drop_table("runs")
            other.create_index("sites", "code")
            told = [(each.what, each.name, each.b is None) for each in schema_diff(db, other)]

        assert told == [("table", None, True), ("index", "idx_sites_code", False)]

    def test_only_the_asked_tables_are_compared(self, db: Database) -> None:
        """Where tables are named, the others do not count; one in neither is an error."""
        laboratory(db)
        with InMemory() as other:
            other.create_table("sites", {"x": "TEXT"})

            assert {each.table for each in schema_diff(db, other, tables="sites")} == {"sites"}
            with pytest.raises(TableNotFoundError, match="'sites'"):
                schema_diff(db, other, tables=["sits"])

    def test_a_spec_is_compared_with_a_table(self, users: Database) -> None:
        """A table as a value is compared with the one of that name, and with no other."""
        spec = TableSpec(
            "users",
            [
                ColumnSpec("id", "INTEGER", nullable=False),
                ColumnSpec("name", "TEXT", nullable=False),
                ColumnSpec("score", "INTEGER"),
                ColumnSpec("team", "TEXT"),
            ],
            primary_key="id",
        )
        users.create_table("more", {"x": "TEXT"})
        users.create_index("users", "name")

        assert [each.what for each in schema_diff(users, spec)] == ["type"]

    def test_a_table_is_the_same_as_itself(self, db: Database) -> None:
        """What a database tells of a table differs in nothing from the table, nor from itself."""
        db.create_table("users", {"id": "INTEGER PRIMARY KEY", "up": "INTEGER REFERENCES users"})
        db.create_table("visits", {"user": "INTEGER REFERENCES users", "n": "INTEGER"})
        for table in ("users", "visits"):
            spec = db.get_table(table)
            for other in (db, spec):
                assert list(schema_diff(spec, other)) == list(schema_diff(other, spec)) == []

        declared = TableSpec(
            "visits",
            [ColumnSpec("user", "INTEGER"), ColumnSpec("n", "INTEGER")],
            foreign_keys=[ForeignKey("user", "users")],
        )
        assert list(schema_diff(declared, db)) == []
        assert list(schema_diff(declared, db.get_table("visits"))) == []

    def test_keys_are_compared_by_what_they_do(self, db: Database) -> None:
        """Foreign keys that do something else are told, on both sides."""
        for database, action in ((db, "CASCADE"), (other := InMemory(), "SET NULL")):
            database.create_table("p", {"id": "INTEGER PRIMARY KEY"})
            database.create_table("c", {"p": f"INTEGER REFERENCES p(id) ON DELETE {action}"})
        told = [(each.what, each.a or each.b) for each in schema_diff(db, other)]
        other.close()

        assert told == [
            ("foreign key", "FOREIGN KEY (p) REFERENCES p(id) ON DELETE CASCADE"),
            ("foreign key", "FOREIGN KEY (p) REFERENCES p(id) ON DELETE SET NULL"),
        ]

    def test_a_diff_is_data(self, db: Database) -> None:
        """Differences come as dicts too."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        with InMemory() as other:
            told: list[dict[str, Any]] = schema_diff(db, other).to_dicts()

        assert told == [{"what": "table", "table": "t", "name": None, "a": "", "b": None}]
