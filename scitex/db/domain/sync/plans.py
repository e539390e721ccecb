"""What a sync is going to do, to be looked at before it is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

from scitex.db.domain.rows import Record
from scitex.db.domain.sync.merging import Conflict

SideName = Literal["local", "remote"]
Direction = Literal["both", "up", "down"]
DIRECTIONS = ("both", "up", "down")
SIDES: tuple[SideName, SideName] = ("local", "remote")
_SIGNS = {"insert": "+", "update": "~", "delete": "-"}
SHOWN = 20  # changes, or conflicts, that a plan shows in text


@attrs.frozen
class Tally:
    """
    How many records of a side are changed.

    Attributes
    ----------
    inserted, updated, deleted : int

    Examples
    --------
    >>> print(Tally(2, 0, 1))
    +2 ~0 -1
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)

    def __str__(self) -> str:
        return f"+{self.inserted:,} ~{self.updated:,} -{self.deleted:,}"

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deleted + other.deleted,
        )


@attrs.frozen
class Change:
    """
    One record that one side is to have otherwise.

    Attributes
    ----------
    side : {"local", "remote"}
        Whose copy changes.
    key : tuple
    before : dict or None
        As that side has it; None where it has none.
    after : dict or None
        As it is to be; None deletes it.
    """

    side: SideName
    key: tuple[object, ...]
    before: Record | None
    after: Record | None

    @property
    def action(self) -> Literal["insert", "update", "delete"]:
        """What is done to it."""
        if self.after is None:
            return "delete"
        return "insert" if self.before is None else "update"

    def __str__(self) -> str:
        told = f"{_SIGNS[self.action]} {self.side} [{', '.join(map(repr, self.key))}]"
        if self.after is None:
            return told
        before = self.before
        if before is None:
            values = [f"{name}={value!r:.30}" for name, value in self.after.items()]
            return f"{told} {', '.join(values)}"
        moved = [
            f"{name}: {before[name]!r:.30} -> {value!r:.30}"
            for name, value in self.after.items()
            if before[name] != value
        ]
        return f"{told} {', '.join(moved)}"


@attrs.frozen
class Resolution:
    """
    A conflict, and what becomes of it.

    Attributes
    ----------
    conflict : Conflict
    outcome : str
        ``"local"``, ``"remote"``, ``"decided"`` by a function of the caller, ``"skipped"``: both
        sides keep what they have, or ``"unresolved"``: nothing is written at all.
    record : dict or None
        What both sides are to have.
    """

    conflict: Conflict
    outcome: str
    record: Record | None

    def __str__(self) -> str:
        return f"{self.conflict} -> {self.outcome}"


@attrs.frozen
class Item:
    """
    A record that is not as both sides last agreed, and what is to become of it.

    Attributes
    ----------
    key : object
        The value of the key column, or a tuple of several.
    local, remote : dict or None
        The copies as they were when the plan was made.
    after : dict or None
        What both are to have.
    marks : tuple of (bytes or None)
        What tells of the record: as agreed, as the local side has it, the remote side, and
        as it is to be; None where it is not there.
    base : dict or None
        As agreed, where that was kept.
    """

    key: object
    local: Record | None
    remote: Record | None
    after: Record | None
    marks: tuple[bytes | None, bytes | None, bytes | None, bytes | None]
    base: Record | None = None

    @property
    def agreed(self) -> bytes | None:
        """What told of the record when both sides last agreed."""
        return self.marks[0]

    @property
    def becomes(self) -> bytes | None:
        """What will tell of it."""
        return self.marks[3]

    def mark(self, side: SideName) -> bytes | None:
        """Return what tells of a side's copy."""
        return self.marks[1 if side == "local" else 2]

    def record(self, side: SideName) -> Record | None:
        """Return a side's copy."""
        return self.local if side == "local" else self.remote

    def moves(self, side: SideName) -> bool:
        """Say whether a side's copy is to change."""
        return self.mark(side) != self.becomes


