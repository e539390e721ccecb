"""Laws about storing frames: they come back, or nothing is stored."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from scitex.db import Database
from scitex.db.domain.errors import (
    DatabaseWarning,
    DataError,
    DuplicateKeyError,
    InterfaceError,
    NotNullError,
    SchemaError,
)
from scitex.db.testing.contract.frames import KINDS
from scitex.db.testing.contract.ground import DRAWN, PEOPLE, Laws, undone
from scitex.db.testing.contract.values import COLUMNS, RECORDS

FRAME = pd.DataFrame({"id": [1, 2], "x": [0.5, None], "name": ["a", None]})


class FrameStoringLaws(Laws):
    """What must hold for storing frames."""

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

    def test_a_column_without_values_is_text(self, db: Database) -> None:
        """A column of objects that are all missing is of text, and there is nothing to warn of."""
        db.from_dataframe(pd.DataFrame({"x": pd.Series([pd.NA, pd.NaT], dtype=object)}), "t")

        assert (db.get_columns("t")[0].type.word, db.count("t")) == ("TEXT", 2)

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
            pd.Series(pd.Categorical([1, None])),
            pd.Series(pd.Categorical([True, None])),
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
            pd.Series([dt.date(2025, 5, 30), None], dtype="date32[pyarrow]"),
            pd.Series([dt.timedelta(1), None], dtype="duration[us][pyarrow]"),
            pd.Series([np.longdouble(0.5), None], dtype=np.longdouble),
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
