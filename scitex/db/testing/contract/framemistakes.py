"""Laws about frames that cannot be stored as they are: what is wrong is said, and nothing kept."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scitex.db import Capability, Database
from scitex.db.domain.errors import (
    CheckError,
    DataError,
    Error,
    InterfaceError,
    InvalidNameError,
    NotNullError,
    SchemaError,
    UnsafeFragmentError,
)
from scitex.db.testing.contract.ground import PEOPLE, Laws, needs

FRAME = pd.DataFrame({"id": [9], "name": ["x"]})


class FrameMistakeLaws(Laws):
    """What must hold for frames that somebody got wrong."""

    # -------------------------------------------------------------------------- views

    @pytest.mark.parametrize("if_exists", ["fail", "replace"])
    def test_a_view_is_no_new_table(self, users: Database, if_exists: str) -> None:
        """No frame goes through a view into the table behind it where a new table is asked for."""
        with needs(users, Capability.SQL):
            users.execute("CREATE VIEW seen AS SELECT id, name FROM users")
            with pytest.raises(SchemaError, match=r"'seen' is a view(.|\n)*hint: choose another"):
                users.from_dataframe(FRAME, "seen", if_exists=if_exists)  # type: ignore[arg-type]  # a word of those

            assert users.count("users") == users.count("seen") == len(PEOPLE)

    def test_a_view_that_takes_nothing_says_so(self, users: Database) -> None:
        """What is added to a view that keeps no records of its own is refused as that."""
        with needs(users, Capability.SQL):
            users.execute("CREATE VIEW seen AS SELECT max(id) AS id, max(name) AS name FROM users")
            for store in (
                lambda: users.from_dataframe(FRAME, "seen", if_exists="append"),
                lambda: users.insert("seen", {"id": 9, "name": "x"}),
                lambda: users.update("seen", {"name": "x"}, where={"id": 4}),
                lambda: users.delete("seen", where={"id": 4}),
            ):
                with pytest.raises(SchemaError, match=r"'seen' is a view(.|\n)*hint: name the t"):
                    store()

            assert users.count("users") == len(PEOPLE)

    # -------------------------------------------------------------------------- types

    def test_types_are_declarations(self, db: Database) -> None:
        """What types= says is read as `create_table` reads it: literals and rules are kept."""
        frame = pd.DataFrame({"id": [1], "x": [0.5], "sex": ["f"]})
        said = {
            "id": "INTEGER PRIMARY KEY",
            "x": "REAL NOT NULL CHECK (x < 1)",
            "sex": "VARCHAR(20) DEFAULT 'Male, or Female'",
        }
        db.from_dataframe(frame, "t", types=said)
        db.import_from_csv("u", io.StringIO("id,x,sex\n1,0.5,f\n"), types=said)
        for table in ("t", "u"):
            db.insert(table, {"x": 0.25})
            with pytest.raises(CheckError):
                db.insert(table, {"x": 1.5})
            with pytest.raises(NotNullError):
                db.insert(table, {"x": None})

            assert db.select(table, order_by="id") == [
                {"id": 1, "x": 0.5, "sex": "f"},
                {"id": 2, "x": 0.25, "sex": "Male, or Female"},
            ]

    @pytest.mark.parametrize(
        ("said", "error"),
        [
            ("TEXT, y TEXT DEFAULT 'zed'", SchemaError),
            ("TEXT); DROP TABLE users; --", UnsafeFragmentError),
            ("TEXT PRIMARY", SchemaError),
            (5, Exception),
        ],
        ids=repr,
    )
    def test_types_declare_one_column(
        self, users: Database, said: Any, error: type[Exception]
    ) -> None:
        """What would leave its place in the statement is refused, and nothing is made."""
        with pytest.raises(error) as frame:
            users.from_dataframe(pd.DataFrame({"x": ["a"]}), "t", types={"x": said})
        with pytest.raises(error) as file:
            users.import_from_csv("t", io.StringIO("x\na\n"), types={"x": said})

        assert isinstance(frame.value, Error)
        assert isinstance(file.value, Error)
        assert users.list_tables() == ["users"]

    def test_a_key_among_types_needs_a_value(self, db: Database) -> None:
        """A key that types= declares is one: a file's record without a value has none made up."""
        said = {"a": "INTEGER PRIMARY KEY"}
        with pytest.raises(NotNullError, match=r"line 3: the key column 'a'"):
            db.import_from_csv("t", io.StringIO("a,b\n1,2\n,3\n"), types=said)
        with pytest.raises(SchemaError, match="more than once"):
            db.import_from_csv("t", io.StringIO("a,b\n1,2\n"), types=said, key="b")

        assert db.list_tables() == []

    # -------------------------------------------------------------------- what is no value

    @pytest.mark.parametrize(
        "values",
        [
            pd.cut([1, 5, 9], [0, 4, 8]),
            pd.Categorical(pd.period_range("2025", periods=1, freq="Y")),
            np.array([1, 10**15], dtype="timedelta64[s]"),
            pd.Series([np.timedelta64(10**15, "s")], dtype=object),
            np.array([1, 10**15], dtype="datetime64[s]"),
            np.array([18_446_744_073_710 + 2**50 // 10**6], dtype="datetime64[s]"),
            pd.Series(np.array([1, 2**63 // 10**6 + 1], dtype="M8[s]")).dt.tz_localize("UTC"),
            np.array([1, np.longdouble("1e4000")], dtype=np.longdouble),
            np.array([1, np.longdouble("1e-4000")], dtype=np.longdouble),
        ],
        ids=lambda values: f"{values.dtype} {len(values)}",
    )
    def test_what_no_engine_holds_is_told(self, db: Database, values: Any) -> None:
        """Categories, lengths of time and numbers that no engine holds are told by column."""
        with pytest.raises(DataError, match=r"column 'x'(.|\n)*hint: ") as caught:
            db.from_dataframe(pd.DataFrame({"x": values}), "t")

        assert caught.value.column == "x"
        assert caught.value.row in {None, len(values) - 1}
        assert db.list_tables() == []

    def test_times_past_64_bits_are_refused_by_every_call(self, db: Database) -> None:
        """A numpy time whose microseconds are past 64 bits is refused, not begun again."""
        db.create_table("t", {"at": "TIMESTAMP", "took": "INTERVAL"})
        for column, value in (
            ("took", np.timedelta64(10**15, "s")),
            ("at", np.datetime64(18_446_744_073_710 + 2**50 // 10**6, "s")),
        ):
            with pytest.raises(DataError, match=r"64 bits(.|\n)*hint: "):
                db.insert("t", {column: value})

        assert db.count("t") == 0

    def test_a_label_that_is_no_text_is_refused(self, db: Database) -> None:
        """A column or an index called by half a character is refused by name."""
        label = pd.Index(["a\ud800"], dtype=object)
        for frame in (
            pd.DataFrame([[1]], columns=label),
            pd.DataFrame({"x": [1]}, index=pd.Index([1], name=label[0])),
        ):
            with pytest.raises(InvalidNameError, match="Unicode"):
                db.from_dataframe(frame, "t")

    @pytest.mark.parametrize("made", ["DataFrame", "Series", "LazyFrame"])
    def test_a_frame_of_another_make_is_told_how_to_turn(self, db: Database, made: str) -> None:
        """A frame of polars is refused with what makes one of pandas of it."""
        polars = pytest.importorskip("polars")
        given = polars.DataFrame({"a": [1]})
        others = {"DataFrame": given, "Series": given["a"], "LazyFrame": given.lazy()}
        with pytest.raises(InterfaceError, match=rf"not polars\.{made}(.|\n)*\.to_pandas\(\)"):
            db.from_dataframe(others[made], "t")
