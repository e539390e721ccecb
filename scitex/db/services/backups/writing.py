"""Taking a backup."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable

import attrs

from scitex.db.domain.backups import Backup, Kind, Manifest, head, kind_of, trailer
from scitex.db.domain.errors import BackupError
from scitex.db.ports.files import Files
from scitex.db.ports.snapshots import Moment
from scitex.db.ports.storage import Storage
from scitex.db.services.backups import manifests, places
from scitex.db.services.compression import compressing
from scitex.db.services.progress import Progress, reporting


def kinds_of(storage: Storage) -> tuple[Kind, ...]:
    """
    Return the kinds of backups that an engine has.

    Raises
    ------
    UnsupportedFeatureError
        If it has none.
    """
    kinds = storage.backup_kinds
    if not kinds:
        with storage.moment():  # which tells why, and the way out
            pass
    return kinds


@attrs.frozen
class Order:
    """
    What is backed up, and how.

    Attributes
    ----------
    path : str
    table : str or None
        One table; everything by default.
    check : bool
        Whether the database is looked over, and fingerprints are taken.
    """

    path: str
    table: str | None = None
    check: bool = True

    def carry_out(self, storage: Storage, files: Files, *, progress: Progress = False) -> Backup:
        """
        Take the backup; a file that was there is as it was if anything fails.

        Raises
        ------
        Error
            As the facade tells.
        """
        kinds = kinds_of(storage)
        kind = kind_of(self.path, kinds if self.table is None else ("sql",), engine=storage.engine)
        places.check_free(storage, files, self.path, kind)
        with (
            reporting(progress, total=None, what="backup", unit="B") as report,
            storage.moment() as moment,
        ):
            if kind == "sql":
                made = self._text(storage, files, moment, report)
            else:
                made = self._file(storage, files, moment, kind, report)
        return Backup(self.path, made)

    def _text(
        self,
        storage: Storage,
        files: Files,
        moment: Moment[Storage],
        report: Callable[[int], object],
    ) -> Manifest:
        """Write a text that ends with its manifest."""
        dangling = moment.examine() if self.check and self.table is None else None
        found = manifests.described(moment, table=self.table, check=self.check, dangling=dangling)
        running, size = hashlib.sha256(), 0
        with files.replacing(self.path) as file, compressing(file, self.path) as outer:

            def take(piece: bytes) -> None:
                nonlocal size
                running.update(piece)
                outer.write(piece)
                size += len(piece)
                report(len(piece))

            take(head(found.created))
            moment.write("sql", tables=_only(self.table), take=take)
            proof = running.hexdigest(), size
            made = manifests.manifest(storage, "sql", self.table, found, proof)
            outer.write(trailer(made))
        return made

    def _file(
        self,
        storage: Storage,
        files: Files,
        moment: Moment[Storage],
        kind: Kind,
        report: Callable[[int], object],
    ) -> Manifest:
        """Write a file whose manifest lies beside it."""
        old = _old(files, self.path, kind)
        with files.placing(self.path) as place:
            if kind == "db":
                dangling = moment.copy(place, check=self.check, report=report)
            else:
                dangling = moment.examine() if self.check else None
                with open(place, "xb") as file:  # noqa: PTH123 - a name that the port gave
                    moment.write(kind, tables=_only(self.table), take=file.write)
            found = manifests.described(
                moment, table=self.table, check=self.check, dangling=dangling
            )
            proof = files.digest(place), files.length(place) or 0
            made = manifests.manifest(storage, kind, self.table, found, proof)
            manifests.put_beside(files, self.path, [made, *old])
        if old:
            manifests.put_beside(files, self.path, [made])
        return made


def _only(table: str | None) -> tuple[str, ...] | None:
    return None if table is None else (table,)


def _old(files: Files, path: str, kind: Kind) -> list[Manifest]:
    """Return the manifest of the backup that is replaced, where it still fits."""
    if files.length(path) is None:
        return []
    with contextlib.suppress(BackupError):
        fitting = manifests.proven(files, path, kind)
        return [] if fitting is None else [fitting]
    return []
