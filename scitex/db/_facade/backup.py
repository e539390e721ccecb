"""Backups, and what is restored from them."""

from __future__ import annotations

import os

from scitex.db.domain.backups import Backup as Made
from scitex.db.domain.backups import Restored
from scitex.db.domain.names import identifier
from scitex.db.ports.files import Files
from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress


class Backup:
    """The chapter on backups."""

    storage: Storage
    files: Files

    def backup_database(
        self,
        path: str | os.PathLike[str],
        *,
        check: bool = True,
        progress: Progress = False,
    ) -> Made:
        """
        Write a backup of the whole database, as it is at one moment.

        Parameters
        ----------
        path : str or path-like
            Its ending says what it is: ``.sql``, ``.sql.gz`` and ``.sql.zst`` are text that
            ``sqlite3`` or ``psql`` read too; ``.db`` is a SQLite database; ``.dump`` is
            PostgreSQL's own.  A file that is there is replaced when the new one is whole.
        check : bool, default True
            Whether the database is looked over for damage, and a fingerprint of each table is
            kept to hold against what is restored.  Without, the backup is a bare copy.
        progress : bool or callable, default False
            As in `insert_many`, in bytes.

        Returns
        -------
        Backup
            Its ``path`` and ``manifest``: ``tables`` with their ``rows``, ``sha256``, ...

        Raises
        ------
        InterfaceError
            If the ending is none of those, or `path` is the database itself.
        UnsupportedFeatureError
            If the engine has no such backup.
        TransactionStateError
            If this object has a transaction open.
        BackupError
            If the database is damaged, or has what cannot be written as text.
        LockedError
            If others hold the database for longer than ``timeout``.
        OSError, OperationalError
            If the file cannot be written: no folder, a full disk, a database of that name which
            is no backup.  An older backup stays.

        Notes
        -----
        Others go on writing meanwhile, on SQLite if the file is in WAL mode, as new ones are.
        The manifest is at the end of a text, and beside other files (``.manifest.json``): keep
        the two together.  Looking the database over and taking fingerprints reads it twice.

        Examples
        --------
        >>> backup = db.backup_database("backup_20250530.sql")
        >>> print(backup)
        backup_20250530.sql: 1 table, 1 record, ...
        """
        from scitex.db.services.backups import places, writing

        order = writing.Order(places.path_of(path), check=check)
        return order.carry_out(self.storage, self.files, progress=progress)

    def backup_table(
        self,
        table: str,
        path: str | os.PathLike[str],
        *,
        check: bool = True,
        progress: Progress = False,
    ) -> Made:
        """
        Write a backup of one table, with its indexes and triggers.

        Parameters
        ----------
        table : str
            Its name, taken literally.
        path : str or path-like
            It ends in ``.sql``, ``.sql.gz`` or ``.sql.zst``.
        check, progress
            As in `backup_database`.

        Returns
        -------
        Backup

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        Error
            As `backup_database`.

        Examples
        --------
        >>> db.backup_table("users", "users.sql.gz").manifest.rows
        1
        """
        from scitex.db.services.backups import places, writing

        order = writing.Order(places.path_of(path), identifier(table), check=check)
        return order.carry_out(self.storage, self.files, progress=progress)

    def restore_database(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = True,
        verify: bool = True,
        safety_copy: bool = True,
        progress: Progress = False,
    ) -> Restored:
        """
        Put what is in a backup in the place of all that is in the database.

        Parameters
        ----------
        path : str or path-like
            A backup of the same engine.
        overwrite : bool, default True
            Whether a database that has tables may be replaced.
        verify : bool, default True
            Whether the backup must prove itself by its manifest.  ``False`` is for what another
            tool made; restore only what you trust.
        safety_copy : bool, default True
            Whether what is replaced is backed up first, beside `path`, with all that others have
            committed until it is replaced.
        progress : bool or callable, default False
            As in `insert_many`, in steps.

        Returns
        -------
        Restored
            Its ``tables``, their ``rows``, and where the ``safety_copy`` is.

        Raises
        ------
        BackupError
            If the backup is damaged, has no manifest, is another engine's, asks for what
            reaches outside the database, is of one schema where all would be replaced or the
            other way round, or what comes of it is not what the manifest says; or if the safety
            copy cannot be written.
        OperationalError
            If there is anything in the database and `overwrite` is False.
        TransactionStateError
            If this object has a transaction open.
        LockedError
            If others hold the database for longer than ``timeout``.
        ReadOnlyError
            If the database is opened for reading only.
        Error
            As `backup_database`, for the safety copy.  After any error the database is as
            it was.

        Notes
        -----
        The backup is restored beside the database and checked there; then everything is
        replaced in one transaction, which other connections see when it is committed.  A
        manifest proves that nothing was changed by accident, not who made the file.

        PostgreSQL does all in one transaction, and others only read meanwhile.  Owners and
        rights are in no backup: tables, columns, functions and schemas that are replaced keep
        those that they have, and tables their publications.  A new ``SECURITY DEFINER``
        function may be called by its owner only, until somebody else is let.
        Functions in a backup may be called with the rights of who restores it: restore what you
        do not trust as a role that may do little.  With ``schema=`` only that schema is replaced.

        Examples
        --------
        >>> backup = db.backup_database("backup_20250530.sql")
        >>> db.delete("users", where="id = 1")
        1
        >>> restored = db.restore_database("backup_20250530.sql")
        >>> db.count("users"), restored.rows
        (1, 1)
        """
        from scitex.db.services.backups import places, restoring

        return restoring.Restoration(
            places.path_of(path), None, overwrite, verify, safety_copy
        ).carry_out(self.storage, self.files, progress=progress)

    def restore_table(
        self,
        table: str,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = True,
        verify: bool = True,
        safety_copy: bool = True,
        progress: Progress = False,
    ) -> Restored:
        """
        Put one table back as it is in a backup; all others stay.

        Parameters
        ----------
        table : str
            Its name, taken literally.
        path : str or path-like
            A backup of the table, or of a whole database that it is in.
        overwrite, verify, safety_copy, progress
            As in `restore_database`, for the table.

        Returns
        -------
        Restored

        Raises
        ------
        BackupError
            As `restore_database`, if the table is not in the backup, or if records of other
            tables would refer to some that are not in it.
        Error
            As `restore_database`.

        Examples
        --------
        >>> backup = db.backup_table("users", "users.sql")
        >>> db.drop_table("users")
        >>> db.restore_table("users", "users.sql").rows
        1
        """
        from scitex.db.services.backups import places, restoring

        return restoring.Restoration(
            places.path_of(path), identifier(table), overwrite, verify, safety_copy
        ).carry_out(self.storage, self.files, progress=progress)
