"""Laws of the storage in memory that the engines' contract does not reach."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.domain.capabilities import Capability
from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
    InvalidNameError,
    ProgrammingError,
    TableNotFoundError,
    TransactionStateError,
    UnsupportedFeatureError,
)
from scitex.db.domain.predicates import (
    ALL_ROWS,
    And,
    Column,
    Compare,
    Literal,
    OrderTerm,
    col,
)
from scitex.db.domain.queries import Query, Text, given
from scitex.db.ports.storage import Storage

ORDERED = Query("t", order_by=(OrderTerm("id"),))


@pytest.fixture
def storage() -> MemoryStorage:
    """Keep a table of numbered names."""
    storage = MemoryStorage()
    storage.create_table(table_declared("t", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"}))
    return storage


def keep(storage: Storage) -> Storage:
    """Take what keeps the port's promises, as the type checker sees it."""
    return storage


def test_it_says_what_it_is(storage: MemoryStorage) -> None:
    """The engine tells its name, place, version and what it offers: nothing extra."""
    told = keep(storage)

    assert (told.engine, told.location, told.version) == (
        "memory",
        ":memory:",
        "1, by the rules of sqlite",
    )
    assert told.capabilities == {Capability.BACKUPS}


def test_its_size_grows(storage: MemoryStorage) -> None:
    """The size is 0 without records and grows about as their number does."""
    sizes = [storage.size]
    for number in (200, 200):
        storage.insert_many("t", [{"name": "x" * 100}] * number)
        sizes.append(storage.size)

    assert sizes[0] == 0
    assert sizes[2] == pytest.approx(2 * sizes[1], rel=0.1)


def test_only_two_engines_are_emulated() -> None:
    """An engine that is not known is refused."""
    with pytest.raises(InterfaceError, match="emulate"):
        MemoryStorage(emulate="oracle")  # type: ignore[arg-type]


def test_statements_are_refused(storage: MemoryStorage) -> None:
    """SQL statements are not run, and the error tells the way out."""
    for call in (storage.execute, storage.query):
        with pytest.raises(UnsupportedFeatureError, match="SQLite3"):
            call("SELECT 1", params=[1])


def test_closing_is_for_good(storage: MemoryStorage) -> None:
    """After closing, which may be done twice, every call is refused, and nothing is left."""
    storage.begin()
    storage.close()
    storage.close()

    assert (storage.rollback(), storage.depth) == (None, 0)
    for call in (storage.tables, storage.begin, storage.commit, lambda: storage.execute("x")):
        with pytest.raises(InterfaceError, match="closed"):
            call()
    assert MemoryStorage().tables() == []


