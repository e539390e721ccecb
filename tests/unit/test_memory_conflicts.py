"""Laws of keys in memory: who may share what, and what happens where two meet."""

from __future__ import annotations

from typing import Any

import pytest

from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DuplicateKeyError,
    NotNullError,
    SchemaError,
)
from scitex.db.domain.predicates import ALL_ROWS, col
from scitex.db.domain.queries import Query
from scitex.db.domain.tables import IndexSpec

ALICE = {"id": 1, "email": "a@x", "name": "Alice", "visits": 1}


@pytest.fixture
def users() -> MemoryStorage:
    """Keep one user."""
    storage = MemoryStorage()
    columns = {
        "id": "INTEGER PRIMARY KEY",
        "email": "TEXT UNIQUE",
        "name": "TEXT NOT NULL",
        "visits": "INTEGER DEFAULT 0",
    }
    storage.create_table(table_declared("users", columns))
    storage.insert("users", ALICE)
    return storage


def rows(storage: MemoryStorage) -> list[dict[str, Any]]:
    """Return all users."""
    return storage.select(Query("users"))


@pytest.mark.parametrize(
    ("record", "columns", "told"),
    [
        ({"id": 1, "name": "B"}, ("id",), "id=1"),
        ({"id": 2, "email": "a@x", "name": "B"}, ("email",), "email='a@x'"),
    ],
)
def test_a_key_belongs_to_one(
    users: MemoryStorage, record: dict[str, Any], columns: tuple[str, ...], told: str
) -> None:
    """A record with a key that another one has is refused, and the error tells the key only."""
    with pytest.raises(DuplicateKeyError, match=told) as caught:
        users.insert("users", record)

    assert (caught.value.table, caught.value.columns) == ("users", columns)
    assert rows(users) == [ALICE]


def test_nulls_are_never_the_same(users: MemoryStorage) -> None:
    """Records without a value are all different."""
    users.insert_many("users", [{"name": "B"}, {"name": "C", "email": None}])

    assert users.count("users") == 3


def test_a_key_is_told_by_the_insert(users: MemoryStorage) -> None:
    """An insert returns the primary key, also of the record that it changed."""
    assert users.insert("users", {"name": "B"}) == 2
    changed = {"email": "a@x", "name": "C"}
    assert users.insert("users", changed, on_conflict="update", conflict_columns=("email",)) == 1


def test_a_compound_key_is_a_tuple() -> None:
    """A key of several columns is told as a tuple, in the key's order, and no key as None."""
    storage = MemoryStorage()
    storage.create_table(
        table_declared("t", {"a": "TEXT", "b": "INTEGER"}, primary_key=["b", "a"])
    )
    storage.create_table(table_declared("bare", {"a": "TEXT"}))

    assert storage.insert("t", {"a": "x", "b": 1}) == (1, "x")
    assert storage.insert("bare", {"a": "x"}) is None


@pytest.mark.parametrize(
    ("record", "target"),
    [({"id": 1, "name": "B"}, ()), ({"email": "a@x", "name": "B"}, ("email",))],
)
def test_ignoring_keeps_the_old(
    users: MemoryStorage, record: dict[str, Any], target: tuple[str, ...]
) -> None:
    """Where conflicts are ignored the old record stays and None is told."""
    assert users.insert("users", record, on_conflict="ignore", conflict_columns=target) is None
    assert rows(users) == [ALICE]


def test_ignoring_one_key_refuses_at_others(users: MemoryStorage) -> None:
    """Where the conflicts of one key are ignored, those of another are errors."""
    with pytest.raises(DuplicateKeyError):
        users.insert("users", {"id": 2, "email": "a@x", "name": "B"}, on_conflict="ignore")


def test_updating_touches_what_is_given(users: MemoryStorage) -> None:
    """An update on conflict changes the columns given and no others."""
    users.insert("users", {"id": 1, "name": "Bob"}, on_conflict="update")

    assert rows(users) == [{**ALICE, "name": "Bob"}]


def test_updating_needs_no_other_column(users: MemoryStorage) -> None:
    """A record that is there can be changed without what a new one must have."""
    users.insert("users", {"id": 1, "visits": 5}, on_conflict="update")

    assert rows(users) == [{**ALICE, "visits": 5}]
    with pytest.raises(NotNullError):
        users.insert("users", {"id": 2, "visits": 5}, on_conflict="update")


def test_updating_never_swallows_another_record(users: MemoryStorage) -> None:
    """An update on conflict that would take another record's key is refused."""
    users.insert("users", {"id": 2, "email": "b@x", "name": "B"})
    before = rows(users)

    for record in ({"id": 2, "email": "a@x", "name": "B"}, {"id": 3, "email": "a@x", "name": "C"}):
        with pytest.raises(DuplicateKeyError, match="email='a@x'"):
            users.insert("users", record, on_conflict="update")

    assert rows(users) == before