@attrs.frozen
class TablePlan:
    """
    What is to be done to one table.

    Attributes
    ----------
    table : str
    direction : {"both", "up", "down"}
    items : tuple of Item
        The records that change on a side, or whose agreed state does.
    conflicts : tuple of Resolution
    agreed : tuple of (object, bytes or None)
        Records that became the same on both sides without a sync; only that is noted.
    created : {"local", "remote"} or None
        Where the table is to be made first.
    """

    table: str
    direction: Direction
    items: tuple[Item, ...] = attrs.field(repr=lambda items: f"<{len(items)} records>")
    conflicts: tuple[Resolution, ...] = ()
    agreed: tuple[tuple[object, bytes | None], ...] = attrs.field(default=(), repr=False)
    created: SideName | None = None

    def __bool__(self) -> bool:
        return bool(self.created or self.conflicts or any(map(self.tally, SIDES)))

    def moving(self, side: SideName) -> list[Item]:
        """Return the records that a side is to have otherwise."""
        if self.direction == ("down" if side == "remote" else "up"):
            return []
        return [item for item in self.items if item.moves(side)]

    def changes(self, side: SideName | None = None) -> list[Change]:
        """
        Return what happens to each record.

        Parameters
        ----------
        side : {"local", "remote"}, optional
            To which side; both by default.
        """
        return [
            Change(name, _tuple(item.key), item.record(name), item.after)
            for name in (SIDES if side is None else (side,))
            for item in self.moving(name)
        ]

    def tally(self, side: SideName) -> Tally:
        """Return how many records of a side change."""
        counts = {"insert": 0, "update": 0, "delete": 0}
        for item in self.moving(side):
            if item.after is None:
                counts["delete"] += 1
            else:
                counts["insert" if item.mark(side) is None else "update"] += 1
        return Tally(counts["insert"], counts["update"], counts["delete"])

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        told = f"{self.table}: local {self.tally('local')}, remote {self.tally('remote')}"
        if self.created:
            told += f", made on the {self.created} side"
        yield told + (f", {len(self.conflicts)} in conflict" if self.conflicts else "")
        changes = self.changes()
        yield from _first(changes, "  {}", "changes")
        yield from _first(list(self.conflicts), "  ! {}", "conflicts")


def _first(things: list[Change] | list[Resolution], form: str, what: str) -> Iterator[str]:
    """Yield the first of some things as text, and how many there are besides."""
    for each in things[:SHOWN]:
        yield form.format(each)
    if len(things) > SHOWN:
        yield form.format(f"... and {len(things) - SHOWN:,} more {what}")


def _tuple(key: object) -> tuple[object, ...]:
    return key if isinstance(key, tuple) else (key,)


@attrs.frozen
class SyncPlan:
    """
    What a sync is to do; true where there is anything to do.

    Attributes
    ----------
    tables : tuple of TablePlan
    """

    tables: tuple[TablePlan, ...]

    def __bool__(self) -> bool:
        return any(self.tables)

    @property
    def conflicts(self) -> tuple[Resolution, ...]:
        """All conflicts, and what is to become of them."""
        return tuple(one for table in self.tables for one in table.conflicts)

    def changes(self, side: SideName | None = None) -> list[Change]:
        """
        Return what happens to each record of each table.

        Parameters
        ----------
        side : {"local", "remote"}, optional
            To which side; both by default.
        """
        return [change for table in self.tables for change in table.changes(side)]

    def __str__(self) -> str:
        return "\n".join(map(str, self.tables)) if self.tables else "no tables"

    def _repr_html_(self) -> str:
        from scitex.db.domain.htmltables import table

        plans = [
            {
                "table": plan.table,
                "local": str(plan.tally("local")),
                "remote": str(plan.tally("remote")),
                "conflicts": len(plan.conflicts),
            }
            for plan in self.tables
        ]
        changes = [{"in conflict": str(each)} for each in self.conflicts]
        changes = changes or [{"change": str(each)} for each in self.changes()]
        return table(plans) + (table(changes) if changes else "")
