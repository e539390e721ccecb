"""A database as SQL text."""

from __future__ import annotations

from collections.abc import Callable

from scitex.db.adapters.sqlite3.session import Session


class Writer:
    """Writes."""

    def __init__(self, session: Session, take: Callable[[bytes], object]) -> None:
        self._session = session
        self._take = take

    def write(self, tables: tuple[str, ...] | None) -> None:
        """Write."""
        raise NotImplementedError
