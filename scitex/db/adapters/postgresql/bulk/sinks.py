"""
What the rows of a COPY are written to.

The driver must never see a write fail: it would leave the connection in the middle of the COPY.
So a sink keeps the error, has the server stop, and takes no more.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

_BUFFER = 1 << 20  # bytes; with less than this the calls of a write a row would show


class Sink:
    """
    Something that takes rows until that fails.

    Attributes
    ----------
    error : BaseException or None
        What went wrong.
    stop : callable
        Has the server end the COPY.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.stop: Callable[[], object] = lambda: None

    def fail(self, error: BaseException) -> None:
        """Keep an error, and have the server stop."""
        if self.error is None:
            self.error = error
            self.stop()

    @property
    def writer(self) -> object:
        """What the driver is given: its ``write`` takes one row."""
        raise NotImplementedError

    def end(self) -> None:
        """Take what is still held back."""
        raise NotImplementedError


class FileSink(Sink):
    """
    A file.

    Parameters
    ----------
    file : binary file
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._writer = io.BufferedWriter(cast("Any", _Raw(self, file)), _BUFFER)

    @property
    def writer(self) -> object:
        """A buffer, whose write is as fast as a call from C to C."""
        return self._writer

    def end(self) -> None:
        """Write what the buffer holds."""
        self._writer.flush()


class _Raw(io.RawIOBase):
    """The file under the buffer, which is never seen to fail."""

    def __init__(self, sink: Sink, file: BinaryIO) -> None:
        super().__init__()
        self._sink = sink
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: memoryview, /) -> int:  # type: ignore[override]  # any buffer comes
        if self._sink.error is None:
            try:
                self._file.write(data)
            except BaseException as error:  # noqa: BLE001 - raised when the COPY has ended
                self._sink.fail(error)
        return len(data)
