"""Laws about order and portions: which record comes first, and how many come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scitex.db import Database, col
from scitex.db.domain.errors import InterfaceError, ProgrammingError
from scitex.db.testing.contract.conditions import EVERY, NUMBERS
from scitex.db.testing.contract.ground import Laws, ids

# Text in order of code points: capitals before small letters, the rare ones last.
BY_CODE_POINT = [
    "",
    " ",
    "!",
    "10",
    "9",
    "A",
    "Z",
    "_",
    "a",
    "a b",
    "ab",
    "z",
    "É",
    "é",
    "ﬀ",
    "😀",
]


class OrderingLaws(Laws):
    """What must hold for order and portions."""

    @pytest.fixture
    def numbers(self, db: Database) -> Database:
        """Return a database whose table ``t`` has numbers and text, some of them NULL."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "n": "INTEGER", "text": "TEXT"})
        db.insert_many("t", NUMBERS)
        return db

    @pytest.mark.parametrize("start", [0, 1, 5])
    def test_text_is_sorted_by_code_point(self, db: Database, start: int) -> None:
        """Text is sorted by code point, whatever the database's own order is."""
        db.create_table("t", {"x": "TEXT"})
        db.insert_many(
            "t", [{"x": text} for text in BY_CODE_POINT[start:] + BY_CODE_POINT[:start]]
        )

        assert [row["x"] for row in db.select("t", order_by="x")] == BY_CODE_POINT

    @pytest.mark.parametrize("place", range(len(BY_CODE_POINT)))
    def test_text_is_compared_by_code_point(self, db: Database, place: int) -> None:
        """A predicate compares text by code point, so it agrees with the order."""
        db.create_table("t", {"x": "TEXT"})
        db.insert_many("t", [{"x": text} for text in BY_CODE_POINT])
        found = db.select("t", where=col("x") < BY_CODE_POINT[place], order_by="x")

        assert [row["x"] for row in found] == BY_CODE_POINT[:place]

    @pytest.mark.parametrize(
        ("order_by", "found"),
        [
            ("n", [3, 1, 2, 5, 4]),
            ("n ASC", [3, 1, 2, 5, 4]),
            ("n DESC", [5, 2, 1, 3, 4]),
            ("text", [3, 5, 1, 2, 4]),
            ("text DESC", [2, 1, 5, 3, 4]),
            (["n DESC"], [5, 2, 1, 3, 4]),
            (col("n"), [3, 1, 2, 5, 4]),
            (col("n").desc(), [5, 2, 1, 3, 4]),
            ([col("n").desc(), "id"], [5, 2, 1, 3, 4]),
            ("id DESC", [5, 4, 3, 2, 1]),
            ("-id", [5, 4, 3, 2, 1]),
            ("id + 0 DESC", [5, 4, 3, 2, 1]),
        ],
        ids=str,
    )
    def test_records_come_in_order(
        self, numbers: Database, order_by: Any, found: list[int]
    ) -> None:
        """Records come in the order asked for, those without a value last either way."""
        assert ids(numbers.select("t", order_by=order_by)) == found

    def test_an_order_may_have_several_columns(self, db: Database) -> None:
        """Records that are equal in the first column come in the order of the second."""
        db.create_table("t", {"a": "INTEGER", "b": "TEXT"})
        db.insert_many("t", [{"a": a, "b": b} for a in (1, 2) for b in "yxz"])
        found = db.select("t", order_by="a DESC, b")

        assert [(row["a"], row["b"]) for row in found] == [
            (2, "x"), (2, "y"), (2, "z"), (1, "x"), (1, "y"), (1, "z"),
        ]  # fmt: skip

    @pytest.mark.parametrize("order_by", [5, [5], [None], b"n", [""]], ids=repr)
    def test_what_is_no_order_is_refused(self, numbers: Database, order_by: Any) -> None:
        """What names no column is no order."""
        with pytest.raises(InterfaceError):
            numbers.select("t", order_by=order_by)

    @pytest.mark.parametrize(
        ("limit", "offset", "found"),
        [
            (None, None, EVERY),
            (0, None, []),
            (2, None, [1, 2]),
            (2, 0, [1, 2]),
            (2, 4, [5]),
            (2, 9, []),
            (None, 3, [4, 5]),
            (99, None, EVERY),
            (2**62, 2**62, []),
            (np.int64(2), np.int64(1), [2, 3]),
        ],
    )
    def test_a_portion_may_be_asked_for(
        self, numbers: Database, limit: Any, offset: Any, found: list[int]
    ) -> None:
        """A limit is the most records that come, 0 none at all; an offset passes some over."""
        assert ids(numbers.select("t", order_by="id", limit=limit, offset=offset)) == found

    @pytest.mark.parametrize(
        "number",
        [-1, 1.0, "1", True, float("nan"), float("inf"), "1; DROP TABLE t", [1]],
        ids=repr,
    )
    @pytest.mark.parametrize("what", ["limit", "offset"])
    def test_a_portion_is_a_whole_number(self, numbers: Database, what: str, number: Any) -> None:
        """A limit or an offset that is no whole number from 0 up is refused by name."""
        with pytest.raises(InterfaceError, match=f"{what} must be a whole number"):
            numbers.select("t", **{what: number})

    @pytest.mark.parametrize("number", [2**63, 10**400], ids=["64 bits", "many digits"])
    @pytest.mark.parametrize("what", ["limit", "offset"])
    def test_a_portion_has_64_bits(self, numbers: Database, what: str, number: int) -> None:
        """A number of records past 64 bits is refused by name on every engine, the last is not."""
        with pytest.raises(InterfaceError, match=f"{what} must be a number of 64 bits"):
            numbers.select("t", **{what: number})  # type: ignore[arg-type]  # one of the two

        last = numbers.select("t", limit=2**63 - 1, offset=1, order_by="id")

        assert ids(last) == ids(numbers.select("t", order_by="id"))[1:]

    @pytest.mark.parametrize("order", ["A b", "A b DESC", "id, A b"])
    def test_a_name_with_blanks_stands_in_a_list(self, db: Database, order: str) -> None:
        """A column's name with a blank is no SQL text; the error shows how to write it."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "A b": "TEXT"})
        db.insert_many("t", [{"A b": "y"}, {"A b": "x"}])
        with pytest.raises(ProgrammingError, match=r"hint: .*order_by=\[.*'A b'"):
            db.select("t", order_by=order)

        assert ids(db.select("t", order_by=["A b"])) == [2, 1]
