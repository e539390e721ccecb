"""Three ways into one: what becomes of a record of which each side has its own copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.rows import Record

Kind = Literal["insert/insert", "update/update", "update/delete", "delete/update"]
Winner = Literal["local", "remote"]
Decide = Callable[[Record | None, Record | None, Record | None], Mapping[str, object] | None]
Policy = Literal["error", "newest", "local", "remote", "skip"] | Decide
POLICIES = ("error", "newest", "local", "remote", "skip")


@attrs.frozen
class Copy:
    """
    One side's copy of a record.

    Attributes
    ----------
    record : dict or None
        As it is now; None where the side has none.
    changed : frozenset of str
        The columns that are not as they were when both sides last agreed; all of them where the
        record was not there then.
    """

    record: Record | None
    changed: frozenset[str] = frozenset()


@attrs.frozen
class Case:
    """
    A record that may not be the same on both sides.

    Attributes
    ----------
    table : str
    key : tuple
    local, remote : Copy
    differing : frozenset of str
        The columns in which the two copies differ, where there are two.
    agreed : bool
        Whether both had it when they last agreed.
    base : dict or None
        As both last had it, where that was kept.
    """

    table: str
    key: tuple[object, ...]
    local: Copy
    remote: Copy
    differing: frozenset[str] = frozenset()
    agreed: bool = False
    base: Record | None = None


@attrs.frozen
class Conflict:
    """
    A record that both sides changed, so that no rule but a policy can say what becomes of it.

    Attributes
    ----------
    table : str
    key : tuple
        The record's primary key.
    kind : str
        What happened here and there: ``"update/update"``, ``"insert/insert"``, or, where the
        local side comes first, ``"update/delete"`` and ``"delete/update"``.
    columns : tuple of str
        The columns for which both sides have another value; all where one deleted the record.
    base : dict or None
        As both last had it; None where it was not there, or its values were not kept.
    local, remote : dict or None
        As each side has it; None where it is deleted.
    """

    table: str
    key: tuple[object, ...]
    kind: Kind
    columns: tuple[str, ...]
    base: Record | None
    local: Record | None
    remote: Record | None

    def __str__(self) -> str:
        where = f"{self.table}[{', '.join(map(repr, self.key))}]"
        if self.local is None:
            return f"{where}: deleted here, changed there"
        if self.remote is None:
            return f"{where}: changed here, deleted there"
        told = [
            f"{name} is {self.local[name]!r:.40} here, {self.remote[name]!r:.40} there"
            for name in self.columns
        ]
        return f"{where}: {'; '.join(told)}"


@attrs.frozen
class Merged:
    """
    What becomes of a record.

    Attributes
    ----------
    record : dict or None
        What both sides are to have; None where neither is.
    conflict : Conflict or None
        What no rule could decide.  `record` has the local values then, until it is resolved.
    """

    record: Record | None
    conflict: Conflict | None = None


def merge(case: Case, *, clock: str | None = None) -> Merged:
    """
    Merge two copies of a record, column by column.

    Parameters
    ----------
    case : Case
    clock : str, optional
        A column that each change sets to its moment.  That both sides changed it is no conflict
        where nothing else is one: the later moment is taken.

    Returns
    -------
    Merged

    Notes
    -----
    A side that changed nothing never wins over one that did.  Edits to different columns are
    joined; the same edit on both sides is no conflict.

    Examples
    --------
    >>> merge(
    ...     Case(
    ...         "runs",
    ...         (1,),
    ...         Copy({"id": 1, "lr": 0.5, "note": ""}, frozenset({"lr"})),
    ...         Copy({"id": 1, "lr": 0.1, "note": "ok"}, frozenset({"note"})),
    ...         differing=frozenset({"lr", "note"}),
    ...         agreed=True,
    ...     )
    ... ).record
    {'id': 1, 'lr': 0.5, 'note': 'ok'}
    """
    here, there = case.local.record, case.remote.record
    if here is None or there is None:
        return _one_is_gone(case)
    if not case.differing or not case.remote.changed:
        return Merged(here)
    if not case.local.changed:
        return Merged(there)
    theirs = case.remote.changed - case.local.changed
    merged = {name: there[name] if name in theirs else value for name, value in here.items()}
    both = case.differing & case.local.changed & case.remote.changed
    if clock is not None and both == {clock}:
        merged[clock] = _later(here[clock], there[clock])
        both = frozenset()
    if not both:
        return Merged(merged)
    kind: Kind = "update/update" if case.agreed else "insert/insert"
    columns = tuple(name for name in here if name in both)
    return Merged(merged, Conflict(case.table, case.key, kind, columns, case.base, here, there))


def _one_is_gone(case: Case) -> Merged:
    """Merge where a side has no such record: it is new on the other, or was deleted here."""
    left = case.remote if case.local.record is None else case.local
    if left.record is None or not case.agreed:
        return Merged(left.record)
    if not left.changed:
        return Merged(None)
    kind: Kind = "update/delete" if left is case.local else "delete/update"
    conflict = Conflict(
        case.table,
        case.key,
        kind,
        tuple(left.record),
        case.base,
        case.local.record,
        case.remote.record,
    )
    return Merged(case.local.record, conflict)


def resolved(merged: Merged, winner: Winner) -> Record | None:
    """Return what a conflict comes to where one side's values are taken for what is contested."""
    conflict = merged.conflict
    if conflict is None:
        return merged.record
    chosen = conflict.local if winner == "local" else conflict.remote
    if chosen is None or merged.record is None or None in (conflict.local, conflict.remote):
        return chosen
    return {**merged.record, **{name: chosen[name] for name in conflict.columns}}


def decided(merged: Merged, decide: Decide) -> Record | None:
    """
    Return what a function of the caller makes of a conflict.

    Raises
    ------
    InterfaceError
        If it returns anything but a record with the same columns and key, or None to delete.
    """
    conflict = merged.conflict
    if conflict is None:
        return merged.record
    told = [None if each is None else dict(each) for each in _copies(conflict)]
    answer = decide(*told)
    if answer is None:
        return None
    whole = conflict.local or conflict.remote or {}
    given: object = answer
    if not isinstance(given, Mapping) or not set(given) <= set(whole):
        raise InterfaceError(
            f"on_conflict returned {answer!r:.80} for {conflict.table}{list(conflict.key)}",
            hint=f"return a record with the columns {', '.join(whole)}, or None to delete it",
        )
    return {**(merged.record or whole), **answer}


def _copies(conflict: Conflict) -> tuple[Record | None, Record | None, Record | None]:
    return conflict.base, conflict.local, conflict.remote


def newest(conflict: Conflict, clock: str) -> Winner:
    """
    Say which side's copy is newer by its own clock column.

    A deleted record has no moment any more, so a change wins over a deletion and nothing is lost.
    Of two equal moments, or where one is missing on both sides, the remote side wins, which is
    the same one whoever syncs; a missing moment is older than any.
    """
    if conflict.local is None:
        return "remote"
    if conflict.remote is None:
        return "local"
    here, there = conflict.local.get(clock), conflict.remote.get(clock)
    if here is None:
        return "remote"
    if there is None:
        return "local"
    return "local" if here > there else "remote"


def _later(one: Any, other: Any) -> Any:
    """Return the later of two moments; a missing one is the earliest."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
