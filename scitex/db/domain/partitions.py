"""Parts of a table that the engine keeps apart."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen
class Partition:
    """
    One part of a table.

    Attributes
    ----------
    name : str
    low, high : object
        Of the column's type: its first value, and the first one past it.  None is no bound.
    """

    name: str
    low: Any = None
    high: Any = None


@attrs.frozen
class Partitioned:
    """
    How a table is kept in parts.

    Attributes
    ----------
    column : str
        By ranges of whose values.
    parts : tuple of Partition
        In order.
    """

    column: str
    parts: tuple[Partition, ...] = ()
