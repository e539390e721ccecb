"""The answer of engines that keep every table whole."""

from __future__ import annotations

from typing import NoReturn

from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.partitions import Partition, Partitioned
from scitex.db.domain.tables import TableSpec


class Undivided:
    """The calls on parts of tables, of which there are none."""

    def create_partitioned(self, spec: TableSpec, column: str) -> None:
        _refuse(spec.name)

    def partitioned(self, table: str) -> Partitioned | None:
        return None

    def add_partition(self, table: str, part: Partition) -> None:
        _refuse(table)

    def drop_partition(self, table: str, name: str) -> None:
        _refuse(table)


def _refuse(table: str) -> NoReturn:
    raise UnsupportedFeatureError(
        f"table {table!r} cannot be kept in parts here: only PostgreSQL does that",
        hint="leave it whole; an index on the column serves",
    )
