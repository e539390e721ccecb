"""The promise to spread tables over several machines."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.clusters import Distribution, Node, Shard
from scitex.db.domain.partitions import PartitionBy
from scitex.db.domain.tables import TableSpec


class Clusters(Protocol):
    """
    Somewhere that may be a cluster; `cluster_version` tells.

    Where it is none, whatever would change something raises `UnsupportedFeatureError`.
    """

    def cluster_version(self) -> str | None:
        """Return the version of what makes a cluster of the servers; None where nothing does."""
        ...

    def nodes(self) -> list[Node]:
        """Return the servers, the coordinator first; none where it is no cluster."""
        ...

    def shards(self, table: str) -> list[Shard]:
        """Return the pieces of a table; none where it is kept whole by this server alone."""
        ...

    def rebalance(self, *, block_writes: bool) -> int:
        """Move pieces until the nodes have about as much each; return how many were moved."""
        ...

    def distribution(self, table: str) -> Distribution | None:
        """Return how a table is spread; None where it is kept by this server alone."""
        ...

    def distribute(self, table: str, column: str, *, colocate_with: str | None = None) -> None:
        """
        Spread a table by the hash of a column; leave one that is so alone.

        Raises `SchemaError` where it is spread otherwise, and `UnsupportedFeatureError` where
        its keys or references cannot be kept then.
        """
        ...

    def create_distributed(
        self,
        spec: TableSpec,
        column: str,
        *,
        parts: PartitionBy | None = None,
        colocate_with: str | None = None,
    ) -> None:
        """
        Make a table that is spread by the hash of a column; leave one that is so alone.

        Its keys have the column among theirs.  Raises what `create_table`, `create_partitioned`
        and `distribute` do.
        """
        ...

    def undistribute(self, table: str) -> None:
        """Bring the records of a table back to this server; leave one that is here alone."""
        ...

    def reference_table(self, table: str) -> None:
        """Keep a table whole on every node; leave one that is so alone."""
        ...

    def create_schema(self, name: str, *, distributed: bool) -> None:
        """
        Make a schema, all of it on one node if it is distributed; leave one that is so alone.

        Raises `SchemaError` where it is there and is not `distributed`.
        """
        ...
