"""The servers that keep one database together."""

from __future__ import annotations

from scitex.db.domain.clusters import Distribution, Node, Shard
from scitex.db.domain.names import identifier
from scitex.db.ports.storage import Storage


class Cluster:
    """
    The servers that keep one database together; `Database.cluster` gives it.

    Parameters
    ----------
    storage : Storage
    version : str
        Of the extension that makes one of them.

    Attributes
    ----------
    version : str

    Examples
    --------
    >>> [node.port for node in db.cluster.nodes()]  # doctest: +SKIP
    [5432, 5433, 5434]
    """

    def __init__(self, storage: Storage, version: str) -> None:
        self._storage = storage
        self.version = version

    def __repr__(self) -> str:
        return f"<Cluster of {len(self.nodes())} nodes, Citus {self.version}>"

    def nodes(self) -> list[Node]:
        """
        Return the servers, the coordinator first.

        Returns
        -------
        list of Node
        """
        return self._storage.nodes()

    def shards(self, table: str) -> list[Shard]:
        """
        Return the pieces of a table, with where each one is and its bytes.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of Shard
            None where the coordinator keeps the table alone.

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        """
        return self._storage.shards(identifier(table))

    def distribution(self, table: str) -> Distribution | None:
        """
        Return how a table is spread.

        Parameters
        ----------
        table : str

        Returns
        -------
        Distribution or None
            None where the coordinator keeps the table alone.
        """
        return self._storage.distribution(identifier(table))

    def rebalance(self, *, block_writes: bool = False) -> int:
        """
        Move pieces of tables until the nodes have about as much each.

        Parameters
        ----------
        block_writes : bool, default False
            Whether writing to a piece waits while it is moved.  Without that, the servers need
            ``wal_level = logical`` and each table a primary key.

        Returns
        -------
        int
            How many pieces were moved.

        Raises
        ------
        UnsupportedFeatureError, OperationalError
            If the servers cannot move them so; the hint says what they need.

        Notes
        -----
        It takes as long as the records take to travel.
        """
        return self._storage.rebalance(block_writes=bool(block_writes))
