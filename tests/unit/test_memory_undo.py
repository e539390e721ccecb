"""Laws of the log that takes deeds back, and of calls that are interrupted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from scitex.db.adapters.memory import storage as module
from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.adapters.memory.undo import UndoLog
from scitex.db.domain.declarations import table_declared
from scitex.db.domain.predicates import ALL_ROWS, col
from scitex.db.domain.queries import Query
from scitex.db.domain.tables import ColumnSpec, IndexSpec

ROOM = str(Path(module.__file__).parent)


def test_steps_are_taken_last_first() -> None:
    """What was done last is taken back first."""
    log, taken = UndoLog(), []
    for name in "abc":
        log.note(taken.append, name)

    log.back_to(0)

    assert taken == ["c", "b", "a"]


def test_steps_before_the_mark_stay() -> None:
    """Going back to a mark leaves what was noted before it."""
    log, taken = UndoLog(), []
    log.note(taken.append, "before")
    mark = len(log)
    log.note(taken.append, "after")

    log.back_to(mark)

    assert (taken, len(log)) == (["after"], 1)


def test_settled_steps_stay() -> None:
    """Going back to what is settled takes the steps of the unfinished call only."""
    log, taken = UndoLog(), []
    log.note(taken.append, "settled")
    log.settle()
    log.note(taken.append, "unfinished")

    log.back_to_settled()

    assert taken == ["unfinished"]


def test_forgotten_steps_are_never_taken() -> None:
    """What was forgotten stands for good."""
    log, taken = UndoLog(), []
    log.note(taken.append, "done")
    log.forget()

    log.back_to(0)

    assert taken == []


def test_undoing_goes_on_where_it_was_interrupted() -> None:
    """A step that is interrupted is taken again, and the ones before it as well."""
    log, taken = UndoLog(), []
    interrupts = iter([KeyboardInterrupt])

    def fragile(name: str) -> None:
        for interrupt in interrupts:
            raise interrupt
        taken.append(name)

    log.note(taken.append, "first")
    log.note(fragile, "second")
    with pytest.raises(KeyboardInterrupt):
        log.back_to(0)

    log.back_to_settled()

    assert taken == ["second", "first"]


def test_going_back_past_what_is_settled_unsettles_it() -> None:
    """An undoing that is interrupted below the settled mark is finished by who comes next."""
    log = UndoLog()
    log.note(list)
    log.settle()

    log.back_to(0)

    assert log.settled == 0


CALLS: dict[str, Callable[[MemoryStorage], object]] = {
    "insert": lambda s: s.insert("parents", {"n": 70}),
    "insert many": lambda s: s.insert_many(
        "parents",
        [{"n": 10, "note": "new"}, {"n": 11}],
        on_conflict="update",
        conflict_columns=("n",),
    ),
    "update": lambda s: s.update("parents", {"id": 9, "n": 99}, where=col("id") == 2),
    "delete": lambda s: s.delete("parents", where=ALL_ROWS),
    "create index": lambda s: s.create_index(IndexSpec("i", "parents", ("note", "n"), True)),
    "add column": lambda s: s.add_column("parents", ColumnSpec("more", "TEXT", default="'m'")),
    "rename table": lambda s: s.rename_table("parents", to="others"),
}


def family() -> MemoryStorage:
    """Make a storage whose calls have much to do."""
    storage = MemoryStorage(timeout=0.1)
    parent = {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "n": "INTEGER UNIQUE", "note": "TEXT"}
    child = {
        "id": "INTEGER PRIMARY KEY",
        "parent": "INTEGER REFERENCES parents ON DELETE CASCADE ON UPDATE CASCADE",
    }
    storage.create_table(table_declared("parents", parent))
    storage.create_table(table_declared("children", child))
    storage.insert_many("parents", [{"id": n, "n": 10 * n} for n in (1, 2)])
    storage.insert_many("children", [{"id": n, "parent": n} for n in (1, 2)])
    return storage


def everything(storage: MemoryStorage) -> list[Any]:
    """Return all that a storage tells."""
    return [
        (name, storage.describe(name), storage.select(Query(name)), storage.indexes(name))
        for name in storage.tables()
    ]


def interrupted(call: Callable[[], object], at: int) -> bool:
    """Interrupt `call` at the line that comes as number `at` in the room; say if it did."""
    lines = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal lines
        if not frame.f_code.co_filename.startswith(ROOM):
            return None
        lines += event == "line"
        if event == "line" and lines == at:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("name", CALLS)
def test_an_interrupt_leaves_all_or_nothing(name: str) -> None:
    """An interrupt at any line of a call leaves all of it or nothing, and no level open."""
    call, storage = CALLS[name], family()
    before = everything(storage)
    call(storage)
    outcomes = [before, everything(storage)]

    for line in range(1, 5000):
        storage = family()
        struck = interrupted(lambda: call(storage), line)  # noqa: B023 - called at once
        found = everything(storage)
        assert (found in outcomes, storage.depth) == (True, 0), line
        if not struck:
            break
        if found == before:
            call(storage)
            assert everything(storage) == outcomes[1], line

    assert not struck
