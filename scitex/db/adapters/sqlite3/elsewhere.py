"""A file's database, as it is told to other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from scitex.db.adapters.here import refuse_snapshot
from scitex.db.adapters.sqlite3.opening import Target


@attrs.frozen
class Place:
    """
    Where a database is.

    Attributes
    ----------
    target : Target
    make : callable
        Makes a storage of a target.
    """

    target: Target
    make: Callable[[Target], Any]

    @contextmanager
    def opened(self, *, password: str | None = None) -> Iterator[Any]:
        """Open it for reading."""
        storage = self.make(self.target)
        try:
            yield storage
        finally:
            storage.close()


@contextmanager
def told(target: Target, make: Callable[[Target], Any], *, snapshot: bool) -> Iterator[Place]:
    """Tell where a file is."""
    refuse_snapshot("sqlite", snapshot=snapshot)
    yield Place(attrs.evolve(target, read_only=True), make)
