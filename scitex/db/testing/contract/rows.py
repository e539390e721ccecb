"""Laws about single records: insert, select, update, delete, count, exists."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from scitex.db import ALL_ROWS, Database, col
from scitex.db.domain.errors import (
    CheckError,
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    Error,
    ForeignKeyError,
    IntegrityError,
    InterfaceError,
    NotNullError,
    TableNotFoundError,
    UnsafeFragmentError,
)
from scitex.db.testing.contract.calls import IN_TEXT, ON_COLUMN, ON_TABLE, OnColumn, OnTable
from scitex.db.testing.contract.ground import PEOPLE, Laws, ids, unsaid

RULES = {
    "id": "INTEGER PRIMARY KEY",
    "name": "TEXT NOT NULL",
    "email": "TEXT UNIQUE",
    "age": "INTEGER CHECK (age >= 0)",
    "boss": "INTEGER REFERENCES rules(id)",
}
SECRET = "do-not-repeat-this"
BROKEN: list[tuple[dict[str, Any], type[IntegrityError], tuple[str, ...]]] = [
    ({"id": 1, "name": SECRET}, DuplicateKeyError, ("id",)),
    ({"name": SECRET, "email": "a@b.org"}, DuplicateKeyError, ("email",)),
    ({"id": 2, "email": SECRET}, NotNullError, ("name",)),
    ({"id": 2, "name": None, "email": SECRET}, NotNullError, ("name",)),
    ({"id": 2, "name": SECRET, "age": -1}, CheckError, ("age",)),
    ({"id": 2, "name": SECRET, "boss": 99}, ForeignKeyError, ("boss",)),
]
BROKEN_IDS = ["key", "unique", "left out", "None", "check", "reference"]


class RowLaws(Laws):
    """What must hold for single records."""

    @pytest.fixture
    def rules(self, db: Database) -> Database:
        """Return a database whose table ``rules`` has one of each rule and one record."""
        db.create_table("rules", RULES)
        db.insert("rules", {"id": 1, "name": "first", "email": "a@b.org", "age": 30})
        return db

    def test_a_record_comes_back(self, users: Database) -> None:
        """A record that was inserted is selected with the values it was given."""
        users.insert("users", {"id": 7, "name": "Eve", "score": 0.5, "team": None})

        assert users.select("users", where={"id": 7}) == [
            {"id": 7, "name": "Eve", "score": 0.5, "team": None}
        ]

    def test_insert_returns_the_number_it_gave(self, users: Database) -> None:
        """Inserting a record without its key returns the key that the engine gave it."""
        key = users.insert("users", {"name": "Eve"})

        assert users.select("users", columns=["name"], where={"id": key}) == [{"name": "Eve"}]

    @pytest.mark.parametrize("type", ["INTEGER PRIMARY KEY AUTOINCREMENT", "SERIAL PRIMARY KEY"])
    def test_a_number_is_never_given_twice(self, db: Database, type: str) -> None:
        """AUTOINCREMENT and SERIAL alike never give a number again, its record gone or not."""
        db.create_table("t", {"id": type, "x": "TEXT"})
        first = db.insert("t", {"x": "a"})
        db.delete("t", where=ALL_ROWS)

        assert db.insert("t", {"x": "b"}) > first

    @pytest.mark.parametrize(
        ("type", "key"), [("TEXT", "k"), ("INTEGER", 5), ("UUID", uuid.UUID(int=5))]
    )
    def test_insert_returns_a_given_key(self, db: Database, type: str, key: object) -> None:
        """Inserting a record with its key returns that key."""
        db.create_table("t", {"id": f"{type} PRIMARY KEY"})

        assert db.insert("t", {"id": key}) == key

    def test_insert_returns_a_compound_key(self, db: Database) -> None:
        """The key of several columns is returned as a tuple in the key's order."""
        db.create_table("t", {"a": "TEXT", "x": "TEXT", "b": "INTEGER"}, primary_key=["b", "a"])

        assert db.insert("t", {"a": "k", "b": 5}) == (5, "k")

    def test_insert_without_a_key_returns_none(self, db: Database) -> None:
        """A table without a key has none to return."""
        db.create_table("t", {"x": "TEXT"})

        assert db.insert("t", {"x": "a"}) is None

    def test_explicit_keys_do_not_break_the_next_insert(self, users: Database) -> None:
        """After records with keys of their own, the next one gets a number beyond them."""
        users.insert("users", {"id": 100, "name": "Eve"})

        assert users.insert("users", {"name": "Mallory"}) == 101

    def test_a_column_left_out_takes_its_default(self, db: Database) -> None:
        """A column that a record does not name takes its default, or NULL where it has none."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "a": "INTEGER DEFAULT 5", "b": "TEXT"})
        db.insert("t", {"id": 1})

        assert db.select("t") == [{"id": 1, "a": 5, "b": None}]

    def test_a_given_none_is_no_default(self, db: Database) -> None:
        """A column that a record names with None has no value, whatever its default."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "a": "INTEGER DEFAULT 5"})
        db.insert("t", {"id": 1, "a": None})

        assert db.select("t") == [{"id": 1, "a": None}]

    def test_an_empty_record_is_all_defaults(self, db: Database) -> None:
        """A record that names nothing takes every default."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "a": "TEXT DEFAULT 'x'"})
        db.insert("t", {})

        assert db.select("t") == [{"id": 1, "a": "x"}]

    def test_a_time_stamp_by_default_is_now_in_utc(self, db: Database) -> None:
        """CURRENT_TIMESTAMP as a default is the present moment in UTC, without a zone."""
        db.create_table(
            "t", {"id": "INTEGER PRIMARY KEY", "at": "DATETIME DEFAULT CURRENT_TIMESTAMP"}
        )
        db.insert("t", {"id": 1})
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)

        assert abs(db.select("t")[0]["at"] - now) < dt.timedelta(minutes=1)

    @pytest.mark.parametrize(("record", "error", "columns"), BROKEN, ids=BROKEN_IDS)
    def test_a_broken_rule_has_its_own_error(
        self,
        rules: Database,
        record: dict[str, Any],
        error: type[IntegrityError],
        columns: tuple[str, ...],
    ) -> None:
        """A record that breaks a rule raises that rule's error with table and columns."""
        with pytest.raises(error) as caught:
            rules.insert("rules", record)

        assert (type(caught.value), caught.value.table, caught.value.columns) == (
            error,
            "rules",
            columns,
        )

    @pytest.mark.parametrize(("record", "error", "columns"), BROKEN, ids=BROKEN_IDS)
    def test_a_broken_rule_is_told(
        self,
        rules: Database,
        record: dict[str, Any],
        error: type[IntegrityError],
        columns: tuple[str, ...],
    ) -> None:
        """The message names the table, the column and the value that broke the rule."""
        with pytest.raises(error) as caught:
            rules.insert("rules", record)
        value = str(record.get(columns[0]) or "")

        assert unsaid(caught.value, "rules", *columns, value) == []

    @pytest.mark.parametrize(("record", "error", "columns"), BROKEN, ids=BROKEN_IDS)
    def test_the_rest_of_the_row_is_not_told(
        self,
        rules: Database,
        record: dict[str, Any],
        error: type[IntegrityError],
        columns: tuple[str, ...],
    ) -> None:
        """The message does not repeat values of the record that broke no rule."""
        with pytest.raises(error) as caught:
            rules.insert("rules", record)

        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize(("record", "error", "columns"), BROKEN, ids=BROKEN_IDS)
    def test_a_broken_rule_leaves_nothing(
        self,
        rules: Database,
        record: dict[str, Any],
        error: type[IntegrityError],
        columns: tuple[str, ...],
    ) -> None:
        """A record that breaks a rule is not stored."""
        with pytest.raises(error):
            rules.insert("rules", record)

        assert rules.count("rules") == 1

    def test_a_value_that_does_not_fit_is_told(self, users: Database) -> None:
        """A value that its column cannot keep is refused by table, column and value."""
        with pytest.raises(DataError) as caught:
            users.insert("users", {"name": "Eve", "score": "high"})

        assert (
            caught.value.table,
            caught.value.column,
            unsaid(caught.value, "'high'", "hint:"),
        ) == (
            "users",
            "score",
            [],
        )

    @pytest.mark.parametrize("data", [None, 5, "name", ["name"], [("name", "Eve")]])
    def test_a_record_is_a_mapping(self, users: Database, data: Any) -> None:
        """What is no mapping is no record, and it is said what one looks like."""
        with pytest.raises(InterfaceError, match="hint: "):
            users.insert("users", data)

    @pytest.mark.parametrize("call", ON_TABLE.values(), ids=ON_TABLE)
    def test_a_missing_table_is_told(self, users: Database, call: OnTable) -> None:
        """Every call that names a table which is not there says so, and offers the nearest."""
        with pytest.raises(TableNotFoundError) as caught:
            call(users, "user")

        assert (caught.value.name, caught.value.hint) == ("user", "did you mean 'users'?")

    @pytest.mark.parametrize("call", ON_COLUMN.values(), ids=ON_COLUMN)
    def test_a_missing_column_is_told(self, users: Database, call: OnColumn) -> None:
        """Every call that names a column which is not there says so, and offers the nearest."""
        with pytest.raises(ColumnNotFoundError) as caught:
            call(users, "scor")

        assert (caught.value.name, caught.value.table, caught.value.hint) == (
            "scor",
            "users",
            "did you mean 'score'?",
        )

    @pytest.mark.parametrize("call", IN_TEXT.values(), ids=IN_TEXT)
    def test_a_missing_column_in_text_is_told(self, users: Database, call: OnColumn) -> None:
        """A misspelt column in SQL text is an error with a hint, never a string or a NULL."""
        with pytest.raises(ColumnNotFoundError, match=r"scor.*\n.*'score'"):
            call(users, "scor")

    @pytest.mark.parametrize("call", ON_COLUMN.values(), ids=ON_COLUMN)
    def test_a_missing_column_changes_nothing(self, users: Database, call: OnColumn) -> None:
        """A call that names a column which is not there leaves every record as it was."""
        with pytest.raises(ColumnNotFoundError):
            call(users, "scor")

        assert users.select("users", order_by="id") == PEOPLE

    @pytest.mark.parametrize(
        ("columns", "names"),
        [
            (None, ["id", "name", "score", "team"]),
            ("*", ["id", "name", "score", "team"]),
            (["*"], ["id", "name", "score", "team"]),
            (["team", "id"], ["team", "id"]),
            (("name",), ["name"]),
            ("name", ["name"]),
            ({"name": 1, "id": 2}.keys(), ["name", "id"]),
        ],
        ids=str,
    )
    def test_columns_come_in_the_order_asked(
        self, users: Database, columns: Any, names: list[str]
    ) -> None:
        """A record has the columns asked for, in that order; all in the table's order."""
        assert list(users.select("users", columns=columns, limit=1)[0]) == names

    def test_no_columns_are_refused(self, users: Database) -> None:
        """An empty list of columns is refused."""
        with pytest.raises(InterfaceError, match="hint: leave it out"):
            users.select("users", columns=[])

    def test_what_comes_back_is_not_alive(self, users: Database) -> None:
        """Changing a record that was selected changes nothing in the database."""
        users.select("users", where={"id": 1})[0]["name"] = "Mallory"

        assert users.select("users", order_by="id") == PEOPLE

    def test_what_was_given_is_not_alive(self, db: Database) -> None:
        """Changing a record after it was inserted changes nothing in the database."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "config": "JSON"})
        record: dict[str, Any] = {"id": 1, "config": {"lr": [0.1]}}
        db.insert("t", record)
        record["config"]["lr"].append(0.2)

        assert db.select("t") == [{"id": 1, "config": {"lr": [0.1]}}]

    def test_what_was_given_is_not_changed(self, users: Database) -> None:
        """Inserting a record leaves the mapping that was given as it was."""
        record = {"name": "Eve"}
        users.insert("users", record)

        assert record == {"name": "Eve"}

    def test_nothing_found_is_an_empty_list(self, users: Database) -> None:
        """A condition that no record meets finds an empty list."""
        assert users.select("users", where={"id": 99}) == []

    @pytest.mark.parametrize(
        ("where", "found"), [({"team": "a"}, 2), ("score > 80", 2), (ALL_ROWS, 4), ({"id": 99}, 0)]
    )
    def test_update_counts_the_records_it_found(
        self, users: Database, where: Any, found: int
    ) -> None:
        """An update returns how many records met its condition."""
        assert users.update("users", {"team": "c"}, where=where) == found

    def test_update_changes_only_what_it_is_given(self, users: Database) -> None:
        """An update changes the columns given, of the records found, and nothing else."""
        users.update("users", {"score": 90.0, "team": None}, where={"name": "Alice"})

        assert users.select("users", order_by="id") == [
            {"id": 1, "name": "Alice", "score": 90.0, "team": None},
            *PEOPLE[1:],
        ]

    def test_update_may_change_the_key(self, users: Database) -> None:
        """A record's key can be changed."""
        users.update("users", {"id": 10}, where={"id": 1})

        assert sorted(ids(users.select("users"))) == [2, 3, 4, 10]

    @pytest.mark.parametrize(
        ("data", "error"),
        [
            ({"id": 1}, DuplicateKeyError),
            ({"name": None}, NotNullError),
            ({"score": "high"}, DataError),
            ({"name": "a\0b"}, DataError),
        ],
    )
    def test_a_failed_update_changes_nothing(
        self, users: Database, data: dict[str, Any], error: type[Error]
    ) -> None:
        """An update that breaks a rule, or has a value that does not fit, changes no record."""
        with pytest.raises(error):
            users.update("users", data, where=col("id") > 1)

        assert users.select("users", order_by="id") == PEOPLE

    @pytest.mark.parametrize("data", [{}, None, "score", 5])
    def test_an_update_needs_something_to_change(self, users: Database, data: Any) -> None:
        """An update without a column to change is refused."""
        with pytest.raises(InterfaceError):
            users.update("users", data, where=ALL_ROWS)

    @pytest.mark.parametrize(
        ("where", "gone"), [({"team": "a"}, 2), ("score < 80", 1), (ALL_ROWS, 4), ({"id": 99}, 0)]
    )
    def test_delete_counts_the_records_it_removed(
        self, users: Database, where: Any, gone: int
    ) -> None:
        """A delete returns how many records it removed, and they are gone."""
        assert (users.delete("users", where=where), users.count("users")) == (gone, 4 - gone)

    @pytest.mark.parametrize("where", [None, {}, "", " ", "--", "/* */", "-- all"])
    @pytest.mark.parametrize("deed", ["update", "delete"])
    def test_a_change_needs_a_condition(self, users: Database, deed: str, where: Any) -> None:
        """Without a condition, or with a blank one, nothing is changed."""
        arguments = {"update": ({"name": "x"}, where), "delete": (where,)}[deed]
        with pytest.raises(UnsafeFragmentError, match="hint: "):
            getattr(users, deed)("users", *arguments)

        assert users.select("users", order_by="id") == PEOPLE

    def test_a_record_that_is_referred_to_stays(self, rules: Database) -> None:
        """A record that another one refers to is not deleted, and the table is named."""
        rules.insert("rules", {"id": 2, "name": "second", "boss": 1})
        with pytest.raises(ForeignKeyError, match="rules"):
            rules.delete("rules", where={"id": 1})

        assert rules.count("rules") == 2

    @pytest.mark.parametrize(
        ("where", "number"), [(None, 4), ({"team": "a"}, 2), ("score > 80", 2), ({"id": 99}, 0)]
    )
    def test_count_and_exists_agree(self, users: Database, where: Any, number: int) -> None:
        """A condition is met by so many records, and by any at all where there are some."""
        assert (users.count("users", where=where), users.exists("users", where=where)) == (
            number,
            number > 0,
        )

    def test_an_empty_table_has_no_records(self, db: Database) -> None:
        """A new table holds nothing."""
        db.create_table("t", {"id": "INTEGER"})

        assert (db.count("t"), db.exists("t"), db.select("t"), list(db.iter_select("t"))) == (
            0,
            False,
            [],
            [],
        )
