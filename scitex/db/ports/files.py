"""The promise to read and write files whole."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

PART = ".part"  # what the name of a file ends in that is not whole yet


class Files(Protocol):
    """
    Where files are.

    A file is replaced whole or not at all: who reads it sees the old one or the new one.  Raises
    the `OSError` that the system gives, which names the path.
    """

    def replacing(self, path: str) -> AbstractContextManager[BinaryIO]:
        """
        Give a new file to write, which takes the place of `path` when the block ends well.

        What was written is safe from a power cut then; where the block ends with an error,
        nothing is left of it and the old file is as it was.  A pipe or a device is written to as
        it is.
        """
        ...

    def placing(self, path: str) -> AbstractContextManager[str]:
        """
        Give the name of a file to make, which takes the place of `path` when the block ends well.

        As `replacing`, for who can only be told a name.
        """
        ...

    def reading(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for reading."""
        ...

    def scratch(self) -> AbstractContextManager[BinaryIO]:
        """Give an empty file without a name, to write and read; it is gone after the block."""
        ...

    def same(self, path: str, other: str) -> bool:
        """Say whether two paths lead to one file that exists; neither is opened."""
        ...

    def length(self, path: str) -> int | None:
        """Return how many bytes a file has; None where there is no file.  It is not opened."""
        ...

    def digest(self, path: str) -> str:
        """
        Return the SHA-256 of a file's bytes.

        The locks that this process holds on the file, as an open database, stay.
        """
        ...

    def settle(self, path: str) -> None:
        """Bring a file's bytes to the disk, so that they are safe from a power cut."""
        ...

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted; no links, and nothing below it."""
        ...

    def modified(self, path: str) -> float:
        """Return when a file was last written, in seconds since 1970."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file; one that is not there is no error."""
        ...
