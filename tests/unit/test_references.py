"""What a foreign key may refer to."""

from __future__ import annotations

from typing import Any

import pytest

from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import ColumnNotFoundError, SchemaError
from scitex.db.domain.references import check_reference, referred
from scitex.db.domain.tables import ForeignKey

USERS = table_declared(
    "users", {"id": "INTEGER PRIMARY KEY", "email": "TEXT UNIQUE", "name": "TEXT"}
)
PAIRS = table_declared("pairs", {"a": "INTEGER", "b": "TEXT"}, primary_key=["a", "b"])
KEYLESS = table_declared("keyless", {"x": "INTEGER"})
POSTS = table_declared(
    "posts", {"i": "INTEGER", "r": "REAL", "t": "TEXT", "d": "DATE", "any": "tsvector"}
)


@pytest.mark.parametrize(
    ("key", "columns"),
    [
        (ForeignKey("i", "users"), ("id",)),
        (ForeignKey("i", "users", "id"), ("id",)),
        (ForeignKey("t", "users", "email"), ("email",)),
        (ForeignKey(["i", "t"], "pairs"), ("a", "b")),
    ],
)
def test_a_reference_without_columns_means_the_key(
    key: ForeignKey, columns: tuple[str, ...]
) -> None:
    """A foreign key that names no columns refers to the primary key."""
    assert referred(key, PAIRS if key.table == "pairs" else USERS) == columns


@pytest.mark.parametrize(
    ("key", "parent", "unique"),
    [
        (ForeignKey("i", "users"), USERS, False),
        (ForeignKey("r", "users"), USERS, False),
        (ForeignKey("any", "users"), USERS, False),
        (ForeignKey("t", "users", "email"), USERS, False),
        (ForeignKey("t", "users", "name"), USERS, True),
        (ForeignKey(["i", "t"], "pairs"), PAIRS, False),
        (ForeignKey(["t", "i"], "pairs", ["b", "a"]), PAIRS, False),
    ],
)
def test_a_reference_that_can_hold(key: ForeignKey, parent: Any, unique: bool) -> None:
    """A foreign key may refer to what is unique and of the same sort."""
    assert check_reference(POSTS, key, parent, unique=unique) is None


@pytest.mark.parametrize(
    ("key", "parent", "why"),
    [
        (ForeignKey("t", "users", "name"), USERS, "no key or unique index covers 'name'"),
        (ForeignKey("i", "keyless"), KEYLESS, "covers a primary key"),
        (ForeignKey("i", "pairs", "a"), PAIRS, "covers 'a'"),
        (ForeignKey("i", "pairs"), PAIRS, "1 column(s) of table 'posts' refers to the 2"),
        (ForeignKey("t", "users"), USERS, "column 't' (TEXT) of table 'posts' cannot refer"),
        (ForeignKey("d", "users"), USERS, "of type INTEGER of table 'users'"),
    ],
)
def test_a_reference_that_cannot_hold_is_told(key: ForeignKey, parent: Any, why: str) -> None:
    """A foreign key to what is not unique, or of another sort, is refused with the reason."""
    with pytest.raises(SchemaError) as caught:
        check_reference(POSTS, key, parent, unique=False)

    assert why in caught.value.message


def test_a_reference_to_no_column_is_told() -> None:
    """A foreign key to a column that is not there names it, with the nearest one."""
    with pytest.raises(ColumnNotFoundError, match="'nam' in table 'users'\nhint: did you mean"):
        check_reference(POSTS, ForeignKey("t", "users", "nam"), USERS, unique=False)
