"""The promise to tell what changed, and to let those who sync take turns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Changes(Protocol):
    """Somewhere that can take part in a sync."""

    def sync_turn(self) -> AbstractContextManager[None]:
        """
        Keep other syncs of this database out for the length of a block.

        Raises `LockedError` where another one goes on for longer than the timeout.
        """
        ...

    def hold_tables(self, tables: Sequence[str]) -> None:
        """Let nobody else write to these tables until the transaction that is open ends."""
        ...

    def defer_references(self) -> None:
        """Check references at the end of the transaction that is open, where that can be."""
        ...

    def place(self) -> str:
        """Return what tells this database from a copy: lines, of which a copy shares none."""
        ...

    def log_changes(self, table: str, *, key: tuple[str, ...]) -> None:
        """
        Have each later change of a table noted, by its key, whoever makes it.

        Raises `UnsupportedFeatureError` where the engine cannot.
        """
        ...

    def end_log(self, table: str) -> None:
        """Have changes noted no more, and forget those that are."""
        ...

    def log_position(self, table: str) -> str | None:
        """Return up to where changes are noted at this moment; None where they are not."""
        ...

    def logged(self, table: str, *, since: str, but: str | None) -> list[Any] | None:
        """
        Return the keys of the records that changed since a position, each once.

        Left out are changes made under the name `but`.  None where the log does not tell all.
        """
        ...

    def writing_as(self, name: str) -> AbstractContextManager[None]:
        """Note changes under a name for the length of a block, inside a transaction."""
        ...
