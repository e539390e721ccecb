"""Removing records that say the same as another one."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterable

from scitex.db.domain.duplicates import Duplicates, Keep, Repeats, repeats
from scitex.db.domain.errors import DatabaseWarning, ForeignKeyError
from scitex.db.domain.names import identifier, index_name
from scitex.db.domain.tables import IndexSpec, TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.transactions import Block

_SHOWN = 1000
_TAKING = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


def found(
    storage: Storage, table: str, on: str | Iterable[str] | None, keep: Keep, *, nulls_equal: bool
) -> Duplicates:
    """Tell which records repeat another one, and change nothing."""
    asked = repeats(storage.describe(identifier(table)), on, keep, nulls_equal=nulls_equal)
    count, records = storage.duplicates(asked, limit=_SHOWN)
    if count and _takers(storage, table):
        _try(storage, asked)
    return Duplicates(table, asked.on, count, tuple(records))


class _TriedError(Exception):
    """It would be possible; all of it is undone."""


def _try(storage: Storage, asked: Repeats) -> None:
    """Remove the records, to tell what else would go, and have them back."""
    with contextlib.suppress(_TriedError), Block(storage):
        _remove(storage, asked)
        raise _TriedError


def _takers(storage: Storage, table: str) -> list[tuple[str, bool]]:
    """Return the tables whose records go, or change, with those they refer to."""
    return [
        (name, key.on_delete == "CASCADE")
        for name in storage.tables()
        for key in storage.describe(name).foreign_keys
        if key.table == table and key.on_delete in _TAKING
    ]


def _remove(storage: Storage, asked: Repeats) -> int:
    """
    Remove records inside a transaction; tell of what else goes by ON DELETE.

    Raises
    ------
    ForeignKeyError
        If records of the same table that are no repetition would go too.
    """
    table, takers = asked.table, _takers(storage, asked.table)
    counted = {name for name, goes in takers if goes} | {table}
    before = {name: storage.count(name) for name in counted} if takers else {}
    removed = storage.delete_duplicates(asked)
    if not takers:
        return removed
    gone = {name: count - storage.count(name) for name, count in before.items()}
    if gone[table] > removed:
        raise ForeignKeyError(
            f"with the {removed:,} repetitions, {gone[table] - removed:,} other records of table "
            f"{table!r} would go, which refer to them ON DELETE CASCADE",
            table=table,
            hint="let those records refer to the one that stays first; nothing was removed",
        )
    for name in sorted(counted - {table}):
        if gone[name]:
            warnings.warn(
                f"{gone[name]:,} records of table {name!r} go too, as they refer to repetitions "
                f"in table {table!r} ON DELETE CASCADE",
                DatabaseWarning,
                stacklevel=6,
            )
    return removed


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
    with Block(storage):
        spec = storage.describe(identifier(table))
        asked = repeats(spec, on, keep, nulls_equal=nulls_equal)
        removed = _remove(storage, asked)
        if add_unique and not spec.is_key(asked.on):
            _tell_what_may_repeat(spec, asked)
            _make_unique(storage, asked)
    return removed


def _make_unique(storage: Storage, asked: Repeats) -> None:
    """Make an index by which no record repeats another one, beside a plain one if need be."""
    there = storage.indexes(asked.table)
    if any(
        set(each.columns) == set(asked.on) and each.unique and not each.where for each in there
    ):
        return
    name = index_name(asked.table, asked.on)
    if any(each.name == name for each in there):
        name = index_name(asked.table, (*asked.on, "unique"))
    storage.create_index(IndexSpec(name, asked.table, asked.on, unique=True))


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
