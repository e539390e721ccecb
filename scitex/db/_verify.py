"""The front door to verifying a backup."""

from __future__ import annotations

import os

from scitex.db.adapters.disk import Disk
from scitex.db.domain.backups import Backup
from scitex.db.domain.errors import UnsupportedFeatureError


def verify_backup(path: str | os.PathLike[str]) -> Backup:
    """
    Prove a backup by restoring it into a database of its own, and looking at all that comes.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    Backup
        Its ``path`` and ``manifest``, where it is good.

    Raises
    ------
    BackupError
        If it is damaged, has no manifest, or what comes of it is not what the manifest says.
    InterfaceError
        If its ending does not say what it is.
    OSError
        If it cannot be read.

    Notes
    -----
    It takes as long as restoring it, and as much room for temporary files.

    Examples
    --------
    >>> backup = db.backup_database("lab.db")
    >>> print(verify_backup("lab.db"))
    lab.db: 1 table, 1 record, ...
    """
    from scitex.db._sqlite3 import SQLite3
    from scitex.db.domain.backups import kind_of
    from scitex.db.services.backups import places, restoring

    place = places.path_of(path)
    if kind_of(place, ("db", "sql", "dump"), engine="sqlite") == "dump":
        raise UnsupportedFeatureError("backups of PostgreSQL are not verified yet")
    with SQLite3(":memory:") as db:
        return restoring.verified(db.storage, Disk(), place)
