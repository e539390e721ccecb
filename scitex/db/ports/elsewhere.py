"""The promise to be read from other threads, processes and machines."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

S_co = TypeVar("S_co", covariant=True)


class Place(Protocol[S_co]):
    """
    Where a database is, to be opened there for reading.

    It can be pickled, where another process can open it at all; what is secret stays behind.
    """

    def opened(self, *, password: str | None = None) -> AbstractContextManager[S_co]:
        """
        Open the database for reading for as long as the block lasts.

        Raises `OperationalError` if it cannot be reached, or what it was to look at is over.
        """
        ...


class Elsewhere(Protocol[S_co]):
    """Somewhere whose place can be told to others."""

    def elsewhere(self, *, snapshot: bool) -> AbstractContextManager[Place[S_co]]:
        """
        Tell where the database is.

        With `snapshot` everybody who opens it there sees the state of this moment, for as long as
        the block lasts; an engine that cannot do so raises `UnsupportedFeatureError`.
        """
        ...
