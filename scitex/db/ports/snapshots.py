"""The promise to give a database as it is at one moment, and to put one in its place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol, TypeVar

from scitex.db.domain.backups import Kind, Table

S = TypeVar("S")


class State(Protocol[S]):
    """A database that nobody changes while it is looked at."""

    def parts(self) -> list[tuple[str, S]]:
        """
        Return what its tables are read from, each with the name of its schema.

        One without a name where the engine has no schemas.
        """
        ...

    def schema(self) -> str:
        """Tell the whole schema as the engine spells it, the same for the same schema."""
        ...

    def is_empty(self) -> bool:
        """Say whether there is nothing that a restored backup would replace."""
        ...

    def examine(self) -> int:
        """
        Look for damage; return the number of references that point at no record.

        Raises `BackupError`, which tells what the engine says.
        """
        ...


class Moment(State[S], Protocol[S]):
    """A database as it is at one moment, whoever writes to it meanwhile."""

    def write(
        self, kind: Kind, *, tables: tuple[str, ...] | None, take: Callable[[bytes], object]
    ) -> None:
        """
        Give a backup of the whole, or of some tables, piece by piece.

        Raises `TableNotFoundError`, and `BackupError` for what this kind cannot hold.
        """
        ...

    def copy(self, path: str, *, check: bool, report: Callable[[int], object]) -> int | None:
        """
        Make the engine's own copy in a new file; return what `examine` would for it.

        That, and looking for damage, is left out without `check`; None is returned then.
        """
        ...


class Source(Protocol):
    """A backup that is there to be read."""

    @property
    def path(self) -> str:
        """Where it is."""
        ...

    @property
    def tables(self) -> tuple[Table, ...]:
        """What it says of its tables; nothing where it is not believed."""
        ...

    @property
    def alone(self) -> bool:
        """Whether it says that it is of one table only, believed or not."""
        ...

    def reading(self) -> AbstractContextManager[BinaryIO]:
        """Give its bytes, unpacked where it is compressed."""
        ...


class Snapshots(Protocol[S]):
    """Somewhere that can be copied whole, and replaced whole."""

    @property
    def backup_kinds(self) -> tuple[Kind, ...]:
        """What backups the engine has, the one that is quickest to restore first."""
        ...

    @property
    def backup_scope(self) -> str | None:
        """The one schema that backups are of; None for all that there is."""
        ...

    def moment(self) -> AbstractContextManager[Moment[S]]:
        """
        Give the database as it is now, for the length of a block; others go on writing.

        Raises `TransactionStateError` inside a transaction of the same object.
        """
        ...

    def restore(
        self,
        kind: Kind,
        source: Source,
        *,
        tables: tuple[str, ...] | None,
        save: Callable[[], object],
        check: Callable[[State[S]], object],
    ) -> None:
        """
        Put a backup in the place of what is there: of everything, or of some tables.

        `save` is called before anything is replaced.  All that it can see is all that will be
        gone: where somebody wrote meanwhile, it is called again.
        All or nothing: `check` is given what was restored before anybody else sees it, and an
        error of its undoes all.  What is in the backup is believed to be hostile: it reaches
        nothing outside the database.  Raises `BackupError` for what cannot be restored,
        `LockedError` where others hold the database for longer than the timeout, and
        `TransactionStateError` inside a transaction of the same object.
        """
        ...

    def scratch(self) -> AbstractContextManager[S]:
        """Give an empty database of this engine, which is gone after the block."""
        ...
