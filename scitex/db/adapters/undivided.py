"""The answer of engines that keep every table whole, and on one machine."""

from __future__ import annotations

from typing import NoReturn

from scitex.db.domain.clusters import Distribution, Node, Shard
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.partitions import Partition, PartitionBy, Partitioned
from scitex.db.domain.tables import TableSpec


class Undivided:
    """The calls on parts of tables, and on clusters, of which there are none."""

    def create_partitioned(self, spec: TableSpec, asked: PartitionBy) -> None:
        _refuse(spec.name)

    def partitioned(self, table: str) -> Partitioned | None:
        return None

    def add_partition(self, table: str, part: Partition) -> str:
        _refuse(table)

    def drop_partition(self, table: str, name: str) -> None:
        _refuse(table)

    def cluster_version(self) -> str | None:
        return None

    def nodes(self) -> list[Node]:
        return []

    def shards(self, table: str) -> list[Shard]:
        return []

    def rebalance(self, *, block_writes: bool) -> int:
        raise no_cluster("nothing is moved between nodes")

    def distribution(self, table: str) -> Distribution | None:
        return None

    def distribute(self, table: str, column: str, *, colocate_with: str | None = None) -> None:
        raise no_cluster(f"table {table!r} is not distributed")

    def create_distributed(
        self,
        spec: TableSpec,
        column: str,
        *,
        parts: PartitionBy | None = None,
        colocate_with: str | None = None,
    ) -> None:
        raise no_cluster(f"table {spec.name!r} is not distributed")

    def undistribute(self, table: str) -> None:
        raise no_cluster(f"table {table!r} is not distributed")

    def reference_table(self, table: str) -> None:
        raise no_cluster(f"table {table!r} is not kept on every node")

    def create_schema(self, name: str, *, distributed: bool) -> None:
        raise UnsupportedFeatureError(
            f"schema {name!r} cannot be made here: only PostgreSQL has schemas",
            hint="use a database of its own: another file",
        )


def _refuse(table: str) -> NoReturn:
    raise UnsupportedFeatureError(
        f"table {table!r} cannot be kept in parts here: only PostgreSQL does that",
        hint="leave it whole; an index on the column serves",
    )


def no_cluster(what: str) -> UnsupportedFeatureError:
    """Make the error that there is one machine only."""
    return UnsupportedFeatureError(
        f"{what}: this database is no cluster",
        hint="db.cluster tells of one; PostgreSQL with the extension Citus is one",
    )
