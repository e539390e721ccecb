"""Taking part in a sync in memory: turns; changes are found by comparing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from scitex.db.adapters.memory.series import Series
from scitex.db.domain.errors import LockedError, UnsupportedFeatureError

_SECONDS = 30.0


class Changing(Series):
    """The calls of those who sync."""

    _syncing: threading.Lock

    @contextmanager
    def sync_turn(self) -> Iterator[None]:
        lock = self.__dict__.setdefault("_syncing", threading.Lock())
        if not lock.acquire(timeout=_SECONDS):
            raise LockedError("another sync of this database goes on", hint="let it finish")
        try:
            yield
        finally:
            lock.release()

    def hold_tables(self, tables: Sequence[str]) -> None:
        """Do nothing: who has begun to write keeps all others from writing."""

    def defer_references(self) -> None:
        """Do nothing: references that can be deferred were declared so."""

    def place(self) -> str:
        return f"memory {id(self)}"

    def log_changes(self, table: str, *, key: tuple[str, ...]) -> None:
        raise UnsupportedFeatureError(
            "the in-memory engine keeps no log of changes",
            engine="memory",
            hint="leave track= out: tables in memory are compared quickly",
        )

    def end_log(self, table: str) -> None:
        """Do nothing: there is none."""

    def log_position(self, table: str) -> str | None:
        return None

    def logged(self, table: str, *, since: str, but: str | None) -> list[Any] | None:
        return None

    @contextmanager
    def writing_as(self, name: str) -> Iterator[None]:
        yield
