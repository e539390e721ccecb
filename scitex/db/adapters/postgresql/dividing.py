"""The calls on tables that PostgreSQL keeps in parts, and that Citus spreads over servers."""

from __future__ import annotations

from scitex.db.adapters.postgresql import citus, partitions
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.domain.clusters import Distribution, Node, Shard
from scitex.db.domain.partitions import Partition, PartitionBy, Partitioned
from scitex.db.domain.tables import TableSpec


class Divided:
    """The calls on parts of tables, and on a cluster's nodes."""

    _sessions: Sessions[Session]

    def create_partitioned(self, spec: TableSpec, asked: PartitionBy) -> None:
        partitions.create(self._sessions.current(), spec, asked)

    def partitioned(self, table: str) -> Partitioned | None:
        return partitions.partitioned(self._sessions.current(), table)

    def add_partition(self, table: str, part: Partition) -> None:
        partitions.add(self._sessions.current(), table, part)

    def drop_partition(self, table: str, name: str) -> None:
        partitions.drop(self._sessions.current(), table, name)

    def cluster_version(self) -> str | None:
        return citus.version(self._sessions.current())

    def nodes(self) -> list[Node]:
        return citus.nodes(self._sessions.current())

    def shards(self, table: str) -> list[Shard]:
        return citus.shards(self._sessions.current(), table)

    def rebalance(self, *, block_writes: bool) -> int:
        return citus.rebalance(self._sessions.current(), block_writes=block_writes)

    def distribution(self, table: str) -> Distribution | None:
        return citus.distribution(self._sessions.current(), table)

    def distribute(self, table: str, column: str, *, colocate_with: str | None = None) -> None:
        citus.distribute(self._sessions.current(), table, column, colocate_with)

    def undistribute(self, table: str) -> None:
        citus.undistribute(self._sessions.current(), table)

    def reference_table(self, table: str) -> None:
        citus.reference_table(self._sessions.current(), table)

    def create_schema(self, name: str, *, distributed: bool) -> None:
        citus.create_schema(self._sessions.current(), name, distributed=distributed)
