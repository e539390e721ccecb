"""Results that are still being read, when something changes under them."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from scitex.db.domain.errors import Error, OperationalError

R = TypeVar("R")


class Stream(Generic[R]):
    """
    A result that is read a few rows at a time.

    What goes wrong in reading ahead is told to who reads, once the rows before are used up, and
    not to who made it necessary: a rollback must come to its end.
    """

    def __init__(self) -> None:
        self._rest: list[R] | None = None
        self._failure: Error | None = None

    def _remaining(self) -> list[R]:
        """Read all that is still to come."""
        raise NotImplementedError

    def drain(self) -> None:
        """Read the rest into memory, before something changes under it."""
        if self._rest is not None:
            return
        self._rest = []
        try:
            self._rest = self._remaining()
        except Error as error:
            self._failure = error
        except BaseException as error:
            self._failure = OperationalError(
                f"the rest of the rows was not kept: {type(error).__name__} came between",
                hint="ask for them again",
            )
            raise

    @property
    def is_ahead(self) -> bool:
        """Whether the rest has been read, or could not be."""
        return self._rest is not None

    def ahead(self, rows: int | None = None) -> list[R]:
        """Take of what was read ahead; raise what went wrong in reading it."""
        kept = self._rest or []
        if self._failure is not None and not kept:
            raise self._failure
        found = kept if rows is None else kept[:rows]
        self._rest = [] if rows is None else kept[rows:]
        return found


Streams = list[Stream[Any]]


def drain(streams: Streams) -> None:
    """Let all read ahead; they are done with the connection then."""
    while streams:
        streams.pop().drain()