@pytest.mark.parametrize("policy", ["ignore", "update"])
def test_the_target_must_be_unique(users: MemoryStorage, policy: Any) -> None:
    """Columns that are not unique make no target, and the error names the missing index."""
    with pytest.raises(SchemaError, match=r"create_index\('users', \['name'\], unique=True\)"):
        users.insert("users", ALICE, on_conflict=policy, conflict_columns=("name",))
    with pytest.raises(ColumnNotFoundError):
        users.insert("users", ALICE, on_conflict=policy, conflict_columns=("nme",))


def test_a_table_without_key_needs_a_target() -> None:
    """Where a table has no primary key an update on conflict needs its columns named."""
    storage = MemoryStorage()
    storage.create_table(table_declared("t", {"a": "TEXT"}))

    with pytest.raises(SchemaError, match="no primary key"):
        storage.insert("t", {"a": "x"}, on_conflict="update")


def test_a_key_that_comes_again_meets_itself(users: MemoryStorage) -> None:
    """A batch that repeats a key gives what its records give one after the other."""
    batch = [{"id": 2, "name": "B"}, {"id": 2, "visits": 2}, {"id": 2, "name": "C"}]

    assert users.insert_many("users", batch, on_conflict="update") == 3
    assert rows(users)[1] == {"id": 2, "email": None, "name": "C", "visits": 2}
    assert users.insert_many("users", batch[:1] * 2 + [{"name": "D"}], on_conflict="ignore") == 1


def test_a_failed_batch_leaves_nothing(users: MemoryStorage) -> None:
    """A batch of which one record is refused stores none, and the error tells which."""
    batch = [{"name": str(n)} for n in range(2500)] + [{"id": 1, "name": "B"}]

    with pytest.raises(DuplicateKeyError, match=r"\(record 2500\)") as caught:
        users.insert_many("users", batch)

    assert (caught.value.row, rows(users)) == (2500, [ALICE])


def test_a_unique_index_is_a_key(users: MemoryStorage) -> None:
    """A unique index keeps records apart, and makes a target, until it is dropped."""
    users.create_index(IndexSpec("i", "users", ("visits", "name"), unique=True))
    again = {"name": "Alice", "visits": 1}

    with pytest.raises(DuplicateKeyError, match="visits=1, name='Alice'"):
        users.insert("users", again)
    target = ("name", "visits")
    assert users.insert("users", again, on_conflict="update", conflict_columns=target) == 1

    users.drop_index("users", "i")
    assert users.insert("users", again) == 2


def test_a_unique_index_over_equal_records_is_refused(users: MemoryStorage) -> None:
    """A unique index is not made where records are equal already."""
    users.insert("users", {"name": "Alice"})

    with pytest.raises(DuplicateKeyError, match="name='Alice'"):
        users.create_index(IndexSpec("i", "users", ("name",), unique=True))

    assert users.indexes("users") == []


def test_a_partial_index_is_about_some(users: MemoryStorage) -> None:
    """A unique index with a condition keeps apart the records that meet it, and is no target."""
    users.create_index(IndexSpec("i", "users", ("name",), unique=True, where="visits > 5"))
    users.insert_many("users", [{"name": "Alice", "visits": 6}, {"name": "Alice"}])

    with pytest.raises(DuplicateKeyError):
        users.update("users", {"visits": 7}, where=ALL_ROWS)
    with pytest.raises(SchemaError):
        users.insert("users", ALICE, on_conflict="update", conflict_columns=("name",))


def test_an_update_keeps_keys_apart(users: MemoryStorage) -> None:
    """An update that would make two keys equal changes nothing."""
    users.insert("users", {"name": "B", "email": "b@x"})
    before = rows(users)

    with pytest.raises(DuplicateKeyError):
        users.update("users", {"email": "c@x"}, where=ALL_ROWS)

    assert rows(users) == before


def test_a_key_may_be_changed_to_itself(users: MemoryStorage) -> None:
    """A record does not conflict with itself."""
    assert users.update("users", {"id": 1, "email": "a@x"}, where=col("id") == 1) == 1


def test_a_freed_key_can_be_taken(users: MemoryStorage) -> None:
    """A key that was removed, or changed away, is free again."""
    users.update("users", {"email": "b@x"}, where=ALL_ROWS)
    users.insert("users", {"email": "a@x", "name": "B"})
    users.delete("users", where=col("email") == "b@x")

    assert users.insert("users", {"id": 1, "email": "b@x", "name": "C"}) == 1


def test_rolling_back_frees_and_restores_keys(users: MemoryStorage) -> None:
    """After a rollback the keys are those of the records that are there."""
    users.begin()
    users.delete("users", where=ALL_ROWS)
    users.insert("users", {"id": 1, "email": "b@x", "name": "B"})
    users.rollback()

    assert users.insert("users", {"id": 2, "email": "b@x", "name": "B"}) == 2
    with pytest.raises(DuplicateKeyError):
        users.insert("users", {"email": "a@x", "name": "B"})
