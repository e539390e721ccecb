"""Bytes that are too many to be held at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import attrs

Buffer = bytes | bytearray | memoryview


@attrs.frozen(eq=False)
class Parts:
    """
    Bytes that are made a part at a time.

    Attributes
    ----------
    size : int
        Bytes of all parts together.
    again : callable
        Returns the parts in their order, anew each time.
    """

    size: int
    again: Callable[[], Iterable[Buffer]]

    def __iter__(self) -> Iterator[Buffer]:
        return iter(self.again())

    def joined(self) -> bytes:
        """
        Return all the bytes.

        Examples
        --------
        >>> Parts(3, lambda: [b"a", b"bc"]).joined()
        b'abc'
        """
        return b"".join(self)


class Held:
    """
    Bytes that are held already.

    Parameters
    ----------
    data : bytes-like
    """

    def __init__(self, data: Buffer) -> None:
        self._data = memoryview(data)
        self.size = self.at_once = len(data)

    def read(self, start: int, stop: int) -> Buffer:
        """Return the bytes from one place up to another."""
        return self._data[start:stop]
