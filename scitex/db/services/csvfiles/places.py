"""Where CSV comes from and goes to: a path, ``-``, or a file that the caller has open."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast

from scitex.db.domain.errors import InterfaceError
from scitex.db.ports.files import Files
from scitex.db.ports.storage import Storage
from scitex.db.services.compression import compressing, decompressing

Place = str | os.PathLike[str] | IO[Any]
_STANDARD = "-"
_OWN = ("", "-wal", "-shm", "-journal")  # endings of the files that a database is in


def _path(place: object, storage: Storage, files: Files) -> str:
    """
    Return a path that is not the database's own file.

    Opening that file, and closing it again, would drop the locks of this process.
    """
    if not isinstance(place, (str, os.PathLike)):
        raise InterfaceError(
            f"{place!r} is no place for a file", hint='pass a path, "-" or a file that is open'
        )
    path = os.fspath(place)
    if isinstance(path, bytes) or not path.strip() or "\0" in path or path.endswith("/"):
        raise InterfaceError(f"{place!r} is no path", hint="pass a path to a file")
    if any(files.same(path, storage.location + ending) for ending in _OWN):
        raise InterfaceError(
            f"{path} is the database itself", hint="name another file for the CSV"
        )
    return path


def encoding_of(name: object) -> str:
    """
    Return the name of an encoding that there is.

    Raises
    ------
    InterfaceError
        If there is none of that name.
    """
    try:
        found = codecs.lookup(name).name  # type: ignore[arg-type]  # what is no text raises
        "id".encode(found)  # there are codecs that are no encodings of text
    except (LookupError, TypeError, ValueError):
        raise InterfaceError(
            f"encoding={name!r} is not known", hint="'utf-8', 'utf-8-sig', 'cp1252', 'utf-16', ..."
        ) from None
    return found


@contextlib.contextmanager
def reading(
    place: Place, encoding: str, storage: Storage, files: Files
) -> Iterator[tuple[BinaryIO, str]]:
    """
    Open what is to be read, and say its encoding; what the caller opened stays open.

    A file of text has been decoded as who opened it said, so that it is read as UTF-8.
    """
    if place == _STANDARD:
        place = getattr(sys.stdin, "buffer", sys.stdin)
    if not hasattr(place, "read"):
        path = _path(place, storage, files)
        with files.reading(path) as file, decompressing(file, path) as inner:
            yield inner, encoding
    elif isinstance(place.read(0), str):
        yield cast("BinaryIO", io.BufferedReader(cast("Any", _Given(place)))), "utf-8-sig"
    elif isinstance(place, (io.BufferedIOBase, io.RawIOBase)):
        yield cast("BinaryIO", place), encoding
    else:
        yield cast("BinaryIO", io.BufferedReader(cast("Any", _Given(place)))), encoding


class _Given(io.RawIOBase):
    """
    The bytes of something that can be read; those of text in UTF-8.

    Parameters
    ----------
    file : object with ``read``
    """

    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file
        self._rest = b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, into: Any, /) -> int:
        """Fill a buffer."""
        if not self._rest:
            found = self._file.read(1 << 16)
            self._rest = found.encode() if isinstance(found, str) else bytes(found or b"")
        size = min(len(into), len(self._rest))
        into[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


@contextlib.contextmanager
def writing(place: Place, encoding: str, storage: Storage, files: Files) -> Iterator[BinaryIO]:
    """
    Give what takes lines in UTF-8; a path's file is replaced when the block ends well.

    What the caller opened stays open.
    """
    if place == _STANDARD:
        place = getattr(sys.stdout, "buffer", sys.stdout)
    if not hasattr(place, "write"):
        path = _path(place, storage, files)
        with files.replacing(path) as file, compressing(file, path) as outer:
            yield _recoded(outer, encoding)
        return
    yield (
        cast("BinaryIO", _Decoded(place))
        if _takes_text(place)
        else _recoded(cast("BinaryIO", _Entire(place)), encoding)
    )
    if hasattr(place, "flush"):
        place.flush()


def _takes_text(file: Any) -> bool:
    """Say whether a file is open for text."""
    if isinstance(file, (io.BufferedIOBase, io.RawIOBase)):
        return False
    try:
        file.write(b"")
    except TypeError:
        return True
    return False


class _Entire(io.RawIOBase):
    """Writes all that it is given to a file that may take less at a time."""

    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: Any, /) -> int:
        """Write bytes, all of them."""
        left = memoryview(data)
        while left:
            taken = self._file.write(left)
            if taken is None:  # what does not wait takes nothing then; others tell nothing
                if isinstance(self._file, io.RawIOBase):
                    raise BlockingIOError("the file takes no more at the moment")
                break
            left = left[taken:]
        return len(data)


class _Decoded(io.RawIOBase):
    """Takes lines in UTF-8 for a file of text."""

    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")().decode

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: Any, /) -> int:
        """Write text."""
        self._file.write(self._decode(bytes(data)))
        return len(data)


def _recoded(file: BinaryIO, encoding: str) -> BinaryIO:
    """Return what takes UTF-8 and writes another encoding."""
    if encoding == "utf-8":
        return file
    return cast("BinaryIO", _Decoded(codecs.getwriter(encoding)(file)))
