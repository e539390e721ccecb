"""How many rows are read at a time: as many as are quick, fewer where they are long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_BYTES = 16 << 20  # of text and bytes that may be in memory
_FIRST = 4  # rows from which on it is known how long they are


class Portion:
    """
    The number of rows that are read next.

    Parameters
    ----------
    most : int

    Attributes
    ----------
    rows : int

    Examples
    --------
    >>> portion = Portion(500)
    >>> portion.seen([(1, b"short")])
    >>> portion.rows
    500
    >>> portion.seen([(1, bytes(10 << 20))])
    >>> portion.rows
    1
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.rows = min(most, _FIRST)

    def seen(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Learn from the rows that were read last; three of them are looked at."""
        if rows:
            length = max(_length(row) for row in (rows[0], rows[len(rows) // 2], rows[-1]))
            self.rows = max(1, min(self._most, _BYTES // (length + 1)))


def _length(row: tuple[Any, ...]) -> int:
    return sum([len(value) for value in row if isinstance(value, (bytes, str))])
