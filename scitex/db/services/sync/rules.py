"""How a sync decides what becomes of a conflict."""

from __future__ import annotations

import attrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.sync.merging import POLICIES, Policy


@attrs.frozen
class Rules:
    """
    How a sync decides.

    Attributes
    ----------
    on_conflict : Policy
    clock : str or None
        The column of which the greater value is the newer one.
    keep_base : bool
        Whether records are kept as agreed, and not only what tells whether they changed.
    """

    on_conflict: Policy = "error"
    clock: str | None = None
    keep_base: bool = False


def rules(on_conflict: Policy, timestamp: str | None, *, keep_base: bool) -> Rules:
    """
    Read how conflicts are to be resolved.

    Raises
    ------
    InterfaceError
        If it is none of the ways, or ``"newest"`` comes without a column.
    """
    if not callable(on_conflict) and on_conflict not in POLICIES:
        raise InterfaceError(
            f"on_conflict={on_conflict!r} is no way to resolve conflicts",
            hint=f"choose one of {', '.join(POLICIES)}, or pass a function of base, local, remote",
        )
    if on_conflict == "newest" and timestamp is None:
        raise InterfaceError(
            "on_conflict='newest' needs to know when a record was changed",
            hint="pass timestamp='updated_at', the column that each change sets",
        )
    return Rules(on_conflict, timestamp, bool(keep_base))
