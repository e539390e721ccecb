"""Laws of foreign keys in memory."""

from __future__ import annotations

from typing import Any

import pytest

from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    ForeignKeyError,
    NotNullError,
    SchemaError,
    TableNotFoundError,
)
from scitex.db.domain.predicates import ALL_ROWS, col
from scitex.db.domain.queries import Query
from scitex.db.domain.tables import ColumnSpec, ForeignKey, IndexSpec, TableSpec


def family(rule: str = "", *, column: str = "INTEGER DEFAULT 2") -> MemoryStorage:
    """Keep two parents, and a child of the first."""
    storage = MemoryStorage()
    storage.create_table(table_declared("parents", {"id": "INTEGER PRIMARY KEY"}))
    child = {"id": "INTEGER PRIMARY KEY", "parent": f"{column} REFERENCES parents(id) {rule}"}
    storage.create_table(table_declared("children", child))
    storage.insert_many("parents", [{"id": 1}, {"id": 2}])
    storage.insert("children", {"parent": 1})
    return storage


def parents_of(storage: MemoryStorage) -> list[Any]:
    """Return what the children refer to."""
    return [row["parent"] for row in storage.select(Query("children"))]


def test_a_reference_points_at_a_record() -> None:
    """A reference to no record is refused; the error names table, columns and value."""
    storage = family()

    with pytest.raises(
        ForeignKeyError, match=r"parent=7 of table 'children'.*'parents'"
    ) as caught:
        storage.insert("children", {"parent": 7})

    assert (caught.value.table, caught.value.columns) == ("children", ("parent",))
    assert parents_of(storage) == [1]


def test_a_changed_reference_points_at_a_record() -> None:
    """A reference is looked at when it is changed, too."""
    storage = family()

    with pytest.raises(ForeignKeyError):
        storage.update("children", {"parent": 7}, where=ALL_ROWS)

    assert storage.update("children", {"parent": 2}, where=ALL_ROWS) == 1


def test_null_refers_to_nothing() -> None:
    """A reference without a value is met."""
    storage = family()

    assert storage.insert("children", {"parent": None}) == 2


@pytest.mark.parametrize(
    ("rule", "left"),
    [("ON DELETE CASCADE", []), ("ON DELETE SET NULL", [None]), ("ON DELETE SET DEFAULT", [2])],
)
def test_removing_follows_the_rule(rule: str, left: list[Any]) -> None:
    """When what is referred to is removed, those that refer follow their rule."""
    storage = family(rule)

    assert storage.delete("parents", where=col("id") == 1) == 1
    assert parents_of(storage) == left


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("ON UPDATE CASCADE", [9]),
        ("ON UPDATE SET NULL", [None]),
        ("ON UPDATE SET DEFAULT", [2]),
    ],
)
def test_changing_follows_the_rule(rule: str, left: list[Any]) -> None:
    """When the key referred to is changed, those that refer follow their rule."""
    storage = family(rule)

    assert storage.update("parents", {"id": 9}, where=col("id") == 1) == 1
    assert parents_of(storage) == left


@pytest.mark.parametrize("rule", ["", "ON DELETE RESTRICT ON UPDATE RESTRICT"])
def test_what_is_referred_to_stays(rule: str) -> None:
    """Without a rule, what is referred to can be neither removed nor changed."""
    storage = family(rule)

    with pytest.raises(ForeignKeyError, match="table 'children' refers to table 'parents'"):
        storage.delete("parents", where=ALL_ROWS)
    with pytest.raises(ForeignKeyError):
        storage.update("parents", {"id": 9}, where=col("id") == 1)

    assert storage.count("parents") == 2


def test_a_rule_keeps_other_rules() -> None:
    """What a foreign key does to a record must meet that record's own rules."""
    storage = family("ON DELETE SET NULL", column="INTEGER NOT NULL")

    with pytest.raises(NotNullError, match="'parent' of table 'children'"):
        storage.delete("parents", where=ALL_ROWS)
    assert (storage.count("parents"), parents_of(storage)) == (2, [1])


def test_a_default_must_point_at_a_record() -> None:
    """SET DEFAULT is refused where the default points at nothing."""
    storage = family("ON DELETE SET DEFAULT")

    with pytest.raises(ForeignKeyError):
        storage.delete("parents", where=ALL_ROWS)


def test_a_chain_is_followed_to_its_end() -> None:
    """A removal is followed through any number of records that refer to each other."""
    storage = MemoryStorage()
    rule = "INTEGER REFERENCES nodes ON DELETE CASCADE"
    storage.create_table(table_declared("nodes", {"id": "INTEGER PRIMARY KEY", "up": rule}))
    storage.insert_many("nodes", [{"up": n or None} for n in range(300)])

    assert storage.delete("nodes", where=col("id") == 1) == 1
    assert storage.count("nodes") == 0


def test_a_record_may_refer_to_itself() -> None:
    """A record may refer to itself, and goes with itself."""
    storage = MemoryStorage()
    columns = {"id": "INTEGER PRIMARY KEY", "up": "INTEGER REFERENCES nodes"}
    storage.create_table(table_declared("nodes", columns))
    storage.insert("nodes", {"id": 1, "up": 1})

    assert storage.delete("nodes", where=ALL_ROWS) == 1


