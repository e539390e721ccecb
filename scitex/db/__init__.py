"""
scitex.db: one interface to SQLite and PostgreSQL for scientific work.

>>> import scitex.db
>>> with scitex.db.SQLite3(":memory:") as db:
...     db.create_table("runs", {"id": "INTEGER PRIMARY KEY", "loss": "REAL"})
...     key = db.insert("runs", {"loss": 0.25})
...     db.select("runs", where="loss < ?", params=[0.5])
[{'id': 1, 'loss': 0.25}]

The names below are loaded when they are first used, so importing the package costs little.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than all of this
if TYPE_CHECKING:
    from scitex.db._connect import connect as connect
    from scitex.db._copying import copy_database as copy_database
    from scitex.db._doctor import doctor as doctor
    from scitex.db._duplicates import delete_duplicates as delete_duplicates
    from scitex.db._facade.database import Database as Database
    from scitex.db._facade.parts import TablePart as TablePart
    from scitex.db._facade.parts import TableParts as TableParts
    from scitex.db._inspect import inspect as inspect
    from scitex.db._inspect import schema_diff as schema_diff
    from scitex.db._memory import InMemory as InMemory
    from scitex.db._postgresql import PostgreSQL as PostgreSQL
    from scitex.db._prune import prune_backups as prune_backups
    from scitex.db._series import TimeSeriesDB as TimeSeriesDB
    from scitex.db._sqlite3 import SQLite3 as SQLite3
    from scitex.db._sync import DatabaseSync as DatabaseSync
    from scitex.db._tracking import ExperimentTracker as ExperimentTracker
    from scitex.db._verify import verify_backup as verify_backup
    from scitex.db.domain import errors as errors
    from scitex.db.domain.backups import Backup as Backup
    from scitex.db.domain.backups import Manifest as Manifest
    from scitex.db.domain.backups import Restored as Restored
    from scitex.db.domain.capabilities import Capability as Capability
    from scitex.db.domain.copying import Copied as Copied
    from scitex.db.domain.copying import Uncarried as Uncarried
    from scitex.db.domain.duplicates import Duplicates as Duplicates
    from scitex.db.domain.errors import BackupError as BackupError
    from scitex.db.domain.errors import CheckError as CheckError
    from scitex.db.domain.errors import ColumnNotFoundError as ColumnNotFoundError
    from scitex.db.domain.errors import CommitUnknownError as CommitUnknownError
    from scitex.db.domain.errors import ConnectionLostError as ConnectionLostError
    from scitex.db.domain.errors import DatabaseError as DatabaseError
    from scitex.db.domain.errors import DatabaseWarning as DatabaseWarning
    from scitex.db.domain.errors import DataError as DataError
    from scitex.db.domain.errors import DuplicateKeyError as DuplicateKeyError
    from scitex.db.domain.errors import Error as Error
    from scitex.db.domain.errors import ForeignKeyError as ForeignKeyError
    from scitex.db.domain.errors import IndexNotFoundError as IndexNotFoundError
    from scitex.db.domain.errors import IntegrityError as IntegrityError
    from scitex.db.domain.errors import InterfaceError as InterfaceError
    from scitex.db.domain.errors import InternalError as InternalError
    from scitex.db.domain.errors import InvalidNameError as InvalidNameError
    from scitex.db.domain.errors import LockedError as LockedError
    from scitex.db.domain.errors import NotNullError as NotNullError
    from scitex.db.domain.errors import NotSupportedError as NotSupportedError
    from scitex.db.domain.errors import OperationalError as OperationalError
    from scitex.db.domain.errors import ParameterError as ParameterError
    from scitex.db.domain.errors import ProgrammingError as ProgrammingError
    from scitex.db.domain.errors import ReadOnlyError as ReadOnlyError
    from scitex.db.domain.errors import RecordNotFoundError as RecordNotFoundError
    from scitex.db.domain.errors import SchemaError as SchemaError
    from scitex.db.domain.errors import TableNotFoundError as TableNotFoundError
    from scitex.db.domain.errors import TransactionLostError as TransactionLostError
    from scitex.db.domain.errors import TransactionStateError as TransactionStateError
    from scitex.db.domain.errors import UnsafeFragmentError as UnsafeFragmentError
    from scitex.db.domain.errors import UnsupportedFeatureError as UnsupportedFeatureError
    from scitex.db.domain.fingerprints import Fingerprint as Fingerprint
    from scitex.db.domain.inspection.findings import Finding as Finding
    from scitex.db.domain.inspection.findings import Report as Report
    from scitex.db.domain.partitions import by_hash as by_hash
    from scitex.db.domain.partitions import by_range as by_range
    from scitex.db.domain.predicates import ALL_ROWS as ALL_ROWS
    from scitex.db.domain.predicates import col as col
    from scitex.db.domain.rows import Rows as Rows
    from scitex.db.domain.search.searching import SearchSpec as SearchSpec
    from scitex.db.domain.stale import StaleRecordError as StaleRecordError
    from scitex.db.domain.sync.errors import SyncConflictError as SyncConflictError
    from scitex.db.domain.sync.errors import SyncError as SyncError
    from scitex.db.domain.sync.plans import SyncPlan as SyncPlan
    from scitex.db.domain.sync.reports import SyncReport as SyncReport
    from scitex.db.domain.tables import ColumnSpec as ColumnSpec
    from scitex.db.domain.tables import ForeignKey as ForeignKey
    from scitex.db.domain.tables import IndexSpec as IndexSpec
    from scitex.db.domain.tables import TableSpec as TableSpec
    from scitex.db.domain.uuids import uuid7 as uuid7
    from scitex.db.services.arrays.packing import array_from_bytes as array_from_bytes
    from scitex.db.services.arrays.packing import array_to_bytes as array_to_bytes
    from scitex.db.services.arrays.reading import ArrayInfo as ArrayInfo
    from scitex.db.services.cluster import Cluster as Cluster
    from scitex.db.services.inspection.inspector import Inspector as Inspector
    from scitex.db.services.repositories.repository import Repository as Repository
    from scitex.db.services.repositories.work import UnitOfWork as UnitOfWork
    from scitex.db.services.statistics import Stats as Stats
    from scitex.db.services.statistics import format_stats as format_stats

__version__ = "0.1.0"

_HOMES = {
    "ALL_ROWS": "domain.predicates",
    "ArrayInfo": "services.arrays.reading",
    "Backup": "domain.backups",
    "Capability": "domain.capabilities",
    "Cluster": "services.cluster",
    "ColumnSpec": "domain.tables",
    "Copied": "domain.copying",
    "Database": "_facade.database",
    "DatabaseSync": "_sync",
    "Duplicates": "domain.duplicates",
    "ExperimentTracker": "_tracking",
    "Fingerprint": "domain.fingerprints",
    "Finding": "domain.inspection.findings",
    "ForeignKey": "domain.tables",
    "InMemory": "_memory",
    "IndexSpec": "domain.tables",
    "Manifest": "domain.backups",
    "Inspector": "services.inspection.inspector",
    "PostgreSQL": "_postgresql",
    "Restored": "domain.backups",
    "Report": "domain.inspection.findings",
    "Repository": "services.repositories.repository",
    "Rows": "domain.rows",
    "SQLite3": "_sqlite3",
    "SearchSpec": "domain.search.searching",
    "StaleRecordError": "domain.stale",
    "Stats": "services.statistics",
    "SyncConflictError": "domain.sync.errors",
    "SyncError": "domain.sync.errors",
    "SyncPlan": "domain.sync.plans",
    "SyncReport": "domain.sync.reports",
    "TablePart": "_facade.parts",
    "TableParts": "_facade.parts",
    "TableSpec": "domain.tables",
    "TimeSeriesDB": "_series",
    "UnitOfWork": "services.repositories.work",
    "Uncarried": "domain.copying",
    "array_from_bytes": "services.arrays.packing",
    "array_to_bytes": "services.arrays.packing",
    "by_hash": "domain.partitions",
    "by_range": "domain.partitions",
    "col": "domain.predicates",
    "connect": "_connect",
    "copy_database": "_copying",
    "delete_duplicates": "_duplicates",
    "prune_backups": "_prune",
    "verify_backup": "_verify",
    "doctor": "_doctor",
    "format_stats": "services.statistics",
    "inspect": "_inspect",
    "schema_diff": "_inspect",
    "uuid7": "domain.uuids",
}
_ERRORS = (
    "Error InterfaceError InvalidNameError UnsafeFragmentError TransactionStateError "
    "DatabaseError DataError OperationalError LockedError ReadOnlyError ConnectionLostError "
    "CommitUnknownError TransactionLostError IntegrityError DuplicateKeyError ForeignKeyError "
    "NotNullError CheckError InternalError ProgrammingError SchemaError RecordNotFoundError "
    "TableNotFoundError ColumnNotFoundError IndexNotFoundError ParameterError NotSupportedError "
    "UnsupportedFeatureError BackupError"
).split()
_HOMES.update(dict.fromkeys([*_ERRORS, "DatabaseWarning"], "domain.errors"))

__all__ = sorted([*_HOMES, "errors", "__version__"])  # noqa: PLE0605 - the names are data above


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for."""
    if name == "errors":
        return importlib.import_module("scitex.db.domain.errors")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'scitex.db' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"scitex.db.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
