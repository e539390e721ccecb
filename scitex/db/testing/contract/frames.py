"""Laws about DataFrames: what goes in comes out, with the types that were declared."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from scitex.db import Database, TableNotFoundError
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DatabaseWarning,
    DataError,
    DuplicateKeyError,
    InterfaceError,
    NotNullError,
    SchemaError,
)
from scitex.db.testing.contract.ground import DRAWN, PEOPLE, Laws, undone
from scitex.db.testing.contract.values import COLUMNS, RECORDS

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
FRAME = pd.DataFrame({"id": [1, 2], "x": [0.5, None], "name": ["a", None]})


class FrameLaws(Laws):
    """What must hold for DataFrames."""

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

    @DRAWN
    @given(records=RECORDS)
    def test_any_frame_comes_back(self, db: Database, records: list[dict[str, Any]]) -> None:
        """Any records come back through a frame as they were."""
        db.create_table("kinds", KINDS)
        db.create_table("copy", KINDS)
        for table in ("kinds", "copy"):
            db.delete(table, where="1 = 1")
        db.insert_many("kinds", [record | {"id": n} for n, record in enumerate(records)])
        frame = db.to_dataframe("kinds", ["id", *(name for name in COLUMNS if name != "n")])
        db.from_dataframe(frame, "copy", "append")

        assert db.select("copy", order_by="id") == db.select("kinds", order_by="id")

    def test_it_says_how_many(self, db: Database) -> None:
        """The number of records written is returned."""
        assert db.from_dataframe(FRAME, "t") == len(FRAME)

    def test_a_table_that_is_there_is_refused(self, users: Database) -> None:
        """By default a frame makes a new table, or nothing."""
        with pytest.raises(SchemaError, match="if_exists="):
            users.from_dataframe(pd.DataFrame({"id": [9]}), "users")

        assert users.count("users") == len(PEOPLE)

    def test_append_adds(self, users: Database) -> None:
        """Appended records join those that are there; columns may be left out."""
        users.from_dataframe(pd.DataFrame({"name": ["Eve", "Fay"]}), "users", if_exists="append")

        assert users.count("users") == len(PEOPLE) + 2

    def test_a_repeated_key_suggests_upsert(self, users: Database) -> None:
        """A key that is there already is refused, and the error says what would do."""
        frame = pd.DataFrame({"id": [9, 1], "name": ["x", "y"]})
        with pytest.raises(DuplicateKeyError, match='if_exists="upsert"'):
            users.from_dataframe(frame, "users", if_exists="append")

        assert users.select("users", order_by="id") == PEOPLE

    def test_upsert_changes_and_adds(self, users: Database) -> None:
        """An upsert changes the columns given of records with the same key, and adds the rest."""
        frame = pd.DataFrame({"id": [1, 5], "name": ["Alicia", "Eve"]})
        users.from_dataframe(frame, "users", if_exists="upsert")
        found = users.select("users", where={"id": [1, 5]}, order_by="id")

        assert found == [
            PEOPLE[0] | {"name": "Alicia"},
            {"id": 5, "name": "Eve", "score": None, "team": None},
        ]

    def test_upsert_goes_by_a_key(self, db: Database) -> None:
        """An upsert makes a table with the key it is given, and needs one."""
        with pytest.raises(SchemaError, match="key="):
            db.from_dataframe(FRAME, "t", if_exists="upsert")
        for _ in range(2):
            db.from_dataframe(FRAME, "t", if_exists="upsert", key="id")

        assert db.count("t") == len(FRAME)

    def test_replace_puts_a_new_table(self, users: Database) -> None:
        """A replaced table has the frame's columns and records, and no others."""
        users.from_dataframe(FRAME, "users", if_exists="replace")

        assert users.select("users", order_by="id") == [
            {"id": 1, "x": 0.5, "name": "a"},
            {"id": 2, "x": None, "name": None},
        ]

    def test_a_failed_replace_changes_nothing(self, users: Database) -> None:
        """A replace that fails leaves the old table with its records and its rules."""
        bad = pd.DataFrame({"id": [1, 1], "name": ["a", "b"]})
        with pytest.raises(DuplicateKeyError):
            users.from_dataframe(bad, "users", if_exists="replace", key="id")
        with pytest.raises(NotNullError):
            users.insert("users", {"name": None})

        assert users.select("users", order_by="id") == PEOPLE

    def test_a_frame_belongs_to_the_transaction(self, db: Database) -> None:
        """A frame that is stored in a transaction is undone with it, its table too."""
        with undone(db):
            db.from_dataframe(FRAME, "t")

        assert not db.table_exists("t")

    def test_a_named_index_becomes_a_column(self, db: Database) -> None:
        """An index with a name is stored, and a plain one is not."""
        db.from_dataframe(FRAME.set_index("name"), "named")
        db.from_dataframe(FRAME, "plain")

        assert [column.name for column in db.get_columns("named")] == ["name", "id", "x"]
        assert [column.name for column in db.get_columns("plain")] == ["id", "x", "name"]

    def test_described_rows_keep_their_names(self, db: Database) -> None:
        """What describe() makes keeps the names of its rows."""
        db.from_dataframe(FRAME[["id", "x"]].describe(), "summary")

        assert db.select("summary", where={"index": "mean"}) == [
            {"index": "mean", "id": 1.5, "x": 0.5}
        ]

    def test_index_says_otherwise(self, db: Database) -> None:
        """index=False leaves a named index out, index=True takes a plain one."""
        db.from_dataframe(FRAME.set_index("name"), "without", index=False)
        db.from_dataframe(FRAME, "with", index=True)

        assert [column.name for column in db.get_columns("without")] == ["id", "x"]
        assert [column.name for column in db.get_columns("with")] == ["index", "id", "x", "name"]

    def test_mixed_values_keep_their_text(self, db: Database) -> None:
        """A column of several types is stored as text, and a warning says so."""
        with pytest.warns(DatabaseWarning, match="types="):
            db.from_dataframe(pd.DataFrame({"x": [1, "a", dt.date(2025, 5, 30), None]}), "t")

        assert [row["x"] for row in db.select("t")] == ["1", "a", "2025-05-30", None]

    def test_types_may_be_said(self, db: Database) -> None:
        """The types of a new table's columns may be said."""
        frame = pd.DataFrame({"n": [1, 2], "day": ["2025-05-30", None]})
        db.from_dataframe(frame, "t", types={"n": "REAL", "day": "DATE"})

        assert db.select("t", order_by="n") == [
            {"n": 1.0, "day": dt.date(2025, 5, 30)},
            {"n": 2.0, "day": None},
        ]

    @pytest.mark.parametrize(
        "values",
        [
            pd.Series([1, None], dtype="Int64"),
            pd.Series([True, None], dtype="boolean"),
            pd.Series(["a", None], dtype="category"),
            pd.Series(["a", None], dtype="string"),
            pd.Series([1.5, None], dtype="Float64"),
            pd.Series([1, 2], dtype="int8"),
            pd.Series([1, 2], dtype="uint64"),
            pd.Series([0.5, np.nan], dtype="float32"),
            pd.to_datetime(pd.Series(["2025-05-30", None])),
            pd.to_datetime(pd.Series(["2025-05-30 01:00", None])).dt.tz_localize("Asia/Tokyo"),
            pd.Series(pd.to_timedelta(["1h", None])),
            pd.Series(pd.arrays.SparseArray([0, 1])),
            pd.Series([1, None], dtype="int64[pyarrow]"),
            pd.Series(["a", None], dtype="string[pyarrow]"),
            pd.Series([decimal.Decimal("1.5"), None]),
            pd.Series([{"a": 1}, None]),
        ],
        ids=lambda series: str(series.dtype),
    )
    def test_every_dtype_goes(self, db: Database, values: pd.Series) -> None:
        """A column of any dtype that has a meaning comes back equal."""
        db.from_dataframe(pd.DataFrame({"n": [1, 2], "x": values}), "t")
        found = [row["x"] for row in db.select("t", order_by="n")]

        assert found == values.astype(object).where(values.notna(), None).tolist()

    @pytest.mark.parametrize(
        "values",
        [
            pd.Series([1j]),
            pd.Series(pd.period_range("2025", periods=1, freq="Y")),
            pd.Series([2**64 - 1], dtype="uint64"),
            pd.Series(pd.to_datetime(["2025-05-30 00:00:00.000000001"])),
        ],
        ids=lambda series: str(series.dtype),
    )
    def test_what_no_database_keeps_is_refused(self, db: Database, values: pd.Series) -> None:
        """A dtype or a value that no engine keeps is refused by name; no table is made."""
        with pytest.raises(DataError, match="'x'"):
            db.from_dataframe(pd.DataFrame({"x": values}), "t")

        assert not db.table_exists("t")

    @pytest.mark.parametrize(
        "frame",
        [
            pd.DataFrame([[1, 2]], columns=["a", "a"]),
            pd.DataFrame([[1]], columns=[("a", "b")]),
            pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
            pd.DataFrame([[1]], columns=[None]),
            pd.DataFrame({"a": [1]}).rename_axis("a"),
            pd.DataFrame(),
            pd.Series([1]),
            [{"a": 1}],
        ],
        ids=lambda frame: str(getattr(frame, "columns", type(frame)))[:40],
    )
    def test_columns_have_names(self, db: Database, frame: Any) -> None:
        """A frame whose columns have no proper names is refused, and no table is made."""
        with pytest.raises(InterfaceError, match="hint: "):
            db.from_dataframe(frame, "t")

        assert not db.table_exists("t")

    def test_a_way_that_is_none_is_refused(self, db: Database) -> None:
        """An if_exists that means nothing is refused."""
        with pytest.raises(InterfaceError):
            db.from_dataframe(FRAME, "t", if_exists="merge")  # type: ignore[arg-type]

    def test_numbers_for_names_become_text(self, db: Database) -> None:
        """Columns called by numbers are called by their text."""
        db.from_dataframe(pd.DataFrame(np.eye(2)), "t")

        assert [column.name for column in db.get_columns("t")] == ["0", "1"]

    def test_an_error_names_the_row(self, users: Database) -> None:
        """A value that does not fit is named with its row and column; nothing is stored."""
        frame = pd.DataFrame({"id": [7, 8], "name": ["a", "b"], "score": [1.0, "high"]})
        with pytest.raises(DataError) as caught:
            users.from_dataframe(frame, "users", if_exists="append")

        assert (caught.value.column, caught.value.row) == ("score", 1)
        assert users.count("users") == len(PEOPLE)

    def test_progress_is_told_of_frames(self, db: Database) -> None:
        """A callable is told how many records are done, of how many."""
        told: list[tuple[int, int | None]] = []
        db.from_dataframe(FRAME, "t", progress=lambda done, total: told.append((done, total)))

        assert told[-1] == (len(FRAME), len(FRAME))
