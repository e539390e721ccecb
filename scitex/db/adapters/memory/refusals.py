"""The errors of broken rules: they name table, columns and key, never the rest of a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scitex.db.domain.errors import (
    CheckError,
    DuplicateKeyError,
    ForeignKeyError,
    NotNullError,
    ProgrammingError,
)
from scitex.db.domain.tables import ForeignKey
from scitex.db.domain.values import shown


def _place(row: int | None) -> str:
    return "" if row is None else f" (record {row})"


def _spelt(columns: Sequence[str], values: Sequence[Any]) -> str:
    """Spell ``id=1, name='a'`` with each value shortened."""
    pairs = zip(columns, values, strict=True)
    return ", ".join(f"{name}={shown(value)}" for name, value in pairs)


def duplicate(
    table: str, columns: tuple[str, ...], values: Sequence[Any], *, row: int | None = None
) -> DuplicateKeyError:
    """Make the error of a key that another record has."""
    return DuplicateKeyError(
        f"table {table!r} has a record with {_spelt(columns, values)} already{_place(row)}",
        table=table,
        columns=columns,
        row=row,
        hint="change the value, or pass on_conflict='ignore' or 'update'",
    )


def missing(table: str, column: str, *, row: int | None = None) -> NotNullError:
    """Make the error of a column without the value that it must have."""
    return NotNullError(
        f"column {column!r} of table {table!r} must have a value{_place(row)}",
        table=table,
        columns=(column,),
        row=row,
        hint="give one, or declare a DEFAULT",
    )


def unmet(
    table: str,
    check: str,
    columns: tuple[str, ...],
    values: Sequence[Any],
    *,
    row: int | None = None,
) -> CheckError:
    """Make the error of a CHECK that is false."""
    given = f" by {_spelt(columns, values)}" if columns else ""
    return CheckError(
        f"CHECK ({check}) of table {table!r} is not met{given}{_place(row)}",
        table=table,
        columns=columns,
        row=row,
    )


def dangling(
    table: str, key: ForeignKey, values: Sequence[Any], *, row: int | None = None
) -> ForeignKeyError:
    """Make the error of a reference to a record that is not there."""
    return ForeignKeyError(
        f"{_spelt(key.columns, values)} of table {table!r} points at no record of table "
        f"{key.table!r}{_place(row)}",
        table=table,
        columns=key.columns,
        row=row,
        hint=f"store the record in {key.table!r} first",
    )


def needed(
    table: str, key: ForeignKey, values: Sequence[Any], *, row: int | None = None
) -> ForeignKeyError:
    """Make the error of a record that another one refers to."""
    return ForeignKeyError(
        f"a record of table {table!r} refers to table {key.table!r} by "
        f"{_spelt(key.columns, values)}{_place(row)}",
        table=table,
        columns=key.columns,
        row=row,
        hint=f"remove or change the records of {table!r} first, or declare ON DELETE / ON UPDATE",
    )


def computed(table: str, column: str) -> ProgrammingError:
    """Make the error of a value for a column that is computed."""
    return ProgrammingError(
        f"column {column!r} of table {table!r} is computed and cannot be written",
        hint="leave it out of the record",
    )
