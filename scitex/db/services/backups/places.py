"""Where a backup may be, and what lies there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO

import attrs

from scitex.db.domain.addresses import is_url
from scitex.db.domain.backups import Kind, Table, beside
from scitex.db.domain.errors import BackupError, InterfaceError, OperationalError
from scitex.db.ports.files import Files
from scitex.db.ports.storage import Storage
from scitex.db.services.compression import decompressing

_BESIDE = ("-wal", "-journal", "-shm")  # what SQLite keeps beside a file that is open


def path_of(path: object) -> str:
    """
    Return a path as text.

    Raises
    ------
    InterfaceError
        If it is none.
    """
    text = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
    if not text.strip() or "\0" in text:
        raise InterfaceError(f"{path!r} cannot be a backup", hint='pass a path: "lab.sql.gz"')
    if is_url(text):
        raise InterfaceError(
            "a URL cannot be a backup", hint='pass a path: "lab.sql.gz"; the URL is the database'
        )
    return os.path.expanduser(text)  # noqa: PTH111 - text, as it was given


def check_free(storage: Storage, files: Files, path: str, kind: Kind) -> None:
    """
    Refuse to write a backup over a database that is in use.

    Raises
    ------
    InterfaceError
        If it is the database itself.
    OperationalError
        If somebody has the file open as a database, or it may be one that is no backup.
    """
    wanted = os.path.abspath(path)  # noqa: PTH100 - text, as it was given
    for ending in ("", *_BESIDE):
        place = storage.location + ending
        if place == wanted or files.same(path, place):
            raise InterfaceError(
                f"{path} is the database itself", hint="give the backup another name"
            )
    if kind == "db" and any(files.length(path + ending) for ending in _BESIDE[:2]):
        raise OperationalError(
            f"{path} is a database that is in use: there is a log beside it",
            hint="give the backup another name",
        )
    if kind == "db" and files.length(path) and files.length(beside(path)) is None:
        raise OperationalError(
            f"{path} is there, and no manifest tells that it is a backup",
            hint="give the backup another name, or remove that file first",
        )


@attrs.frozen
class Found:
    """
    A backup that is read.

    Attributes
    ----------
    path : str
    files : Files
    tables : tuple of Table
        What it says of its tables, where that is believed.
    alone : bool
        Whether it says that it is of one table only, believed or not.
    """

    path: str
    files: Files
    tables: tuple[Table, ...] = ()
    alone: bool = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """Give its bytes, unpacked where it is compressed."""
        with (
            self.files.reading(self.path) as file,
            decompressing(file, self.path, BackupError) as inner,
        ):
            yield inner