VALUES = {
    "INTEGER": (np.int64(5), 5),
    "REAL": (3, 3.0),
    "NUMERIC": (0.1, decimal.Decimal("0.1")),
    "TEXT": ("é", "é"),
    "BOOLEAN": (np.bool_(1), True),
    "BLOB": (bytearray(b"x"), b"x"),
    "TIMESTAMP": ("2025-0530-1400", dt.datetime(2025, 5, 30, 14)),
    "TIMESTAMPTZ": (
        dt.datetime(2025, 5, 30, 14, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        dt.datetime(2025, 5, 30, 12, tzinfo=dt.UTC),
    ),
    "DATE": ("2025-05-30", dt.date(2025, 5, 30)),
    "TIME": (dt.time(14), dt.time(14)),
    "INTERVAL": (dt.timedelta(1), dt.timedelta(1)),
    "UUID": (str(uuid.UUID(int=5)), uuid.UUID(int=5)),
    "JSON": ({"a": (1, None)}, {"a": [1, None]}),
    "REAL DEFAULT 5": (float("nan"), None),
    "tsvector": (dt.date(2025, 5, 30), "2025-05-30"),
    "money": (decimal.Decimal("2.50"), 2.5),
    "": ([1, True], "[1, true]"),
}


@pytest.mark.parametrize("word", VALUES)
def test_values_come_back_in_their_columns_kind(word: str) -> None:
    """A value comes back equal, as the plain Python value of its column's kind."""
    storage = MemoryStorage()
    storage.create_table(table_declared("t", {"x": word}))
    value, expected = VALUES[word]
    storage.insert("t", {"x": value})

    (found,) = storage.select(Query("t"))

    assert (found["x"], type(found["x"])) == (expected, type(expected))


@pytest.mark.parametrize(
    "value", [object(), 2**64, {"x": float("inf")}, decimal.Decimal("1e-999")]
)
def test_a_column_of_no_type_takes_no_object(value: object) -> None:
    """A column of no known type takes what a database keeps, and nothing else."""
    storage = MemoryStorage()
    storage.create_table(table_declared("t", {"x": ""}))

    with pytest.raises(DataError, match="column 'x'"):
        storage.insert("t", {"x": value})


def test_nothing_given_back_is_alive() -> None:
    """Changing what was given, or what came back, changes no record."""
    storage = MemoryStorage()
    storage.create_table(table_declared("t", {"x": "JSON"}))
    given_in = {"list": [1]}
    storage.insert("t", {"x": given_in})
    given_in["list"].append(2)
    storage.select(Query("t"))[0]["x"]["list"].append(3)
    storage.select(Query("t"))[0]["y"] = 1

    assert storage.select(Query("t")) == [{"x": {"list": [1]}}]


def test_a_record_may_be_any_mapping(storage: MemoryStorage) -> None:
    """A record is any mapping; what is none is refused with its place."""
    storage.insert_many("t", [MappingProxyType({"name": "a"})])

    with pytest.raises(InterfaceError, match=r"record 1 must .* not tuple"):
        storage.insert_many("t", [{"name": "b"}, ("id", 1)])  # type: ignore[list-item]
    assert storage.count("t") == 1


def test_unknown_columns_come_before_wrong_values(storage: MemoryStorage) -> None:
    """A record with a column that is not there is told that, whatever else is wrong with it."""
    with pytest.raises(ColumnNotFoundError, match="did you mean 'name'"):
        storage.insert("t", {"id": "one", "nam": "a"})
    with pytest.raises(ColumnNotFoundError, match="did you mean 'name'"):
        storage.update("t", {"nam": "a"}, where=ALL_ROWS)
    with pytest.raises(InvalidNameError):
        storage.insert("t", {5: "a"})  # type: ignore[dict-item]


def test_a_refused_value_tells_its_place(storage: MemoryStorage) -> None:
    """The error of a value tells table, column and the record's place in its batch."""
    with pytest.raises(DataError) as caught:
        storage.insert_many("t", [{"name": "a"}, {"name": 5}])

    assert (caught.value.table, caught.value.column, caught.value.row) == ("t", "name", 1)


def test_the_records_may_use_the_storage(storage: MemoryStorage) -> None:
    """What gives the records may read and write meanwhile, and goes with them when they fail."""
    storage.create_table(table_declared("log", {"n": "INTEGER"}))

    def using(*, fails: bool) -> Iterator[dict[str, Any]]:
        for number in range(2500):
            storage.insert("log", {"n": storage.count("t")})
            yield {"name": str(number)}
        if fails:
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        storage.insert_many("t", using(fails=True))
    assert (storage.count("t"), storage.count("log"), storage.depth) == (0, 0, 0)

    assert storage.insert_many("t", using(fails=False)) == 2500
    assert storage.count("log") == 2500


def test_a_transaction_left_open_by_the_records_fails(storage: MemoryStorage) -> None:
    """What gives the records cannot leave a transaction open behind it."""

    def leaving() -> Iterator[dict[str, Any]]:
        storage.begin()
        yield {"name": "a"}

    with pytest.raises(TransactionStateError):
        storage.insert_many("t", leaving())
    assert (storage.count("t"), storage.depth) == (0, 0)


def test_no_records_still_need_a_table(storage: MemoryStorage) -> None:
    """A batch of nothing stores nothing, where table and key are there."""
    assert storage.insert_many("t", []) == 0
    with pytest.raises(TableNotFoundError):
        storage.insert_many("nowhere", [])
    with pytest.raises(ColumnNotFoundError):
        storage.update_many("t", [], key=("nothing",))


def test_a_stream_gives_what_was_there(storage: MemoryStorage) -> None:
    """A stream gives the records that were there when the first was asked for."""
    storage.insert_many("t", [{"name": "a"}, {"name": "b"}])
    stream = storage.stream(ORDERED)
    storage.insert("t", {"name": "c"})

    found = []
    for record in stream:
        found.append(record["name"])
        storage.delete("t", where=ALL_ROWS)

    assert found == ["a", "b", "c"]


def test_a_stream_is_checked_when_it_is_asked() -> None:
    """A stream of a table that is not there fails when its first record is asked for."""
    storage = MemoryStorage()
    stream = storage.stream(Query("t"))

    with pytest.raises(TableNotFoundError):
        next(stream)


def test_a_stream_ends_with_its_storage(storage: MemoryStorage) -> None:
    """A stream of a storage that was closed gives nothing more."""
    storage.insert_many("t", [{"name": "a"}, {"name": "b"}])
    stream = storage.stream(ORDERED)
    next(stream)
    storage.close()

    with pytest.raises(InterfaceError):
        next(stream)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"id": 2}, ["b"]),
        ({"id": 2.0}, ["b"]),
        ({"id": [3, 1, 9, 3]}, ["a", "c"]),
        ({"id": None}, []),
        ({"id": 2, "name": "x"}, []),
        ({"id": [1, None]}, ["a"]),
        (col("id") == 2.5, []),
        (Compare(Literal(2), "=", Column("id")), ["b"]),
        ((col("id") == 1) & (col("id") == 2), []),
        ((col("id") == 1) | (col("id") == 2), ["a", "b"]),
    ],
)
def test_keys_find_what_reading_all_finds(
    storage: MemoryStorage, where: Any, expected: list[str]
) -> None:
    """A condition that fixes a key keeps what it would keep without one, in the same order."""
    storage.create_table(table_declared("bare", {"id": "INTEGER", "name": "TEXT"}))
    for table in ("t", "bare"):
        storage.insert_many(table, [{"id": n, "name": c} for n, c in enumerate("abc", 1)])
    asked = given(where)

    found = [
        [
            row["name"]
            for row in storage.select(Query(table, where=asked.condition), values=asked.values)
        ]
        for table in ("t", "bare")
    ]

    assert found == [expected, expected]


