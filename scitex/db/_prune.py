"""The front door to letting old backups go."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

from scitex.db.adapters.disk import Disk

if TYPE_CHECKING:
    from scitex.db.services.backups.retention import Pruned


def prune_backups(
    folder: str | os.PathLike[str],
    *,
    pattern: str | None = None,
    dry_run: bool = False,
    keep_last: int = 0,
    keep_hourly: int = 0,
    keep_daily: int = 0,
    keep_weekly: int = 0,
    keep_monthly: int = 0,
    keep_yearly: int = 0,
    keep_within: str | dt.timedelta | None = None,
) -> Pruned:
    """
    Let go of the backups in a folder that no rule keeps.

    Parameters
    ----------
    folder : str or path-like
        What is below it is left alone, and so are links.
    pattern : str, optional
        Names that are backups though no manifest proves them, as a shell has it:
        ``"backup_*.sql"``.  Left out, only backups that this package made are looked at.
    dry_run : bool, default False
        Whether to say only what would be removed.
    keep_last : int, default 0
        Keep so many of the newest.
    keep_hourly, keep_daily, keep_weekly, keep_monthly, keep_yearly : int, default 0
        Keep the newest of each of so many hours, days, weeks, months and years that have a
        backup; and the oldest backup, where there are not yet so many.
    keep_within : str or timedelta, optional
        Keep all that are not older than this, counted from the newest: ``"30d"``, ``"1y6m"``.

    Returns
    -------
    Pruned
        Its ``kept`` and ``removed`` names, and ``verdicts`` with the reasons; `str` shows all.

    Raises
    ------
    InterfaceError
        If no rule says what is kept, or one is no number or no length of time.
    OSError
        If the folder is not there, or a file cannot be removed.

    Notes
    -----
    The rules are those of ``restic forget``; a backup that any of them keeps stays.  Backups of
    another database or table, and those whose names differ in more than their ending and the
    last moment in them, are series of their own.  When a backup was taken stands in its name, or
    else in its manifest.  Each backup that a rule keeps is read whole: one that does not prove
    itself is left to be looked at, and takes no place from another.  The newest that does is
    never removed.  Those that only `pattern` calls backups are judged among themselves.

    Examples
    --------
    >>> backup = db.backup_database("backup_20250530.sql")
    >>> print(prune_backups(".", keep_daily=7, dry_run=True))
    keep    backup_20250530.sql  (daily)
    1 kept, 0 would be removed in .
    """
    from scitex.db.domain.retention import Policy
    from scitex.db.services.backups import places
    from scitex.db.services.backups.retention import Folder

    policy = Policy(
        last=keep_last,
        hourly=keep_hourly,
        daily=keep_daily,
        weekly=keep_weekly,
        monthly=keep_monthly,
        yearly=keep_yearly,
        within=keep_within,
    )
    place = Folder(places.path_of(folder), Disk(), pattern)
    return place.prune(policy, now=dt.datetime.now(), dry_run=dry_run)  # noqa: DTZ005 - a wall's clock
