"""Tables in parts, and on several machines."""

from __future__ import annotations

from typing import Any

from scitex.db.domain.names import identifier
from scitex.db.domain.partitions import Partitioned
from scitex.db.ports.storage import Storage
from scitex.db.services import dividing
from scitex.db.services.cluster import Cluster


class Dividing:
    """The chapter on tables that are too large for one place."""

    storage: Storage

    def get_partitioning(self, table: str) -> Partitioned | None:
        """
        Return how a table is kept in parts.

        Parameters
        ----------
        table : str

        Returns
        -------
        Partitioned or None
            With `columns`, `how` (``"range"``, ``"hash"``, ``"list"``) and `parts`, each with its
            name and what it takes.  None where the table is one whole.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> db.get_partitioning("users") is None
        True
        """
        return self.storage.partitioned(identifier(table))

    def add_partition(
        self, table: str, low: Any = None, high: Any = None, *, name: str | None = None
    ) -> str:
        """
        Add a part to a table that is kept in ranges of a column; by hash, one that was dropped.

        Parameters
        ----------
        table : str
        low : object, optional
            The first value that belongs there; no bound by default.  A table by hash takes none.
        high : object, optional
            The first one that does not any more; no bound by default.
        name : str, optional
            The part is a table of this name; by default the first ``<table>_p<number>`` that is
            free, the table's name cut where it is long.

        Returns
        -------
        str
            Its name.

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        SchemaError
            If the table is not kept so, the part overlaps another, the name is taken, or no part
            by hash is missing.
        DataError
            If a bound is none that the column could keep, or is missing, as NaN and NaT are.
        InvalidNameError
            If the engine would cut the name.
        UnsupportedFeatureError
            If the engine keeps no table in parts.

        Notes
        -----
        One that takes the same is left alone, where no other name is given.
        Neither who reads nor who writes is held up, as the part is made beside and attached; but
        where there is one for whatever no other takes, that one is looked through meanwhile.

        Examples
        --------
        >>> db.create_table(
        ...     "spikes", {"at": "TIMESTAMP", "uv": "REAL"}, partition_by="at"
        ... )  # doctest: +SKIP
        >>> db.add_partition("spikes", "2025-01-01", "2026-01-01")  # doctest: +SKIP
        'spikes_p0'
        """
        return dividing.add(self.storage, identifier(table), low, high, name)

    def drop_partition(self, table: str, name: str) -> None:
        """
        Remove a part of a table with its records, at once whatever it holds.

        Its values are refused from then on, until `add_partition` makes room for them.

        Parameters
        ----------
        table : str
        name : str
            As `get_partitioning` tells it.

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        SchemaError
            If it has no such part.
        LockedError
            If transactions that have read or written it stay open for longer than ``timeout``;
            at once, if it is shown by a block of ``partitions(snapshot=True)`` of this thread.
        UnsupportedFeatureError
            If the engine keeps no table in parts.

        Notes
        -----
        For a moment nobody else may use the table.  That moment is waited for in tries of a
        second, between which others get on; they would all wait behind a longer one.

        Examples
        --------
        >>> db.drop_partition("spikes", "spikes_p0")  # doctest: +SKIP
        """
        self.storage.drop_partition(identifier(table), identifier(name))

    @property
    def cluster(self) -> Cluster | None:
        """
        The servers that keep this database together, or None where there is one only.

        Examples
        --------
        >>> db.cluster is None
        True
        """
        version = self.storage.cluster_version()
        return None if version is None else Cluster(self.storage, version)

    def create_schema(self, name: str, *, distributed: bool = False) -> None:
        """
        Make a schema: a place for tables of a project, a subject or an experiment.

        Parameters
        ----------
        name : str
            ``PostgreSQL(..., schema=name)`` works there.
        distributed : bool, default False
            Whether a Citus cluster keeps all of it on one of its nodes, which it chooses.  Nearly
            everything works there as on one machine.

        Raises
        ------
        SchemaError
            If it is there and is not distributed.
        UnsupportedFeatureError
            If the engine has no schemas, or is no cluster.

        Notes
        -----
        One that is so already is left alone.

        Examples
        --------
        >>> db.create_schema("subject_07", distributed=True)  # doctest: +SKIP
        """
        self.storage.create_schema(identifier(name), distributed=bool(distributed))

    def distribute(self, table: str, column: str, *, colocate_with: str | None = None) -> None:
        """
        Spread a table with its records over the nodes of a Citus cluster.

        Parameters
        ----------
        table : str
        column : str
            The one by whose hash: records with the same value are on one node.  It must be in
            the primary key and in each UNIQUE rule.
        colocate_with : str, optional
            A table that is distributed by a column of the same type: records with the same value
            are on the same node, so that joins on it need no network.

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        SchemaError
            If it is distributed otherwise.
        UnsupportedFeatureError
            If its keys, references or triggers cannot be kept then, or this is no cluster.

        Notes
        -----
        The cluster copies the records while others may read.  A table that is so already is left
        alone.

        Examples
        --------
        >>> db.distribute("trials", "subject_id")  # doctest: +SKIP
        """
        near = None if colocate_with is None else identifier(colocate_with)
        self.storage.distribute(identifier(table), identifier(column), colocate_with=near)

    def undistribute(self, table: str) -> None:
        """
        Bring a table of a Citus cluster back to the coordinator.

        Parameters
        ----------
        table : str
            One that is not distributed is left alone.

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        ForeignKeyError
            If other tables refer to it.
        UnsupportedFeatureError
            If this is no cluster.

        Notes
        -----
        Citus moves no table whose records are numbered by an identity column: that one is made
        anew, with its records, indexes and rights.

        Examples
        --------
        >>> db.undistribute("trials")  # doctest: +SKIP
        """
        self.storage.undistribute(identifier(table))

    def reference_table(self, table: str) -> None:
        """
        Have every node of a Citus cluster keep a small table whole, so that all may refer to it.

        Parameters
        ----------
        table : str
            Such as a list of subjects.  One that is so already is left alone.

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        SchemaError
            If it is distributed otherwise.
        UnsupportedFeatureError
            If it refers to tables that are not so, or this is no cluster.

        Examples
        --------
        >>> db.reference_table("subjects")  # doctest: +SKIP
        """
        self.storage.reference_table(identifier(table))