def test_compound_keys_find_records() -> None:
    """A compound key finds records whatever the order in which its columns are named."""
    storage = MemoryStorage()
    storage.create_table(
        table_declared("t", {"a": "TEXT", "b": "INTEGER"}, primary_key=["a", "b"])
    )
    storage.insert_many("t", [{"a": a, "b": b} for a in "xy" for b in (1, 2)])

    both = And(col("b").in_([2, 1]), col("a") == "x")

    assert storage.count("t", where=both) == 2
    assert storage.count("t", where=And(col("b") == 2, col("a") == "z")) == 0


@pytest.mark.parametrize("key", [("id",), ("name",), ("name", "id")])
def test_update_many_finds_by_any_key(storage: MemoryStorage, key: tuple[str, ...]) -> None:
    """update_many changes what its key finds, unique or not, and NULL finds nothing."""
    storage.add_column("t", next(iter(table_declared("x", {"n": "INTEGER"}).columns)))
    storage.insert_many("t", [{"name": "a"}, {"name": "b"}, {"name": None}])
    records = [{"id": 1, "name": "a", "n": 1}, {"id": None, "name": None, "n": 2}]
    changes = [
        {name: value for name, value in record.items() if name in key or name == "n"}
        for record in records
    ]

    assert storage.update_many("t", changes, key=key) == 1
    assert [row["n"] for row in storage.select(ORDERED)] == [1, None, None]


@pytest.mark.parametrize("record", [{"name": "a"}, {"id": 1}])
def test_update_many_needs_key_and_change(storage: MemoryStorage, record: dict[str, Any]) -> None:
    """A record that lacks its key, or has nothing else, is refused with its place."""
    with pytest.raises(ProgrammingError, match="record 1"):
        storage.update_many("t", [{"id": 1, "name": "b"}, record], key=("id",))


def test_an_update_changes_something(storage: MemoryStorage) -> None:
    """An update without changes is refused."""
    with pytest.raises(ProgrammingError):
        storage.update("t", {}, where=ALL_ROWS)


