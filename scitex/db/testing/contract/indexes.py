"""Laws about indexes."""

from __future__ import annotations

from typing import Any

import pytest

from scitex.db import Database, IndexSpec
from scitex.db.domain.errors import (
    DuplicateKeyError,
    IndexNotFoundError,
    InterfaceError,
    InvalidNameError,
    SchemaError,
)
from scitex.db.testing.contract.ground import Laws

LONG = "a_table_whose_name_is_so_long_that_no_index_name_can_hold"


class IndexLaws(Laws):
    """What must hold for indexes."""

    @pytest.mark.parametrize(
        ("columns", "name"),
        [
            (["name"], "idx_users_name"),
            ("name", "idx_users_name"),
            (["team", "score"], "idx_users_team_score"),
            (("score", "team"), "idx_users_score_team"),
        ],
        ids=str,
    )
    def test_an_index_is_named_for_its_columns(
        self, users: Database, columns: Any, name: str
    ) -> None:
        """An index is called ``idx_<table>_<columns>``, and its name is returned."""
        assert (users.create_index("users", columns), users.list_indexes("users")[0].name) == (
            name,
            name,
        )

    def test_an_index_is_described(self, users: Database) -> None:
        """Indexes are listed by name, with columns in order and whether they are unique."""
        users.create_index("users", ["team", "score"])
        users.create_index("users", ["name"], unique=True)
        users.create_index("users", ["score"], name="Another Name")

        assert users.list_indexes("users") == [
            IndexSpec("Another Name", "users", ("score",)),
            IndexSpec("idx_users_name", "users", ("name",), unique=True),
            IndexSpec("idx_users_team_score", "users", ("team", "score")),
        ]

    def test_keys_are_not_listed(self, db: Database) -> None:
        """The indexes that carry the primary key and UNIQUE rules are left out."""
        db.create_table("t", {"a": "TEXT PRIMARY KEY", "b": "TEXT UNIQUE"}, unique=[("a", "b")])

        assert db.list_indexes("t") == []

    def test_a_unique_index_is_held_to(self, users: Database) -> None:
        """No two records have the same values in the columns of a unique index."""
        users.create_index("users", ["name"], unique=True)

        with pytest.raises(DuplicateKeyError, match=r"name.*"):
            users.insert("users", {"name": "Alice"})

    def test_a_unique_index_lets_missing_values_be(self, users: Database) -> None:
        """Records without a value are not the same in a unique index."""
        users.create_index("users", ["score"], unique=True)
        users.insert_many("users", [{"name": "x"}, {"name": "y"}])

        assert users.count("users") == 6

    def test_a_unique_index_does_not_come_too_late(self, users: Database) -> None:
        """Where records are equal already, a unique index is refused and not made."""
        with pytest.raises(DuplicateKeyError, match="users"):
            users.create_index("users", ["team"], unique=True)

        assert users.list_indexes("users") == []

    def test_the_same_index_is_left_alone(self, users: Database) -> None:
        """Making an index again as it was made is no error."""
        users.create_index("users", ["name"], unique=True)
        users.create_index("users", ["name"], unique=True)

        assert len(users.list_indexes("users")) == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"columns": ["score"]},
            {"columns": ["name"], "unique": True},
            {"columns": ["name", "score"]},
        ],
        ids=str,
    )
    def test_another_index_of_the_name_is_told(
        self, users: Database, other: dict[str, Any]
    ) -> None:
        """An index whose name another one has is refused; the old one stays."""
        users.create_index("users", ["name"], name="i")
        with pytest.raises(SchemaError, match=r"'i'(.|\n)*hint: "):
            users.create_index("users", name="i", **other)

        assert users.list_indexes("users") == [IndexSpec("i", "users", ("name",))]

    def test_an_index_of_another_table_is_told(self, users: Database) -> None:
        """An index whose name one of another table has is refused."""
        users.create_table("t", {"name": "TEXT"})
        users.create_index("users", ["name"], name="i")

        with pytest.raises(SchemaError, match="'i'"):
            users.create_index("t", ["name"], name="i")

    def test_a_dropped_index_is_gone(self, users: Database) -> None:
        """A dropped index is gone, and what it forbade is allowed."""
        users.create_index("users", ["name"], unique=True)
        users.drop_index("users", "idx_users_name")
        users.insert("users", {"name": "Alice"})

        assert users.list_indexes("users") == []

    @pytest.mark.parametrize("name", ["idx_users_nam", "users", "name", "idx_users_name; --"])
    def test_a_missing_index_is_told(self, users: Database, name: str) -> None:
        """Dropping an index that is not there says so, with the table and the nearest name."""
        users.create_index("users", ["name"])
        with pytest.raises(IndexNotFoundError, match="in table 'users'\nhint: ") as caught:
            users.drop_index("users", name)

        assert (caught.value.name, caught.value.table) == (name, "users")

    def test_an_index_belongs_to_its_table(self, users: Database) -> None:
        """An index of another table is not dropped by mistake."""
        users.create_table("t", {"name": "TEXT"})
        users.create_index("users", ["name"])
        with pytest.raises(IndexNotFoundError):
            users.drop_index("t", "idx_users_name")

        assert len(users.list_indexes("users")) == 1

    def test_an_index_goes_with_its_table(self, users: Database) -> None:
        """The indexes of a dropped table are gone, and their names are free."""
        users.create_index("users", ["name"])
        users.drop_table("users")
        users.create_table("users", {"name": "TEXT"})
        users.create_index("users", ["name"])

        assert len(users.list_indexes("users")) == 1

    def test_a_long_name_is_shortened(self, db: Database) -> None:
        """The name of an index is cut to what every engine keeps, different ones differently."""
        db.create_table(LONG, {"first_column": "TEXT", "first_columns": "TEXT"})
        names = {db.create_index(LONG, [f"first_column{end}"]) for end in ("", "s")}
        listed = {index.name for index in db.list_indexes(LONG)}

        assert (len(names), listed, max(map(len, names)) <= 63) == (2, names, True)

    @pytest.mark.parametrize(
        ("columns", "error"),
        [
            ([], InterfaceError),
            (["name", "name"], InvalidNameError),
            ([""], InvalidNameError),
            (["a\0"], InvalidNameError),
            (5, InvalidNameError),
            ([None], InvalidNameError),
        ],
        ids=str,
    )
    def test_an_index_needs_columns(
        self, users: Database, columns: Any, error: type[Exception]
    ) -> None:
        """An index of nothing, or of what is no name, is refused."""
        with pytest.raises(error):
            users.create_index("users", columns)

    @pytest.mark.parametrize("name", ["", " ", "a\0b", 5])
    def test_an_index_needs_a_name(self, users: Database, name: Any) -> None:
        """An index whose name is none is refused."""
        with pytest.raises(InvalidNameError):
            users.create_index("users", ["name"], name=name)
