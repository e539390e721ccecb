"""Making tables that are kept in parts, or spread over several machines."""

from __future__ import annotations

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.names import identifier
from scitex.db.domain.partitions import Partition, PartitionBy, keyed_by
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.storage import Storage


def create(
    storage: Storage,
    spec: TableSpec,
    partition_by: PartitionBy | str | None,
    distribute_by: str | None,
    colocate_with: str | None,
) -> None:
    """
    Make a table, divided as is asked, or leave one that is the same alone.

    Raises
    ------
    InterfaceError
        If it is to be near another table and is not spread itself.
    """
    if colocate_with is not None and distribute_by is None:
        raise InterfaceError(
            "colocate_with= needs distribute_by=",
            hint="name the column that both tables are distributed by",
        )
    parts = None if partition_by is None else PartitionBy.asked(partition_by)
    if parts is not None:
        spec = keyed_by(spec, parts.column)
    if distribute_by is not None:
        column = identifier(distribute_by)
        near = None if colocate_with is None else identifier(colocate_with)
        spec = keyed_by(spec, column)
        storage.create_distributed(spec, column, parts=parts, colocate_with=near)
    elif parts is not None:
        storage.create_partitioned(spec, parts)
    else:
        storage.create_table(spec)


def add(storage: Storage, table: str, low: object, high: object, name: str | None) -> str:
    """Add a part for the values from `low` up to `high`; return its name."""
    named = "" if name is None else identifier(name)
    return storage.add_partition(table, Partition(named, low, high))
