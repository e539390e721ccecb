"""Laws about reading one table by several workers."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import Database, col
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    InterfaceError,
    SchemaError,
    TableNotFoundError,
    TransactionStateError,
)
from scitex.db.testing.contract.ground import DRAWN, Laws

COLUMNS = {
    "id": "INTEGER PRIMARY KEY",
    "i": "INTEGER",
    "r": "REAL",
    "n": "NUMERIC(12, 3)",
    "t": "TEXT",
    "d": "DATE",
    "at": "TIMESTAMP",
    "utc": "TIMESTAMPTZ",
    "u": "UUID",
    "span": "INTERVAL",
}
MORNING = dt.datetime(2025, 5, 30, 8)
CUTTING = [name for name in COLUMNS if name != "id"]


def _record(place: int) -> dict[str, Any]:
    if place % 11 == 5:
        return {"id": place}
    moment = MORNING + dt.timedelta(minutes=place * place)
    return {
        "id": place,
        "i": place * place - 300,
        "r": place / 7 - 3,
        "n": Decimal(place * 37) / 1000,
        "t": f"wörd {place % 23}",
        "d": moment.date(),
        "at": moment,
        "utc": moment.replace(tzinfo=dt.UTC),
        "u": UUID(int=place * 7**40 % 2**128),
        "span": dt.timedelta(seconds=place * place),
    }


FINER = {
    "s": "TIMESTAMP(0)",
    "ms": "TIMESTAMPTZ(3)",
    "clock": "TIME(1)",
    "n": "NUMERIC(6, 1)",
    "t": "VARCHAR(9)",
    "i": "SMALLINT",
}


def _finer(place: int, on: str) -> Any:
    moment = MORNING + dt.timedelta(seconds=place * place)
    values: dict[str, Any] = {
        "s": moment,
        "ms": moment.replace(microsecond=place * 1000, tzinfo=dt.UTC),
        "clock": moment.time(),
        "n": Decimal(place) / 10,
        "t": "aBcD"[: place % 5] + "é" * (place % 3),
        "i": place - 30,
    }
    return values[on]


class PartsLaws(Laws):
    """What must hold of the parts that a table is cut into."""

    @pytest.fixture
    def large(self, db: Database) -> Database:
        """Return a database with a table of 200 records, some of them without values."""
        db.create_table("large", COLUMNS)
        db.insert_many("large", map(_record, range(200)))
        return db

    @pytest.mark.parametrize("on", [None, *CUTTING])
    @pytest.mark.parametrize("n", [1, 2, 7])
    def test_the_parts_are_the_whole(self, large: Database, on: str | None, n: int) -> None:
        """Each record is in one part, whatever column cuts them, those without a value too."""
        with large.partitions("large", on, n) as parts:
            found = [row for part in parts for row in part.select()]

            assert 1 <= len(parts) <= n
            assert sorted(found, key=lambda row: row["id"]) == large.select("large", order_by="id")

    @pytest.mark.parametrize("on", FINER)
    def test_types_of_some_size_are_cut(self, db: Database, on: str) -> None:
        """No part begins at a value that the column could not keep."""
        db.create_table("sized", {"id": "INTEGER PRIMARY KEY", on: FINER[on]})
        db.insert_many("sized", [{"id": place, on: _finer(place, on)} for place in range(60)])
        parts = db.partitions("sized", on, 7)
        found = sorted(row["id"] for part in parts for row in part.select())

        assert found == list(range(60))
        assert len(parts) > 1

    def test_the_key_cuts_evenly(self, large: Database) -> None:
        """Into ranges of the same length, in their order, each of which tells its ends."""
        parts = large.partitions("large", n=4)

        assert [(part.range.start, part.range.stop) for part in parts] == [
            (None, 50),
            (50, 100),
            (100, 150),
            (150, None),
        ]
        assert [part.count() for part in parts] == [50] * 4
        assert (len(parts), parts[1], list(parts[1:3])) == (4, list(parts)[1], list(parts)[1:3])
        assert "50 <= id < 100" in repr(parts)

    @pytest.mark.parametrize(
        "where",
        [
            col("r") > 0,
            {"t": ["wörd 1", "wörd 2", None]},
            {"t": None},
            {"t": "wörd 3", "i": [100, 101]},
            {"id": range(5, 50)},
            {"id": np.array([3, 8, 99])},
            {"t": []},
        ],
    )
    def test_parts_of_some_records(self, large: Database, where: Any) -> None:
        """A condition holds in every part, and so does a choice of columns."""
        for on in (None, "i", "t"):
            parts = large.partitions("large", on, 5, columns=["id", "t"], where=where)
            found = [row for part in parts for row in part.iter_select()]

            assert sorted(found, key=lambda row: row["id"]) == large.select(
                "large", ["id", "t"], where, order_by="id"
            )

    def test_parts_are_frames(self, large: Database) -> None:
        """The same frames that the database gives."""
        frames = [part.to_dataframe() for part in large.partitions("large", n=3)]

        assert sum(map(len, frames)) == 200
        assert {str(frame["at"].dtype) for frame in frames} == {
            str(large.to_dataframe("large")["at"].dtype)
        }
        tables = [part.to_arrow() for part in large.partitions("large", n=3)]
        assert sum(table.num_rows for table in tables) == 200
        assert tables[0].schema == large.to_arrow("large").schema

    def test_a_part_gives_the_database(self, large: Database) -> None:
        """For whatever else is asked of the state that it shows."""
        with large.partitions("large", n=2)[1].open() as db:
            assert db.count("large") == 200
        assert large.count("large") == 200  # and the one that it is of is open still

    def test_inside_a_transaction_nothing_is_cut(self, large: Database) -> None:
        """Workers would not see what is not committed."""
        with large.transaction(), pytest.raises(TransactionStateError, match="commit first"):
            large.partitions("large")

    def test_threads_read_parts(self, large: Database) -> None:
        """Each over a connection of its own, or one after another in memory."""
        found: list[int] = []
        parts = large.partitions("large", n=8)
        threads = [
            threading.Thread(target=lambda part=part: found.append(part.count())) for part in parts
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sum(found) == 200

    def test_few_records_are_few_parts(self, db: Database) -> None:
        """Of no record, one, or one value, there is one part."""
        db.create_table("few", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        assert [part.count() for part in db.partitions("few", n=5)] == [0]
        db.insert("few", {"x": "a"})
        assert [part.count() for part in db.partitions("few", n=5)] == [1]
        db.insert_many("few", [{"x": "a"}] * 9)
        assert [part.count() for part in db.partitions("few", "x", 5)] == [10]
        assert [part.count() for part in db.partitions("few", n=50)] == [1] * 10

    @DRAWN
    @given(
        values=st.lists(
            st.none() | st.floats(allow_nan=False, allow_subnormal=False) | st.integers(-9, 9),
            max_size=12,
        ),
        n=st.integers(1, 9),
    )
    def test_any_numbers_are_cut(self, db: Database, values: list[Any], n: int) -> None:
        """Infinities, the largest numbers and missing ones too: each is in one part."""
        if db.table_exists("numbers"):
            db.drop_table("numbers")
        db.create_table("numbers", {"x": "REAL"})
        db.insert_many("numbers", [{"x": value} for value in values])
        found = [row["x"] for part in db.partitions("numbers", "x", n) for row in part.select()]

        def plainly(numbers: list[Any]) -> list[str]:
            return sorted(str(each if each is None else each + 0.0) for each in numbers)  # no -0.0

        assert plainly(found) == plainly(values)

    def test_what_cannot_be_cut_is_told(self, large: Database) -> None:
        """Names that are not there, columns of no order, no key, n that is none, text."""
        large.create_table("keyless", {"x": "INTEGER", "j": "JSON", "b": "BLOB"})
        with pytest.raises(TableNotFoundError, match="large"):
            large.partitions("larg")
        with pytest.raises(ColumnNotFoundError, match="span"):
            large.partitions("large", "spam")
        with pytest.raises(ColumnNotFoundError, match="spam"):
            large.partitions("large", columns=["id", "spam"])
        with pytest.raises(InterfaceError, match="no primary key"):
            large.partitions("keyless")
        for column in ("j", "b"):
            with pytest.raises(SchemaError, match=f"'{column}'.*no order"):
                large.partitions("keyless", column)
        for n in (0, -1, 1.5, True, "2"):
            with pytest.raises(InterfaceError, match="n must be"):
                large.partitions("large", n=n)  # type: ignore[arg-type]
        with pytest.raises(InterfaceError, match="predicate"):
            large.partitions("large", where="i > 3")
