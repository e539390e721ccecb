"""
The contract: what must hold on every engine.

An engine's test class inherits `StorageContract` and provides the fixture ``open_db``.
"""

from __future__ import annotations

from tests.contract.arrays import ArrayLaws
from tests.contract.backups import BackupLaws
from tests.contract.batches import BatchLaws, UpdateManyLaws
from tests.contract.columns import ColumnLaws
from tests.contract.conditions import ConditionLaws
from tests.contract.conflicts import ConflictLaws
from tests.contract.csvfiles import CsvLaws
from tests.contract.deferring import DeferredLaws
from tests.contract.doctor import DoctorLaws
from tests.contract.documents import JsonIndexLaws, JsonLaws, UpdateJsonLaws
from tests.contract.duplicates import DuplicateLaws
from tests.contract.fingerprints import FingerprintLaws
from tests.contract.frames import FrameLaws
from tests.contract.giving import GivingLaws
from tests.contract.ground import Laws, OpenDb, needs
from tests.contract.hostile import HostileLaws
from tests.contract.indexes import IndexLaws
from tests.contract.inspection import InspectionLaws, SchemaDiffLaws
from tests.contract.lifecycle import LifecycleLaws
from tests.contract.names import NameLaws
from tests.contract.ordering import OrderingLaws
from tests.contract.placeholders import PlaceholderLaws
from tests.contract.profiles import ExplainLaws, ProfileEdgeLaws, ProfileLaws
from tests.contract.rows import RowLaws
from tests.contract.schema import TableLaws
from tests.contract.search import SearchLaws
from tests.contract.series import PartitionLaws, SeriesLaws
from tests.contract.sql import SqlLaws
from tests.contract.streaming import StreamingLaws
from tests.contract.threads import ThreadLaws
from tests.contract.transactional_schema import TransactionalSchemaLaws
from tests.contract.transactions import TransactionLaws
from tests.contract.upkeep import UpkeepLaws
from tests.contract.values import ValueLaws

__all__ = ["Laws", "OpenDb", "StorageContract", "needs"]


class StorageContract(
    RowLaws,
    StreamingLaws,
    ConditionLaws,
    OrderingLaws,
    BatchLaws,
    UpdateManyLaws,
    GivingLaws,
    ConflictLaws,
    TransactionLaws,
    TransactionalSchemaLaws,
    DeferredLaws,
    TableLaws,
    ColumnLaws,
    IndexLaws,
    InspectionLaws,
    SchemaDiffLaws,
    ProfileLaws,
    ProfileEdgeLaws,
    ExplainLaws,
    JsonLaws,
    UpdateJsonLaws,
    JsonIndexLaws,
    NameLaws,
    HostileLaws,
    PlaceholderLaws,
    ValueLaws,
    ArrayLaws,
    CsvLaws,
    FrameLaws,
    FingerprintLaws,
    DuplicateLaws,
    SearchLaws,
    BackupLaws,
    UpkeepLaws,
    DoctorLaws,
    SeriesLaws,
    PartitionLaws,
    ThreadLaws,
    LifecycleLaws,
    SqlLaws,
):
    """Every law that holds on every engine."""
