"""Laws about many records at once: insert_many and update_many."""

from __future__ import annotations

import itertools
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from scitex.db import Database
from scitex.db.domain.errors import (
    CheckError,
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    Error,
    InterfaceError,
    NotNullError,
    ProgrammingError,
)
from scitex.db.testing.contract.ground import PEOPLE, Laws, ids, undone
from scitex.db.testing.naming import told

MANY = 5000
ITEMS = {
    "id": "INTEGER PRIMARY KEY",
    "name": "TEXT NOT NULL",
    "n": "INTEGER DEFAULT 7 CHECK (n < 1000000)",
}
# A record that cannot be stored, why, and the error.
SPOILERS: list[tuple[Any, type[Error]]] = [
    ({"id": 1, "name": "again"}, DuplicateKeyError),
    ({"id": -1, "name": None}, NotNullError),
    ({"id": -1}, NotNullError),
    ({"id": -1, "name": "x", "n": "much"}, DataError),
    ({"id": -1, "name": "x", "n": 2**63}, DataError),
    ({"id": -1, "name": "NUL \0 here"}, DataError),
    ({"id": -1, "name": "half a \ud800"}, DataError),
    ({"id": -1, "name": "x", "n": 1_000_000}, CheckError),
    ({"id": -1, "name": "x", "m": 1}, ColumnNotFoundError),
    ({"id": -1, "name": "x", 5: 1}, Error),
    (None, InterfaceError),
    ("name", InterfaceError),
]
SPOILER_IDS = "key null missing text range nul surrogate check column number none str".split()


class StoppedError(Exception):
    """Raised by the source of the records itself."""


def many(count: int = MANY) -> Iterator[dict[str, Any]]:
    """Yield records with the keys from 1 up."""
    return ({"id": number, "name": f"name {number}"} for number in range(1, count + 1))


def spoilt(place: int, spoiler: Any) -> Iterator[Any]:
    """Yield very many records, of which one cannot be stored."""
    records = many()
    yield from itertools.islice(records, place)
    yield spoiler
    yield from records


def stopping(error: type[BaseException], after: int = 3000) -> Iterator[dict[str, Any]]:
    """Yield records, and raise in the middle."""
    yield from many(after)
    raise error


