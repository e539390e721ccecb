"""The promise to keep bytes that are too many to be held at once, and to read them in parts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from scitex.db.domain.blobs import Buffer, Parts
from scitex.db.domain.queries import Query
from scitex.db.ports.records import Values


class Blob(Protocol):
    """
    The bytes of one value, while they may be read.

    Attributes
    ----------
    size : int
        How many there are.
    at_once : int
        How many are best read at a time.
    """

    size: int
    at_once: int

    def read(self, start: int, stop: int) -> Buffer:
        """
        Return the bytes from one place up to another, at most to the end.

        Raises `OperationalError` where the record was changed meanwhile.
        """
        ...


class Blobs(Protocol):
    """
    Somewhere that keeps bytes, of any number that the engine can hold.

    Raises as `insert` and `select` do.
    """

    def insert_blob(
        self, table: str, record: Mapping[str, object], *, column: str, parts: Parts
    ) -> Any:
        """
        Store one record whose `column` has the bytes of all parts; return its primary key.

        As `insert` does with the parts joined, but without holding them all where it can be.
        """
        ...

    def open_blob(
        self, query: Query, *, values: Values = ()
    ) -> AbstractContextManager[Blob | None]:
        """
        Give the value of the one column that is asked for, of the one record; None where NULL.

        The value is one state of the record for the length of the block.  Raises
        `RecordNotFoundError` where no record meets the condition, `ProgrammingError` where
        several do, and `DataError` where the value is no bytes.
        """
        ...
