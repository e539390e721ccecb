"""
The contract: what must hold on every engine.

An engine's test class inherits `StorageContract` and provides the fixture ``open_db``.
"""

from __future__ import annotations

from scitex.db.testing.contract.arrays import ArrayLaws
from scitex.db.testing.contract.backups import BackupLaws
from scitex.db.testing.contract.batches import BatchLaws, UpdateManyLaws
from scitex.db.testing.contract.blobs import BlobLaws
from scitex.db.testing.contract.columns import ColumnLaws
from scitex.db.testing.contract.conditions import ConditionLaws
from scitex.db.testing.contract.conflicts import ConflictLaws
from scitex.db.testing.contract.csvfiles import CsvLaws
from scitex.db.testing.contract.csvmistakes import CsvMistakeLaws
from scitex.db.testing.contract.csvreading import CsvReadingLaws
from scitex.db.testing.contract.deferring import DeferredLaws
from scitex.db.testing.contract.dividing import PartitionLaws
from scitex.db.testing.contract.doctor import DoctorLaws
from scitex.db.testing.contract.documents import JsonLaws
from scitex.db.testing.contract.duplicatereach import DuplicateReachLaws
from scitex.db.testing.contract.duplicates import DuplicateLaws
from scitex.db.testing.contract.fingerprints import FingerprintLaws
from scitex.db.testing.contract.framemistakes import FrameMistakeLaws
from scitex.db.testing.contract.frames import FrameLaws
from scitex.db.testing.contract.framestoring import FrameStoringLaws
from scitex.db.testing.contract.giving import GivingLaws
from scitex.db.testing.contract.ground import Laws, OpenDb, needs
from scitex.db.testing.contract.hostile import HostileLaws
from scitex.db.testing.contract.indexes import IndexLaws
from scitex.db.testing.contract.inspection import InspectionLaws, SchemaDiffLaws
from scitex.db.testing.contract.interrupts import InterruptLaws
from scitex.db.testing.contract.jsonchanges import UpdateJsonLaws
from scitex.db.testing.contract.jsonindexes import JsonIndexLaws
from scitex.db.testing.contract.lifecycle import LifecycleLaws
from scitex.db.testing.contract.names import NameLaws
from scitex.db.testing.contract.ordering import OrderingLaws
from scitex.db.testing.contract.partnames import PartNameLaws
from scitex.db.testing.contract.partrules import PartRuleLaws
from scitex.db.testing.contract.parts import PartsLaws
from scitex.db.testing.contract.placeholders import PlaceholderLaws
from scitex.db.testing.contract.profiles import ExplainLaws, ProfileEdgeLaws, ProfileLaws
from scitex.db.testing.contract.retrying import RetryLaws
from scitex.db.testing.contract.rows import RowLaws
from scitex.db.testing.contract.schema import TableLaws
from scitex.db.testing.contract.search import SearchLaws
from scitex.db.testing.contract.searchbeginnings import SearchBeginningLaws
from scitex.db.testing.contract.searchchanges import SearchChangeLaws
from scitex.db.testing.contract.series import SeriesLaws, SeriesPartLaws
from scitex.db.testing.contract.sql import SqlLaws
from scitex.db.testing.contract.streaming import StreamingLaws
from scitex.db.testing.contract.tablelife import TableLifeLaws
from scitex.db.testing.contract.threads import ThreadLaws
from scitex.db.testing.contract.transactional_schema import TransactionalSchemaLaws
from scitex.db.testing.contract.transactions import TransactionLaws
from scitex.db.testing.contract.upkeep import UpkeepLaws
from scitex.db.testing.contract.values import ValueLaws

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
    RetryLaws,
    InterruptLaws,
    TransactionalSchemaLaws,
    DeferredLaws,
    TableLaws,
    TableLifeLaws,
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
    BlobLaws,
    ArrayLaws,
    CsvLaws,
    CsvReadingLaws,
    CsvMistakeLaws,
    FrameLaws,
    FrameStoringLaws,
    FrameMistakeLaws,
    PartsLaws,
    FingerprintLaws,
    DuplicateLaws,
    DuplicateReachLaws,
    SearchLaws,
    SearchBeginningLaws,
    SearchChangeLaws,
    BackupLaws,
    UpkeepLaws,
    DoctorLaws,
    SeriesLaws,
    SeriesPartLaws,
    PartitionLaws,
    PartNameLaws,
    PartRuleLaws,
    ThreadLaws,
    LifecycleLaws,
    SqlLaws,
):
    """Every law that holds on every engine."""
