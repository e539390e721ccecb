"""Laws about records that are there already: on_conflict."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import pytest

from scitex.db import Database
from scitex.db.domain.errors import (
    CheckError,
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    Error,
    ForeignKeyError,
    InterfaceError,
    NotNullError,
    SchemaError,
)
from scitex.db.testing.contract.ground import Laws

ACCOUNTS = {
    "id": "INTEGER PRIMARY KEY",
    "email": "TEXT UNIQUE",
    "name": "TEXT NOT NULL DEFAULT 'nobody'",
    "age": "INTEGER CHECK (age >= 0)",
}
SAME_KEYS: list[tuple[str, list[Any]]] = [
    ("NUMERIC", [1, decimal.Decimal("1.0"), 1.0, decimal.Decimal("1.00")]),
    ("REAL", [2, 2.0, decimal.Decimal("2.0")]),
    ("REAL", [0.0, -0.0]),
    ("BLOB", [b"ab", bytearray(b"ab")]),
    ("UUID", ["12345678-1234-5678-1234-567812345678", "12345678123456781234567812345678"]),
    ("TIMESTAMP", ["2025-05-30", "2025-05-30T00:00", dt.datetime(2025, 5, 30)]),
    ("TIMESTAMPTZ", ["2025-05-30T09:00:00+09:00", "2025-05-30T00:00:00Z"]),
    ("INTERVAL", [dt.timedelta(days=1), dt.timedelta(hours=24)]),
]
FIRST = {"id": 1, "email": "a@b.org", "name": "Alice", "age": 30}
SECOND = {"id": 2, "email": "b@b.org", "name": "Bob", "age": 40}


class ConflictLaws(Laws):
    """What must hold where a record meets one that is there."""

    @pytest.fixture
    def accounts(self, db: Database) -> Database:
        """Return a database whose table ``accounts`` has a key, a unique column and rules."""
        db.create_table("accounts", ACCOUNTS)
        db.insert_many("accounts", [FIRST, SECOND])
        return db

    def stored(self, db: Database) -> list[dict[str, Any]]:
        """Return all accounts by their key."""
        return db.select("accounts", order_by="id")

    @pytest.mark.parametrize("call", ["insert", "insert_many"])
    def test_an_error_is_the_rule(self, accounts: Database, call: str) -> None:
        """Unless it is said otherwise, a key that is there is refused and named."""
        record: Any = {"id": 1, "name": "Eve"}
        with pytest.raises(DuplicateKeyError, match="accounts"):
            getattr(accounts, call)("accounts", record if call == "insert" else [record])

        assert self.stored(accounts) == [FIRST, SECOND]

    def test_an_upsert_by_another_key_returns_the_primary_one(self, db: Database) -> None:
        """A change of some columns, found by a unique one, tells which record it changed."""
        rules = {"id": "INTEGER PRIMARY KEY", "email": "TEXT UNIQUE", "name": "TEXT NOT NULL"}
        db.create_table("members", {**rules, "age": "INTEGER"})
        db.insert("members", {"id": 7, "email": "a@b.org", "name": "Alice"})
        by_email: Any = {"on_conflict": "update", "conflict_columns": ["email"]}

        assert db.insert("members", {"email": "a@b.org", "age": 5}, **by_email) == 7
        assert db.insert("members", {"email": "a@b.org", "name": "Al"}, **by_email) == 7
        assert db.select("members") == [{"id": 7, "email": "a@b.org", "name": "Al", "age": 5}]

    def test_ignore_keeps_the_old_one(self, accounts: Database) -> None:
        """Ignoring keeps the record that is there, stores the others, and counts those."""
        written = accounts.insert_many(
            "accounts", [{"id": 1, "name": "Eve"}, {"id": 3}], on_conflict="ignore"
        )

        assert (written, self.stored(accounts)) == (
            1,
            [FIRST, SECOND, {"id": 3, "email": None, "name": "nobody", "age": None}],
        )

    def test_ignored_means_none(self, accounts: Database) -> None:
        """A single record that was ignored has no key to return."""
        assert accounts.insert("accounts", {"id": 1}, on_conflict="ignore") is None

    def test_not_ignored_means_a_key(self, accounts: Database) -> None:
        """A single record that was not ignored returns its key."""
        assert accounts.insert("accounts", {"name": "Eve"}, on_conflict="ignore") == 3

    def test_update_touches_only_the_columns_given(self, accounts: Database) -> None:
        """Updating changes the columns given and leaves the others as they were."""
        accounts.insert_many("accounts", [{"id": 1, "age": 31}], on_conflict="update")

        assert self.stored(accounts) == [FIRST | {"age": 31}, SECOND]

    def test_update_may_take_a_value_away(self, accounts: Database) -> None:
        """Updating with None takes the value away."""
        accounts.insert("accounts", {"id": 1, "age": None}, on_conflict="update")

        assert self.stored(accounts) == [FIRST | {"age": None}, SECOND]

    def test_update_stores_what_is_new(self, accounts: Database) -> None:
        """Updating stores the records that are not there, and counts every record."""
        written = accounts.insert_many(
            "accounts", [{"id": 1, "age": 31}, {"id": 3, "name": "Eve"}], on_conflict="update"
        )

        assert (written, self.stored(accounts)) == (
            2,
            [FIRST | {"age": 31}, SECOND, {"id": 3, "email": None, "name": "Eve", "age": None}],
        )

    @pytest.mark.parametrize(("record", "key"), [({"id": 1, "age": 31}, 1), ({"age": 5}, 3)])
    def test_update_returns_the_key(
        self, accounts: Database, record: dict[str, Any], key: int
    ) -> None:
        """Updating a single record returns its key, the old one or the new one."""
        assert accounts.insert("accounts", record, on_conflict="update") == key

    def test_update_with_nothing_but_the_key_changes_nothing(self, accounts: Database) -> None:
        """Updating with a record that is only its key leaves the one that is there."""
        accounts.insert_many("accounts", [{"id": 1}], on_conflict="update")

        assert self.stored(accounts) == [FIRST, SECOND]

    def test_an_updated_record_needs_no_other_column(self, accounts: Database) -> None:
        """Updating a record does not ask for columns that must have a value: it has them."""
        accounts.create_table(
            "t", {"id": "INTEGER PRIMARY KEY", "must": "TEXT NOT NULL", "n": "TEXT"}
        )
        accounts.insert("t", {"id": 1, "must": "x"})
        accounts.insert_many("t", [{"id": 1, "n": "y"}], on_conflict="update")

        assert accounts.select("t") == [{"id": 1, "must": "x", "n": "y"}]

    @pytest.mark.parametrize(
        ("policy", "key"), [("update", 1), ("update", 3), ("ignore", 3)], ids=str
    )
    def test_a_second_record_is_never_eaten(
        self, accounts: Database, policy: Any, key: int
    ) -> None:
        """A record that agrees with a second one in another unique column is refused."""
        with pytest.raises(DuplicateKeyError):
            accounts.insert("accounts", {"id": key, "email": "b@b.org"}, on_conflict=policy)

        assert self.stored(accounts) == [FIRST, SECOND]

    def test_an_update_is_no_replacement(self, accounts: Database) -> None:
        """Updating a record does not delete it first: what refers to it stays."""
        accounts.create_table(
            "posts",
            {
                "id": "INTEGER PRIMARY KEY",
                "by": "INTEGER REFERENCES accounts(id) ON DELETE CASCADE",
            },
        )
        accounts.insert("posts", {"id": 1, "by": 1})
        accounts.insert("accounts", {"id": 1, "age": 31}, on_conflict="update")

        assert accounts.count("posts") == 1

    @pytest.mark.parametrize("columns", ["email", ["email"], ("email",)])
    def test_other_columns_may_tell_records_apart(self, accounts: Database, columns: Any) -> None:
        """A unique column may be named as the one that makes two records the same."""
        accounts.insert_many(
            "accounts",
            [{"email": "a@b.org", "age": 31}],
            on_conflict="update",
            conflict_columns=columns,
        )

        assert self.stored(accounts) == [FIRST | {"age": 31}, SECOND]

    def test_a_unique_index_tells_records_apart(self, accounts: Database) -> None:
        """A unique index made afterwards, of several columns, may be named as well."""
        accounts.create_index("accounts", ["name", "age"], unique=True)
        accounts.insert(
            "accounts",
            {"name": "Alice", "age": 30, "email": "new@b.org"},
            on_conflict="update",
            conflict_columns=["age", "name"],
        )

        assert self.stored(accounts) == [FIRST | {"email": "new@b.org"}, SECOND]

    def test_a_missing_value_is_like_no_other(self, accounts: Database) -> None:
        """Two records without a value in the unique column are two records."""
        accounts.insert_many(
            "accounts",
            [{"email": None, "age": 1}, {"email": None, "age": 2}],
            on_conflict="update",
            conflict_columns=["email"],
        )

        assert accounts.count("accounts", where={"email": None}) == 2

    @pytest.mark.parametrize("columns", [["name"], ["id", "email"], ["age", "name"]], ids=str)
    @pytest.mark.parametrize("policy", ["ignore", "update"])
    def test_a_missing_unique_index_is_named(
        self, accounts: Database, policy: Any, columns: list[str]
    ) -> None:
        """Columns that are not unique are refused by name, with the way to make them so."""
        with pytest.raises(SchemaError, match="unique=True") as caught:
            accounts.insert("accounts", SECOND, on_conflict=policy, conflict_columns=columns)

        assert [name for name in columns if repr(name) not in str(caught.value)] == []

    @pytest.mark.parametrize("policy", ["ignore", "update"])
    def test_a_table_without_a_key_has_no_conflicts(self, db: Database, policy: Any) -> None:
        """Where the table has no key, one must be named; else nothing could be the same."""
        db.create_table("t", {"x": "INTEGER"})
        with pytest.raises(SchemaError, match="hint: "):
            db.insert_many("t", [{"x": 1}], on_conflict=policy)

        assert db.count("t") == 0

    @pytest.mark.parametrize("policy", ["replace", "Update", "", None, "nothing", 1, True])
    @pytest.mark.parametrize("call", ["insert", "insert_many"])
    def test_an_unknown_policy_is_refused(
        self, accounts: Database, call: str, policy: Any
    ) -> None:
        """A word that is no policy is refused, and the policies are named."""
        record: Any = {"id": 1, "age": 1}
        with pytest.raises(InterfaceError, match=r"'error', 'ignore', 'update'"):
            getattr(accounts, call)(
                "accounts", record if call == "insert" else [record], on_conflict=policy
            )

        assert self.stored(accounts) == [FIRST, SECOND]

    @pytest.mark.parametrize("policy", ["ignore", "update"])
    @pytest.mark.parametrize(
        ("record", "error"),
        [
            ({"id": 3, "name": None}, NotNullError),
            ({"id": 3, "age": -1}, CheckError),
            ({"id": 3, "age": "old"}, DataError),
            ({"id": 1, "age": "old"}, DataError),
            ({"id": 3, "email": "a\0"}, DataError),
            ({"id": 3, "agee": 1}, ColumnNotFoundError),
            ({"id": 1, "agee": 1}, ColumnNotFoundError),
        ],
        ids=str,
    )
    def test_other_faults_are_not_ignored(
        self, accounts: Database, policy: Any, record: Any, error: type[Error]
    ) -> None:
        """A policy is about records that are there; any other fault is still an error."""
        with pytest.raises(error):
            accounts.insert_many("accounts", [{"id": 9}, record], on_conflict=policy)

        assert self.stored(accounts) == [FIRST, SECOND]

    @pytest.mark.parametrize("policy", ["ignore", "update"])
    def test_a_dangling_reference_is_not_ignored(self, accounts: Database, policy: Any) -> None:
        """A reference to no record is an error under every policy."""
        columns = {"id": "INTEGER PRIMARY KEY", "by": "INTEGER"}
        accounts.create_table("posts", columns, foreign_keys={"by": "accounts.id"})
        with pytest.raises(ForeignKeyError):
            accounts.insert_many(
                "posts", [{"id": 1, "by": 1}, {"id": 2, "by": 9}], on_conflict=policy
            )

        assert accounts.count("posts") == 0

    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            ("ignore", {"id": 3, "email": None, "name": "first", "age": None}),
            ("update", {"id": 3, "email": "c@b.org", "name": "third", "age": 7}),
        ],
    )
    def test_a_key_twice_in_one_batch(
        self, accounts: Database, policy: Any, expected: dict[str, Any]
    ) -> None:
        """A batch that repeats a key gives what its records give one after the other."""
        accounts.insert_many(
            "accounts",
            [
                {"id": 3, "name": "first"},
                {"id": 3, "age": 7},
                {"id": 3, "name": "third", "email": "c@b.org"},
            ],
            on_conflict=policy,
        )

        assert self.stored(accounts) == [FIRST, SECOND, expected]

    def test_a_key_twice_is_counted_as_written(self, accounts: Database) -> None:
        """Each record of a batch that was stored or changed something is counted."""
        records = [{"id": 3, "age": 1}, {"id": 3, "age": 2}, {"id": 1, "age": 3}]

        assert accounts.insert_many("accounts", records, on_conflict="update") == 3

    @pytest.mark.parametrize("count", [1, 10])
    @pytest.mark.parametrize(("type", "keys"), SAME_KEYS, ids=str)
    def test_one_key_in_several_spellings(
        self, db: Database, type: str, keys: list[Any], count: int
    ) -> None:
        """A key is the same however it is spelt; a record without one is always new."""
        db.create_table("t", {"k": f"{type} UNIQUE", "n": "INTEGER"})
        records = [{"k": key, "n": n} for n, key in enumerate([*keys, None] * count)]
        stored = db.insert_many("t", records, on_conflict="update", conflict_columns=["k"])
        last = len(records) - 2

        assert (stored, db.count("t")) == (len(records), 1 + count)
        assert db.select("t", ["n"], where="k IS NOT NULL") == [{"n": last}]

    def test_ten_thousand_records_meet_five_thousand(self, db: Database) -> None:
        """A large batch updates what is there and stores what is not."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "n": "INTEGER"})
        db.insert_many("t", ({"id": i, "n": 0} for i in range(0, 10_000, 2)))
        db.insert_many(
            "t", ({"id": i % 10_000, "n": i} for i in range(12_000)), on_conflict="update"
        )
        found = [row["n"] for row in db.select("t", order_by="id")]

        assert found == [*range(10_000, 12_000), *range(2000, 10_000)]

    def test_updating_explicit_keys_does_not_break_the_next_insert(
        self, accounts: Database
    ) -> None:
        """After records that were updated or stored by key, the next one is numbered on."""
        accounts.insert_many("accounts", [{"id": 50}, {"id": 1}], on_conflict="update")

        assert accounts.insert("accounts", {"name": "next"}) == 51
