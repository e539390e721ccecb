"""What a sync did."""

from __future__ import annotations

import attrs

from scitex.db.domain.sync.plans import Resolution, SyncPlan, Tally


@attrs.frozen
class TableReport:
    """
    What a sync did to one table.

    Attributes
    ----------
    table : str
    local, remote : Tally
        What was changed there.
    conflicts : tuple of Resolution
    later : int
        Records that somebody changed while the sync was under way; the next one takes them.
    bytes : int
        About how much the records that travelled take: eight a number, and what texts have.
    seconds : float
    verified : bool or None
        Whether the fingerprints of both sides were compared, and are equal; None where that
        was not asked.
    """

    table: str
    local: Tally = attrs.field(factory=Tally)
    remote: Tally = attrs.field(factory=Tally)
    conflicts: tuple[Resolution, ...] = ()
    later: int = 0
    bytes: int = 0
    seconds: float = 0.0
    verified: bool | None = None

    def __str__(self) -> str:
        told = f"{self.table}: local {self.local}, remote {self.remote}"
        if self.conflicts:
            told += f", {len(self.conflicts)} in conflict"
        if self.later:
            told += f", {self.later} changed meanwhile and left for the next sync"
        if self.verified is not None:
            told += ", the same on both sides" if self.verified else ", NOT the same on both sides"
        return told


@attrs.frozen
class SyncReport:
    """
    What a sync did, or would do.

    Attributes
    ----------
    tables : tuple of TableReport
    seconds : float
    plan : SyncPlan or None
        What would be done, of a dry run, which changed nothing.
    """

    tables: tuple[TableReport, ...]
    seconds: float = 0.0
    plan: SyncPlan | None = attrs.field(default=None, repr=False)

    @property
    def local(self) -> Tally:
        """What was changed on the local side."""
        return sum((table.local for table in self.tables), Tally())

    @property
    def remote(self) -> Tally:
        """What was changed on the remote side."""
        return sum((table.remote for table in self.tables), Tally())

    @property
    def conflicts(self) -> tuple[Resolution, ...]:
        """All conflicts, and what became of them."""
        return tuple(one for table in self.tables for one in table.conflicts)

    @property
    def later(self) -> int:
        """How many records are left for the next sync, as they changed during this one."""
        return sum(table.later for table in self.tables)

    @property
    def bytes(self) -> int:
        """About how much the records that travelled take, as text."""
        return sum(table.bytes for table in self.tables)

    @property
    def verified(self) -> bool | None:
        """Whether all tables were compared and are the same; None where that was not asked."""
        found = [table.verified for table in self.tables]
        return None if None in found or not found else all(found)

    def __str__(self) -> str:
        if self.plan is not None:
            return str(self.plan)
        return "\n".join([*map(str, self.tables), f"{self.seconds:.2f} s"])