@pytest.mark.parametrize(
    ("descending", "expected"),
    [(False, [-1.5, 2, "B", "a", "é", b"x", None]), (True, [b"x", "é", "a", "B", 2, -1.5, None])],
)
def test_values_of_any_sorts_are_ordered(descending: bool, expected: list[Any]) -> None:
    """Numbers come before text and text before bytes; NULLs are last either way."""
    storage = MemoryStorage()
    storage.create_table(table_declared("t", {"x": ""}))
    storage.insert_many("t", [{"x": value} for value in ("a", None, b"x", 2, "é", -1.5, "B")])

    found = storage.select(Query("t", order_by=(OrderTerm("x", descending=descending),)))

    assert [row["x"] for row in found] == expected


def test_equal_records_keep_their_order(storage: MemoryStorage) -> None:
    """Records that are equal in the order asked for stay as they came, also after a rollback."""
    storage.insert_many("t", [{"name": name} for name in "abab"])
    storage.begin()
    storage.delete("t", where=col("name") == "a")
    storage.rollback()

    by_name = storage.select(Query("t", order_by=(OrderTerm("name"),)))
    assert [row["id"] for row in by_name] == [1, 3, 2, 4]
    assert [row["id"] for row in storage.select(Query("t"))] == [1, 2, 3, 4]


def test_a_part_is_asked_for(storage: MemoryStorage) -> None:
    """Limit and offset take a part, 0 means none, and the columns come as they are asked for."""
    storage.insert_many("t", [{"name": name} for name in "abc"])

    assert storage.select(Query("t", ("name", "id"), limit=1, offset=1)) == [
        {"name": "b", "id": 2}
    ]
    assert storage.select(Query("t", limit=0)) == []
    assert storage.select(Query("t", offset=5)) == []
    assert list(storage.select(Query("t", ("name", "id"), limit=1))[0]) == ["name", "id"]


@pytest.mark.parametrize(
    "query",
    [
        Query("t", ("nothing",), limit=0),
        Query("t", order_by=(OrderTerm("nothing"),)),
        Query("t", where=col("nothing") == 1),
        Query("t", where=Text("nothing = 1")),
    ],
)
def test_unknown_columns_are_refused_without_records(storage: MemoryStorage, query: Query) -> None:
    """A query that names a column that is not there is refused, records or none."""
    with pytest.raises(ColumnNotFoundError):
        storage.select(query)


def test_a_text_takes_its_values(storage: MemoryStorage) -> None:
    """The placeholders of a text take the values given, by place or by name."""
    storage.insert_many("t", [{"name": name} for name in "abc"])
    texts = [
        (Text("id > ? AND name <> ?", "question"), (1, "b")),
        (Text("id > :low AND name <> :not", "named"), {"low": 1, "not": "b"}),
    ]

    assert [storage.count("t", where=text, values=values) for text, values in texts] == [1, 1]


def test_savepoints_undo_their_own_part(storage: MemoryStorage) -> None:
    """An inner level undoes its own part only, and an outer one all of it."""
    storage.begin()
    storage.insert("t", {"name": "outer"})
    storage.begin()
    storage.insert("t", {"name": "inner"})
    storage.rollback()
    assert (storage.count("t"), storage.depth) == (1, 1)

    storage.begin()
    storage.insert("t", {"name": "kept"})
    storage.commit()
    assert storage.count("t") == 2

    storage.rollback()
    assert (storage.count("t"), storage.depth) == (0, 0)


def test_a_failed_call_leaves_its_transaction_usable(storage: MemoryStorage) -> None:
    """A call that fails inside a transaction undoes itself alone."""
    storage.begin()
    storage.insert("t", {"id": 1})
    with pytest.raises(DataError):
        storage.insert_many("t", [{"id": 2}, {"id": "x"}])
    storage.insert("t", {"id": 3})
    storage.commit()

    assert [row["id"] for row in storage.select(ORDERED)] == [1, 3]


def test_an_outer_owner_closes_what_is_inside(storage: MemoryStorage) -> None:
    """An owner's rollback closes the levels that were left open inside its own."""
    owner = object()
    storage.begin(owner)
    storage.begin()
    storage.insert("t", {})

    with pytest.raises(TransactionStateError):
        storage.commit(owner)
    storage.rollback(owner)

    assert (storage.count("t"), storage.depth) == (0, 0)
