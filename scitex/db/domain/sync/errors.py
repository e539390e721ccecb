"""What can go wrong where two databases are to agree."""

from __future__ import annotations

from collections.abc import Sequence

from scitex.db.domain.errors import IntegrityError, OperationalError
from scitex.db.domain.sync.merging import Conflict

_SHOWN = 5


class SyncError(OperationalError):
    """A sync cannot go on; both sides are as they were."""

    code = "sync"


class SyncConflictError(IntegrityError):
    """
    Both sides changed the same, and no rule says whose change counts; nothing was written.

    Parameters
    ----------
    message : str
    conflicts : tuple of Conflict, optional
    hint : str, optional
    """

    code = "sync-conflict"

    def __init__(
        self, message: str, *, conflicts: tuple[Conflict, ...] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.conflicts = conflicts


def conflicting(conflicts: Sequence[Conflict]) -> SyncConflictError:
    """Make the error that these conflicts are open."""
    count = len(conflicts)
    told = "; ".join(map(str, conflicts[:_SHOWN]))
    more = f"; and {count - _SHOWN:,} more" if count > _SHOWN else ""
    return SyncConflictError(
        f"{count:,} record{'' if count == 1 else 's'} changed on both sides: {told}{more}",
        conflicts=tuple(conflicts),
        hint="look at sync.plan(table), then pass on_conflict='local', 'remote', 'skip', "
        "'newest' with timestamp=, or a function of (base, local, remote)",
    )