class BatchLaws(Laws):
    """What must hold for many records at once."""

    @pytest.fixture
    def items(self, db: Database) -> Database:
        """Return a database with an empty table ``items``."""
        db.create_table("items", ITEMS)
        return db

    def test_records_while_another_thread_imports_pandas(
        self, items: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The module is among the others then, and has no DataFrame yet."""
        monkeypatch.setitem(sys.modules, "pandas", types.ModuleType("pandas"))

        assert items.insert_many("items", many(3)) == 3
        assert items.update_many("items", [{"id": 1, "name": "other"}]) == 1

    @pytest.mark.parametrize("count", [0, 1, 2, 999, MANY])
    def test_all_records_are_stored(self, items: Database, count: int) -> None:
        """A batch stores every record and returns their number."""
        assert (items.insert_many("items", many(count)), items.count("items")) == (count, count)

    @pytest.mark.parametrize(
        "shape", [list, tuple, iter, lambda r: dict(enumerate(r)).values()], ids=told
    )
    def test_any_iterable_is_taken(self, items: Database, shape: Any) -> None:
        """Records come in a list, a tuple, an iterator or any other iterable."""
        assert items.insert_many("items", shape(list(many(3)))) == 3

    @pytest.mark.parametrize("records", ["abc", b"abc", {"id": 1, "name": "x"}, None, 5], ids=repr)
    @pytest.mark.parametrize("call", ["insert_many", "update_many"])
    def test_what_holds_no_records_is_refused(
        self, items: Database, call: str, records: Any
    ) -> None:
        """One record, text or a number is no batch, and it is said what one is."""
        with pytest.raises(InterfaceError):
            getattr(items, call)("items", records)

    @pytest.mark.parametrize("place", [1, 2999, MANY])
    def test_a_failed_insert_many_of_5000_rows_leaves_none(
        self, items: Database, place: int
    ) -> None:
        """A key that comes again, wherever it stands, is enough to store no record at all."""
        with pytest.raises(DuplicateKeyError):
            items.insert_many("items", spoilt(place, {"id": 1, "name": "again"}))

        assert items.count("items") == 0

    @pytest.mark.parametrize(("spoiler", "error"), SPOILERS, ids=SPOILER_IDS)
    def test_any_fault_is_enough_to_store_none(
        self, items: Database, spoiler: Any, error: type[Error]
    ) -> None:
        """One record that cannot be stored, whatever its fault, is enough to store none."""
        with pytest.raises(error):
            items.insert_many("items", spoilt(2999, spoiler))

        assert items.count("items") == 0

    @pytest.mark.parametrize("place", [1, 2999])
    @pytest.mark.parametrize(("spoiler", "error"), SPOILERS[:8], ids=SPOILER_IDS[:8])
    def test_the_record_that_failed_is_told(
        self, items: Database, spoiler: Any, error: type[Any], place: int
    ) -> None:
        """The error of a batch tells which of its records failed, counted from 0."""
        with pytest.raises(error) as caught:
            items.insert_many("items", spoilt(place, spoiler))

        assert (caught.value.row, f"record {place}" in str(caught.value)) == (place, True)

    def test_a_failed_batch_leaves_what_was_there(self, users: Database) -> None:
        """A batch that fails changes nothing of what was stored before."""
        with pytest.raises(DuplicateKeyError):
            users.insert_many("users", [{"id": 9, "name": "x"}, {"id": 1, "name": "again"}])

        assert users.select("users", order_by="id") == PEOPLE

    def test_a_failed_batch_in_a_transaction_undoes_itself_alone(self, items: Database) -> None:
        """Inside a transaction a batch that fails is undone whole, and nothing else is."""
        with items.transaction():
            items.insert("items", {"id": -5, "name": "before"})
            with pytest.raises(DuplicateKeyError):
                items.insert_many("items", spoilt(4000, {"id": 1, "name": "again"}))
            items.insert("items", {"id": -6, "name": "after"})

        assert sorted(ids(items.select("items"))) == [-6, -5]

    def test_insert_many_inside_a_transaction_rolls_back_with_it(self, items: Database) -> None:
        """A batch that succeeded inside a transaction goes when that is rolled back."""
        with undone(items):
            items.insert_many("items", many())

        assert items.count("items") == 0

    @pytest.mark.parametrize("error", [StoppedError, KeyboardInterrupt, SystemExit, GeneratorExit])
    def test_a_generator_that_raises_midway_leaves_nothing(
        self, items: Database, error: type[BaseException]
    ) -> None:
        """An exception of the records' own source comes through, and nothing is stored."""
        with pytest.raises(error):
            items.insert_many("items", stopping(error))

        assert (items.count("items"), items.in_transaction) == (0, False)

    def test_a_generator_may_read_the_database(self, items: Database) -> None:
        """The source of the records may ask the same database while it is being read."""
        items.insert("items", {"id": 0, "name": "zero"})
        records = (
            {"name": items.select("items", where={"id": 0})[0]["name"]} for _ in range(2500)
        )

        assert items.insert_many("items", records) == 2500

    def test_a_generator_may_write_the_database(self, items: Database) -> None:
        """The source of the records may write to the same database while it is being read."""
        items.create_table("log", {"id": "INTEGER PRIMARY KEY", "n": "INTEGER"})
        records = (
            {"id": number, "name": f"entry {items.insert('log', {'n': number})}"}
            for number in range(1, 2501)
        )
        items.insert_many("items", records)

        assert (items.count("items"), items.count("log")) == (2500, 2500)

    def test_a_generator_may_copy_a_table(self, items: Database) -> None:
        """The records of one table can be the source of another's, as they come."""
        items.create_table("copies", ITEMS)
        items.insert_many("items", many())
        items.insert_many("copies", items.iter_select("items"))

        assert items.select("copies", order_by="id") == items.select("items", order_by="id")

    def test_records_may_name_different_columns(self, items: Database) -> None:
        """Records are matched by name; a column that one leaves out takes its default."""
        items.insert_many(
            "items",
            [
                {"id": 1, "name": "a", "n": 5},
                {"n": 6, "name": "b", "id": 2},
                {"name": "c", "id": 3},
                {"id": 4, "name": "d", "n": None},
                {"name": "e", "n": 8, "id": 5},
            ],
        )

        assert items.select("items", order_by="id") == [
            {"id": 1, "name": "a", "n": 5},
            {"id": 2, "name": "b", "n": 6},
            {"id": 3, "name": "c", "n": 7},
            {"id": 4, "name": "d", "n": None},
            {"id": 5, "name": "e", "n": 8},
        ]

    def test_records_are_stored_in_their_order(self, db: Database) -> None:
        """Records that differ in columns are numbered in the order in which they came."""
        db.create_table(
            "t", {"id": "INTEGER PRIMARY KEY", "x": "INTEGER", "a": "TEXT", "b": "TEXT"}
        )
        db.insert_many("t", [{"x": n, "ab"[n % 2]: "y"} for n in range(50)])

        assert [row["x"] for row in db.select("t", order_by="id")] == list(range(50))

    def test_many_columns_of_many_records_come_back(self, db: Database) -> None:
        """Wide records in number come back whole, whatever an engine can take at a time."""
        names = [f"c{number}" for number in range(400)]
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"} | dict.fromkeys(names, "INTEGER"))
        records = [
            {"id": i} | {name: i * 1000 + p for p, name in enumerate(names)} for i in range(250)
        ]
        db.insert_many("t", records)

        assert db.select("t", order_by="id") == records

    def test_numbers_go_on_after_a_batch_of_explicit_keys(self, items: Database) -> None:
        """After a batch with keys of its own, the next record gets a number beyond them."""
        items.insert_many("items", many(100))

        assert items.insert("items", {"name": "next"}) == 101

    @pytest.mark.parametrize("size", [None, 1])
    @pytest.mark.parametrize("policy", ["error", "ignore", "update"])
    def test_numbers_go_on_inside_a_batch(
        self, items: Database, policy: Any, size: int | None
    ) -> None:
        """A record without a key gets none that one before it in the batch has."""
        keys = [1, 2, None, 7, 9, None, None, 8, None]
        given = [{"name": "x"} if key is None else {"id": key, "name": "x"} for key in keys]
        items.insert_many("items", given, on_conflict=policy, batch_size=size)

        assert sorted(ids(items.select("items"))) == [1, 2, 3, 7, 8, 9, 10, 11, 12]

    def test_a_batch_without_keys_is_numbered(self, items: Database) -> None:
        """Records without keys get different ones."""
        items.insert_many("items", [{"name": "x"}] * 1000)

        assert len(set(ids(items.select("items")))) == 1000


class UpdateManyLaws(Laws):
    """What must hold for many changes at once."""

    def test_each_record_is_changed_by_its_key(self, users: Database) -> None:
        """Each record changes the one with its key, in the columns it names."""
        users.update_many("users", [{"id": 1, "score": 80}, {"id": 2, "team": "z", "name": "Rob"}])

        assert users.select("users", order_by="id") == [
            {"id": 1, "name": "Alice", "score": 80.0, "team": "a"},
            {"id": 2, "name": "Rob", "score": 72.0, "team": "z"},
            *PEOPLE[2:],
        ]

    @pytest.mark.parametrize(
        ("updates", "found"),
        [
            ([], 0),
            ([{"id": 1, "score": 1}], 1),
            ([{"id": 1, "score": 1}, {"id": 99, "score": 1}], 1),
            ([{"id": 99, "score": 1}], 0),
            ([{"id": None, "score": 1}], 0),
            (({"id": 1, "score": None}, {"id": 2, "score": 85.5}), 2),
        ],
        ids=str,
    )
    def test_it_counts_the_records_it_found(
        self, users: Database, updates: Any, found: int
    ) -> None:
        """The number of records found is returned; a key that is not there changes nothing."""
        assert users.update_many("users", updates, key="id") == found

    def test_the_last_word_counts(self, users: Database) -> None:
        """A key that comes twice is changed by one after the other."""
        users.update_many("users", [{"id": 1, "score": 1}, {"id": 1, "score": 2, "team": "z"}])

        assert users.select("users", columns=["score", "team"], where={"id": 1}) == [
            {"score": 2.0, "team": "z"}
        ]

    @pytest.mark.parametrize("key", [("team", "name"), ["name", "team"]])
    def test_a_key_may_have_several_columns(self, users: Database, key: Any) -> None:
        """A key of several columns finds the record that agrees in all of them."""
        updates = [
            {"name": "Alice", "team": "a", "score": 1.0},
            {"name": "Bob", "team": "a", "score": 1.0},
        ]

        assert users.update_many("users", updates, key=key) == 1

    def test_a_key_need_not_be_unique(self, users: Database) -> None:
        """A key that several records share changes them all."""
        users.update_many("users", [{"team": "a", "score": 5.0}], key="team")

        assert ids(users.select("users", where={"score": 5.0}, order_by="id")) == [1, 3]

    @pytest.mark.parametrize("update", [{"score": 1}, {"id": 1}, {}], ids=str)
    def test_an_update_names_its_key_and_more(self, users: Database, update: Any) -> None:
        """A record that lacks the key, or has nothing else, is refused and changes nothing."""
        with pytest.raises(ProgrammingError):
            users.update_many("users", [{"id": 2, "score": 1}, update])

        assert users.select("users", order_by="id") == PEOPLE

    @pytest.mark.parametrize("key", [(), [], ""])
    def test_a_key_is_needed(self, users: Database, key: Any) -> None:
        """Without a key nothing is changed."""
        with pytest.raises(InterfaceError):
            users.update_many("users", [{"id": 1, "score": 1}], key=key)

    @pytest.mark.parametrize(
        ("spoiler", "error"),
        [
            ({"id": 2, "score": "high"}, DataError),
            ({"id": 2, "name": None}, NotNullError),
            ({"id": 2, "scor": 1}, ColumnNotFoundError),
            ({"id": 2, "name": "a\0"}, DataError),
            ("text", InterfaceError),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("before", [1, 300])
    def test_all_changes_or_none(
        self, users: Database, spoiler: Any, error: type[Error], before: int
    ) -> None:
        """A change that cannot be made is enough to make none."""
        with pytest.raises(error):
            users.update_many("users", [*({"id": 1, "score": n} for n in range(before)), spoiler])

        assert users.select("users", order_by="id") == PEOPLE

    def test_a_source_that_raises_changes_nothing(self, users: Database) -> None:
        """An exception of the changes' own source comes through, and nothing is changed."""
        with pytest.raises(StoppedError):
            users.update_many(
                "users", ({"id": r["id"], "score": 1} for r in stopping(StoppedError))
            )

        assert users.select("users", order_by="id") == PEOPLE

    def test_it_rolls_back_with_its_transaction(self, users: Database) -> None:
        """Changes made inside a transaction go when that is rolled back."""
        with undone(users):
            users.update_many("users", [{"id": 1, "score": 1}])

        assert users.select("users", order_by="id") == PEOPLE

    def test_thousands_of_records_are_changed(self, db: Database) -> None:
        """Very many records are changed, each by its own key."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "n": "INTEGER"})
        db.insert_many("t", [{"id": number, "n": 0} for number in range(MANY)])
        changed = db.update_many("t", ({"n": 2 * n, "id": n} for n in reversed(range(MANY))))

        assert (changed, [row["n"] for row in db.select("t", order_by="id")]) == (
            MANY,
            list(range(0, 2 * MANY, 2)),
        )

    def test_a_missing_key_column_is_told(self, users: Database) -> None:
        """A key that is no column of the table is told, with the nearest name."""
        with pytest.raises(ColumnNotFoundError, match="'idd' in table 'users'"):
            users.update_many("users", [{"idd": 1, "score": 1}], key="idd")
