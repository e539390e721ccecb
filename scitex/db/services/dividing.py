"""Making tables that are kept in parts, or spread over several machines."""

from __future__ import annotations

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.names import identifier
from scitex.db.domain.partitions import Partition, PartitionBy, keyed_by, part_name
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.transactions import Block


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
    asked = None if partition_by is None else PartitionBy.asked(partition_by)
    if distribute_by is None:
        _make(storage, spec, asked)
        return
    column = identifier(distribute_by)
    near = None if colocate_with is None else identifier(colocate_with)
    with Block(storage):
        _make(storage, keyed_by(spec, column), asked)
        storage.distribute(spec.name, column, colocate_with=near)


def _make(storage: Storage, spec: TableSpec, asked: PartitionBy | None) -> None:
    if asked is None:
        storage.create_table(spec)
    else:
        storage.create_partitioned(keyed_by(spec, asked.column), asked)


def add(storage: Storage, table: str, low: object, high: object, name: str | None) -> str:
    """Add a part for the values from `low` up to `high`; return its name."""
    if name is None:
        found = storage.partitioned(table)
        taken = {part.name for part in found.parts} if found else set()
        place = len(taken)
        while part_name(table, place) in taken:
            place += 1
        name = part_name(table, place)
    storage.add_partition(table, Partition(identifier(name), low, high))
    return name
