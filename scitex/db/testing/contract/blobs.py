"""Laws about bytes: they come back as they were."""

from __future__ import annotations

import pickle
import uuid

import numpy as np
import pytest

from scitex.db._facade.database import Database
from scitex.db.domain.errors import (
    CheckError,
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    NotNullError,
    ProgrammingError,
    RecordNotFoundError,
    TableNotFoundError,
)
from scitex.db.testing.contract.arrayground import LARGE, ArrayGround, noise, same


class BlobLaws(ArrayGround):
    """What must hold for bytes of any size."""

    # ------------------------------------------------------------------------- bytes

    @pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE, LARGE + 1, 3_000_001])
    def test_the_very_bytes_come_back(self, shelf: Database, size: int) -> None:
        """Bytes of any number are those that were stored."""
        data = np.random.default_rng(size).bytes(size)
        key = shelf.store_blob("arrays", {"name": "x", "data": data})

        assert shelf.get_blob("arrays", "data", where={"id": key}) == data
        assert shelf.select("arrays", where={"id": key}) == [
            {"id": key, "name": "x", "data": data}
        ]

    @pytest.mark.parametrize("size", [8, LARGE])
    def test_whatever_holds_bytes_is_stored(self, shelf: Database, size: int) -> None:
        """A bytearray, and a view with steps in it, give their bytes."""
        data = np.random.default_rng(0).bytes(2 * size)
        shelf.store_blob("arrays", {"name": "array", "data": bytearray(data)})
        shelf.store_blob("arrays", {"name": "view", "data": memoryview(data)[::2]})

        assert shelf.get_blob("arrays", "data", where={"name": "array"}) == data
        assert shelf.get_blob("arrays", "data", where={"name": "view"}) == data[::2]

    def test_null_is_none(self, shelf: Database) -> None:
        """A value that is missing is None, whichever way it is asked for."""
        shelf.insert("arrays", {"name": "none"})

        assert shelf.get_blob("arrays", "data") is None
        assert shelf.get_array("arrays", "data") is None
        assert shelf.array_info("arrays", "data") is None
        assert list(shelf.iter_arrays("arrays", "data")) == [({"id": 1, "name": "none"}, None)]

    def test_one_record_is_asked_for(self, shelf: Database) -> None:
        """None and several are errors that say so."""
        shelf.insert_many("arrays", [{"name": "a", "data": b"1"}, {"name": "a", "data": b"2"}])

        with pytest.raises(RecordNotFoundError, match="arrays"):
            shelf.get_blob("arrays", "data", where={"name": "b"})
        with pytest.raises(ProgrammingError, match="several"):
            shelf.get_blob("arrays", "data", where={"name": "a"})
        with pytest.raises(LookupError):
            shelf.get_array("arrays", "data", where={"id": 9})

    def test_names_that_are_not_there_are_told(self, shelf: Database) -> None:
        """Unknown tables and columns raise, large values or not."""
        for data in (b"x", bytes(LARGE)):
            with pytest.raises(TableNotFoundError):
                shelf.store_blob("nowhere", {"data": data})
            with pytest.raises(ColumnNotFoundError):
                shelf.store_blob("arrays", {"dato": data})
        with pytest.raises(TableNotFoundError):
            shelf.get_blob("nowhere", "data")
        with pytest.raises(TableNotFoundError):
            shelf.store_array("nowhere", {"data": noise(LARGE)})
        shelf.insert("arrays", {"data": b"x"})
        with pytest.raises(ColumnNotFoundError):
            shelf.get_blob("arrays", "dato")
        with pytest.raises((ColumnNotFoundError, ProgrammingError)):
            shelf.get_blob("arrays", "(SELECT 1)")

    def test_what_is_no_bytes_is_refused(self, shelf: Database) -> None:
        """Text is none, in the column of bytes or out of it."""
        shelf.insert("arrays", {"name": "text", "data": b"x"})

        with pytest.raises(DataError, match="name"):
            shelf.get_blob("arrays", "name")
        with pytest.raises(DataError, match="data"):
            shelf.store_blob("arrays", {"data": "text"})

    def test_a_pickle_is_only_bytes(self, shelf: Database) -> None:
        """What would run code when it is unpickled comes back as it is, and is no array."""
        harmful = b"cos\nsystem\n(S'exit 3'\ntR."
        data = pickle.dumps([1, 2])
        key = shelf.store_blob("arrays", {"data": data})
        other = shelf.store_blob("arrays", {"data": harmful})

        assert shelf.get_blob("arrays", "data", where={"id": key}) == data
        assert shelf.get_blob("arrays", "data", where={"id": other}) == harmful
        with pytest.raises(DataError, match="pickle"):
            shelf.get_array("arrays", "data", where={"id": key})
        with pytest.raises(DataError, match="no array"):
            shelf.get_array("arrays", "data", where={"id": other})

    @pytest.mark.parametrize("size", [8, LARGE])
    def test_rules_hold_and_nothing_is_left(self, db: Database, size: int) -> None:
        """A record that breaks a rule is not stored, and the error says which."""
        db.create_table(
            "kept",
            {"id": "INTEGER PRIMARY KEY", "name": "TEXT NOT NULL UNIQUE", "data": "BLOB"},
        )
        key = db.store_blob("kept", {"name": "a", "data": bytes(size)})
        with pytest.raises(DuplicateKeyError, match="name"):
            db.store_blob("kept", {"name": "a", "data": bytes(size)})
        with pytest.raises(NotNullError, match="name"):
            db.store_blob("kept", {"data": bytes(size)})
        with pytest.raises(DuplicateKeyError):
            db.store_blob("kept", {"id": key, "name": "b", "data": bytes(size)})

        assert db.count("kept") == 1
        assert db.store_blob("kept", {"id": 40, "name": "c", "data": bytes(size)}) == 40
        assert db.insert("kept", {"name": "d"}) == 41

    @pytest.mark.parametrize("size", [8, LARGE])
    def test_keys_of_every_sort_are_returned(self, db: Database, size: int) -> None:
        """The key is what `insert` would give: text, several columns, none."""
        db.create_table("texts", {"name": "TEXT PRIMARY KEY", "data": "BLOB"})
        db.create_table(
            "pairs", {"a": "INTEGER", "b": "TEXT", "data": "BLOB"}, primary_key=["a", "b"]
        )
        db.create_table("loose", {"data": "BLOB"})

        assert db.store_blob("texts", {"data": bytes(size), "name": "x"}) == "x"
        assert db.store_blob("pairs", {"a": 1, "b": "y", "data": bytes(size)}) == (1, "y")
        assert db.store_blob("loose", {"data": bytes(size)}) is None
        assert db.get_blob("loose", "data") == bytes(size)

    @pytest.mark.parametrize("size", [8, LARGE])
    def test_a_key_is_returned_as_it_is_kept(self, db: Database, size: int) -> None:
        """Given as text or as a numpy scalar, it comes as `insert` and `select` give it."""
        db.create_table("known", {"id": "UUID PRIMARY KEY", "data": "BLOB"})
        db.create_table("numbered", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
        name = uuid.uuid4()

        assert db.store_blob("known", {"id": str(name), "data": bytes(size)}) == name
        key = db.store_blob("numbered", {"id": np.int64(7), "data": bytes(size)})
        assert (key, type(key)) == (7, int)
        assert db.exists("known", where={"id": name})

    @pytest.mark.parametrize("size", [8, LARGE])
    def test_a_rule_on_the_bytes_counts(self, db: Database, size: int) -> None:
        """A CHECK sees the length that is stored; a UNIQUE column the bytes."""
        rules = {"id": "INTEGER PRIMARY KEY", "data": f"BLOB UNIQUE CHECK (length(data) = {size})"}
        db.create_table("ruled", rules)
        data = bytes(size)
        if db.engine != "postgresql" or size < LARGE:  # no index there holds so long a value
            db.store_blob("ruled", {"data": data})
            with pytest.raises(DuplicateKeyError):
                db.store_blob("ruled", {"data": data})
        with pytest.raises(CheckError):
            db.store_blob("ruled", {"data": data + b"1"})

    def test_a_transaction_takes_large_values_back(self, shelf: Database) -> None:
        """What is rolled back is gone, and is read before."""
        data = np.random.default_rng(0).bytes(LARGE)
        shelf.begin_transaction()
        key = shelf.store_blob("arrays", {"data": data})
        found = shelf.get_blob("arrays", "data", where={"id": key})
        shelf.rollback()

        assert found == data
        assert shelf.count("arrays") == 0

    def test_odd_names_are_names(self, db: Database) -> None:
        """Quotes, blanks and percent signs are part of a name, for large values too."""
        column = 'the "data" `50%`?'
        db.create_table('a "b" %s', {"id": "INTEGER PRIMARY KEY", "rowid": "TEXT", column: "BLOB"})
        data = noise(LARGE)
        key = db.store_array('a "b" %s', {column: data, "rowid": "x"})

        assert same(db.get_array('a "b" %s', column, where={"id": key}), data)
