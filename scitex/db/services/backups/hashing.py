"""Bytes written and hashed in another thread, while the next ones are made."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, Self

_AT_ONCE = 1 << 20


class Hashed:
    """
    What is written to a file, and the SHA-256 of it.

    Parameters
    ----------
    file : file
        Nobody else's until the block is left.
    report : callable
        Given how many bytes were handed over.

    Attributes
    ----------
    size : int
        How many bytes there were.
    """

    def __init__(self, file: BinaryIO, report: Callable[[int], object]) -> None:
        self.size = 0
        self._file = file
        self._report = report
        self._hash = hashlib.sha256()
        self._held: list[bytes] = []
        self._bytes = 0
        self._pool = ThreadPoolExecutor(1, "scitex-db-backup")
        self._coming: Future[None] | None = None

    def take(self, piece: bytes) -> None:
        """Write a piece; an error in writing an earlier one is raised now."""
        self._held.append(piece)
        self._bytes += len(piece)
        if self._bytes >= _AT_ONCE:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._coming is not None:
            self._coming.result()
        block, size = b"".join(self._held), self._bytes
        self._held, self._bytes = [], 0
        self._coming = self._pool.submit(self._write, block)
        self.size += size
        self._report(size)

    def _write(self, block: bytes) -> None:
        self._hash.update(block)
        self._file.write(block)

    def digest(self) -> str:
        """Write what is left; return the SHA-256 of everything."""
        self._hand_over()
        if self._coming is not None:
            self._coming.result()
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self._pool.shutdown()
