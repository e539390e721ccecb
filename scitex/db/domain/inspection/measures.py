"""How large a database is, and what is said where upkeep does not fit."""

from __future__ import annotations

import attrs

from scitex.db.domain.errors import ReadOnlyError, TransactionStateError


@attrs.frozen
class TableMeasure:
    """
    How large a table is.

    Attributes
    ----------
    name : str
    rows : int or None
        Its records; None where there is no count and no estimate.
    bytes : int or None
        With its indexes and what is kept beside it; None where the engine cannot tell.
    indexes : tuple of (str, int or None)
        Each index with its bytes.
    """

    name: str
    rows: int | None
    bytes: int | None
    indexes: tuple[tuple[str, int | None], ...] = ()


@attrs.frozen
class Measure:
    """
    How large a database is.

    Attributes
    ----------
    size : int
        Bytes that the database takes.
    tables : tuple of TableMeasure
    free : int or None
        Bytes in the file that hold nothing.
    log : int or None
        Bytes of the write-ahead log.
    """

    size: int
    tables: tuple[TableMeasure, ...]
    free: int | None = None
    log: int | None = None


def not_inside(what: str) -> TransactionStateError:
    """Make the error that upkeep was asked for inside a transaction."""
    return TransactionStateError(
        f"{what}() works outside transactions only, and one is open",
        hint=f"commit() or leave the block, then call {what}(); the transaction is as it was",
    )


def not_reading(what: str, where: str) -> ReadOnlyError:
    """Make the error that upkeep was asked of a database that is only read."""
    return ReadOnlyError(
        f"{where} is opened for reading only, and {what}() writes",
        hint="open it with read_only=False",
    )
