"""The whole promise: somewhere to keep tables and their records."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.capabilities import Capability
from scitex.db.ports.blobs import Blobs
from scitex.db.ports.changes import Changes
from scitex.db.ports.clusters import Clusters
from scitex.db.ports.columns import Columns
from scitex.db.ports.documents import Documents
from scitex.db.ports.duplicates import Duplicates
from scitex.db.ports.elsewhere import Elsewhere
from scitex.db.ports.inspection import Inspection
from scitex.db.ports.moving import Moving
from scitex.db.ports.partitions import Partitions
from scitex.db.ports.records import Records
from scitex.db.ports.schema import Schema
from scitex.db.ports.search import Search
from scitex.db.ports.series import Series
from scitex.db.ports.snapshots import Snapshots
from scitex.db.ports.sql import Sql
from scitex.db.ports.transactions import Transactions
from scitex.db.ports.upkeep import Upkeep


class Storage(
    Records,
    Documents,
    Columns,
    Blobs,
    Duplicates,
    Moving,
    Changes,
    Series,
    Schema,
    Partitions,
    Clusters,
    Search,
    Upkeep,
    Transactions,
    Sql,
    Inspection,
    Snapshots["Storage"],
    Elsewhere["Storage"],
    Protocol,
):
    """
    An engine; implementations need not inherit from this class.

    What an engine does not offer is missing from its `capabilities`, and asking for it raises
    `UnsupportedFeatureError`.
    """

    @property
    def engine(self) -> str:
        """``"sqlite"``, ``"postgresql"`` or ``"memory"``."""
        ...

    @property
    def location(self) -> str:
        """Where the data is, for people: a path, or a URL without its password."""
        ...

    @property
    def version(self) -> str:
        """The engine's version."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this engine offers."""
        ...

    @property
    def size(self) -> int:
        """Bytes that the database takes."""
        ...

    def close(self) -> None:
        """Roll back what is open and let go of every connection; twice is harmless."""
        ...
