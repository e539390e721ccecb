"""Working out the next thing while the last one is being used."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(things: Iterable[T]) -> Generator[T]:
    """
    Yield the things, each of them made in another thread while the one before is in use.

    An error in making one is raised in its turn.  At most two of them are alive.

    Examples
    --------
    >>> list(ahead(range(3)))
    [0, 1, 2]
    """
    source = iter(things)
    with ThreadPoolExecutor(1, "scitex-db-ahead") as pool:
        coming = pool.submit(next, source, _END)
        while (thing := coming.result()) is not _END:
            coming = pool.submit(next, source, _END)
            yield thing  # type: ignore[misc]  # what is not the end is a thing
