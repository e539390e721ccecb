"""The promise to keep a large table in parts."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.partitions import Partition, PartitionBy, Partitioned
from scitex.db.domain.tables import TableSpec


class Partitions(Protocol):
    """
    Somewhere that tables can be kept in parts, by ranges or by hash of a column.

    An engine without the capability raises `UnsupportedFeatureError`, but where it is only asked
    how a table is kept.
    """

    def create_partitioned(self, spec: TableSpec, asked: PartitionBy) -> None:
        """
        Make a table with its parts; leave one that is the same, and has them, alone.

        Its keys have the column among theirs.  Raises `SchemaError` as `create_table` does, and
        where one that is there is kept otherwise; one that has no parts yet is given them, and
        so is one by hash that lacks some.
        """
        ...

    def partitioned(self, table: str) -> Partitioned | None:
        """Return how a table is kept; None where it is one whole."""
        ...

    def add_partition(self, table: str, part: Partition) -> str:
        """
        Add a part; leave one of the same name that takes the same alone; return its name.

        Where no name is given, one of whatever name is left alone, and a free name is chosen
        otherwise.  Of a table by hash one that is missing is added where it is not said which.
        Raises `SchemaError` where it overlaps another, its name is another table's, or none is
        missing, `InvalidNameError` where the engine would cut the name, and `DataError` where its
        bounds are none that the column could keep.
        """
        ...

    def drop_partition(self, table: str, name: str) -> None:
        """Remove a part with its records; raise `SchemaError` if it is none of the table's."""
        ...
