"""Laws of making, changing and removing tables in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import (
    CheckError,
    ColumnNotFoundError,
    DuplicateKeyError,
    ForeignKeyError,
    IndexNotFoundError,
    SchemaError,
    TableNotFoundError,
    UnsupportedFeatureError,
)
from scitex.db.domain.predicates import ALL_ROWS, col
from scitex.db.domain.queries import Query
from scitex.db.domain.tables import ColumnSpec, ForeignKey, IndexSpec, TableSpec

COLUMNS = {
    "id": "INTEGER PRIMARY KEY",
    "email": "TEXT UNIQUE",
    "score": "REAL CHECK (score >= 0 AND Score < 1000)",
    "team": "INTEGER REFERENCES teams(id)",
    "note": "TEXT",
}
INDEX = IndexSpec("idx", "users", ("note",))


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> MemoryStorage:
    """Keep a table that has one of everything, and the one that it refers to."""
    engine: Engine = request.param
    storage = MemoryStorage(emulate=engine)
    storage.create_table(table_declared("teams", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"}))
    storage.create_table(table_declared("users", COLUMNS))
    storage.create_index(INDEX)
    storage.insert("teams", {"id": 1})
    storage.insert("users", {"email": "a", "score": 1.5, "team": 1, "note": "n"})
    return storage


def test_the_same_table_is_left_alone(storage: MemoryStorage) -> None:
    """Making a table or an index that is there already changes nothing."""
    storage.create_table(table_declared("users", COLUMNS))
    storage.create_index(INDEX)

    assert storage.count("users") == 1


def test_a_keys_columns_must_have_values() -> None:
    """The columns of a primary key must have values, whatever their spec says."""
    storage = MemoryStorage()
    spec = TableSpec("t", [ColumnSpec("id", "INTEGER")], primary_key="id")
    storage.create_table(spec)
    storage.create_table(spec)

    assert storage.insert("t", {}) == 1
    assert not storage.describe("t").column("id").nullable


def test_another_table_of_the_name_is_told(storage: MemoryStorage) -> None:
    """Making another table of a name that is taken is refused, and the differences are listed."""
    with pytest.raises(SchemaError, match="'more' is missing"):
        storage.create_table(table_declared("users", {**COLUMNS, "more": "TEXT"}))


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.create_table(table_declared("idx", {"a": "TEXT"})),
        lambda s: s.rename_table("teams", to="users"),
        lambda s: s.rename_table("teams", to="teams"),
        lambda s: s.rename_table("teams", to="idx"),
        lambda s: s.rename_column("users", "note", to="email"),
        lambda s: s.add_column("users", ColumnSpec("note", "TEXT")),
        lambda s: s.create_index(IndexSpec("idx", "users", ("score",))),
        lambda s: s.create_index(IndexSpec("idx", "teams", ("name",))),
        lambda s: s.create_index(IndexSpec("users", "teams", ("name",))),
    ],
)
def test_a_name_is_given_once(storage: MemoryStorage, call: Callable[..., None]) -> None:
    """A name that a table, a column or an index has is not given again."""
    with pytest.raises(SchemaError):
        call(storage)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda s: s.drop_table("user"), TableNotFoundError),
        (lambda s: s.rename_table("user", to="x"), TableNotFoundError),
        (lambda s: s.describe("user"), TableNotFoundError),
        (lambda s: s.indexes("user"), TableNotFoundError),
        (lambda s: s.count(["users"]), ValueError),
        (lambda s: s.drop_column("users", "nte"), ColumnNotFoundError),
        (lambda s: s.rename_column("users", "nte", to="x"), ColumnNotFoundError),
        (lambda s: s.create_index(IndexSpec("i", "users", ("nte",))), ColumnNotFoundError),
        (lambda s: s.drop_index("users", "idy"), IndexNotFoundError),
        (lambda s: s.drop_index("teams", "idx"), IndexNotFoundError),
    ],
)
def test_names_that_are_not_there_are_refused(
    storage: MemoryStorage, call: Callable[..., None], error: type[Exception]
) -> None:
    """A call that names what is not there is refused."""
    with pytest.raises(error):
        call(storage)


def test_a_renamed_table_keeps_everything(storage: MemoryStorage) -> None:
    """A renamed table keeps its records, rules and indexes, and what refers to it follows."""
    storage.rename_table("teams", to="groups")
    storage.rename_table("users", to="people")

    assert storage.describe("people").foreign_keys == (ForeignKey("team", "groups", "id"),)
    assert storage.indexes("people") == [IndexSpec("idx", "people", ("note",))]
    with pytest.raises(ForeignKeyError):
        storage.insert("people", {"team": 2})
    with pytest.raises(DuplicateKeyError):
        storage.insert("people", {"email": "a"})


def test_a_renamed_column_keeps_everything(storage: MemoryStorage) -> None:
    """A renamed column keeps its values, and keys, rules, indexes and references follow."""
    for old, new in (("score", "two words"), ("email", "mail"), ("note", "n"), ("team", "t")):
        storage.rename_column("users", old, to=new)
    storage.rename_column("teams", "id", to="key")

    spec = storage.describe("users")
    assert spec.names == ("id", "mail", "two words", "t", "n")
    assert spec.unique == (("mail",),)
    assert spec.foreign_keys == (ForeignKey("t", "teams", "key"),)
    assert spec.checks == ('"two words" >= 0 AND "two words" < 1000',)
    assert storage.indexes("users") == [IndexSpec("idx", "users", ("n",))]
    with pytest.raises(CheckError):
        storage.update("users", {"two words": -1}, where=ALL_ROWS)
    assert storage.select(Query("users", ("two words", "mail"))) == [
        {"two words": 1.5, "mail": "a"}
    ]


def test_renaming_reads_names_as_the_engine_does() -> None:
    """In a CHECK only what means the column is renamed: no string, no word, no other column."""
    storage = MemoryStorage()
    check = """a = 'a' OR "a" IN (1) OR Ab > A"""
    columns = [ColumnSpec("a", ""), ColumnSpec("Ab", "")]
    storage.create_table(TableSpec("t", columns, checks=[check]))

    storage.rename_column("t", "a", to="in")

    assert storage.describe("t").checks == ("""\"in" = 'a' OR "in" IN (1) OR Ab > "in\"""",)


