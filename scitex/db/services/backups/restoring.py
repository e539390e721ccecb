"""Restoring a backup."""

from __future__ import annotations

import contextlib
import os
import secrets
from datetime import datetime

import attrs

from scitex.db.domain.backups import Backup, Kind, Manifest, Restored, Table, kind_of
from scitex.db.domain.capabilities import Capability
from scitex.db.domain.errors import BackupError, InterfaceError, InternalError, OperationalError
from scitex.db.ports.files import Files
from scitex.db.ports.snapshots import State
from scitex.db.ports.storage import Storage
from scitex.db.services.backups import manifests, places
from scitex.db.services.backups.writing import Order, kinds_of
from scitex.db.services.progress import Progress, reporting


@attrs.frozen
class Restoration:
    """
    What is restored, and how.

    Attributes
    ----------
    path : str
    table : str or None
        One table; everything by default.
    overwrite : bool
        Whether what is there may be replaced.
    verify : bool
        Whether the backup must prove itself by its manifest.
    safety_copy : bool
        Whether what is replaced is backed up first.
    """

    path: str
    table: str | None = None
    overwrite: bool = True
    verify: bool = True
    safety_copy: bool = True

    def carry_out(self, storage: Storage, files: Files, *, progress: Progress = False) -> Restored:
        """
        Restore the backup; the database is as it was if anything fails.

        Raises
        ------
        Error
            As the facade tells.
        """
        kind = kind_of(self.path, kinds_of(storage), engine=storage.engine)
        with reporting(progress, total=3, what="restore", unit="steps") as report:
            manifest = self._proven(storage, files, kind)
            report(1)
            saved = self._saved(storage, files)
            report(1)
            found: list[Table] = []

            def check(state: State[Storage]) -> None:
                if manifest is None:
                    state.examine()  # nothing else tells whether it is whole
                else:
                    manifests.check_state(state, manifest, table=self.table)
                found.extend(self._told(state, manifest))

            source = places.Found(self.path, files)
            only = None if self.table is None else (self.table,)
            storage.restore(kind, source, tables=only, check=check)
            report(1)
        return Restored(self.path, tuple(found), saved)

    def _told(self, state: State[Storage], manifest: Manifest | None) -> tuple[Table, ...]:
        if manifest is None:
            return manifests.contents(state, table=self.table, check=False)
        return manifests.wanted_of(state, manifest, self.table)

    def _proven(self, storage: Storage, files: Files, kind: Kind) -> Manifest | None:
        """Return the manifest that proves the backup; None where nobody asks for one."""
        if files.length(self.path) is None:
            raise BackupError(f"there is no backup {self.path}", hint="check the path")
        if files.same(self.path, storage.location):
            raise InterfaceError(f"{self.path} is the database itself", hint="name a backup")
        if self.verify:
            manifest = proof_of(files, self.path, kind)
            self._check_fitting(storage, manifest)
            return manifest
        known = None
        with contextlib.suppress(BackupError):
            known = manifests.proven(files, self.path, kind)
        if known is not None:
            self._check_fitting(storage, known)
        return None

    def _check_fitting(self, storage: Storage, manifest: Manifest) -> None:
        """Refuse a backup of something else."""
        if manifest.engine != storage.engine:
            raise BackupError(
                f"{self.path} is a backup of {manifest.engine}, this is {storage.engine}",
                hint=f"restore it into a database of {manifest.engine}; copy_database(that one, "
                "this one) carries the records over",
            )
        if self.table is None and manifest.table is not None:
            raise BackupError(
                f"{self.path} is a backup of the table {manifest.table!r} only",
                hint=f"restore_table({manifest.table!r}, ...) replaces that table",
            )
        if self.table is not None and self.table not in {each.name for each in manifest.tables}:
            names = ", ".join(repr(each.name) for each in manifest.tables[:12])
            raise BackupError(
                f"{self.path} has no table {self.table!r}", hint=f"there are: {names or 'none'}"
            )

    def _saved(self, storage: Storage, files: Files) -> str | None:
        """Back up what is replaced, beside the backup; return where."""
        if not self._is_there(storage):
            return None
        if not self.overwrite:
            what = f"table {self.table!r}" if self.table else storage.location
            raise OperationalError(
                f"{what} is not empty, and overwrite=False",
                hint="restore into an empty database, or pass overwrite=True",
            )
        if not self.safety_copy:
            return None
        path = self._free_name(storage)
        try:
            Order(path, self.table, check=False).carry_out(storage, files)
        except InternalError as error:
            raise BackupError(
                f"what is there cannot be copied before it is replaced: {error.message}",
                hint="pass safety_copy=False to replace it all the same",
            ) from error
        return path

    def _is_there(self, storage: Storage) -> bool:
        """Say whether there is anything that would be replaced."""
        if self.table is not None:
            return self.table in storage.tables()
        if Capability.SCHEMAS not in storage.capabilities:
            return bool(storage.tables())
        with storage.moment() as moment:
            return bool(moment.schema().strip())  # of every schema that would be replaced

    def _free_name(self, storage: Storage) -> str:
        """Make a name for the safety copy that nobody has, two in one second neither."""
        folder = os.path.dirname(self.path)  # noqa: PTH120 - text, as it was given
        kind = "sql" if self.table is not None else storage.backup_kinds[0]
        stamp = f"{datetime.now():%Y%m%d_%H%M%S}"  # noqa: DTZ005 - as a person's clock says
        name = f"before_restore_{stamp}_{secrets.token_hex(3)}.{kind}"
        return os.path.join(folder, name)  # noqa: PTH118 - text, as it was given


def proof_of(files: Files, path: str, kind: Kind) -> Manifest:
    """
    Return the manifest that proves a backup.

    Raises
    ------
    BackupError
        If it has none, or another one.
    """
    manifest = manifests.proven(files, path, kind)
    if manifest is None:
        raise BackupError(
            f"{path} has no manifest that proves it: it was cut short, or another tool made it",
            hint="restore it with verify=False only if you trust who made it",
        )
    return manifest


def verified(storage: Storage, files: Files, path: str) -> Backup:
    """
    Restore a backup into an empty database, and hold that against its manifest.

    Raises
    ------
    BackupError
        If anything differs.
    """
    _proof_for(storage, files, path)  # before anything is made for it
    with storage.scratch() as empty:
        return tried(empty, files, path)


def tried(empty: Storage, files: Files, path: str) -> Backup:
    """
    Restore a backup into an empty database that was made for it; raise as `verified`.

    Parameters
    ----------
    empty : Storage
    files : Files
    path : str
    """
    kind, manifest = _proof_for(empty, files, path)
    empty.restore(
        kind,
        places.Found(path, files),
        tables=None,
        check=lambda state: manifests.check_state(state, manifest, table=None),
    )
    return Backup(path, manifest)


def _proof_for(storage: Storage, files: Files, path: str) -> tuple[Kind, Manifest]:
    kind = kind_of(path, kinds_of(storage), engine=storage.engine)
    if files.length(path) is None:
        raise BackupError(f"there is no backup {path}", hint="check the path")
    return kind, proof_of(files, path, kind)
