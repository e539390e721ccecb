"""What a turn's calls are given, and what they must answer and leave behind."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import attrs
from measuring import OtherWorkError
from places import COLUMNS, Record, Row, keyed, records

Deed = Literal["insert", "select", "update", "delete", "select_all"]
BEFORE = 100  # records that no call touches


@attrs.frozen
class Task:
    """
    The calls of one turn.

    Attributes
    ----------
    deed : str
        The method of `Client` that makes them.
    stored : int
        How many records are there before.
    arguments : sequence
        One for each call.
    answers : sequence or None
        What each call must answer; None where packages answer differently.
    after : callable
        Takes a number of calls; returns the records that are there after so many.
    """

    deed: Deed
    stored: int
    arguments: Sequence[Any]
    answers: Sequence[Any] | None
    after: Callable[[int], list[Record]]

    @property
    def writes(self) -> bool:
        """Whether the calls change what is stored."""
        return not self.deed.startswith("select")

    def check_left(self, rows: list[Row], *, calls: int) -> None:
        """
        Compare what another connection sees with what must be there after so many calls.

        Raises
        ------
        OtherWorkError
        """
        wanted = [tuple(record.values()) for record in self.after(calls)]
        if rows == wanted:
            return
        if len(rows) != len(wanted):
            found = f"{len(rows)} records are stored, and not {len(wanted)}"
        else:
            pairs = zip(rows, wanted, strict=True)
            found = "{} is stored, and not {}".format(*next(p for p in pairs if p[0] != p[1]))
        raise OtherWorkError(f"after {calls} calls of {self.deed}, {found}")

    def check_answers(self, given: Sequence[Any], *, calls: slice) -> None:
        """
        Compare the answers of some of the calls with what they must be.

        Raises
        ------
        OtherWorkError
        """
        if self.answers is None:
            return
        wanted = self.answers[calls]
        if len(given) != len(wanted):
            raise OtherWorkError(f"{self.deed}: {len(given)} answers, and not {len(wanted)}")
        for answer, right in zip(given, wanted, strict=True):
            found = answer if isinstance(right, int) else _record(answer)
            if found != right:
                raise OtherWorkError(f"{self.deed} answered {answer!r}, and not {right!r}")

    def check_found(self, given: Sequence[Any]) -> None:
        """
        Compare the records that one call found with all that there are.

        Raises
        ------
        OtherWorkError
        """
        stored = self.after(0)
        if given not in (stored, [tuple(record.values()) for record in stored]):
            raise OtherWorkError(
                f"{self.deed} found {len(given)} records, and not the {len(stored)} that are there"
            )


def _record(answer: Any) -> Record:
    """Return a record as a dict, whether it came so, as a tuple, or as the one of a list."""
    if isinstance(answer, list):
        (answer,) = answer
    if isinstance(answer, Mapping):
        return dict(answer)
    return dict(zip(("id", *COLUMNS), answer, strict=True))


def task(deed: Deed, *, calls: int) -> Task:
    """
    Make a turn's calls; they are the same each time.

    Parameters
    ----------
    deed : {"insert", "select", "update", "delete", "select_all"}
    calls : int
        For "select_all", records that the one call finds.
    """
    if deed == "select_all":
        there = keyed(records(calls))
        return Task(deed, calls, [], there, lambda _: there)
    if deed == "insert":
        given = keyed(records(BEFORE + calls))
        new = records(len(given))[BEFORE:]
        keys = list(range(BEFORE + 1, len(given) + 1))
        return Task(deed, BEFORE, new, keys, lambda done: given[: BEFORE + done])
    there = keyed(records(BEFORE + calls))
    keys = random.Random(7).sample(range(1, len(there) + 1), calls)
    if deed == "select":
        return Task(deed, len(there), keys, [there[key - 1] for key in keys], lambda _: there)
    if deed == "delete":
        return Task(deed, len(there), keys, None, lambda done: _without(there, keys[:done]))
    changes = [(key, {"accuracy": key / 7, "n": key * 2}) for key in keys]
    return Task(deed, len(there), changes, None, lambda done: _changed(there, changes[:done]))


def _without(there: list[Record], keys: Sequence[int]) -> list[Record]:
    gone = set(keys)
    return [record for record in there if record["id"] not in gone]


def _changed(there: list[Record], changes: Sequence[tuple[int, Record]]) -> list[Record]:
    changed = dict(changes)
    return [{**record, **changed.get(record["id"], {})} for record in there]
