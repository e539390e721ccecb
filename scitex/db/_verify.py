"""The front door to verifying a backup."""

from __future__ import annotations

import contextlib
import os

from scitex.db.adapters.disk import Disk
from scitex.db.domain.backups import Backup


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
    It takes as long as restoring it, and as much room for temporary files.  A backup of
    PostgreSQL is restored into a server that is started for it, without touching any other:
    that needs its programs (``pip install 'scitex-db[server]'``).

    Examples
    --------
    >>> backup = db.backup_database("lab.db")
    >>> print(verify_backup("lab.db"))
    lab.db: 1 table, 1 record, ...
    """
    from scitex.db._sqlite3 import SQLite3
    from scitex.db.domain.backups import kind_of
    from scitex.db.services.backups import manifests, places, restoring

    place = places.path_of(path)
    kind = kind_of(place, ("db", "sql", "dump"), engine="sqlite")
    known = manifests.told(Disk(), place, kind)
    if known is not None and known.engine == "memory":
        from scitex.db._memory import InMemory

        with InMemory("postgresql" if "postgresql" in known.engine_version else "sqlite") as fake:
            return restoring.verified(fake.storage, Disk(), place)
    if kind == "dump" or (known is not None and known.engine == "postgresql"):
        from scitex.db.adapters.postgresql.backups.snapshots import scratch_target
        from scitex.db.adapters.postgresql.storage import PostgresqlStorage

        if kind == "dump":
            restoring.proof_of(Disk(), place, kind)  # before a server is started for it
        with scratch_target() as target, contextlib.closing(PostgresqlStorage(target)) as empty:
            return restoring.tried(empty, Disk(), place)
    with SQLite3(":memory:") as db:
        return restoring.verified(db.storage, Disk(), place)
