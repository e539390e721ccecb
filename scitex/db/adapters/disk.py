"""Files on a disk, replaced whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from scitex.db.adapters import machine
from scitex.db.ports.files import PART


class Disk:
    """The file system."""

    @contextlib.contextmanager
    def replacing(self, path: str) -> Iterator[BinaryIO]:
        target = _expanded(path)
        if target.exists() and not target.is_file():
            with target.open("wb") as device:  # or a pipe, which must stay what it is
                yield device
            return
        target, beside = _beside(target)
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
    def placing(self, path: str) -> Iterator[str]:
        target, beside = _beside(_expanded(path))
        if target.exists() and not target.is_file():
            raise FileExistsError(errno.EEXIST, "there is something that is no file", str(target))
        try:
            yield str(beside)
            with beside.open("rb+") as file:
                if target.exists():
                    beside.chmod(target.stat().st_mode & 0o777)
                os.fsync(file.fileno())
            beside.replace(target)
        except BaseException:
            for ending in ("", "-journal", "-wal", "-shm"):  # what SQLite puts beside it
                with contextlib.suppress(OSError):
                    Path(f"{beside}{ending}").unlink()
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

    def length(self, path: str) -> int | None:
        target = _expanded(path)
        return target.stat().st_size if target.is_file() else None

    def names(self, folder: str) -> list[str]:
        with os.scandir(_expanded(folder)) as entries:
            return sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))

    def modified(self, path: str) -> float:
        return _expanded(path).stat().st_mtime

    def remove(self, path: str) -> None:
        _expanded(path).unlink(missing_ok=True)

    def digest(self, path: str) -> str:
        target = _expanded(path)
        if _open_here(target):
            return _digest_elsewhere(target)
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def settle(self, path: str) -> None:
        with _expanded(path).open("rb+") as file:
            os.fsync(file.fileno())


def _beside(target: Path) -> tuple[Path, Path]:
    """Return the file that is meant, and one beside it that is not there."""
    target = target.resolve() if target.is_symlink() else target
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no folder to write into", str(target))
    _sweep(target.parent)
    return target, target.with_name(f"{_mine()}{secrets.token_hex(8)}{PART}")


def _mine() -> str:
    """Return how the names of this process's parts begin: by its machine and by itself."""
    pid, _, born = machine.process().partition(" ")
    return f".scitex-{_host()}-{pid}-{born}-"


@functools.cache
def _host() -> str:
    """Return what tells where process numbers mean the same: machine, boot, container."""
    facts = [machine.host()]
    with contextlib.suppress(OSError):
        facts.append(Path("/proc/sys/kernel/random/boot_id").read_text())
        facts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]


_LEFT = re.compile(rf"\.scitex-([0-9a-f]{{8}})-([0-9]+)-([0-9]*)-[0-9a-f]+{re.escape(PART)}.*")


def _sweep(folder: Path) -> None:
    """Remove the parts that processes of this machine left which are gone: they were killed."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for name in [entry.name for entry in entries if entry.name.startswith(".scitex-")]:
            left = _LEFT.fullmatch(name)
            if left and left[1] == _host() and not machine.is_alive(f"{left[2]} {left[3]}"):
                (folder / name).unlink(missing_ok=True)


def _open_here(path: Path) -> bool:
    """
    Say whether this process has a file open; true where nobody can tell.

    Closing a file drops every lock that the process holds on it, also those of a database.
    """
    wanted = path.stat()
    try:
        numbers = list(Path("/proc/self/fd").iterdir())
    except OSError:
        return True
    for number in numbers:
        with contextlib.suppress(OSError):
            found = number.stat()
            if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                return True
    return False


_DIGEST = (
    "import hashlib, sys\n"
    "with open(sys.argv[1], 'rb') as file:\n"
    "    print(hashlib.file_digest(file, 'sha256').hexdigest())\n"
)


def _digest_elsewhere(path: Path) -> str:
    """Let another process read the file, so that none of our locks is dropped."""
    command = [sys.executable, "-I", "-S", "-c", _DIGEST, str(path.absolute())]
    done = subprocess.run(  # noqa: S603 - our own program, a path as its argument
        command, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(errno.EIO, "the file could not be read", str(path))
    return done.stdout.strip()


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