def test_an_added_column_comes_last_with_its_default(storage: MemoryStorage) -> None:
    """Records that are there take the default of an added column."""
    storage.add_column("users", ColumnSpec("level", "INTEGER", nullable=False, default="3"))
    storage.add_column("users", ColumnSpec("twice", "INTEGER", generated="level * 2"))

    found = storage.select(Query("users", ("level", "twice")))

    assert found == [{"level": 3, "twice": 6}]
    assert storage.describe("users").names[-2:] == ("level", "twice")


@pytest.mark.parametrize(
    ("column", "error"),
    [
        (ColumnSpec("x", "TEXT", nullable=False), SchemaError),
        (ColumnSpec("x", "TEXT", nullable=False, default="NULL"), SchemaError),
        (ColumnSpec("x", "INTEGER", autoincrement=True), UnsupportedFeatureError),
        (ColumnSpec("x", "TEXT", default="random()"), UnsupportedFeatureError),
    ],
)
def test_a_column_that_cannot_be_added_is_refused(
    storage: MemoryStorage, column: ColumnSpec, error: type[Exception]
) -> None:
    """A column that must have a value needs a default to be added."""
    with pytest.raises(error):
        storage.add_column("users", column)

    assert storage.describe("users").names == tuple(COLUMNS)


def test_a_dropped_column_takes_its_values_along(storage: MemoryStorage) -> None:
    """After a column is dropped the others, and their keys, are as they were."""
    storage.drop_index("users", "idx")
    storage.drop_column("users", "note")

    assert storage.select(Query("users")) == [{"id": 1, "email": "a", "score": 1.5, "team": 1}]
    with pytest.raises(DuplicateKeyError):
        storage.insert("users", {"email": "a"})
    assert storage.insert("users", {"email": "b"}) == 2


@pytest.mark.parametrize("column", ["id", "email", "score", "team", "note"])
def test_a_column_that_is_needed_is_not_dropped(storage: MemoryStorage, column: str) -> None:
    """A column that a key, a rule or an index needs is not dropped."""
    with pytest.raises(SchemaError, match=f"'{column}' of table 'users' cannot be dropped"):
        storage.drop_column("users", column)


