"""Laws about frames: what a table says, a frame says."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scitex.db import Database, TableNotFoundError
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
)
from scitex.db.testing.contract.ground import PEOPLE, Laws, undone
from scitex.db.testing.contract.values import COLUMNS

KINDS = {"id": "INTEGER PRIMARY KEY", **COLUMNS}
FULL: dict[str, Any] = {
    "i": 2**53 + 1,
    "r": 0.1,
    "n": decimal.Decimal("2.5"),
    "b": True,
    "s": "naïve 日本",
    "y": b"\x00\xff",
    "ts": dt.datetime(2025, 5, 30, 1, 2, 3, 4),
    "tz": dt.datetime(2025, 5, 30, tzinfo=dt.UTC),
    "d": dt.date(1582, 10, 4),
    "t": dt.time(1, 2, 3, 5),
    "v": dt.timedelta(days=-1, microseconds=5),
    "u": uuid.UUID(int=5),
    "j": {"a": [1, None]},
}
DTYPES = {
    "i": ("int64", "Int64"),
    "r": ("float64", "float64"),
    "b": ("bool", "boolean"),
    "s": ("str", "str"),
    "ts": ("datetime64[us]", "datetime64[us]"),
    "tz": ("datetime64[us, UTC]", "datetime64[us, UTC]"),
    "v": ("timedelta64[us]", "timedelta64[us]"),
    "d": ("object", "object"),
    "n": ("object", "object"),
    "j": ("object", "object"),
}


class FrameLaws(Laws):
    """What must hold for reading frames."""

    @pytest.fixture
    def filled(self, db: Database) -> Database:
        """Return a database whose table ``kinds`` has a full record, an empty and a full one."""
        db.create_table("kinds", KINDS)
        db.insert_many("kinds", [FULL, {}, FULL])
        return db

    def test_arrays_of_every_class_are_bytes(self, db: Database) -> None:
        """A memory map or a matrix in a column is kept as an array; beside text it is refused."""
        arrays = [np.arange(3.0), np.arange(4.0).view(np.matrix), np.rec.fromrecords([(1, 2.0)])]
        db.from_dataframe(pd.DataFrame({"data": pd.Series(arrays, dtype=object)}), "arrays")
        found = [array for _, array in db.iter_arrays("arrays", "data")]
        mixed = pd.DataFrame({"data": pd.Series([arrays[0], "text"], dtype=object)})
        with pytest.raises(DataError, match="data"):
            db.from_dataframe(mixed, "mixed")

        assert [array.size for array in found if array is not None] == [3, 4, 1]
        assert not db.table_exists("mixed")

    @pytest.mark.parametrize("column", DTYPES)
    def test_declared_types_drive_dtypes(self, filled: Database, column: str) -> None:
        """A column's dtype is that of its declared type, missing values or not."""
        full = filled.to_dataframe("kinds", where={"id": 1})
        holed = filled.to_dataframe("kinds")

        assert (str(full[column].dtype), str(holed[column].dtype)) == DTYPES[column]

    @pytest.mark.parametrize("column", DTYPES)
    def test_a_column_without_values_keeps_its_type(self, filled: Database, column: str) -> None:
        """A column of missing values, or of no records, has the dtype of its declared type."""
        nothing = filled.to_dataframe("kinds", where={"id": 2})
        empty = filled.to_dataframe("kinds", where={"id": 9})
        found = (str(nothing[column].dtype), str(empty[column].dtype))

        assert found == (DTYPES[column][1], DTYPES[column][0])

    def test_a_frame_says_what_select_says(self, filled: Database) -> None:
        """The values of a frame are those of select, missing ones apart."""
        frame = filled.to_dataframe("kinds", order_by="id").astype(object)
        cells = frame.where(frame.notna(), None).to_dict("records")

        assert cells == filled.select("kinds", order_by="id")

    def test_whole_numbers_stay_exact(self, filled: Database) -> None:
        """A whole number beside a missing one is not rounded to a float."""
        assert filled.to_dataframe("kinds", order_by="id")["i"][0] == 2**53 + 1

    def test_select_arguments_count_for_frames(self, users: Database) -> None:
        """Columns, a condition, an order and a limit choose what is read."""
        frame = users.to_dataframe(
            "users", ["name", "score"], {"team": "a"}, order_by="name DESC", limit=1
        )

        assert frame.astype(object).where(frame.notna(), None).values.tolist() == [["Carol", None]]

    def test_pages_are_the_whole(self, users: Database) -> None:
        """The pages of a chunked read, one after the other, are the whole frame."""
        pages = list(users.to_dataframe("users", order_by="id", chunksize=3))

        assert [len(page) for page in pages] == [3, 1]
        pd.testing.assert_frame_equal(pd.concat(pages), users.to_dataframe("users", order_by="id"))

    def test_no_records_are_one_empty_page(self, users: Database) -> None:
        """A chunked read of nothing gives one frame, with columns and without rows."""
        (page,) = users.to_dataframe("users", where={"id": 99}, chunksize=2)

        assert (list(page), len(page)) == (["id", "name", "score", "team"], 0)

    def test_a_loop_over_pages_may_write(self, users: Database) -> None:
        """Pages are of what was there when the first was asked for, whatever the loop writes."""
        seen = 0
        for page in users.to_dataframe("users", chunksize=1):
            seen += len(page)
            users.insert("users", {"name": f"new {seen}"})

        assert (seen, users.count("users")) == (4, 8)

    def test_pages_inside_a_transaction_see_it(self, users: Database) -> None:
        """Inside a transaction, frames show what it has changed."""
        with undone(users):
            users.delete("users", where={"team": "a"})
            found = [len(page) for page in users.to_dataframe("users", chunksize=5)]
            whole = len(users.to_dataframe("users"))

        assert (found, whole, len(users.to_dataframe("users"))) == ([2], 2, 4)

    @pytest.mark.parametrize("size", [0, -1, 1.5, "5"])
    def test_a_page_has_rows(self, users: Database, size: Any) -> None:
        """A page size that is no number of rows is refused."""
        with pytest.raises(InterfaceError):
            users.to_dataframe("users", chunksize=size)

    def test_strangers_are_refused(self, users: Database) -> None:
        """A table or column that is not there is an error of its kind."""
        with pytest.raises(TableNotFoundError):
            users.to_dataframe("nothing")
        with pytest.raises(ColumnNotFoundError):
            users.to_dataframe("users", columns=["nmae"])

    def test_an_arrow_table_says_the_same(self, filled: Database) -> None:
        """An Arrow table has the values of select, JSON and UUID as text."""
        table = filled.to_arrow("kinds", order_by="id")
        wanted = [
            row | {"u": row["u"] and str(row["u"]), "j": '{"a": [1, null]}' if row["j"] else None}
            for row in filled.select("kinds", order_by="id")
        ]

        assert table.to_pylist() == wanted

    def test_polars_says_the_same(self, users: Database) -> None:
        """A polars frame has the records."""
        assert users.to_polars("users", order_by="id").to_dicts() == PEOPLE

    # ------------------------------------------------------------------------ storing

    def test_a_frame_comes_back(self, filled: Database) -> None:
        """A frame that was read makes a table of the same types and values."""
        frame = filled.to_dataframe("kinds")
        filled.from_dataframe(frame, "copy", key="id")
        types = [column.type.kind for column in filled.get_columns("copy")]

        assert types == [column.type.kind for column in filled.get_columns("kinds")]
        assert filled.select("copy", order_by="id") == filled.select("kinds", order_by="id")
