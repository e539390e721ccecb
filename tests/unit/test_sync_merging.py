"""Three ways into one, each rule by itself; that they fit together is shown by syncs."""

from __future__ import annotations

from typing import Any

import pytest

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.sync.errors import conflicting
from scitex.db.domain.sync.merging import (
    Case,
    Conflict,
    Copy,
    Merged,
    Winner,
    decided,
    merge,
    newest,
    resolved,
)

Record = dict[str, Any]


def case(here: Record | None, there: Record | None, base: Record | None = None) -> Case:
    """Return a case of which both sides last had `base`."""

    def copy(record: Record | None) -> Copy:
        if record is None:
            return Copy(None)
        old = base or {}
        return Copy(record, frozenset(name for name in record if record[name] != old.get(name)))

    both = here is not None and there is not None
    differing = {name for name in here or {} if both and (here or {})[name] != (there or {})[name]}
    agreed = base is not None
    return Case("t", (1,), copy(here), copy(there), frozenset(differing), agreed, base)


def clocked(here: int | None, there: int | None) -> Merged:
    """Merge a record of which each side changed another column, and the clock."""
    base = {"id": 1, "a": 0, "b": 0, "at": 5}
    one, other = {**base, "a": 1, "at": here}, {**base, "b": 1, "at": there}
    return merge(case(one, other, base), clock="at")


@pytest.mark.parametrize(
    ("here", "there", "later"), [(7, 9, 9), (9, 7, 9), (None, 7, 7), (7, None, 7)]
)
def test_the_later_moment_is_kept(here: int | None, there: int | None, later: int) -> None:
    """That both moved the clock is no conflict; a missing moment is earlier than any."""
    assert clocked(here, there) == Merged({"id": 1, "a": 1, "b": 1, "at": later})


def test_a_clock_does_not_settle_what_else_differs() -> None:
    """Where a value is contested too, it stays contested, and so is the clock."""
    base = {"id": 1, "a": 0, "at": 5}
    merged = merge(case({**base, "a": 1, "at": 6}, {**base, "a": 2, "at": 7}, base), clock="at")

    assert merged.conflict is not None
    assert merged.conflict.columns == ("a", "at")


@pytest.mark.parametrize(
    ("here", "there", "winner", "wanted"),
    [
        pytest.param(
            {"id": 1, "a": 1, "b": 0, "c": 0},
            {"id": 1, "a": 2, "b": 9, "c": 0},
            "remote",
            {"id": 1, "a": 2, "b": 9, "c": 0},
            id="theirs",
        ),
        pytest.param(
            {"id": 1, "a": 1, "b": 0, "c": 0},
            {"id": 1, "a": 2, "b": 9, "c": 0},
            "local",
            {"id": 1, "a": 1, "b": 9, "c": 0},
            id="ours where it is contested",
        ),
        pytest.param(None, {"id": 1, "a": 2, "b": 0, "c": 0}, "local", None, id="our deletion"),
        pytest.param(
            None,
            {"id": 1, "a": 2, "b": 0, "c": 0},
            "remote",
            {"id": 1, "a": 2, "b": 0, "c": 0},
            id="their change",
        ),
        pytest.param({"id": 1, "a": 1, "b": 0, "c": 0}, None, "remote", None, id="theirs goes"),
        pytest.param(
            {"id": 1, "a": 1, "b": 0, "c": 0},
            None,
            "local",
            {"id": 1, "a": 1, "b": 0, "c": 0},
            id="our change",
        ),
    ],
)
def test_a_winner_takes_what_is_contested(
    here: Record | None, there: Record | None, winner: Winner, wanted: Record | None
) -> None:
    """The rest of the record is as both sides' edits make it."""
    merged = merge(case(here, there, {"id": 1, "a": 0, "b": 0, "c": 0}))

    assert merged.conflict is not None
    assert resolved(merged, winner) == wanted


@pytest.mark.parametrize(
    ("here", "there", "winner"),
    [
        ({"at": 2}, {"at": 1}, "local"),
        ({"at": 1}, {"at": 2}, "remote"),
        ({"at": 1}, {"at": 1}, "remote"),
        ({"at": None}, {"at": 1}, "remote"),
        ({"at": 1}, {"at": None}, "local"),
        ({"at": None}, {"at": None}, "remote"),
        (None, {"at": 1}, "remote"),
        ({"at": 1}, None, "local"),
    ],
)
def test_the_newest_wins(here: Record | None, there: Record | None, winner: str) -> None:
    """Of equal moments the remote side's, and a change before a deletion."""
    conflict = Conflict("t", (1,), "update/update", ("at",), None, here, there)

    assert newest(conflict, "at") == winner


def test_a_function_decides() -> None:
    """It is told three copies of its own, and may answer with some columns, or None."""
    base = {"id": 1, "a": 0}
    merged = merge(case({"id": 1, "a": 1}, {"id": 1, "a": 2}, base))

    assert decided(merged, lambda old, here, there: {"a": here["a"] + there["a"]}) == {  # type: ignore[index]
        "id": 1,
        "a": 3,
    }
    assert decided(merged, lambda *_: None) is None
    with pytest.raises(InterfaceError, match="return a record with the columns id, a"):
        decided(merged, lambda *_: {"other": 1})
    with pytest.raises(InterfaceError, match="on_conflict returned 5"):
        decided(merged, lambda *_: 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "told"),
    [(1, "1 record changed"), (2, "2 records changed"), (1_200, "1,200 records changed")],
)
def test_open_conflicts_are_counted(count: int, told: str) -> None:
    """All of them, in words, and the first by name."""
    conflict = Conflict("t", (1,), "update/delete", ("a",), None, {"a": 1}, None)
    error = conflicting([conflict] * count)

    assert told in str(error)
    assert "t[1]: changed here, deleted there" in str(error)
    assert len(error.conflicts) == count