def test_counted_numbers_outlive_a_dropped_column() -> None:
    """A column that counts goes on counting where another one before it is dropped."""
    storage = MemoryStorage()
    columns = {"first": "TEXT", "id": "INTEGER PRIMARY KEY AUTOINCREMENT"}
    storage.create_table(table_declared("t", columns))
    storage.insert("t", {"id": 5})
    storage.delete("t", where=ALL_ROWS)
    storage.drop_column("t", "first")

    assert storage.insert("t", {}) == 6


def test_partial_indexes_outlive_changes() -> None:
    """The condition of an index follows its columns, wherever they go."""
    storage = MemoryStorage()
    columns = {"first": "TEXT", "n": "INTEGER", "on": "BOOLEAN"}
    storage.create_table(table_declared("t", columns))
    storage.create_index(IndexSpec("i", "t", ("n",), unique=True, where='"on"'))
    storage.drop_column("t", "first")
    storage.rename_column("t", "on", to="active")
    storage.insert_many("t", [{"n": 1, "active": True}, {"n": 1, "active": False}])

    with pytest.raises(DuplicateKeyError):
        storage.update("t", {"active": True}, where=ALL_ROWS)
    assert storage.indexes("t") == [IndexSpec("i", "t", ("n",), unique=True, where='"active"')]


CHANGES: dict[str, Callable[[MemoryStorage], None]] = {
    "create table": lambda s: s.create_table(table_declared("new", {"a": "TEXT"})),
    "drop table": lambda s: s.drop_table("users"),
    "rename table": lambda s: s.rename_table("teams", to="groups"),
    "add column": lambda s: s.add_column("users", ColumnSpec("new", "TEXT", default="'x'")),
    "drop column": lambda s: s.drop_column("teams", "name"),
    "rename column": lambda s: s.rename_column("users", "email", to="mail"),
    "create index": lambda s: s.create_index(IndexSpec("i", "users", ("score",), unique=True)),
    "drop index": lambda s: s.drop_index("users", "idx"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes_are_rolled_back_with_records(storage: MemoryStorage, name: str) -> None:
    """A rollback takes back what was done to tables, and to records before and after."""
    before = [(each, storage.describe(each), storage.indexes(each)) for each in storage.tables()]
    storage.begin()
    storage.insert("teams", {"id": 2})
    CHANGES[name](storage)
    for each in storage.tables():
        storage.delete(each, where=ALL_ROWS) if each == "users" else storage.insert(each, {})
    storage.rollback()

    after = [(each, storage.describe(each), storage.indexes(each)) for each in storage.tables()]
    assert after == before
    assert [storage.count("teams"), storage.count("users")] == [1, 1]
    with pytest.raises(DuplicateKeyError):
        storage.insert("users", {"email": "a"})
    assert storage.insert("users", {"email": "b", "team": 1, "score": 1.5}) == 2


@pytest.mark.parametrize("name", CHANGES)
def test_changes_are_kept_when_committed(storage: MemoryStorage, name: str) -> None:
    """A commit keeps what was done to tables, and the records go on working."""
    storage.begin()
    CHANGES[name](storage)
    told = [(each, storage.describe(each), storage.indexes(each)) for each in storage.tables()]
    storage.commit()

    after = [(each, storage.describe(each), storage.indexes(each)) for each in storage.tables()]
    assert after == told
    for each in storage.tables():
        storage.insert(each, {"id": 5} if "id" in storage.describe(each).names else {})


def test_a_table_can_be_made_again(storage: MemoryStorage) -> None:
    """A table that was dropped is gone with its records and the names of its indexes."""
    storage.drop_table("users")
    storage.create_table(table_declared("users", COLUMNS))
    storage.create_index(INDEX)

    assert (storage.count("users"), storage.insert("users", {})) == (0, 1)


def test_conditions_find_records_after_changes(storage: MemoryStorage) -> None:
    """Keys find records whatever was done to their table."""
    storage.rename_column("users", "id", to="number")
    storage.add_column("users", ColumnSpec("more", "TEXT"))

    assert storage.count("users", where=col("number") == 1) == 1
    assert storage.count("users", where=col("email").in_(["a", "b"])) == 1
