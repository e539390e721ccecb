"""Several machines that keep one database: what is where."""

from __future__ import annotations

from typing import Literal

import attrs

Spread = Literal["hash", "reference", "schema", "other"]


@attrs.frozen
class Node:
    """
    One server of a cluster.

    Attributes
    ----------
    host : str
    port : int
    is_coordinator : bool
        Whether it is the one that clients speak to.
    is_active : bool
        Whether the cluster uses it.
    has_shards : bool
        Whether it is meant to keep records.
    """

    host: str
    port: int
    is_coordinator: bool
    is_active: bool
    has_shards: bool


@attrs.frozen
class Shard:
    """
    A piece of a table on one node.

    Attributes
    ----------
    number : int
        The cluster's own; a reference table's piece has it on every node.
    table : str
        The table, or the partition of it.
    host : str
    port : int
    size : int
        Bytes, indexes included.
    """

    number: int
    table: str
    host: str
    port: int
    size: int


@attrs.frozen
class Distribution:
    """
    How a table is kept in a cluster.

    Attributes
    ----------
    how : {"hash", "reference", "schema", "other"}
        By the hash of a column over all nodes; whole on every node; whole on the node of its
        schema; in another way.
    column : str or None
        The one by which it is spread.
    colocation : int
        Tables with the same number have records with the same value on the same node.
    shards : int
        How many pieces it is in.
    """

    how: Spread
    column: str | None = None
    colocation: int = 0
    shards: int = 0

    @property
    def is_spread(self) -> bool:
        """Whether its records are in several places."""
        return self.how in {"hash", "reference", "other"}
