"""The promise to keep a large table in parts."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.partitions import Partition, Partitioned
from scitex.db.domain.tables import TableSpec


class Partitions(Protocol):
    """
    Somewhere that tables can be kept in parts, by ranges of a column.

    An engine without the capability raises `UnsupportedFeatureError`, but where it is only asked
    how a table is kept.
    """

    def create_partitioned(self, spec: TableSpec, column: str) -> None:
        """
        Make a table of no parts yet; leave one that is the same alone.

        Its keys have the column among theirs.  Raises `SchemaError` as `create_table` does.
        """
        ...

    def partitioned(self, table: str) -> Partitioned | None:
        """Return how a table is kept; None where it is one whole, or otherwise divided."""
        ...

    def add_partition(self, table: str, part: Partition) -> None:
        """
        Add a part; leave one of the same name alone.

        Raises `SchemaError` where it overlaps another, or its name is another table's.
        """
        ...

    def drop_partition(self, table: str, name: str) -> None:
        """Remove a part with its records; raise `SchemaError` if it is none of the table's."""
        ...
