"""Removing records that say the same as another one."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from scitex.db.domain.duplicates import Duplicates, Keep, Repeats, repeats
from scitex.db.domain.errors import DatabaseWarning
from scitex.db.domain.names import index_name
from scitex.db.domain.tables import IndexSpec, TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.transactions import Block

_SHOWN = 1000


def found(
    storage: Storage, table: str, on: str | Iterable[str] | None, keep: Keep, *, nulls_equal: bool
) -> Duplicates:
    """Tell which records repeat another one, and change nothing."""
    asked = repeats(storage.describe(table), on, keep, nulls_equal=nulls_equal)
    count, records = storage.duplicates(asked, limit=_SHOWN)
    return Duplicates(table, asked.on, count, tuple(records))


def delete(
    storage: Storage,
    table: str,
    on: str | Iterable[str] | None,
    keep: Keep,
    *,
    nulls_equal: bool,
    add_unique: bool,
) -> int:
    """Remove the records that repeat another one; return how many."""
    if not add_unique:
        asked = repeats(storage.describe(table), on, keep, nulls_equal=nulls_equal)
        return storage.delete_duplicates(asked)
    with Block(storage):
        spec = storage.describe(table)
        asked = repeats(spec, on, keep, nulls_equal=nulls_equal)
        removed = storage.delete_duplicates(asked)
        if not spec.is_key(asked.on):
            _tell_what_may_repeat(spec, asked)
            name = index_name(table, asked.on)
            storage.create_index(IndexSpec(name, table, asked.on, unique=True))
    return removed


def _tell_what_may_repeat(spec: TableSpec, asked: Repeats) -> None:
    """Warn of records that a unique index lets repeat: to it no NULL is another's equal."""
    open_columns = [name for name in asked.on if spec.column(name).nullable]
    if asked.nulls_equal and open_columns:
        warnings.warn(
            f"the unique index on table {asked.table!r} takes no NULL for another's equal: "
            f"records without a value in {', '.join(map(repr, open_columns))} may be stored twice "
            "again (declare NOT NULL to prevent it)",
            DatabaseWarning,
            stacklevel=5,
        )
