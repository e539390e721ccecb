"""The promise to keep a database small and quick, and to say how large it is."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.inspection.findings import Finding
from scitex.db.domain.inspection.measures import Measure


class Upkeep(Protocol):
    """
    Somewhere that is kept in order.

    No record is changed by it.  A call that writes raises `ReadOnlyError` where only reading
    is allowed, `LockedError` where another connection is in the way for longer than the
    timeout, and `TableNotFoundError` for a table that is not there.
    """

    def vacuum(self, table: str | None = None, *, full: bool = False) -> None:
        """
        Give back the room that removed records took.

        Raises `TransactionStateError` inside a transaction, which stays as it was.
        """
        ...

    def analyze(self, table: str | None = None) -> None:
        """Gather what the engine needs to choose among its indexes."""
        ...

    def optimize(self) -> None:
        """Do what upkeep is due and takes little time; not inside a transaction."""
        ...

    def measure(self, *, exact: bool = True) -> Measure:
        """Say how large the tables and indexes are; records are counted where `exact`."""
        ...

    def examine(self, *, quick: bool = False, sample: int | None = None) -> list[Finding]:
        """
        Tell what is the matter with the database, as this engine alone can; change nothing.

        Where `quick`, records are not read; otherwise values of at most `sample` records of
        each table are looked at, None for all.
        """
        ...
