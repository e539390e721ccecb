"""Files on a disk, replaced whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast


class Disk:
    """The file system."""

    @contextlib.contextmanager
    def replacing(self, path: str) -> Iterator[BinaryIO]:
        target = _expanded(path)
        if target.exists() and not target.is_file():
            with target.open("wb") as device:  # or a pipe, which must stay what it is
                yield device
            return
        target = target.resolve() if target.is_symlink() else target
        beside = target.with_name(f".scitex-{secrets.token_hex(8)}.part")
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no folder to write into", str(target))
        try:
            with beside.open("xb") as file:
                if target.exists():
                    beside.chmod(target.stat().st_mode & 0o777)
                yield file
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        _settle(target.parent)

    @contextlib.contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        with _expanded(path).open("rb") as file:
            yield file

    @contextlib.contextmanager
    def scratch(self) -> Iterator[BinaryIO]:
        with tempfile.TemporaryFile() as file:
            yield cast("BinaryIO", file)

    def same(self, path: str, other: str) -> bool:
        try:
            return _expanded(path).samefile(other)
        except OSError:
            return False


def _expanded(path: str) -> Path:
    """Put the home folder where ``~`` stands; what nobody's home is stays as it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _settle(folder: Path) -> None:
    """Bring a folder's entries to the disk, where the system can."""
    if os.name == "nt":  # pragma: no cover - Windows opens no folders
        return
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