def test_records_that_refer_to_each_other_go_together() -> None:
    """A statement that removes both sides of a reference leaves nothing to complain of."""
    storage = MemoryStorage()
    columns = {"id": "INTEGER PRIMARY KEY", "up": "INTEGER REFERENCES nodes"}
    storage.create_table(table_declared("nodes", columns))
    storage.insert_many("nodes", [{"id": 1}, {"id": 2, "up": 1}, {"id": 3, "up": 2}])

    assert storage.delete("nodes", where=ALL_ROWS) == 3


def compound() -> MemoryStorage:
    """Keep a table that refers to two columns of another, in another order."""
    storage = MemoryStorage()
    storage.create_table(
        table_declared("a", {"x": "INTEGER", "y": "TEXT"}, primary_key=["x", "y"])
    )
    key = ForeignKey(["p", "q"], "a", ["y", "x"], on_update="CASCADE", on_delete="CASCADE")
    columns = [ColumnSpec("p", "TEXT"), ColumnSpec("q", "INTEGER")]
    storage.create_table(TableSpec("b", columns, foreign_keys=[key]))
    storage.insert("a", {"x": 1, "y": "k"})
    storage.insert("b", {"p": "k", "q": 1})
    return storage


def test_compound_references_are_followed_in_their_order() -> None:
    """A reference of several columns is matched column by column, as it was declared."""
    storage = compound()

    storage.update("a", {"x": 5}, where=ALL_ROWS)

    assert storage.select(Query("b")) == [{"p": "k", "q": 5}]
    with pytest.raises(ForeignKeyError):
        storage.insert("b", {"p": "k", "q": 1})
    assert storage.insert("b", {"p": "nobody", "q": None}) is None


def test_a_deferred_reference_is_looked_at_in_the_end() -> None:
    """A deferred reference may point at nothing until its transaction is committed."""
    storage = family("DEFERRABLE INITIALLY DEFERRED")
    storage.begin()
    storage.insert("children", {"parent": 7})
    storage.insert("parents", {"id": 7})
    storage.commit()

    assert parents_of(storage) == [1, 7]


def test_a_deferred_reference_fails_the_commit() -> None:
    """A commit that would leave a dangling reference fails, and undoes the transaction."""
    storage = family("DEFERRABLE INITIALLY DEFERRED")
    storage.begin()
    storage.delete("parents", where=col("id") == 1)

    with pytest.raises(ForeignKeyError):
        storage.commit()

    assert (storage.depth, storage.count("parents")) == (0, 2)


def test_outside_a_transaction_nothing_is_deferred() -> None:
    """A call alone is a transaction, so a deferred reference is looked at when it ends."""
    storage = family("DEFERRABLE INITIALLY DEFERRED")

    with pytest.raises(ForeignKeyError):
        storage.insert("children", {"parent": 7})

    assert parents_of(storage) == [1]


def test_a_savepoint_takes_a_doubt_with_it() -> None:
    """A dangling reference that was rolled back fails no commit."""
    storage = family("DEFERRABLE INITIALLY DEFERRED")
    storage.begin()
    storage.begin()
    storage.insert("children", {"parent": 7})
    storage.rollback()

    storage.commit()

    assert parents_of(storage) == [1]


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (ForeignKey("x", "nowhere"), TableNotFoundError),
        (ForeignKey("x", "parents", "nothing"), ColumnNotFoundError),
        (ForeignKey("x", "parents", "name"), SchemaError),
        (ForeignKey("x", "keyless"), SchemaError),
        (ForeignKey("word", "parents"), SchemaError),
        (ForeignKey(["x", "word"], "parents"), SchemaError),
    ],
)
def test_a_reference_needs_a_key_to_refer_to(key: ForeignKey, error: type[Exception]) -> None:
    """A foreign key must refer to a key that there is, of the same sort."""
    storage = MemoryStorage()
    parent = {"id": "INTEGER PRIMARY KEY", "name": "TEXT"}
    storage.create_table(table_declared("parents", parent))
    storage.create_table(table_declared("keyless", {"id": "INTEGER"}))
    columns = [ColumnSpec("x", "INTEGER"), ColumnSpec("word", "TEXT")]

    with pytest.raises(error):
        storage.create_table(TableSpec("t", columns, foreign_keys=[key]))

    assert storage.tables() == ["keyless", "parents"]


def test_a_unique_index_can_be_referred_to() -> None:
    """A unique index is key enough, and stays as long as it is referred to."""
    storage = MemoryStorage()
    storage.create_table(table_declared("parents", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"}))
    storage.create_index(IndexSpec("i", "parents", ("name",), unique=True))
    key = ForeignKey("name", "parents", "name")
    storage.create_table(TableSpec("t", [ColumnSpec("name", "TEXT")], foreign_keys=[key]))

    with pytest.raises(ForeignKeyError):
        storage.insert("t", {"name": "a"})
    with pytest.raises(SchemaError, match="a foreign key of table 't' needs it"):
        storage.drop_index("parents", "i")


def test_a_table_that_is_referred_to_is_not_dropped() -> None:
    """A table that another one refers to is not dropped, with records or without."""
    storage = family()
    storage.delete("children", where=ALL_ROWS)

    with pytest.raises(ForeignKeyError, match="'children' refers to it"):
        storage.drop_table("parents")

    storage.drop_table("children")
    storage.drop_table("parents")
    assert storage.tables() == []
