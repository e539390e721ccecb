"""Taking a backup."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import attrs

from scitex.db.domain.backups import Backup, Kind, Manifest, endings, head, kind_of, trailer
from scitex.db.domain.errors import BackupError, InterfaceError, OperationalError
from scitex.db.ports.files import PART, Files
from scitex.db.ports.snapshots import Moment
from scitex.db.ports.storage import Storage
from scitex.db.services.backups import manifests, places
from scitex.db.services.backups.hashing import Hashed
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
        kind = kind_of(self.path, kinds_of(storage), engine=storage.engine)
        if self.table is not None and kind == "db":
            raise InterfaceError(
                f"{self.path}: the backup of one table is no whole database",
                hint=f"choose one of {', '.join(endings(['sql']))}",
            )
        places.check_free(storage, files, self.path, kind)
        with (
            _told(self.path),
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
        with files.replacing(self.path) as file, compressing(file, self.path) as outer:
            with Hashed(outer, report) as hashed:
                hashed.take(head(found.created, manifests.source(storage, self.table)))
                moment.write("sql", tables=_only(self.table), take=hashed.take)
                proof = hashed.digest(), hashed.size
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
            with ThreadPoolExecutor(1) as beside:  # another processor hashes meanwhile
                digest = beside.submit(files.digest, place)
                found = manifests.described(
                    moment, table=self.table, check=self.check, dangling=dangling
                )
                files.settle(place)
            proof = digest.result(), files.length(place) or 0
            made = manifests.manifest(storage, kind, self.table, found, proof)
            manifests.put_beside(files, self.path, [made, *old])
        if old:
            manifests.put_beside(files, self.path, [made])
        return made


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    """Say of which backup it is that the disk has no room for it."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}:
            raise
        raise _unwritten(path, error.strerror or str(error)) from error
    except OperationalError as error:
        if PART not in error.message:
            raise
        raise _unwritten(path, error.message.partition(f"{PART}: ")[2]) from error


def _unwritten(path: str, why: str) -> BackupError:
    return BackupError(
        f"{path} could not be written: {why}",
        hint="free some space, or write it elsewhere; a backup that was there is as it was",
    )


def _only(table: str | None) -> tuple[str, ...] | None:
    return None if table is None else (table,)


def _old(files: Files, path: str, kind: Kind) -> list[Manifest]:
    """Return the manifest of the backup that is replaced, whether or not it still fits."""
    if files.length(path) is None:
        return []
    with contextlib.suppress(BackupError):
        known = manifests.beside_file(files, path)
        if len(known) < 2:
            return list(known)
        fitting = manifests.proven(files, path, kind)
        return [] if fitting is None else [fitting]
    return []
