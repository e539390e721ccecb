"""Laws about what may be given for records, how many at a time, and how one watches."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import UserDict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import attrs
import numpy as np
import pandas as pd
import pytest

from scitex.db import Database
from scitex.db.domain.errors import DataError, InterfaceError
from scitex.db.testing.contract.ground import PEOPLE, Laws


@attrs.define
class AttrsUser:
    """A user as an attrs class."""

    name: str
    score: float | None = None


@dataclasses.dataclass
class DataclassUser:
    """A user as a dataclass."""

    name: str
    score: float | None = None


class TupleUser(NamedTuple):
    """A user as a named tuple."""

    name: str
    score: float | None = None


@dataclasses.dataclass(slots=True, frozen=True)
class Change:
    """A change of a user, found by the key."""

    id: int
    score: float


CLASSES: list[Callable[..., Any]] = [AttrsUser, DataclassUser, TupleUser]
FRAME = pd.DataFrame(
    {
        "name": ["Eve", "Mallory", "Trent"],
        "score": [81.5, np.nan, np.inf],
        "active": pd.array([True, None, False], dtype="boolean"),
    },
    index=[7, 8, 9],
)


@contextlib.contextmanager
def unchanged(db: Database) -> Iterator[None]:
    """Look that the users after the body are those before it."""
    before = db.select("users", order_by="id")
    yield
    assert db.select("users", order_by="id") == before


class GivingLaws(Laws):
    """What insert, insert_many and update_many take."""

    @pytest.mark.parametrize("kind", CLASSES)
    def test_an_instance_is_a_record(self, users: Database, kind: Callable[..., Any]) -> None:
        """An instance of an attrs class, a dataclass or a named tuple gives its fields."""
        key = users.insert("users", kind("Eve", 82.5))

        assert users.select("users", ["name", "score"], {"id": key}) == [
            {"name": "Eve", "score": 82.5}
        ]

    @pytest.mark.parametrize("kind", CLASSES)
    def test_instances_are_records(self, users: Database, kind: Callable[..., Any]) -> None:
        """Instances come from any iterable, beside mappings too."""
        given = [kind("Eve", 82.5), {"name": "Mallory"}, kind("Trent")]

        assert users.insert_many("users", iter(given)) == 3
        assert users.select("users", ["name", "score"], {"id": [5, 6, 7]}, order_by="id") == [
            {"name": "Eve", "score": 82.5},
            {"name": "Mallory", "score": None},
            {"name": "Trent", "score": None},
        ]

    def test_instances_change_records(self, users: Database) -> None:
        """Instances change the records that have their key."""
        assert users.update_many("users", [Change(1, 10.0), Change(3, 30.0)]) == 2
        assert users.select("users", ["id", "score"], {"id": [1, 3]}, order_by="id") == [
            {"id": 1, "score": 10.0},
            {"id": 3, "score": 30.0},
        ]

    def test_an_instance_of_another_class_is_refused(self, users: Database) -> None:
        """What names no fields is refused by its place, and nothing is stored."""
        with unchanged(users), pytest.raises(InterfaceError, match=r"record 1 .*object"):
            users.insert_many("users", [{"name": "Eve"}, object()])

    @pytest.mark.parametrize("kind", [dict, UserDict, AttrsUser])
    def test_a_record_may_be_used_again(self, users: Database, kind: Any) -> None:
        """A generator may give the same record again with other values: each is stored."""

        def reusing() -> Iterator[Any]:
            record = kind(name="", score=0.0)
            for number in (1, 2, 3):
                if kind is AttrsUser:
                    record.name = f"user {number}"
                else:
                    record["name"] = f"user {number}"
                yield record

        users.insert_many("users", reusing())

        assert [row["name"] for row in users.select("users", where="id > 4", order_by="id")] == [
            "user 1",
            "user 2",
            "user 3",
        ]

    def test_a_class_is_no_record(self, users: Database) -> None:
        """The class itself, given for an instance, is refused."""
        with unchanged(users), pytest.raises(InterfaceError, match="hint: "):
            users.insert("users", AttrsUser)  # type: ignore[arg-type]  # the wrong type is the point

    def test_a_frame_gives_its_rows(self, users: Database) -> None:
        """A DataFrame's rows are records; what is missing is NULL, the index is no column."""
        assert users.insert_many("users", FRAME[["name", "score"]]) == 3
        assert users.select("users", ["name", "score"], {"id": [5, 6, 7]}, order_by="id") == [
            {"name": "Eve", "score": 81.5},
            {"name": "Mallory", "score": None},
            {"name": "Trent", "score": float("inf")},
        ]

    def test_a_frame_changes_records(self, users: Database) -> None:
        """A DataFrame with the key changes the records that have it."""
        frame = pd.DataFrame({"id": [1, 3, 99], "score": [10, 30, 990]})

        assert users.update_many("users", frame, key="id") == 2
        assert users.select("users", ["id", "score"], {"id": [1, 3]}, order_by="id") == [
            {"id": 1, "score": 10.0},
            {"id": 3, "score": 30.0},
        ]

    def test_a_frame_of_nothing_stores_nothing(self, users: Database) -> None:
        """A DataFrame without rows stores nothing."""
        with unchanged(users):
            assert users.insert_many("users", FRAME[:0]) == 0

    def test_a_frames_value_that_does_not_fit_is_told(self, users: Database) -> None:
        """A cell that its column cannot keep is told by row and column; nothing is stored."""
        frame = pd.DataFrame({"name": ["Eve"] * 9, "score": [*[1.5] * 8, "high"]})
        with unchanged(users), pytest.raises(DataError, match="'high'") as caught:
            users.insert_many("users", frame)

        assert (caught.value.row, caught.value.column) == (8, "score")

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 1000])
    def test_records_go_in_batches_of_any_size(self, users: Database, size: int) -> None:
        """However many records go at a time, the same is stored, and a failure leaves nothing."""
        records = [{"name": f"user {number}"} for number in range(7)]

        assert users.insert_many("users", records, batch_size=size) == 7
        assert (
            users.update_many(
                "users", [{"id": n, "score": n} for n in range(1, 12)], batch_size=size
            )
            == len(PEOPLE) + 7
        )
        with unchanged(users), pytest.raises(DataError):
            users.insert_many("users", [*records, {"name": 5}], batch_size=size)

    def test_no_more_than_a_batch_is_taken_before_it_is_stored(self, users: Database) -> None:
        """The source is asked for no more than a batch before that batch is stored."""
        waiting: list[int] = []

        def source() -> Iterator[dict[str, Any]]:
            for number in range(6):
                waiting.append(number - (users.count("users") - len(PEOPLE)))
                yield {"name": f"user {number}"}

        users.insert_many("users", source(), batch_size=2)

        assert (len(waiting), max(waiting)) == (6, 1)

    @pytest.mark.parametrize("size", [0, -1, 1.5, "many"])
    def test_a_batch_of_no_size_is_refused(self, users: Database, size: Any) -> None:
        """A batch size that is no positive whole number is refused, and nothing is stored."""
        with unchanged(users), pytest.raises(InterfaceError, match="batch_size"):
            users.insert_many("users", [{"name": "Eve"}], batch_size=size)
        with unchanged(users), pytest.raises(InterfaceError, match="batch_size"):
            users.update_many("users", [{"id": 1, "score": 1}], batch_size=size)

    def test_progress_is_told(self, users: Database) -> None:
        """A function for the progress gets what is done and the total; a generator has none."""
        told: list[tuple[int, int | None]] = []
        records = [{"name": f"user {number}"} for number in range(2500)]
        users.insert_many("users", records, progress=lambda *seen: told.append(seen))
        users.insert_many("users", iter(records), progress=lambda *seen: told.append(seen))

        assert (told[2], told[-1], users.count("users")) == ((2500, 2500), (2500, None), 5004)

    def test_progress_of_changes_is_told(self, users: Database) -> None:
        """A function for the progress of changes gets what is done and the total."""
        told: list[tuple[int, int | None]] = []
        changes = [{"id": number, "score": 1.0} for number in (1, 2, 3)]
        users.update_many("users", changes, progress=lambda *seen: told.append(seen))

        assert told == [(3, 3)]

    def test_a_bar_is_shown(self, users: Database, capsys: pytest.CaptureFixture[str]) -> None:
        """A progress of True shows a bar with the table's name on the standard error."""
        users.insert_many("users", [{"name": "Eve"}], progress=True)
        said = capsys.readouterr()

        assert ("users" in said.err, "1/1" in said.err, said.out) == (True, True, "")

    def test_a_progress_that_fails_leaves_nothing(self, users: Database) -> None:
        """An error in the function for the progress goes up, and nothing is stored."""

        def stop(*_seen: object) -> None:
            raise KeyboardInterrupt

        with unchanged(users), pytest.raises(KeyboardInterrupt):
            users.insert_many("users", [{"name": "Eve"}], progress=stop)

    def test_a_progress_of_another_sort_is_refused(self, users: Database) -> None:
        """What is neither True nor a function is refused as a progress."""
        with unchanged(users), pytest.raises(InterfaceError, match="progress"):
            users.insert_many("users", [{"name": "Eve"}], progress="yes")  # type: ignore[arg-type]
