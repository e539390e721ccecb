"""The one record that a call asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from scitex.db.domain.blobs import Parts
from scitex.db.domain.errors import DataError, ProgrammingError, RecordNotFoundError

T = TypeVar("T")


def single(found: Sequence[T], table: str) -> T:
    """
    Return the one thing that was found, of which two at most were asked for.

    Raises
    ------
    RecordNotFoundError, ProgrammingError
        If there is none, or more than one.
    """
    if not found:
        raise RecordNotFoundError(
            f"no record of table {table!r} meets the condition",
            hint="look at what is there: select(), or exists() with the same condition",
        )
    if len(found) > 1:
        raise ProgrammingError(
            f"several records of table {table!r} meet the condition, and one is asked for",
            hint="narrow the condition to one record, by its key, or go through all: "
            "iter_arrays(), select()",
        )
    return found[0]


def too_many(parts: Parts, most: int, *, table: str, column: str) -> DataError:
    """Make the error that an engine keeps no value of so many bytes."""
    return DataError(
        f"{parts.size} bytes are more than the {most} that one value may have",
        table=table,
        column=column,
        hint="store an array in several records, some of its rows in each",
    )


def no_bytes(kind: str, *, table: str, column: str) -> DataError:
    """Make the error that a value is none that is read as bytes."""
    return DataError(
        f"column {column!r} of table {table!r} has {kind} there, and bytes are asked for",
        table=table,
        column=column,
        hint="select() gives values of every type",
    )
