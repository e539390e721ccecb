"""Telling of a refused record which of its values broke which rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from scitex.db.adapters.sql import plans
from scitex.db.adapters.sql.asking import Described
from scitex.db.domain.errors import (
    CheckError,
    DataError,
    DuplicateKeyError,
    Error,
    ForeignKeyError,
    IntegrityError,
    NotNullError,
)
from scitex.db.domain.queries import given
from scitex.db.domain.tables import ForeignKey, columns_of
from scitex.db.domain.values import shown

Record = Mapping[str, object]


class Answering(Protocol):
    """A session that can be asked about the tables concerned."""

    def described(self, table: str) -> Described:
        """Describe a table as it is now."""
        ...

    def perform(self, key: tuple[Any, ...], argument: Any) -> Any:
        """Carry out what `key` says."""
        ...


def tell(session: Answering, error: Error, record: Record, *, row: int | None = None) -> None:
    """
    Note in an error the values that were refused, and their record's place in its batch.

    Parameters
    ----------
    session : Answering
    error : Error
    record : mapping of str to object
        What was to be stored.
    row : int, optional
        The record's place in its batch.
    """
    if isinstance(error, IntegrityError) and error.table is not None:
        _tell_columns(session, error, error.table, record)
        _tell_values(error, record)
    if row is not None and isinstance(error, (DataError, IntegrityError)) and error.row is None:
        error.row = row
        error.message = f"record {row}: {error.message}"


def _tell_columns(session: Answering, error: IntegrityError, table: str, record: Record) -> None:
    """Find the columns of a rule that the engine did not tell."""
    if error.columns:
        return
    if isinstance(error, CheckError) and error.rule:
        error.columns = columns_of(session.described(table).spec, error.rule)
    elif isinstance(error, NotNullError):
        numbered = session.described(table).spec.numbered
        error.columns = () if numbered is None else (numbered,)
    elif isinstance(error, ForeignKeyError):
        for key in session.described(table).spec.foreign_keys:
            if _points_nowhere(session, key, record):
                error.columns = key.columns
                return


def _points_nowhere(session: Answering, key: ForeignKey, record: Record) -> bool:
    """Say whether a record refers to one that is not there."""
    values = [record.get(name) for name in key.columns]
    if None in values:
        return False
    names = key.references or session.described(key.table).spec.primary_key
    where = given(dict(zip(names, values, strict=True)))
    try:
        found: int = session.perform((plans.count, key.table, where.condition), where.values)
    except Error:
        return True  # a table that is not there, or a value that it cannot have
    return found == 0


def _tell_values(error: IntegrityError, record: Record) -> None:
    known = [name for name in error.columns if name in record]
    values = ", ".join(f"{name!r} = {shown(record[name])}" for name in known)
    if not known or " = " in error.message:
        return
    if isinstance(error, DuplicateKeyError):
        error.message = f"table {error.table!r} has a record with the same {values} already"
    elif isinstance(error, (CheckError, ForeignKeyError)):
        error.message += f": {values}"
