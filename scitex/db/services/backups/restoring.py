"""Restoring a backup."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from datetime import datetime

import attrs

from scitex.db.domain.backups import Backup, Kind, Manifest, Restored, Table, beside, kind_of
from scitex.db.domain.errors import (
    BackupError,
    CommitUnknownError,
    InterfaceError,
    InternalError,
    LockedError,
    OperationalError,
)
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
            self.refuse_full(storage)
            report(1)
            saved = _SafetyCopy(self, storage, files)
            found: list[Table] = []

            def check(state: State[Storage]) -> None:
                if manifest is None:
                    state.examine()  # nothing else tells whether it is whole
                else:
                    manifests.check_state(state, manifest, table=self.table)
                found.extend(self._told(state, manifest))

            def save() -> None:
                again = saved.tries
                saved.take()
                if not again:
                    report(1)

            told = () if manifest is None else manifest.tables
            source = places.Found(self.path, files, told, _is_alone(files, self.path, kind))
            only = None if self.table is None else (self.table,)
            with saved.while_needed():
                storage.restore(kind, source, tables=only, save=save, check=check)
            report(1)
        return Restored(self.path, tuple(found), saved.path)

    def _told(self, state: State[Storage], manifest: Manifest | None) -> tuple[Table, ...]:
        if manifest is None:
            return manifests.contents(state, table=self.table, check=False)
        return manifests.wanted_of(state, manifest, self.table)

    def _proven(self, storage: Storage, files: Files, kind: Kind) -> Manifest | None:
        """Return the manifest that proves the backup; None where nobody asks for one."""
        _check_there(files, self.path)
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
        if self.table is None and manifest.scope not in ("", storage.backup_scope):
            of = f"the schema {manifest.scope!r} only" if manifest.scope else "all schemas"
            way = f"schema={manifest.scope!r}" if manifest.scope else "without schema="
            raise BackupError(
                f"{self.path} is a backup of {of}, and this restores "
                f"{'all of them' if storage.backup_scope is None else repr(storage.backup_scope)}",
                hint=f"open the database {way}; nothing was changed",
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

    def refuse_full(self, storage: Storage) -> None:
        """Refuse to replace what is there, if that is not wanted."""
        if not self.overwrite and self.is_there(storage):
            what = f"table {self.table!r}" if self.table else storage.location
            raise OperationalError(
                f"{what} is not empty, and overwrite=False",
                hint="restore into an empty database, or pass overwrite=True",
            )

    def is_there(self, storage: Storage) -> bool:
        """Say whether there is anything that would be replaced."""
        if self.table is not None:
            return self.table in storage.tables()
        with storage.moment() as moment:
            return not moment.is_empty()


class _SafetyCopy:
    """
    The backup of what is replaced, beside the backup that takes its place.

    Parameters
    ----------
    restoration : Restoration
    storage : Storage
    files : Files
    """

    def __init__(self, restoration: Restoration, storage: Storage, files: Files) -> None:
        self.path: str | None = None
        self.tries = 0
        self._restoration = restoration
        self._storage = storage
        self._files = files

    def take(self) -> None:
        """Back up what is there, if that is wanted; a copy that was taken before is let go."""
        self.tries += 1
        self._let_go()
        restoration = self._restoration
        if not restoration.is_there(self._storage):
            return
        restoration.refuse_full(self._storage)
        if not restoration.safety_copy:
            return
        path = self._free_name()
        try:
            Order(path, restoration.table, check=False).carry_out(self._storage, self._files)
        except LockedError:
            raise
        except (InternalError, OperationalError, OSError) as error:
            raise BackupError(
                f"what is there cannot be copied before it is replaced: {error}",
                hint="pass safety_copy=False to replace it all the same, or restore from a copy "
                "of the backup in a folder with room that may be written to",
            ) from error
        self.path = path

    @contextlib.contextmanager
    def while_needed(self) -> Iterator[None]:
        """Let the copy go where nothing was replaced in the end."""
        try:
            yield
        except CommitUnknownError:
            raise  # something may have been
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        if self.path is not None:
            for place in (self.path, beside(self.path)):
                with contextlib.suppress(OSError):
                    self._files.remove(place)
            self.path = None

    def _free_name(self) -> str:
        """Make a name for the copy that nobody has, two in one second neither."""
        folder = os.path.dirname(self._restoration.path)  # noqa: PTH120 - text, as it was given
        whole = self._restoration.table is None
        kind = self._storage.backup_kinds[0] if whole else "sql"
        stamp = f"{datetime.now():%Y%m%d_%H%M%S}"  # noqa: DTZ005 - as a person's clock says
        name = f"before_restore_{stamp}_{secrets.token_hex(3)}.{kind}"
        return os.path.join(folder, name)  # noqa: PTH118 - text, as it was given


def _is_alone(files: Files, path: str, kind: Kind) -> bool:
    """Say whether a backup says that it is of one table; a text has a mark of its own."""
    told = None if kind == "sql" else manifests.told(files, path, kind)
    return told is not None and told.table is not None


def _check_there(files: Files, path: str) -> None:
    length = files.length(path)
    if length is None:
        raise BackupError(f"there is no backup {path}", hint="check the path")
    if length == 0:
        raise BackupError(f"{path} is empty: writing it failed", hint="restore another backup")


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
    came = False

    def check(state: State[Storage]) -> None:
        nonlocal came
        came = True
        manifests.check_state(state, manifest, table=None)

    source = places.Found(path, files, manifest.tables, manifest.table is not None)
    try:
        empty.restore(kind, source, tables=None, save=lambda: None, check=check)
    except BackupError as error:
        if came or manifest.table is None:
            raise
        raise BackupError(
            f"{path} is as it was written, but the table cannot be proved alone, as it needs "
            f"what is not in the backup: {error.message}",
            hint="verify a backup of the whole database; restore_table() holds this one against "
            "its manifest when it is restored",
        ) from error
    return Backup(path, manifest)


def _proof_for(storage: Storage, files: Files, path: str) -> tuple[Kind, Manifest]:
    kind = kind_of(path, kinds_of(storage), engine=storage.engine)
    _check_there(files, path)
    return kind, proof_of(files, path, kind)
